"""What is changed in a plan, in words, with the place in the YAML that is beside them."""

from typing import Any

from planner.experiments.number_words import number_words
from planner.scenario.difference import FieldChange
from ui.planner.words import teller
from ui.shell.facts import literal
from ui.shell.language import number, t


def change_line(moved: FieldChange) -> str:
    """One change as Markdown."""
    what, path = literal(teller()(number_words(moved.path))), literal(moved.path)
    if moved.before is None and isinstance(moved.after, dict):
        told = t("{what} — new", what=what)
    elif moved.after is None and isinstance(moved.before, dict):
        told = t("{what} — gone", what=what)
    else:
        told = t("{what} — {before}, now {after}", what=what, before=_value(moved.before), after=_value(moved.after))
    return told if what == path else f"{told} :small[:gray[{path}]]"


def _value(value: Any) -> str:
    """As one says it; what is no single value stands as in JSON."""
    if value is None:
        return t("none")
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, (int, float)):
        return number(value, 0 if float(value).is_integer() else 2)
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or t("none")
    return literal(teller()(str(value)))
