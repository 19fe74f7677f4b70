"""Plans made at this site: who may make them, each act on the audit trail, and a plan that starts from today's list."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from planner.ahead.open_start import open_start
from planner.calibration.simulated_log import start_ms
from planner.questions.folder import Asked, ask, remove, stop
from planner.questions.question import Question
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from planner.shelf import Shelved, drop, put
from worklist.forecast import open_cases_of
from worklist.people import Actor, require
from worklist.store.store import Store

FUTURES: Final = 200
"""Of a forecast, as the command has it: the chance of a case is known to some points."""
EACH_BY_ITS_AGE: Final = 5_000
"""With more open cases than these, those that wait alike go into the plan with their mean age."""


def ask_planner(store: Store, actor: Actor, question: Question) -> Asked:
    """Puts a question to the planner. Raises NotAllowedError, RunError.

    A forecast is made of the list and kept on it, in the name of who asked.
    """
    of_the_list = question.kind == "forecast"
    if of_the_list:
        require(actor, "see list")
    store.saw(actor, "plan", details={"what": "question asked", "kind": question.kind, "plan": question.titles[0]})
    if of_the_list:
        return ask(question.model_copy(update={"login": actor.name, "role": actor.role}), "worklist.foreseeing")
    return ask(question)


def stop_question(store: Store, actor: Actor, it: Asked) -> None:
    """Ends a question that is being answered. Raises NotAllowedError, RunError."""
    store.saw(actor, "plan", details={"what": "question stopped", "question": it.id})
    stop(it)


def remove_question(store: Store, actor: Actor, it: Asked) -> None:
    """Removes a question and its answer. Raises NotAllowedError, RunError."""
    store.saw(actor, "plan", details={"what": "question removed", "question": it.id})
    remove(it)


def save_plan(store: Store, actor: Actor, name: str, text: str, seen: str | None = None) -> Shelved:
    """Puts a plan on the shelf, as `planner.shelf.put`. Raises NotAllowedError, ScenarioError, RunError."""
    require(actor, "plan")
    kept = put(name, text, seen)
    store.saw(actor, "plan", details={"what": "plan saved", "plan": name})
    return kept


def remove_plan(store: Store, actor: Actor, name: str) -> str:
    """Takes an own plan off the shelf, and gives its text. Raises NotAllowedError, ScenarioError, RunError."""
    require(actor, "plan")
    text = drop(name)
    store.saw(actor, "plan", details={"what": "plan removed", "plan": name})
    return text


def from_todays_list(store: Store, actor: Actor, scenario: Scenario, now_utc: datetime) -> Scenario:
    """The scenario as it would go on from today: its backlog is the open cases, as old as they are, and no warm-up.

    Raises NotAllowedError, and ForecastError where there is no open case or the scenario cannot take them.
    """
    require(actor, "plan")
    opened, _ = open_cases_of(store.cases(), scenario)
    local = now_utc.astimezone(ZoneInfo(scenario.time_zone))
    begun = change(scenario, {"start": str(local.date()), "warm_up_days": 0, "backlog": []})
    begin = start_ms(begun)
    started = open_start(begun, opened.cases, begin, int(now_utc.timestamp() * 1000)).scenario
    few = len(opened.cases) <= EACH_BY_ITS_AGE
    backlog = []
    for entry in started.backlog:
        ages = entry.received_hours_ago
        told = [round(age, 1) for age in ages] if few else [round(sum(ages) / len(ages), 1)]
        backlog.append(entry.model_dump(mode="json") | {"received_hours_ago": told})
    return change(begun, {"backlog": backlog})
