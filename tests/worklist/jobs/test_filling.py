"""What is queued and what is not: every slide of an open case that lacks a finding, once."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.cases import MODEL, case, scored
from tests.support.people import SYSTEM, pathologist
from worklist.cases import CaseSlide
from worklist.jobs import filling
from worklist.jobs.filling import Replaced, adopt, look_around, queue_new
from worklist.jobs.finding import stamp
from worklist.jobs.queue import JobQueue


def read_all(queue: JobQueue) -> list[str]:
    """Names of the slides that were queued, each read now."""
    done = []
    for lease in queue.claim("a", 100):
        with_stamp = type(lease)(lease.job, lease.path, lease.token, lease.losses, stamp(lease.path))
        queue.finish(with_stamp, scored(str(lease.path)), SYSTEM)
        done.append(lease.path.name)
    return sorted(done)


def test_a_slide_is_queued_once_however_often_it_is_looked_for(queue: JobQueue) -> None:
    queue.store.add_cases([case("P1", "/a.svs", "/b.svs"), case("P2", "/b.svs")], SYSTEM)
    assert queue_new(queue) == 2
    assert queue_new(queue) == 0
    assert adopt(queue) == 0
    assert read_all(queue) == ["a.svs", "b.svs"]
    assert (queue_new(queue), adopt(queue), adopt(queue, again=True)) == (0, 0, 0)


def test_a_slide_that_another_worker_read_in_the_meantime_is_not_queued_again(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM)
    write = filling._write
    read: list[str] = []

    def slowly(of: JobQueue, ended: Mapping[str, datetime | None]) -> int:
        if not read:
            read.append("once")
            write(of, ended)
            read.extend(read_all(of))
        return write(of, ended)

    monkeypatch.setattr(filling, "_write", slowly)
    assert queue_new(queue) == 0
    assert read == ["once", "a.svs", "b.svs"]
    assert queue.waiting() == (0, 0)


def test_slides_of_a_case_that_was_signed_out_are_not_queued_and_leave_the_queue(queue: JobQueue) -> None:
    queue.store.add_cases([case("P1", "/a.svs"), case("P2", "/b.svs")], SYSTEM)
    queue_new(queue)
    queue.store.sign_out("P1", pathologist("Dr Ada"))
    look_around(queue)
    assert queue_new(queue) == 0
    assert read_all(queue) == ["b.svs"]


def test_what_another_model_read_is_read_again_when_a_model_begins_to_serve(queue: JobQueue) -> None:
    queue.store.add_cases([case("P1", "/a.svs", "/b.svs")], SYSTEM)
    queue.store.record_result(scored("/a.svs", model="other@1"), SYSTEM)
    assert queue_new(queue) == 1
    assert adopt(queue) == 1
    assert read_all(queue) == ["a.svs", "b.svs"]


def test_failed_and_rejected_slides_are_tried_again_when_somebody_asks(queue: JobQueue, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("failed.svs", "rejected.svs", "good.svs", "gone.svs")]
    for path in paths[:3]:
        path.touch()
    queue.store.add_cases([case("P1", *map(str, paths))], SYSTEM)
    queue_new(queue)
    for lease in queue.claim("a", 9):
        slide = scored(str(lease.path))
        if lease.path.name != "good.svs":
            state = "rejected" if lease.path.name == "rejected.svs" else "failed"
            slide = CaseSlide(path=lease.path, state=state, reason="mend it", model=MODEL)
        queue.finish(lease, slide, SYSTEM)
    assert adopt(queue) == 0
    assert adopt(queue, again=True) == 2
    assert read_all(queue) == ["failed.svs", "rejected.svs"]


def test_a_score_from_before_a_failure_is_made_anew_when_somebody_asks(queue: JobQueue, tmp_path: Path) -> None:
    path = tmp_path / "a.svs"
    path.touch()
    queue.store.add_cases([case("P1", str(path))], SYSTEM)
    queue.store.record_result(scored(str(path)), SYSTEM)
    assert adopt(queue, again=True) == 0
    queue.store.record_result(CaseSlide(path=path, state="failed", reason="the disk is away", model=MODEL), SYSTEM)
    assert adopt(queue) == 0
    assert adopt(queue, again=True) == 1


def test_what_rests_after_a_failure_is_tried_at_once_when_somebody_asks(queue: JobQueue) -> None:
    queue.store.add_cases([case("P1", "/a.svs")], SYSTEM)
    queue_new(queue)
    (lease,) = queue.claim("a", 1)
    queue.fail(lease, CaseSlide(path=lease.path, state="failed", reason="mend it", model=MODEL), SYSTEM)
    assert queue.claim("a", 1) == []
    adopt(queue, again=True)
    assert read_all(queue) == ["a.svs"]


def test_a_slide_whose_file_comes_after_its_case_is_queued_when_it_is_there(queue: JobQueue, tmp_path: Path) -> None:
    late = CaseSlide(path=tmp_path / "late.svs", state="failed", reason="no such file")
    queue.store.add_cases([case("P1", slides=(late,))], SYSTEM)
    look_around(queue)
    adopt(queue)
    assert queue.waiting() == (0, 0)
    late.path.touch()
    look_around(queue)
    assert read_all(queue) == ["late.svs"]


def test_a_file_that_was_replaced_under_the_same_name_is_read_anew(queue: JobQueue, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.svs", "b.svs")]
    for path in paths:
        path.write_bytes(b"old")
    queue.store.add_cases([case("P1", *map(str, paths))], SYSTEM)
    queue_new(queue)
    assert len(read_all(queue)) == 2
    replaced = Replaced(queue)
    assert replaced.look_at_all() == 0
    os.utime(paths[0], (1, 1))
    assert replaced.look() == 1
    assert read_all(queue) == ["a.svs"]
    assert replaced.look() == 0


def test_a_folder_s_stamp_follows_what_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / "1.dcm").write_bytes(b"one")
    before = stamp(tmp_path)
    (tmp_path / "2.dcm").write_bytes(b"two")
    assert stamp(tmp_path) != before
    assert stamp(tmp_path / "none") is None
