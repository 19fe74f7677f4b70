"""Where an installation keeps its things."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.registry import user_folder
from worklist.errors import SettingError
from worklist.settings import Settings, settings_now


def test_everything_lies_in_the_home_folder_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "hjem"))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    assert Settings().store_url == f"sqlite:///{tmp_path}/hjem/worklist.db"
    assert Settings().results_folder == tmp_path / "hjem" / "results"
    monkeypatch.setenv("FORRANG_DATABASE_URL", "postgresql+psycopg://db/forrang")
    assert Settings().store_url == "postgresql+psycopg://db/forrang"


def test_models_and_list_share_one_home_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for written, folder in (("~/hjem", "hjem"), ("hjem", "hjem"), ("", ".forrang")):
        monkeypatch.setenv("FORRANG_HOME", written)
        assert Settings().home_folder == tmp_path / folder
        assert user_folder() == tmp_path / folder / "models"


def test_the_home_folder_is_the_users_own_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORRANG_HOME", raising=False)
    assert Settings().home_folder == Path.home() / ".forrang"


@pytest.mark.parametrize(
    ("name", "held", "told"),
    [
        ("FORRANG_HL7_SENDERS", "10.1.2.9", r"FORRANG_HL7_SENDERS: is not in JSON; give a list"),
        ("FORRANG_IDENTITY_PATTERNS", '{"a number": "("}', r"FORRANG_IDENTITY_PATTERNS \(a number\): .*; correct it"),
        ("FORRANG_LOG_FORMAT", "xml-secret", r"FORRANG_LOG_FORMAT: .*'text' or 'json'; correct it, or unset it"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_repeated(
    name: str, held: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, held)
    with pytest.raises(SettingError, match=told) as raised:
        Settings()
    assert held not in str(raised.value)


def test_settings_that_are_read_now_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "one"))
    first = settings_now()
    assert settings_now() is first
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "two"))
    assert settings_now().home == tmp_path / "two"
    monkeypatch.setenv("FORRANG_LOG_FORMAT", "xml")
    with pytest.raises(SettingError):
        settings_now()


def test_a_wrong_setting_ends_a_command_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORRANG_LOG_FORMAT", "xml")
    command = [sys.executable, "-m", "cli", "store", "info"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: FORRANG_LOG_FORMAT:")
    assert ended.stderr.count("\n") == 1
