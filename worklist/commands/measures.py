"""`forrang measures`: what the service measures of itself, as Prometheus reads it."""

import sys


def show_measures() -> None:
    """Prints the measures in Prometheus' text format: the list, the queue, failures, response times by month."""
    from worklist.settings import Settings
    from worklist.store.store import Store
    from worklist.watching.measures import text

    sys.stdout.write(text(Store.open(Settings().store_url)))
