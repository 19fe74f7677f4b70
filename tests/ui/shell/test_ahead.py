"""What the pages load, and when: a process of its own each, since this one has loaded them."""

import subprocess
import sys

SLOW = {"altair", "numba", "onnxruntime", "pandas", "scipy", "sklearn", "torch"}
"""Seconds of loading that neither the list nor a case needs."""


def loaded_by(program: str) -> set[str]:
    """The modules that a program has loaded by its end."""
    told = f"{program}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_list_and_the_case_load_nothing_that_simulates_or_fits() -> None:
    found = loaded_by("import app, ui.shell.frame")
    assert {"ui.worklist.page", "ui.case.page", "ui.viewer.page"} <= found
    assert not SLOW & found


def test_the_command_line_loads_no_room_before_it_is_asked_for() -> None:
    assert not (SLOW | {"sqlalchemy", "streamlit"}) & loaded_by("import cli")


def test_a_server_loads_the_slower_pages_of_itself() -> None:
    program = (
        "import threading; from ui.shell.ahead import load_ahead; load_ahead()\n"
        "for it in threading.enumerate():\n"
        "    if it is not threading.main_thread(): it.join()"
    )
    assert {"ui.shell.frame", "ui.planner.page", "ui.models.page"} <= loaded_by(program)
