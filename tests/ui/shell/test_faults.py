"""A fault on a page: the list that cannot be reached is told in the visitor's language and without its address."""

from streamlit.testing.v1 import AppTest

from models.errors import ForrangError
from ui.shell.faults import fault_words
from worklist.errors import StoreAwayError, StoreError

PAGE = """
import streamlit as st
from ui.shell.faults import show_page_fault
from worklist.errors import StoreAwayError, StoreError
kind = StoreAwayError if st.session_state["away"] else StoreError
show_page_fault(kind("the store at postgresql://anna@db/list: <b>down</b>"))
"""


def drawn(*, away: bool, language: str = "en") -> AppTest:
    app = AppTest.from_string(PAGE)
    app.session_state["away"] = away
    app.session_state["remembered language"] = language
    return app.run()


def test_a_list_that_is_away_is_told_in_the_visitors_language_without_its_address() -> None:
    for language, words in (("en", "The list cannot be reached just now"), ("da", "Listen kan ikke nås lige nu")):
        (told,) = drawn(away=True, language=language).error
        assert told.value.startswith(words)
        assert "anna" not in told.value


def test_any_other_fault_is_told_as_it_stands_and_markup_in_it_is_text() -> None:
    (told,) = drawn(away=False).error
    assert "\\<b\\>down\\</b\\>" in told.value


def test_only_what_passes_by_itself_is_told_so() -> None:
    assert "Try again in a moment" in fault_words(StoreAwayError("x"))
    assert fault_words(StoreError("mend it")) == "mend it"
    assert fault_words(ForrangError("mend it")) == "mend it"
