"""What rooms below say in English is told in Danish on the pages: quality, what needs a hand, refusals."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from inference.quality.checks import Check
from models.registry import find_model
from tests.support.cases import case
from tests.support.people import SYSTEM, person
from training.shipping.card import from_logit_to_slide
from ui.case.model_card import model_sentences
from ui.case.present import check_row
from ui.shell import language
from ui.shell.below import from_below
from ui.shell.below_forms import HANDS, INSTEAD, QUALITY, REFUSALS
from ui.shell.card_forms import CARD
from ui.shell.faults import fault_words
from ui.shell.language import text_in
from ui.worklist.present import say
from worklist.errors import HeldError, StoreAwayError
from worklist.jobs.queue import _DEAD
from worklist.priority.reasons import Said
from worklist.reading.assignment import assign
from worklist.store.store import Store
from worklist.trail.directory import add_first_admin, add_person

ENGLISH = re.compile(r"\b(the|and|of|that|with|tissue|tiles|slides|which)\b")


@pytest.fixture
def _danish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.shell.below.language", lambda: "da")
    monkeypatch.setattr("ui.shell.faults.language", lambda: "da")
    monkeypatch.setattr(language, "language", lambda: "da")


@pytest.mark.parametrize("forms", [QUALITY, HANDS, REFUSALS, CARD], ids=["quality", "hands", "refusals", "card"])
def test_every_form_of_a_sentence_from_below_is_translated(forms: Sequence[str]) -> None:
    same = [form for form in forms if text_in("da", INSTEAD.get(form, form)) == INSTEAD.get(form, form)]
    assert same == [it for it in same if it in ("note", "DICOM from {sender}")]


def test_what_a_page_says_instead_names_no_command() -> None:
    assert [said for said in INSTEAD.values() if "forrang " in said or "`" in said or "--" in said] == []
    assert set(INSTEAD) <= {*QUALITY, *HANDS, *REFUSALS}
    assert [form for form in (*QUALITY, *HANDS, *REFUSALS) if "`" in form and form not in INSTEAD] == []


@pytest.mark.usefixtures("_danish")
def test_why_the_ai_could_not_read_is_told_in_danish_piece_by_piece() -> None:
    reasons = "a.svs: the file is cut short; copy it again; rescan: 72% of the tissue is out of focus"
    problem = f"AI could not read 2 of 3 slides: {reasons}"
    assert say(Said("{problem}", {"problem": problem})) == (
        "AI kunne ikke læse 2 af 3 snit: a.svs: filen er afkortet; kopiér den igen; scan igen: 72 % af vævet er ude af"
        " fokus"
    )
    caveat = "a.svs: 36% of the tissue is out of focus: look there yourself, or rescan"
    told = say(Said("AI {score}, not flagged, but: {caveat}", {"score": 0.12, "caveat": caveat}))
    assert told.endswith("a.svs: 36 % af vævet er ude af fokus: se selv efter dér, eller scan igen")


@pytest.mark.usefixtures("_danish")
def test_a_quality_check_says_its_message_in_danish() -> None:
    message = "only 0.031 mm² of tissue: check that the section was scanned whole"
    check = Check(name="tissue_area", value=0.031, unit="mm2", verdict="warn", message=message)
    assert check_row(check).message == "kun 0,031 mm² væv: se efter, at snittet er scannet helt"


@pytest.mark.usefixtures("_danish")
def test_what_needs_a_hand_names_the_button_and_not_a_command() -> None:
    dead = _DEAD.format(model="idc-screen@2.0.0", job=12)
    assert "tryk så på Forsøg igen dér (job 12)" in from_below(dead)
    assert "press Try again there (job 12)" in from_below(dead, "en")
    text = "A slide of the watched folder came without its case: its name fits no pattern for slides."
    lone = f"{text} Match it with `forrang intake match`."
    assert from_below(lone) == (
        "Et snit fra the watched folder kom uden sin sag: dets navn passer ikke til noget mønster for snit. Sig under"
        " Snit uden sag, hvilken sag det hører til."
    )


@pytest.mark.usefixtures("_danish")
def test_why_an_act_was_refused_is_told_in_danish(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/list.db")
    add_first_admin(store, "root", "chief", "Chief")
    chief = person("chief", "admin")
    for login in ("anna", "bo"):
        add_person(store, chief, login, login.title(), "pathologist")
    store.add_cases([case("26-1", "a.svs")], SYSTEM)
    assign(store, person("bo", "pathologist"), "26-1", "bo")
    with pytest.raises(HeldError) as refused:
        assign(store, person("anna", "pathologist"), "26-1", "anna")
    store.close()
    words = fault_words(refused.value)
    assert words == "sag 26-1 er hos bo; spørg vedkommende, eller få en koordinator til at give den videre"
    assert from_below("bo has begun to read it; a.svs is now scored") == (
        "bo er begyndt at læse den; a.svs er nu vurderet af AI"
    )
    assert fault_words(StoreAwayError("postgresql://secret: no route")).startswith("Listen kan ikke nås lige nu.")


@pytest.mark.usefixtures("_danish")
def test_the_card_of_the_bundled_model_is_told_in_danish_in_two_sentences() -> None:
    looks, wrong = model_sentences(find_model("idc-screen").manifest)
    assert "invasivt duktalt karcinom: vævet på 0,2 x 0,2 mm ligner" in looks
    assert looks.endswith("cytologi, frysesnit, immunfarvninger eller specialfarvninger.")
    assert "målt på: væv fra dens testpatienter, sat sammen som var det snit" in wrong


@pytest.mark.usefixtures("_danish")
def test_the_card_of_the_bundled_model_leaves_nothing_in_english() -> None:
    manifest = find_model("idc-screen").manifest
    steps = (step.replace("`", "") for step in from_logit_to_slide(manifest))
    for text in (manifest.intended_use, manifest.training_data, manifest.licence, *manifest.limits, *steps):
        said = from_below(text)
        assert said != text
        assert not ENGLISH.search(said), said


@pytest.mark.usefixtures("_danish")
def test_what_an_entry_is_about_is_told_in_danish() -> None:
    assert from_below("slide 81") == "snit 81"
    assert from_below("file 4e1321162dff9255") == "fil 4e1321162dff9255"
    lone = "A slide of folder scans came without its case: its name fits no pattern for slides."
    told = from_below(f"{lone} Match it with `forrang intake match`.")
    assert told.startswith("Et snit fra mappen scans kom uden sin sag")
    assert from_below("file 26-1.svs") == "file 26-1.svs"


@pytest.mark.usefixtures("_danish")
def test_what_people_and_other_systems_wrote_stays_as_it_is() -> None:
    for text in ("", "  ", "seen by me; and by you", "{field} left {", "26-1: see the second slide"):
        assert from_below(text) == text


def test_a_page_in_english_says_what_to_press_and_else_the_sentence_as_it_was() -> None:
    assert from_below("no open operation 7; `forrang operations` lists those that are", "en") == (
        "entry 7 is not open any more; load the page again"
    )
    figure = "pen covers 1.5% of the tissue and what is near it: wipe the slide and rescan"
    assert from_below(figure, "en") == figure
