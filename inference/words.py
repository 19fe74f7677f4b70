"""Names and errors as they may be shown: as text that can be written anywhere, and without the folder they lie in."""


def printable(text: str) -> str:
    """The text with bytes that are no UTF-8 (file names on old shares have some) replaced by a mark."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def in_words(error: Exception) -> str:
    """What went wrong, without a path: folders may carry a patient's identity."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {error}"
