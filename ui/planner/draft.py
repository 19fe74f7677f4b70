"""A plan while it is being changed: the text that the form starts from, and the shelf's as it was seen."""

from dataclasses import dataclass, replace

import streamlit as st

from planner.scenario.load import dump_scenario
from planner.scenario.scenario import Scenario
from planner.shelf import Shelved, take


@dataclass(frozen=True)
class Draft:
    """One plan in one visit."""

    shelved: Shelved
    """As it was on the shelf when it was opened or saved."""
    text: str
    """What the form starts from."""
    number: int
    """Rises whenever the form has to start anew, since its text was written by hand."""

    def with_text(self, text: str) -> "Draft":
        """Starts anew from a text."""
        return replace(self, text=text, number=self.number + 1)


def draft_of(name: str) -> Draft:
    """The plan as it was left in this visit, else as it is on the shelf. Raises ScenarioError."""
    kept = st.session_state.get(_key(name))
    if isinstance(kept, Draft):
        return kept
    shelved = take(name)
    return keep(Draft(shelved, shelved.text, 0))


def keep(draft: Draft) -> Draft:
    """Holds it for this visit."""
    st.session_state[_key(draft.shelved.name)] = draft
    return draft


def forget(name: str) -> None:
    """The plan is opened from the shelf next time."""
    st.session_state.pop(_key(name), None)


def text_of(draft: Draft, base: Scenario, made: Scenario) -> str:
    """The plan's text: as it was written while the form has changed nothing, else written anew."""
    return draft.text if made == base else dump_scenario(made)


def _key(name: str) -> str:
    return f"plan draft {name}"
