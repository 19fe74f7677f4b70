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


CRASH = """
import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from models.errors import ForrangError
from ui.shell.faults import show_crash
get_script_run_ctx().on_script_error = show_crash
raise (ForrangError if st.session_state["ours"] else ZeroDivisionError)("of <b>anna</b>")
"""


def crashed(*, ours: bool, language: str = "en") -> AppTest:
    app = AppTest.from_string(CRASH)
    app.session_state["ours"] = ours
    app.session_state["remembered language"] = language
    return app.run()


def test_a_crash_is_told_in_the_visitors_language_and_nothing_of_its_inside() -> None:
    for language, words in (("en", "Something on this page went wrong"), ("da", "Noget gik galt på denne side")):
        app = crashed(ours=False, language=language)
        assert [it.value.startswith(words) for it in app.error] == [True]
        assert "anna" not in app.error[0].value
        assert not app.exception


def test_a_fault_of_ours_that_a_button_raised_is_told_in_its_own_words() -> None:
    app = crashed(ours=True)
    assert [it.value for it in app.error] == ["of \\<b\\>anna\\</b\\>"]
    assert not app.exception
