"""Invariant 10: nothing asks for another machine, not from the first command to the list, not to make a network."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from tests.support.slides import make_slide
from tests.support.tiny_model import make_tiny_model

WATCH = """
import os, sys
NEAR = ("127.", "::1", "localhost", "0.0.0.0")

def look(event, arguments):
    if event == "socket.getaddrinfo" or event.startswith("socket.gethostby"):
        place = str(arguments[0])
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        place = str(arguments[1][0])
    else:
        return
    if arguments[0] is None or place.startswith(NEAR):
        return
    with open(os.environ["ASKED_FOR"], "a") as file:
        file.write(f"{event} {place}\\n")
    raise OSError(101, f"Network is unreachable: {place}")

sys.addaudithook(look)
"""
"""A sitecustomize.py: every Python process that is started notes whom it asks for, and gets nobody."""

Watched = Callable[..., tuple[str, str]]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """Runs Python without internet and with empty caches; gives what it wrote and whom it asked for."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    asked = tmp_path / "asked.txt"
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {
        "ASKED_FOR": str(asked),
        "FORRANG_HOME": str(tmp_path / "home"),
        "HF_HOME": str(tmp_path / "hub"),
        "TORCH_HOME": str(tmp_path / "torch"),
        "PYTHONPATH": f"{tmp_path / 'watch'}{os.pathsep}{PROJECT}",
    }

    def run(*words: object) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr, asked.read_text("utf-8") if asked.exists() else ""

    return run


def test_cases_come_in_are_scored_and_ranked_without_internet(watched: Watched, tmp_path: Path) -> None:
    make_slide(tmp_path / "a.svs")
    make_tiny_model(tmp_path / "tiny")
    (tmp_path / "cases.csv").write_text("accession number;pathway;received;slides\nA-1;breast;02-11-2026 09:00;a.svs\n")
    assert "1 new" in watched("-m", "cli", "intake", "cases.csv")[0]
    watched("-m", "cli", "worker", "--model", "tiny")
    assert "flagged" in watched("-m", "cli", "worklist", "--json")[0]
    assert '"scored"' in watched("-m", "cli", "score", "a.svs", "--json", "--out", "out")[0]
    written, asked = watched("-m", "cli", "doctor")
    assert "idc-screen" in written
    assert asked == ""


def test_a_network_is_made_and_started_without_internet(watched: Watched) -> None:
    pytest.importorskip("torch", reason="the torch extra is not installed")
    make = (
        "from pathlib import Path\n"
        "from training.tiles.options import TrainOptions\n"
        "from training.tiles.runs import complete, make_network\n"
        "from training.tiles.starting_weights import load_starting_weights\n"
        "for name in ('tf_efficientnet_lite0', 'test_resnet'):\n"
        "    options = complete(TrainOptions(tiles=Path('t'), out=Path('o'), network=name))\n"
        "    print(load_starting_weights(options.network, make_network(options).net, options.start))\n"
    )
    written, asked = watched("-c", make)
    assert asked == ""
    assert written.count("Started from") == 2, written


def test_whoever_asks_is_noted(watched: Watched) -> None:
    said, asked = watched("-c", "import urllib.request; urllib.request.urlopen('https://models.example/weights')")
    assert "Network is unreachable" in said
    assert asked.startswith("socket.getaddrinfo models.example")
