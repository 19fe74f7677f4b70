"""Files that come in and go out: why one is too large, and what one is called."""

import re

from ui.shell.language import number, t


def sentence_for_upload(name: str, size: int, most: int) -> str:
    """Why a file is not taken, in a sentence; nothing where it is small enough. size, most: bytes."""
    if size <= most:
        return ""
    return t(
        "{name} has {size} MB; a plan has at most {most} MB. Choose a scenario file.",
        name=name,
        size=number(size / 1e6, 1),
        most=number(most / 1e6),
    )


def file_name(title: str, ending: str) -> str:
    """A name that every system takes."""
    plain = re.sub(r"[^\w-]+", "-", title).strip("-")[:80] or "forrang"
    return f"{plain}.{ending}"
