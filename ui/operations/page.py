"""Operations: what needs a hand, what waits and what failed, how fast the service answers, and the audit trail."""

from collections.abc import Callable
from typing import Final, Literal

import streamlit as st

from ui.access.visitor import visitor
from ui.operations import audit, flow, hands, queue, storage, times, unmatched
from ui.shell.desk import Desk, look
from ui.shell.facts import heading
from ui.shell.language import t
from ui.shell.memory import remember, remembered
from worklist.people import Act

View = Literal["hands", "unmatched", "queue", "flow", "times", "storage", "audit"]
SHOWS: Final[dict[View, Callable[[Desk], None]]] = {
    "hands": hands.show,
    "unmatched": unmatched.show,
    "queue": queue.show,
    "flow": flow.show,
    "times": times.show,
    "storage": storage.show,
    "audit": audit.show,
}
NEEDS: Final[dict[View, Act]] = {
    "hands": "see operations",
    "unmatched": "see operations",
    "queue": "see operations",
    "flow": "see figures",
    "times": "see figures",
    "storage": "see figures",
    "audit": "see audit",
}
"""What a view asks of its visitor."""


def show() -> None:
    """Shows the page; its address names the view."""
    who, desk = visitor(), look()
    views = [view for view in SHOWS if who.may(NEEDS[view])]
    if not remembered("operations seen", default=False):
        desk.store.saw(who.actor, "see operations")
        remember("operations seen", value=True)
    st.html(heading(t("Operations"), t("What needs a hand, what waits, and how well the service runs")))
    titles = _titles()
    asked = st.query_params.get("view", str(remembered("operations view", "hands")))
    view = st.segmented_control(
        t("View"),
        views,
        default=next((it for it in views if it == asked), views[0]),
        required=True,
        format_func=lambda it: titles[it],
        key="operations_view",
        label_visibility="collapsed",
    )
    chosen: View = view or views[0]
    remember("operations view", chosen)
    st.query_params["view"] = chosen
    SHOWS[chosen](desk)


def _titles() -> dict[View, str]:
    return {
        "hands": t("Needs a hand"),
        "unmatched": t("Unmatched slides"),
        "queue": t("Queue and workers"),
        "flow": t("Slides and faults"),
        "times": t("Response times"),
        "storage": t("Storage"),
        "audit": t("Audit trail"),
    }
