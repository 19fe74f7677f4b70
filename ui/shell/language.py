"""Danish and English: text in the visitor's language, and numbers, dates and times as that language writes them.

English stands in the code and is the key; `ui/locale/LANGUAGE/*.po` hold the others, one file a room, read once.
"""

import gettext
import io
import threading
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog
from babel.numbers import format_decimal, format_percent
from streamlit.runtime.scriptrunner import ScriptRunContext, get_script_run_ctx

from ui.shell.memory import remember, remembered

Language = Literal["en", "da"]
LANGUAGES: Final[dict[Language, str]] = {"en": "English", "da": "Dansk"}
"""Each by its own name, which everybody finds who reads it."""

COOKIE: Final = "forrang_language"
"""Where a browser keeps what was chosen in it."""

CATALOGUES: Final = Path(__file__).parent.parent / "locale"
_LOCALES: Final[dict[Language, Locale]] = {"en": Locale("en", "GB"), "da": Locale("da", "DK")}


class _Here(threading.local):
    """The run of a page that this thread is in, and its language: a list asks for that a thousand times."""

    run: ScriptRunContext | None = None
    language: Language = "en"


_HERE: Final = _Here()


def language() -> Language:
    """The visitor's: as chosen in this visit or before in this browser, else as the browser asks, else English."""
    run = get_script_run_ctx(suppress_warning=True)
    if run is None:
        return "en"
    if _HERE.run is not run:
        settled = remembered("language", None)
        if settled is None:
            asked = (st.context.locale or "").partition("-")[0]
            settled = known_language(st.context.cookies.get(COOKIE), asked)
            choose_language(settled)
        _HERE.run, _HERE.language = run, known_language(settled)
    return _HERE.language


def known_language(*wishes: object) -> Language:
    """The first of the wishes that is a language of ours, else English."""
    return next((known for wish in wishes for known in LANGUAGES if known == wish), "en")


def choose_language(chosen: Language) -> None:
    """For the rest of this visit."""
    remember("language", chosen)
    _HERE.run = None


def t(text: str, **values: object) -> str:
    """`text` in the visitor's language, with `values` in its {places}; the text itself where nobody translated it."""
    told = _catalogue(language()).gettext(text)
    return told.format(**values) if values else told


def text_in(of: Language, text: str) -> str:
    """`text` in a language, for whom no page is drawn; the text itself where nobody translated it."""
    return _catalogue(of).gettext(text)


def tn(one: str, many: str, n: int, **values: object) -> str:
    """As `t`, in the form that the number asks for; {n} is the number as the language writes it."""
    return _catalogue(language()).ngettext(one, many, n).format(n=number(n), **values)


def number(value: float, decimals: int = 0) -> str:
    """With the language's separators: 6,500 or 6.500."""
    return _decimal(round(value, decimals), decimals, language())


@lru_cache(maxsize=10_000)
def _decimal(value: float, decimals: int, of: Language) -> str:
    """A list says some hundred numbers on a page, most of them again; to write one anew takes a tenth of a ms."""
    return format_decimal(value, format=f"#,##0.{'0' * decimals}", locale=_LOCALES[of])


def percent(share: float, decimals: int = 0) -> str:
    """A share 0 to 1 as per cent: 94% or 94 %."""
    spaced = " " if language() == "da" else ""
    return format_percent(share, format=f"#,##0.{'0' * decimals}{spaced}%", locale=_locale())


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """An instant on the site's clock: Mon 23 Nov 16:00."""
    return _moment(instant, zone, language())


@lru_cache(maxsize=10_000)
def _moment(instant: datetime, zone: ZoneInfo, of: Language) -> str:
    form = "EEE d MMM HH:mm" if of == "en" else "EEE d. MMM HH.mm"
    return format_datetime(instant, form, tzinfo=zone, locale=_LOCALES[of])


def day(it: date) -> str:
    """A date: 23 Nov 2026."""
    return format_date(it, "medium", locale=_locale())


def month(it: date) -> str:
    """A month: November 2026."""
    return format_date(it, "LLLL y", locale=_locale())


def _locale() -> Locale:
    return _LOCALES[language()]


@cache
def _catalogue(of: Language) -> gettext.NullTranslations:
    if of == "en":
        return gettext.NullTranslations()
    merged = Catalog(locale=_LOCALES[of])
    for path in sorted((CATALOGUES / of).glob("*.po")):
        with path.open("rb") as file:
            for message in pofile.read_po(file, locale=_LOCALES[of]):
                if message.id:
                    merged[message.id] = message
    compiled = io.BytesIO()
    mofile.write_mo(compiled, merged)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
