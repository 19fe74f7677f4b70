"""The everyday changes as a form: people, hours, machines, volumes, AI and second opinions; it gives what was changed.

What a person changed is found by comparing rows with those that the form started from; each change is a path in the
scenario and a value, so that nothing else of the plan can move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pandas as pd
import streamlit as st

from planner.scenario.everyday import (
    HoursRow,
    Opinion,
    StreamRow,
    UnitRow,
    ai_change,
    can_use_ai,
    hours,
    hours_change,
    opinion,
    opinion_change,
    streams,
    units,
    uses_ai,
)
from planner.scenario.scenario import Scenario
from ui.planner.words import teller
from ui.shell.language import number, t

LEAST, MOST = 10, 300
"""Per cent of today's volume that the slider goes to."""
ROW_PX: Final = 35
MOST_ROWS: Final = 12


def show_form(base: Scenario, key: str, *, disabled: bool) -> dict[str, object]:
    """Draws the form and gives what it changes of `base`, by path."""
    people, machines = (_titled([row for row in units(base) if row.people is who]) for who in (True, False))
    names = [t("Staff"), t("Hours"), t("Machines"), t("Volumes"), t("AI and second opinion"), t("Time")]
    tabs = st.tabs(names)
    found: dict[str, object] = {}
    with tabs[0]:
        st.caption(t("Heads, hours and absence by group. 0 heads: nobody."))
        found |= _units(people, base, f"{key} people", disabled=disabled)
    with tabs[1]:
        st.caption(t("Local time, such as 07:30-15:30; several by a comma. Public holidays are closed."))
        found |= _hours(hours(base), f"{key} hours", disabled=disabled)
    with tabs[2]:
        st.caption(t("Scanners, stainers and other machines, and the hours in which they run."))
        found |= _units(machines, base, f"{key} machines", disabled=disabled)
    with tabs[3]:
        found |= _volumes(streams(base), f"{key} volumes", disabled=disabled)
    with tabs[4]:
        found |= _ways(base, key, disabled=disabled)
    with tabs[5]:
        found |= _days(base, key, disabled=disabled)
    return found


def unit_changes(before: Sequence[UnitRow], after: Sequence[UnitRow]) -> dict[str, object]:
    """What differs between rows of people or machines, by path."""
    fields = ("count", "roster", "absence", "full_time")
    return {
        f"{old.path}.{field}": getattr(new, field)
        for old, new in zip(before, after, strict=True)
        for field in fields
        if getattr(new, field) != getattr(old, field)
    }


def volume_changes(before: Sequence[StreamRow], per_week: Sequence[float], percent: int) -> dict[str, object]:
    """What differs between volumes, by path; all of them times so many per cent."""
    wanted = [round(value * percent / 100, 3) for value in per_week]
    return {row.path: value for row, value in zip(before, wanted, strict=True) if value != row.per_week}


def _titled(rows: Sequence[UnitRow]) -> list[UnitRow]:
    say = teller()
    return [replace(row, title=say(row.title.split(" (")[0])) for row in rows]


def _units(rows: Sequence[UnitRow], base: Scenario, key: str, *, disabled: bool) -> dict[str, object]:
    if not rows:
        st.caption(t("There are none in this plan."))
        return {}
    people = rows[0].people
    table = pd.DataFrame(
        {
            "title": [row.title for row in rows],
            "name": [row.name for row in rows],
            "site": [row.site for row in rows],
            "count": [row.count for row in rows],
            "roster": [row.roster for row in rows],
            "absence": [100 * row.absence for row in rows],
            "full_time": [100 * row.full_time for row in rows],
        }
    )
    columns: dict[str, Any] = {
        "title": st.column_config.TextColumn(t("Group"), disabled=True),
        "name": st.column_config.TextColumn(t("Called"), disabled=True),
        "site": st.column_config.TextColumn(t("Site"), disabled=True),
        "count": st.column_config.NumberColumn(
            t("How many"), width="small", min_value=0, max_value=1000, step=1, required=True
        ),
        "roster": st.column_config.SelectboxColumn(t("Roster"), options=list(base.all_rosters), required=True),
        "absence": st.column_config.NumberColumn(
            t("Absence, %"), width="small", min_value=0, max_value=100, required=True
        ),
        "full_time": st.column_config.NumberColumn(
            t("Of full time, %"), width="small", min_value=1, max_value=100, required=True
        ),
    }
    shown = [name for name in columns if people or name not in ("absence", "full_time")]
    if len({row.site for row in rows}) == 1:
        shown.remove("site")
    if not any(row.name for row in rows):
        shown.remove("name")
    edited = _edited(table, columns, shown, key, disabled=disabled)
    after = [
        replace(
            row,
            count=int(edited["count"][place]),
            roster=str(edited["roster"][place]),
            absence=_unless_same(row.absence, edited["absence"][place] / 100),
            full_time=_unless_same(row.full_time, edited["full_time"][place] / 100),
        )
        for place, row in enumerate(rows)
    ]
    return unit_changes(rows, after)


def _hours(rows: Sequence[HoursRow], key: str, *, disabled: bool) -> dict[str, object]:
    if not rows:
        st.caption(t("There are none in this plan."))
        return {}
    table = pd.DataFrame([vars(row) for row in rows])
    columns: Mapping[str, Any] = {
        "roster": st.column_config.TextColumn(t("Roster"), disabled=True),
        "days": st.column_config.TextColumn(t("Days"), disabled=True),
        "hours": st.column_config.TextColumn(t("Hours"), width="medium"),
        "breaks": st.column_config.TextColumn(t("Breaks")),
    }
    edited = _edited(table, columns, list(columns), key, disabled=disabled)
    after = [
        replace(row, hours=_text(edited["hours"][place]), breaks=_text(edited["breaks"][place]))
        for place, row in enumerate(rows)
    ]
    moved = {row.roster for row, new in zip(rows, after, strict=True) if row != new}
    return hours_change([row for row in after if row.roster in moved])


def _volumes(rows: Sequence[StreamRow], key: str, *, disabled: bool) -> dict[str, object]:
    if not rows:
        st.caption(t("There are none in this plan."))
        return {}
    percent = st.slider(
        t("All of them, per cent of what stands below"), LEAST, MOST, 100, 5, key=f"{key} percent", disabled=disabled
    )
    say = teller()
    table = pd.DataFrame([vars(row) | {"pathway": say(row.pathway)} for row in rows])
    columns: Mapping[str, Any] = {
        "name": st.column_config.TextColumn(t("Stream"), disabled=True, width="medium"),
        "site": st.column_config.TextColumn(t("Site"), disabled=True),
        "pathway": st.column_config.TextColumn(t("Pathway"), disabled=True),
        "per_week": st.column_config.NumberColumn(t("Cases a week"), min_value=0, max_value=100_000, required=True),
    }
    shown = [name for name in columns if name != "site" or len({row.site for row in rows}) > 1]
    edited = _edited(table, columns, shown, key, disabled=disabled)
    found = volume_changes(rows, [float(value) for value in edited["per_week"]], percent)
    total = sum(float(value) for value in edited["per_week"]) * percent / 100
    st.caption(t("Together {cases} cases a week", cases=number(total)))
    return found


def _ways(base: Scenario, key: str, *, disabled: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    if can_use_ai(base):
        on = st.toggle(t("The AI orders the reading"), uses_ai(base), key=f"{key} ai", disabled=disabled)
        st.caption(t("Off: cases are read in their clinical order. The AI moves waiting from case to case only."))
        found |= ai_change(base, on=on)
        if on and base.ai:
            columns = st.columns(2)
            for column, name, label in zip(
                columns, ("sensitivity", "false_positive_fraction"), (t("Sensitivity"), t("False alarms")), strict=True
            ):
                before = float(getattr(base.ai, name))
                value = column.number_input(label, 0.0, 1.0, before, 0.01, key=f"{key} {name}", disabled=disabled)
                if value != before:
                    found[f"ai.{name}"] = value
    else:
        st.caption(t("No step of this plan is called reading, so the AI has nothing to order."))
    now = opinion(base)
    if now is None:
        st.caption(t("This plan has no second opinions that travel."))
        return found
    ways: dict[Opinion, str] = {
        "post": t("By post: the glass travels"),
        "digital": t("On the screen: scanned and shared"),
    }
    how = st.radio(
        t("Second opinion"), list(ways), list(ways).index(now), format_func=ways.__getitem__, key=f"{key} opinion",
        disabled=disabled,
    )  # fmt: skip
    return found | opinion_change(base, how)


def _days(base: Scenario, key: str, *, disabled: bool) -> dict[str, object]:
    labels = {"days": t("Days that are measured"), "warm_up_days": t("Days before them, to fill the house")}
    found: dict[str, object] = {}
    for name, label in labels.items():
        before = int(getattr(base, name))
        least = 1 if name == "days" else 0
        value = int(st.number_input(label, least, 3660, before, key=f"{key} {name}", disabled=disabled))
        if value != before:
            found[name] = value
    if base.backlog:
        many = sum(entry.count for entry in base.backlog)
        st.caption(t("It starts with {cases} open cases.", cases=number(many)))
    return found


def _edited(
    table: pd.DataFrame, columns: Mapping[str, Any], shown: Sequence[str], key: str, *, disabled: bool
) -> pd.DataFrame:
    edited: pd.DataFrame = st.data_editor(
        table,
        column_config=dict(columns),
        column_order=list(shown),
        hide_index=True,
        num_rows="fixed",
        disabled=disabled,
        height="content" if len(table) <= MOST_ROWS else ROW_PX * (MOST_ROWS + 1),
        key=key,
    )
    return edited


def _unless_same(before: float, after: float) -> float:
    """Per cents do not always come back as the share that they were."""
    return before if abs(after - before) < 1e-9 else round(after, 4)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
