"""Orders and slides into the store: duplicates harmless, nothing lost, and nothing kept that may not be."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from worklist.cases import Case, CaseSlide
from worklist.errors import SiteKeyError
from worklist.intake.apply import apply_order, apply_slide
from worklist.intake.events import Applied, Order, OrderedSpecimen, SlideArrival
from worklist.intake.unmatched import match_known, match_slide, waiting_slides
from worklist.pathways import load_pathways
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import (
    AuditRow,
    BlockRow,
    CaseRow,
    MessageRow,
    OrderRow,
    SiteRow,
    SpecimenRow,
    UnmatchedSlideRow,
)
from worklist.watching.operations import open_operations

LIS = Actor("LIS at HOSP", "system", "hl7 127.0.0.1")
READER = Actor("anna", "pathologist", "app")
COORDINATOR = Actor("carl", "coordinator", "app")
TABLE = load_pathways()
CPR = "010190-1234"
NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)


class Department:
    """A store and what is sent to it."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store, self.home = store, home

    def order(self, number: int, action: str = "new", *, minute: int = 0, **told: Any) -> Applied:
        sent = self.store.now() - timedelta(hours=3) + timedelta(minutes=minute)
        plain: dict[str, Any] = {
            "action": action,
            "source": "LIS at HOSP",
            "message_id": f"M{number}",
            "sent_utc": sent,
            "order_number": "P1",
            "accession_number": "26-000123",
        }
        return apply_order(self.store, Order(**(plain | told)), TABLE, LIS, self.home)

    def slide(self, name: str, number: str | None = "26-000123", **told: Any) -> Applied:
        arrival = SlideArrival(
            path=Path("/scans") / name,
            source="scanner",
            accession_number=number,
            arrived_utc=self.store.now(),
            **told,
        )
        return apply_slide(self.store, arrival, LIS)

    def case(self, number: str = "26-000123") -> Case:
        return self.store.case(number)

    def asked(self) -> list[tuple[str, str]]:
        return sorted((it.kind, it.subject) for it in open_operations(self.store))

    def everything(self) -> str:
        """All that the store holds, as text."""
        with self.store.reading() as session:
            rows: list[object] = []
            for table in (CaseRow, OrderRow, SpecimenRow, BlockRow, MessageRow, UnmatchedSlideRow, AuditRow):
                rows += session.execute(select(table.__table__)).all()
        return f"{rows}{self.store.cases()}{open_operations(self.store)}"


@pytest.fixture
def both(store: Store, tmp_path: Path) -> Department:
    """A department on each of the two databases, for what a database could do otherwise."""
    return Department(store, tmp_path / "home")


@pytest.fixture
def department(clock: Callable[[], datetime], tmp_path: Path) -> Iterator[Department]:
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}", clock)
    yield Department(store, tmp_path / "home")
    store.close()


def test_an_order_brings_its_case_onto_the_list_with_specimens_and_blocks(both: Department) -> None:
    specimens = (
        OrderedSpecimen(number="1", kind="resection", description="mamma", blocks=("1A", "1B")),
        OrderedSpecimen(number="2", kind="biopsy", description="axil"),
    )
    applied = both.order(1, pathway="kræftpakke bryst", site="HERLEV", subspecialty="mamma", specimens=specimens)
    assert (applied.outcome, applied.accession_number) == ("new", "26-000123")
    case = both.case()
    assert (case.pathway, case.urgency, case.site, case.subspecialty) == ("breast", 3, "HERLEV", "mamma")
    assert case.specimen_kind == "biopsy", "of two kinds the one that is due first counts"
    assert case.received_utc == both.store.now() - timedelta(hours=3), "when it was sent, where nothing is told"
    assert case.deadline_utc == TABLE.deadline("breast", "biopsy", case.received_utc)
    with both.store.reading() as session:
        assert session.scalars(select(SpecimenRow.number).order_by(SpecimenRow.number)).all() == ["1", "2"]
        assert session.scalars(select(BlockRow.label).order_by(BlockRow.label)).all() == ["1A", "1B"]


def test_the_same_message_again_does_nothing_and_gets_the_same_answer(both: Department) -> None:
    first = both.order(1, pathway="breast")
    before = both.everything()
    assert both.order(1, pathway="breast") == first
    assert both.order(1, pathway="breast", minute=9) == first, "sent again with a new time of sending"
    assert both.everything() == before


def test_another_content_under_a_known_message_number_is_refused_and_told(department: Department) -> None:
    department.order(1, pathway="breast")
    applied = department.order(1, pathway="lung")
    assert applied.outcome == "refused"
    assert "another content" in applied.message
    assert department.case().pathway == "breast"
    assert department.asked() == [("refused message", "LIS at HOSP, message M1")]


def test_without_the_stores_own_site_key_a_known_message_is_no_other_content_but_the_key_is_told(
    department: Department,
) -> None:
    department.order(1, patient_id=SecretStr(CPR))
    (department.home / "site.key").unlink()
    with pytest.raises(SiteKeyError, match=r"site\.key: not the key"):
        department.order(1, patient_id=SecretStr(CPR))
    assert department.asked() == []


def test_a_slide_before_its_order_waits_and_joins_when_the_order_comes(both: Department) -> None:
    assert both.slide("a.svs").outcome == "unmatched"
    assert [it.path.name for it in waiting_slides(both.store)] == ["a.svs"]
    assert both.asked() == [], "an order that is on its way needs nobody's hand"
    applied = both.order(1)
    assert "1 slide(s) that had come before" in applied.message
    assert [it.path.name for it in both.case().slides] == ["a.svs"]
    assert waiting_slides(both.store) == []
    assert both.slide("a.svs").outcome == "unchanged"
    assert len(both.case().slides) == 1


def test_a_slide_after_its_order_joins_its_case_once(department: Department) -> None:
    department.order(1)
    assert department.slide("a.svs", slide_id="26-000123;1A;1", block="1A", stain="HE").outcome == "matched"
    assert department.slide("a.svs").outcome == "unchanged"
    (slide,) = department.case().slides
    assert (slide.slide_id, slide.block, slide.stain, slide.state) == ("26-000123;1A;1", "1A", "HE", "unscored")
    assert department.case().state == "scanned"


def test_a_cancelled_order_leaves_its_case_on_the_list_marked(department: Department) -> None:
    department.order(1)
    assert department.order(2, "cancel", minute=5).outcome == "changed"
    assert department.case().order_cancelled_utc == department.store.now() - timedelta(hours=3, minutes=-5)
    assert [case.accession_number for case in department.store.cases()] == ["26-000123"]
    department.order(3, "new", minute=9)
    assert department.case().order_cancelled_utc is None


def test_a_cancel_that_overtakes_its_order_marks_the_case_when_it_comes(both: Department) -> None:
    assert both.order(2, "cancel", minute=5).outcome == "unchanged"
    assert both.store.cases() == []
    applied = both.order(1, pathway="breast")
    assert applied.outcome == "new"
    assert "cancelled before" in applied.message
    assert both.case().order_cancelled_utc is not None


def test_a_case_of_two_orders_is_cancelled_with_the_last_of_them(department: Department) -> None:
    department.order(1)
    department.order(2, order_number="P2", pathway="acute")
    department.order(3, "cancel", minute=5)
    assert department.case().order_cancelled_utc is None
    department.order(4, "cancel", minute=6, order_number="P2")
    assert department.case().order_cancelled_utc is not None


def test_an_older_change_says_that_it_changes_nothing(department: Department) -> None:
    department.order(1, pathway="breast")
    department.order(2, "change", minute=20, pathway="lung", site="HERLEV")
    stale = department.order(3, "change", minute=10, pathway="prostate", site="HVIDOVRE")
    assert stale.outcome == "unchanged"
    assert "older message" in stale.message
    assert (department.case().pathway, department.case().site) == ("lung", "HERLEV")


def test_a_change_reckons_the_deadline_anew_and_the_trail_holds_old_and_new(department: Department) -> None:
    department.order(1, pathway="breast")
    before = department.case()
    applied = department.order(2, "change", minute=5, pathway="acute")
    assert applied.outcome == "changed"
    assert (
        department.case().deadline_utc == TABLE.deadline("acute", "tissue", before.received_utc) < before.deadline_utc
    )
    relaxed = department.order(3, "change", minute=6, pathway="breast")
    assert relaxed.outcome == "changed"
    assert department.case().deadline_utc == before.deadline_utc
    with department.store.reading() as session:
        newest = session.scalars(select(AuditRow).order_by(AuditRow.number.desc()).limit(1)).one()
    assert newest.accession_number == "26-000123"
    assert "acute > breast" in newest.details
    assert f"> {before.deadline_utc:%Y-%m-%d %H:%M}Z" in newest.details


def test_an_order_can_raise_the_urgency_of_its_pathway_and_not_lower_it(department: Department) -> None:
    department.order(1, pathway="breast", urgency=1)
    assert department.case().urgency == 1
    department.order(2, "change", minute=5, urgency=5)
    assert department.case().urgency == 3


def test_what_a_change_leaves_out_it_does_not_take_back(department: Department) -> None:
    department.order(1, pathway="acute", urgency=1, site="HERLEV")
    department.order(2, "change", minute=5, subspecialty="mamma")
    case = department.case()
    assert (case.pathway, case.urgency, case.site, case.subspecialty) == ("acute", 1, "HERLEV", "mamma")


def test_a_change_after_the_sign_out_changes_nothing_and_is_told(department: Department) -> None:
    department.order(1, pathway="breast")
    department.store.sign_out("26-000123", READER)
    before = department.case()
    applied = department.order(2, "change", minute=5, pathway="acute")
    assert applied.outcome == "unchanged"
    assert "signed out" in applied.message
    assert department.case() == before
    assert department.asked() == [("late change", "26-000123")]


def test_a_slide_after_the_sign_out_waits_and_is_told(both: Department) -> None:
    both.order(1)
    both.store.sign_out("26-000123", READER)
    applied = both.slide("late.svs")
    assert applied.outcome == "unmatched"
    assert "signed out by anna" in applied.message
    assert both.asked() == [("late slide", "26-000123")]
    assert [it.path.name for it in waiting_slides(both.store)] == ["late.svs"]
    assert both.slide("late.svs").outcome == "unchanged"
    assert open_operations(both.store)[0].times == 1


def test_an_unknown_pathway_gets_the_strictest_usual_target_and_a_person_is_asked(department: Department) -> None:
    applied = department.order(1, pathway="kræftpakke xyz")
    assert applied.outcome == "new"
    assert "strictest usual target" in applied.message
    case = department.case()
    assert case.pathway_name == "kræftpakke xyz (unknown pathway)"
    assert case.deadline_utc == TABLE.deadline("breast", "cytology", case.received_utc)
    assert case.urgency == 1
    assert department.asked() == [("unknown pathway", "26-000123")]
    department.order(2, "change", minute=5, pathway="breast")
    assert department.case().pathway == "breast"


def test_an_unknown_site_is_told_where_the_department_keeps_a_list(department: Department) -> None:
    department.order(1, site="NOWHERE")
    assert department.asked() == []
    with department.store.writing() as session:
        session.add(SiteRow(code="HERLEV", name="Herlev", region="H", active=True))
    department.order(2, site="HERLEV", accession_number="26-2", order_number="P2")
    department.order(3, site="NOWHERE", accession_number="26-3", order_number="P3")
    assert department.asked() == [("unknown site", "NOWHERE")]
    assert department.case("26-3").site == "NOWHERE"


@pytest.mark.parametrize("days", [400, -365 * 40])
def test_a_time_that_cannot_be_loses_no_case_and_is_told(department: Department, days: int) -> None:
    now = department.store.now()
    applied = department.order(1, sent_utc=now + timedelta(days=days), received_utc=now + timedelta(days=days))
    assert applied.outcome == "new"
    assert "cannot be" in applied.message
    assert department.case().received_utc == now
    assert department.asked() == [("clock", "LIS at HOSP")]
    department.order(2, "change", sent_utc=now + timedelta(minutes=1), pathway="acute")
    assert department.case().pathway == "acute", "a clock that ran ahead once does not stop what follows"


def test_a_patients_number_is_kept_nowhere(both: Department) -> None:
    specimen = OrderedSpecimen(number="1", kind="biopsy", description=f"mamma {CPR}", blocks=(f"A {CPR}",))
    told: dict[str, Any] = {
        "pathway": f"acute {CPR}",
        "site": CPR,
        "subspecialty": f"x {CPR}",
        "specimens": (specimen,),
    }
    assert both.order(1, patient_id=SecretStr(CPR), order_number=CPR, **told).outcome == "new"
    assert both.order(2, "cancel", minute=5, order_number=CPR).outcome == "changed", "the order is found again"
    assert both.order(3, accession_number=CPR, order_number="P3").outcome == "refused"
    assert both.slide(f"{CPR}.svs").outcome == "refused"
    assert both.slide("a.svs", CPR).outcome == "unmatched"
    assert both.slide("b.svs", slide_id=CPR, problem=f"is {CPR}").outcome == "matched"
    assert ("refused message", "LIS at HOSP, message M3") in both.asked()
    everything = both.everything()
    assert CPR not in everything
    assert CPR.replace("-", "") not in everything
    assert len(both.store.cases()) == 1


def test_a_patients_cases_share_a_key_that_is_not_the_number(department: Department) -> None:
    for number, patient in enumerate((CPR, "0101901234", "020290-1234", None), start=1):
        secret = SecretStr(patient) if patient else None
        department.order(number, accession_number=f"26-{number}", order_number=f"P{number}", patient_id=secret)
    with department.store.reading() as session:
        keys = session.scalars(select(CaseRow.patient_key).order_by(CaseRow.id)).all()
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] is None
    assert len(keys[0] or "") == 64


def test_a_file_that_cannot_be_read_comes_in_as_failed_with_its_reason(department: Department) -> None:
    department.order(1)
    department.slide("a.svs", unreadable="a.svs: the file is cut short; copy it again")
    department.slide("b.svs", None, problem="b.svs says no case", unreadable="b.svs: damaged")
    (slide,) = department.case().slides
    assert (slide.state, slide.reason) == ("failed", "a.svs: the file is cut short; copy it again")
    assert department.case().state == "failed"
    assert [it.reason for it in waiting_slides(department.store)] == ["b.svs says no case; b.svs: damaged"]


def test_the_same_file_under_two_names_is_told_and_not_doubled(department: Department) -> None:
    department.order(1)
    department.slide("a.svs")
    again = department.slide("a copy.svs", same_as=Path("/scans/a.svs"))
    assert again.outcome == "unchanged"
    assert "same file as a.svs" in again.message
    assert [it.path.name for it in department.case().slides] == ["a.svs"]
    assert department.asked() == [("same slide twice", "26-000123")]
    assert department.slide("a copy.svs").outcome == "unchanged", "it is kept in mind under its second name"


def test_a_file_that_is_found_to_be_another_cases_slide_too_is_told(department: Department) -> None:
    for number in (1, 2):
        department.order(number, accession_number=f"26-{number}", order_number=f"P{number}")
        department.slide(f"{number}.svs", f"26-{number}")
        read: dict[str, Any] = {
            "state": "scored",
            "score": 0.1,
            "flagged": False,
            "sha256": "a" * 64,
            "scored_utc": NOW,
        }
        for _ in range(2):
            department.store.record_result(CaseSlide(path=Path(f"/scans/{number}.svs"), **read), LIS)
    (asked,) = open_operations(department.store)
    assert (asked.kind, asked.subject, asked.times) == ("same slide twice", "26-2", 1)
    assert "2.svs of case 26-2 is the same file as 1.svs of case 26-1" in asked.text


def test_a_person_matches_a_slide_that_says_no_case(both: Department) -> None:
    both.order(1)
    both.slide("label unreadable.svs", None, problem="no barcode")
    assert [kind for kind, _ in both.asked()] == ["unmatched slide"]
    match_slide(both.store, Path("/scans/label unreadable.svs"), "26-000123", COORDINATOR)
    match_slide(both.store, Path("/scans/label unreadable.svs"), "26-000123", COORDINATOR)
    assert len(both.case().slides) == 1
    assert waiting_slides(both.store) == []
    assert both.asked() == []
    assert both.slide("label unreadable.svs", None).outcome == "unchanged"


def test_waiting_slides_join_a_case_that_came_from_a_file(both: Department) -> None:
    both.slide("a.svs")
    both.order(1, accession_number="26-2", order_number="P2")
    assert match_known(both.store, LIS) == 0
    known = both.case("26-2").model_copy(update={"accession_number": "26-000123"})
    both.store.add_cases([known], LIS)
    assert match_known(both.store, LIS) == 1
    assert len(both.case().slides) == 1


def test_two_intakes_at_once_make_one_case_with_all_its_slides(store: Store, tmp_path: Path) -> None:
    department = Department(store, tmp_path)
    start = threading.Barrier(6)

    def together(act: Callable[[], Applied]) -> Applied:
        start.wait()
        return act()

    acts: list[Any] = [lambda n=n: department.order(n, order_number=f"P{n}") for n in (1, 2, 1)]
    acts += [lambda n=n: department.slide(f"{n % 2}.svs") for n in range(3)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(together, acts))
    assert len(answers) == len(acts)
    (case,) = store.cases()
    assert sorted(it.path.name for it in case.slides) == ["0.svs", "1.svs"]
    assert waiting_slides(store) == []
