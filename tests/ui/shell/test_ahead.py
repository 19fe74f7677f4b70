"""What the pages load, and when: a process of its own each, since this one has loaded them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.cases import case
from tests.support.people import SYSTEM
from worklist.store.store import Store

SLOW = {"altair", "numba", "onnxruntime", "pandas", "scipy", "sklearn", "torch"}
"""Seconds of loading that neither the list nor a case needs."""
MUCH = 20
"""Objects that are kept for good, to each that is looked at after a page."""


def loaded_by(program: str) -> set[str]:
    """The modules that a program has loaded by its end."""
    return set(said_by(f"{program}\nimport sys\nprint(' '.join(sys.modules))", os.environ).split())


def said_by(program: str, environment: Mapping[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return done.stdout


def test_the_list_and_the_case_load_nothing_that_simulates_or_fits() -> None:
    found = loaded_by("import app, ui.shell.frame")
    assert {"ui.worklist.page", "ui.case.page", "ui.viewer.page"} <= found
    assert not SLOW & found


def test_the_command_line_loads_no_room_before_it_is_asked_for() -> None:
    assert not (SLOW | {"sqlalchemy", "streamlit"}) & loaded_by("import cli")


def test_a_server_loads_the_slower_pages_and_the_open_list_of_itself(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'worklist.db'}")
    store.add_cases([case("P1"), case("P2")], SYSTEM)
    store.close()
    program = (
        "import gc, sys, threading; from ui.shell.ahead import load_ahead; load_ahead(0)\n"
        "for it in threading.enumerate():\n"
        "    if it is not threading.main_thread(): it.join()\n"
        "from ui.shell.desk import look\n"
        "print(len(look().open_list._held.cases), gc.get_freeze_count(), len(gc.get_objects()), *sys.modules)"
    )
    others = {name: value for name, value in os.environ.items() if not name.startswith("FORRANG_")}
    found = said_by(program, others | {"FORRANG_HOME": str(tmp_path)}).split()
    assert found[0] == "2"
    for_good, looked_through = int(found[1]), int(found[2])
    assert for_good > MUCH * looked_through, "what is loaded for good is looked through for garbage after every page"
    assert {"ui.shell.frame", "ui.planner.page", "ui.models.page"} <= set(found)
