"""What a room below the app says in English, told in the visitor's language.

The list's rooms keep some sentences as they were said: why a slide has no score, what needs a hand, why an act was
refused. What is not recognised, such as what people or other systems wrote, stays as it is.
"""

from functools import lru_cache, partial
from typing import Final

from ui.shell.below_forms import HANDS, INSTEAD, QUALITY, REFUSALS
from ui.shell.card_forms import CARD
from ui.shell.language import Language, language, text_in
from ui.shell.sentences import told_by

_FORMS: Final = (*QUALITY, *HANDS, *REFUSALS, *CARD)


def from_below(text: str, spoken: Language | None = None) -> str:
    """The text in the visitor's language: as a whole, or sentence by sentence as rooms join them with semicolons.

    spoken: the language, where no page is drawn that knows it.
    """
    return _told(text, spoken or language())


@lru_cache(maxsize=10_000)
def _told(text: str, spoken: Language) -> str:
    whole = _piece(text, spoken)
    if whole is not None:
        return whole
    head, found, rest = text.partition("; ")
    while found:
        said = _piece(head, spoken)
        if said is not None:
            return f"{said}; {_told(rest, spoken)}"
        further, found, rest = rest.partition("; ")
        head = f"{head}; {further}"
    head, found, rest = text.partition("; ")
    return f"{head}; {_told(rest, spoken)}" if found else text


def _piece(text: str, spoken: Language) -> str | None:
    """One sentence, with or without its full stop; it may stand behind a file's or a case's name."""
    tell = partial(
        told_by,
        _FORMS,
        spoken=spoken,
        look_up=partial(text_in, spoken),
        instead=INSTEAD,
        tell_part=partial(_told, spoken=spoken),
    )
    said = tell(text)
    if said is None and not text.endswith("."):
        stopped = tell(f"{text}.")
        said = stopped.removesuffix(".") if stopped else None
    if said is not None:
        return said
    name, found, rest = text.partition(": ")
    behind = _piece(rest, spoken) if found else None
    return None if behind is None else f"{name}: {behind}"
