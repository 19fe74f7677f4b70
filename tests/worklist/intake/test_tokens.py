"""Bearer tokens of senders: shown once, kept as a hash, compared whole."""

import stat
from pathlib import Path

import pytest

from worklist.intake.tokens import TokenError, make_token, read_tokens, sender_of


def test_a_token_is_known_by_its_hash_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "api-tokens"
    first, second = make_token(path, "LIS"), make_token(path, "scanner-2")
    assert first != second
    assert first not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tokens = read_tokens(path)
    assert sender_of(f"Bearer {first}", tokens) == "LIS"
    assert sender_of(f"bearer  {second}", tokens) == "scanner-2"
    for wrong in (
        "",
        "Bearer",
        "Bearer ",
        f"Basic {first}",
        f"Bearer {first}x",
        f"Bearer {first[:-1]}",
        "Bearer \udcff",
    ):
        assert sender_of(wrong, tokens) is None


def test_without_a_file_nobody_may_send(tmp_path: Path) -> None:
    assert read_tokens(tmp_path / "none") == {}
    assert sender_of("Bearer x", {}) is None


def test_a_name_is_given_once_and_a_spoilt_file_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "api-tokens"
    make_token(path, "LIS")
    with pytest.raises(TokenError, match="LIS has a token already"):
        make_token(path, "LIS")
    with pytest.raises(TokenError, match="letters, digits"):
        make_token(path, "a\nb")
    path.write_text(path.read_text() + "\n# a remark\nscanner secret\n")
    with pytest.raises(TokenError, match=r"api-tokens, line 4: .*forrang intake token"):
        read_tokens(path)
