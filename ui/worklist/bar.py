"""What is chosen on the list, by name, and what can be done with it."""

from typing import Final, cast

import streamlit as st

from ui.access.visitor import visitor
from ui.acts.acts import ACT_OF, ICONS, may_act
from ui.acts.words import ActName, label
from ui.shell.facts import literal
from ui.shell.language import t, tn
from ui.shell.memory import remember, remembered
from ui.worklist.many import MOST, ManyAct
from ui.worklist.many_dialog import ACTS, many_label
from ui.worklist.seen import Seen
from worklist.cases import Case
from worklist.people import Role

ON_ONE: Final[tuple[ActName, ...]] = (
    *("take", "assign", "give back", "urgent", "second opinion", "rescan", "verdict", "note", "sign out"),
)

_NAMED: Final = 8
"""Chosen cases that are named; of more, the number is told."""

_SEEN: Final = "seen"
_ASKED: Final = "asked of the list"


def seen() -> Seen:
    """What the visitor saw and chose; in another role they have chosen nothing yet."""
    whose, it = cast("tuple[tuple[str, Role] | None, Seen]", remembered(_SEEN, (None, Seen())))
    return it if whose == visitor().login_and_role else it.without_choice()


def keep_seen(it: Seen) -> None:
    """For this visit."""
    remember(_SEEN, (visitor().login_and_role, it))


def want(act: ActName | ManyAct, cases: tuple[Case, ...]) -> None:
    """Keeps what was asked for, with the cases as they were seen; the page opens its dialog when it is drawn next."""
    remember(_ASKED, (act, cases))


def wanted() -> tuple[ActName, tuple[Case, ...]] | None:
    """What was asked for, once."""
    asked = remembered(_ASKED, None)
    remember(_ASKED, None)
    return asked  # type: ignore[return-value]


def show_bar() -> None:
    """The chosen cases and the acts on them; a press is about the cases that are named here."""
    chosen = tuple(seen().chosen.values())
    if not chosen or not any(map(visitor().may, ACT_OF.values())):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="chosen_bar"):
        st.markdown(_words(chosen), width="content")
        if len(chosen) == 1:
            acts = [(act, label(act, chosen[0])) for act in ON_ONE if may_act(act, chosen[0])]
        elif len(chosen) > MOST:
            st.caption(t("At most {most} cases are acted on together.", most=MOST))
            acts = []
        else:
            acts = [(act, many_label(act)) for act in ACTS if visitor().may(ACTS[act])]
        for act, words in acts:
            pressed = st.button(words, key=f"bar {act}", icon=ICONS[act], on_click=want, args=(act, chosen))
            if pressed:
                st.rerun()
        st.button(t("Choose none"), key="choose_none", type="tertiary", on_click=_choose_none)


def _words(chosen: tuple[Case, ...]) -> str:
    many = tn("{n} case chosen", "{n} cases chosen", len(chosen))
    if len(chosen) > _NAMED:
        return f"**{many}**"
    return f"**{many}:** {literal(', '.join(case.accession_number for case in chosen))}"


def _choose_none() -> None:
    keep_seen(seen().without_choice())
