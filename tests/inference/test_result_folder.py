"""Results on disk are whole or absent, and known by what they were made from."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference.result_folder import OutputError, any_results, folder_for, read_result, remove_remains, write_result
from inference.results import SlideResult


def result(**changes: object) -> SlideResult:
    facts: dict[str, object] = {
        "slide": "a.svs", "status": "failed", "score": None, "flagged": None, "model": "m@1", "tiles": 0,
        "failed_tiles": 0, "tissue_mm2": None, "mpp": None, "seconds": 0.1, "quality": None, "reason": "why",
        "result": None, "rule": None, "threshold": None, "width": None, "height": None, "mpp_source": None,
        "trace": {"slide_sha256": "s", "weights_sha256": "w", "software": "forrang 0", "settings": {},
                  "scored_at_utc": "2026-01-05T12:00:00Z"},
    }  # fmt: skip
    return SlideResult.model_validate(facts | changes)


def write_one_file(folder: Path) -> None:
    (folder / "tiles.parquet").write_bytes(b"tiles")


def test_a_result_is_read_back_as_written(tmp_path: Path) -> None:
    written = write_result(result(), tmp_path / "out" / "a", write_one_file)
    assert read_result(tmp_path / "out" / "a") == written
    assert written.result == str(tmp_path / "out" / "a")
    assert sorted(p.name for p in (tmp_path / "out" / "a").iterdir()) == ["result.json", "tiles.parquet"]


def test_a_moved_result_knows_where_it_is(tmp_path: Path) -> None:
    write_result(result(), tmp_path / "a", write_one_file)
    (tmp_path / "a").rename(tmp_path / "b")
    moved = read_result(tmp_path / "b")
    assert moved is not None
    assert moved.result == str(tmp_path / "b")


def test_a_later_result_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    write_result(result(reason="first"), tmp_path / "a", write_one_file)
    write_result(result(reason="second"), tmp_path / "a", lambda folder: None)
    found = read_result(tmp_path / "a")
    assert found is not None
    assert found.reason == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert not (tmp_path / "a" / "tiles.parquet").exists()


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        write_one_file(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"a\.svs.*No space left on device"):
        write_result(result(), tmp_path / "a", full)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_survives_a_failed_write(tmp_path: Path) -> None:
    earlier = write_result(result(), tmp_path / "a", write_one_file)

    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError):
        write_result(result(reason="later"), tmp_path / "a", full)
    assert read_result(tmp_path / "a") == earlier


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(folder: Path) -> None:
        write_one_file(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_result(result(), tmp_path / "a", interrupted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b'{"slide": "a.svs"}'])
def test_what_is_no_whole_result_is_no_result(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "result.json").write_bytes(content)
    assert read_result(tmp_path) is None


def test_the_same_inputs_give_the_same_folder_and_others_another(tmp_path: Path) -> None:
    first = folder_for(tmp_path, "a.svs", {"slide": "s", "weights": "w"})
    assert first == folder_for(tmp_path, "a.svs", {"weights": "w", "slide": "s"})
    assert first != folder_for(tmp_path, "a.svs", {"slide": "t", "weights": "w"})
    assert first != folder_for(tmp_path, "b.svs", {"slide": "s", "weights": "w"})


def test_a_very_long_name_still_makes_a_folder(tmp_path: Path) -> None:
    folder = folder_for(tmp_path, "æ" * 125 + ".svs", {})
    write_result(result(), folder, write_one_file)
    assert any_results(tmp_path, "æ" * 125 + ".svs")
    assert len(folder.name.encode()) < 255


def test_two_writers_of_one_result_both_end_well(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: write_result(result(), tmp_path / "a", write_one_file), range(80)))
    assert len(written) == 80
    assert read_result(tmp_path / "a") is not None
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_remains_of_killed_processes_are_removed_after_a_day(tmp_path: Path) -> None:
    (tmp_path / ".partial-abc").mkdir()
    begun = (tmp_path / ".partial-abc").stat().st_mtime
    remove_remains(tmp_path, begun + 3600)
    assert (tmp_path / ".partial-abc").exists()
    remove_remains(tmp_path, begun + 25 * 3600)
    assert not (tmp_path / ".partial-abc").exists()
