"""The pages, run by Streamlit without a browser, on a store of their own."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.people import SYSTEM, pathologist
from ui.shell import desk
from ui.shell.options import SCRIPT
from ui.worklist import page as worklist_page
from worklist.cases import Case, CaseSlide
from worklist.store.store import Store

PATIENCE_S = 60


@pytest.fixture
def case(store: Store) -> Callable[..., Case]:
    def make(number: str, due_days: float, *slides: CaseSlide, **fields: object) -> Case:
        now = store.now()
        told: dict[str, object] = {
            "accession_number": number,
            "pathway": "breast",
            "pathway_name": "Breast",
            "received_utc": now - timedelta(minutes=5),
            "deadline_utc": now + timedelta(days=due_days),
            "slides": slides,
            "site": "Herlev",
        }
        return Case.model_validate(told | fields)

    return make


FAILED = CaseSlide(path=Path("cut.tif"), state="failed", reason="cut.tif is cut short: copy it again", model="m@1")


def worklist() -> AppTest:
    return AppTest.from_file(str(SCRIPT), default_timeout=PATIENCE_S).run()


def case_page(number: str, **chosen: object) -> AppTest:
    app = AppTest.from_string(
        "from ui.case import page as case_page\n"
        "from ui.shell.pages import PageOf, offer\n"
        "here = lambda: None\n"
        "offer({'worklist': PageOf('Worklist', here, None), 'case': PageOf('Case', here, None)}, bool)\n"
        "case_page.show()\n",
        default_timeout=PATIENCE_S,
    )
    app.query_params["case"] = number
    for name, value in chosen.items():
        app.session_state[f"remembered {name}"] = value
    return app.run()


def words(app: AppTest) -> str:
    """All that the page says outside the table."""
    kinds = (app.markdown, app.caption, app.text, app.warning, app.error, app.info)
    blocks = [block.value for kind in kinds for block in kind]
    blocks += [block.proto.body for block in app.get("html")]
    return "\n".join(blocks)


def test_an_empty_store_says_how_to_get_cases(store: Store) -> None:
    app = worklist()
    assert not app.exception
    assert "forrang intake" in words(app)
    assert "make demo" in words(app)


def test_the_page_says_that_it_is_research_software_and_that_the_ai_only_raises(store: Store) -> None:
    said = words(worklist())
    assert "not for clinical use" in said
    assert "only raises" in said


def test_nothing_is_hidden_until_somebody_filters_and_then_it_is_said(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9), case("B", 10, site="Hvidovre"), case("C", 11, FAILED, site="Hvidovre")], SYSTEM)
    app = worklist()
    assert not app.exception
    assert "<b>3</b> open" in words(app)
    assert "hidden" not in words(app)
    app.multiselect("sites").set_value(["Hvidovre"]).run()
    assert "1 of 3 cases hidden by filters" in words(app)
    app.text_input("search").set_value("cut.tif").run()
    assert "2 of 3 cases hidden by filters" in words(app)
    app.button("clear_filters").click().run()
    assert "hidden" not in words(app)
    assert app.multiselect("sites").value == []


def test_a_filter_whose_last_case_was_signed_out_still_says_what_it_hides(
    store: Store, case: Callable[..., Case]
) -> None:
    store.add_cases([case("A", 9), case("B", 10, site="Hvidovre")], SYSTEM)
    app = worklist()
    app.multiselect("sites").set_value(["Hvidovre"]).run()
    store.sign_out("B", pathologist("B. Kjær"))
    app.run()
    assert not app.exception
    assert "1 of 1 case hidden by filters" in words(app)


def test_a_long_list_is_shown_page_by_page_and_says_where_one_is(
    store: Store, case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worklist_page, "PAGE", 2)
    store.add_cases([case(f"P{number}", 9 + number) for number in range(5)], SYSTEM)
    app = worklist()
    assert not app.exception
    assert "<b>5</b> open" in words(app)
    assert "1 to 2 of 5" in words(app)
    app.button("page_on").click().run()
    assert "3 to 4 of 5" in words(app)
    app.number_input("page 2").set_value(3).run()
    assert "5 to 5 of 5" in words(app)
    app.text_input("search").set_value("P4").run()
    assert "4 of 5 cases hidden by filters" in words(app)


def test_an_address_opens_the_list_as_it_says_and_leaves_out_what_it_says_wrongly(
    store: Store, case: Callable[..., Case]
) -> None:
    store.add_cases([case("A", 9), case("B", 10, site="Hvidovre")], SYSTEM)
    app = AppTest.from_file(str(SCRIPT), default_timeout=PATIENCE_S)
    app.query_params["site"], app.query_params["sort"], app.query_params["page"] = "Hvidovre", "-number", "99"
    app.query_params["whose"] = "<script>"
    app.run()
    assert not app.exception
    assert app.multiselect("sites").value == ["Hvidovre"]
    assert app.selectbox("sort").value == "number"
    assert app.toggle("descending").value
    assert app.selectbox("whose").value == "all"
    assert "1 of 2 cases hidden by filters" in words(app)


def test_the_page_says_which_policy_orders_it_and_offers_no_switch_where_the_ai_raises_nothing(
    store: Store, case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_cases([case("A", 9)], SYSTEM)
    monkeypatch.setenv("FORRANG_POLICY", "shadow")
    app = worklist()
    assert "shadow mode" in words(app)
    assert "use_ai" not in [it.key for it in app.toggle]
    monkeypatch.setenv("FORRANG_POLICY", "clinical-only")
    assert "clinical order, AI not used" in words(worklist())


def test_a_case_is_found_by_how_its_number_begins_open_or_signed_out(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("26-1", 9), case("26-2", 9), case("27-1", 9)], SYSTEM)
    store.sign_out("26-2", pathologist("B. Kjær"))
    app = case_page("")
    del app.query_params["case"]
    app.run()
    app.text_input[0].set_value("26").run()
    assert app.selectbox[0].options == ["26-1", "26-2"]


def test_without_the_ai_the_page_says_that_the_order_is_the_clinical_one(
    store: Store, case: Callable[..., Case]
) -> None:
    store.add_cases([case("A", 9)], SYSTEM)
    app = worklist()
    app.toggle("use_ai").set_value(False).run()
    assert "clinical order, AI not used" in words(app)


def test_a_failed_slide_says_why_and_is_never_low(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9, FAILED)], SYSTEM)
    app = case_page("A")
    assert not app.exception
    assert "copy it again" in words(app)
    assert "Failed" in words(app)
    assert "Not flagged" not in words(app)


def test_a_case_that_is_not_there_is_named_with_what_to_do(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9)], SYSTEM)
    (error,) = case_page("B").exception
    assert "no case B on the list" in error.message


def test_signing_out_names_the_case_before_it_does_anything(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9, FAILED), case("B", 10)], SYSTEM)
    app = case_page("A")
    app.button("act sign out").click().run()
    assert not app.exception
    assert "Sign out A" in [button.label for button in app.button]
    assert store.case("A").is_open


def test_a_signed_out_case_can_still_be_looked_at(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9, FAILED)], SYSTEM)
    store.sign_out("A", pathologist("B. Kjær"))
    app = case_page("A")
    assert not app.exception
    assert "by B. Kjær" in words(app)
    assert not [button for button in app.button if button.key == "act sign out"]
    listed = worklist()
    listed.toggle("signed_out").set_value(True).run()
    assert "Signed out: 1" in words(listed)
    assert "Only the latest" not in words(listed)


def test_only_the_latest_signed_out_cases_are_shown_and_the_page_says_how_many_more_there_are(
    store: Store, case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LATEST", 2)
    store.add_cases([case(number, 9) for number in "ABC"], SYSTEM)
    for number in "ABC":
        store.sign_out(number, pathologist("B. Kjær"))
    app = worklist()
    assert "No case has come in yet" not in words(app)
    app.toggle("signed_out").set_value(True).run()
    assert "Signed out: 3" in words(app)
    assert "Only the latest 2 of 3 are shown" in words(app)


def test_the_list_reads_no_signed_out_case_until_somebody_asks_for_them(
    store: Store, case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_cases([case("A", 9), case("B", 10)], SYSTEM)
    store.sign_out("B", pathologist("B. Kjær"))
    with monkeypatch.context() as patched:
        patched.setattr(Store, "signed_out", None)
        assert not worklist().exception
    assert [it.case.accession_number for it in desk.look().ranked()] == ["A"]


def test_with_the_ai_off_a_case_page_tells_the_clinical_place(store: Store, case: Callable[..., Case]) -> None:
    flagged = CaseSlide(path=Path("dark.tif"), state="scored", score=0.99, flagged=True)
    store.add_cases([case("A", 14), case("B", 15, flagged)], SYSTEM)
    raised, clinical = words(case_page("B")), words(case_page("B", use_ai=False))
    assert "Place 1" in raised
    assert "Place 2" in clinical
    assert "clinical order, AI not used" in clinical


def test_a_score_from_before_a_failure_is_said_to_be_that(store: Store, case: Callable[..., Case]) -> None:
    store.add_cases([case("A", 9, CaseSlide(path=Path("cut.tif"), state="scored", score=0.99, flagged=True))], SYSTEM)
    store.record_result(FAILED, SYSTEM)
    said = words(case_page("A"))
    assert "Flagged" in said
    assert "A later try failed" in said
    assert "copy it again" in said
