"""The desk reads the site's rules anew where their files changed, and only there."""

import os
from importlib.resources import files
from pathlib import Path

import pytest

from ui.shell.desk import _policy
from worklist.errors import PolicyError
from worklist.settings import Settings


def test_a_policy_file_that_is_changed_or_taken_away_is_seen_at_the_next_look(tmp_path: Path) -> None:
    ready = files("worklist") / "data" / "policies" / "ai-raised.yaml"
    own = tmp_path / "own.yaml"
    own.write_text(ready.read_text("utf-8"), "utf-8")
    settings = Settings(home=tmp_path, policy=str(own))
    before = _policy(settings)
    assert before.name == "ai-raised"
    assert _policy(settings) is before
    own.write_text(ready.read_text("utf-8").replace("name: ai-raised", "name: our own"), "utf-8")
    os.utime(own, ns=(1, 1))  # a clock that stood still between the two would hide the change
    assert _policy(settings).name == "our own"
    own.unlink()
    with pytest.raises(PolicyError, match=r"own\.yaml"):
        _policy(settings)
