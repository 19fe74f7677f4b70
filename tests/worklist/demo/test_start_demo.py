"""The demo starts anew each time, on a list of its own."""

from pathlib import Path

from tests.support.people import pathologist
from worklist.demo.start import start_demo


def test_ten_cases_come_in_and_a_second_start_begins_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    first = start_demo(url, tmp_path / "phantoms")
    assert len(first.cases()) == 10
    first.sign_out("DEMO-01", pathologist("somebody"))
    assert len(first.cases()) == 9
    first.close()
    again = start_demo(url, tmp_path / "phantoms")
    assert len(again.cases()) == 10
    again.close()


def test_a_new_demo_takes_nothing_from_what_an_interrupted_one_left_beside_its_list(tmp_path: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        (tmp_path / f"demo.db{ending}").write_bytes(b"left over")
    store = start_demo(f"sqlite:///{tmp_path / 'demo.db'}", tmp_path / "phantoms")
    assert len(store.cases()) == 10
    store.close()
    assert not [path.name for path in tmp_path.glob("demo.db-*") if path.read_bytes() == b"left over"]


def test_a_users_own_slides_each_get_a_case(tmp_path: Path) -> None:
    slides = [tmp_path / "a.svs", tmp_path / "b.svs"]
    store = start_demo(f"sqlite:///{tmp_path / 'demo.db'}", tmp_path / "phantoms", slides)
    assert sorted(slide.path.name for case in store.cases() for slide in case.slides) == ["a.svs", "b.svs"]
    store.close()
