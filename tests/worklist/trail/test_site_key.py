"""The site's key is made once, whole and for its owner alone; another key is told."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from worklist.errors import SiteKeyError
from worklist.store.database import open_engine, writing
from worklist.trail.site_key import KEY_BYTES, KEY_NAME, confirm_site_key, keyed, patient_key


def test_a_patient_has_one_key_however_the_number_is_written(tmp_path: Path) -> None:
    key = patient_key(tmp_path, "010190-1234")
    assert key == patient_key(tmp_path, " 0101901234 ")
    assert len(key) == 64
    assert "0101901234" not in key
    assert key != patient_key(tmp_path, "010190-1235")


def test_hashes_for_two_purposes_differ(tmp_path: Path) -> None:
    assert patient_key(tmp_path, "A1") != keyed(tmp_path, "pseudonym", "A1")


def test_the_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = patient_key(home, "A1")
    assert (home / KEY_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_NAME]
    assert patient_key(home, "A1") == before


def test_another_site_has_another_key(tmp_path: Path) -> None:
    assert patient_key(tmp_path / "one", "A1") != patient_key(tmp_path / "two", "A1")


def test_processes_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        keys = list(pool.map(patient_key, [tmp_path] * 64, ["A1"] * 64))
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [KEY_NAME]


def test_a_damaged_key_is_told_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_NAME).write_bytes(b"short")
    with pytest.raises(SiteKeyError, match="damaged: restore it"):
        patient_key(tmp_path, "A1")
    assert (tmp_path / KEY_NAME).read_bytes() == b"short"


def test_an_empty_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="empty"):
        patient_key(tmp_path, " - ")


def test_a_key_named_by_the_settings_is_used_and_never_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared.key"
    monkeypatch.setenv("FORRANG_SITE_KEY_FILE", str(shared))
    with pytest.raises(SiteKeyError, match="FORRANG_SITE_KEY_FILE"):
        patient_key(tmp_path, "A1")
    shared.write_bytes(bytes(KEY_BYTES))
    assert patient_key(tmp_path / "one", "A1") == patient_key(tmp_path / "two", "A1")


def test_the_wrong_key_for_a_store_is_told(tmp_path: Path, store_url: str) -> None:
    engine = open_engine(store_url)
    with writing(engine) as session:
        confirm_site_key(session, tmp_path / "one")
    with writing(engine) as session:
        confirm_site_key(session, tmp_path / "one")
    with pytest.raises(SiteKeyError, match="not the key that this store's"), writing(engine) as session:
        confirm_site_key(session, tmp_path / "two")
    engine.dispose()
