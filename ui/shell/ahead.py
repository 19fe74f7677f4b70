"""Loads the pages' code and the open list before anybody asks for them, so that nobody's first page waits for them."""

import threading
from contextlib import suppress
from importlib import import_module
from typing import Final

from models.errors import ForrangError

AT_ONCE: Final = "ui.shell.frame"
"""With it come all pages but those below."""
LATER: Final = ("ui.planner.page", "ui.models.page")
"""What they load to simulate, to judge and to draw takes longer than all the rest: the list does not wait for it."""


def load_ahead() -> None:
    """Loads the list and its kin now, and the slower pages while the first visitors are let in."""
    import_module(AT_ONCE)
    threading.Thread(target=_load_later, name="loads pages ahead", daemon=True).start()


def _load_later() -> None:
    from ui.shell.desk import look  # what it brings is part of what is loaded here

    with suppress(ForrangError):  # whoever comes is told
        look().open_list.load()
    for name in LATER:
        import_module(name)
