"""Loads the pages' code and the open list before anybody asks for them, so that nobody's first page waits for them."""

import gc
import threading
from contextlib import suppress
from importlib import import_module
from typing import Final

from models.errors import ForrangError

AT_ONCE: Final = "ui.shell.frame"
"""With it come all pages but those below."""
LATER: Final = ("ui.planner.page", "ui.models.page")
"""What they load to simulate, to judge and to draw takes longer than all the rest: the list does not wait for it."""
LATER_S: Final = 20.0
"""Until then: where a server was started anew, all who had a page open come back at once, and for the list. A."""


def load_ahead(later_s: float = LATER_S) -> None:
    """Loads the list and its kin now, and the slower pages once the first visitors are in."""
    import_module(AT_ONCE)
    from ui.shell.desk import look  # part of what was loaded

    with suppress(ForrangError):  # whoever comes is told
        look().open_list.load()
    _keep_for_good()
    later = threading.Timer(later_s, _load_later)
    later.daemon = True
    later.start()


def _load_later() -> None:
    for name in LATER:
        import_module(name)
    _keep_for_good()


def _keep_for_good() -> None:
    """Takes what is loaded by now out of what Python looks through for garbage.

    Streamlit has all of it looked through after every page. Hundreds of thousands of objects that nobody ever lets go
    of took 0.3 to 0.6 s each time, in which no page and no tile was answered.
    """
    gc.collect()
    gc.freeze()
