"""Whether a scenario can run, and what its author should know before believing the answer."""

from collections.abc import Iterator

from planner.scenario.demand import When
from planner.scenario.findings import Finding, Weeks, able, findings, label, roster_weeks, week_of
from planner.scenario.lines import lines, work_steps
from planner.scenario.load_balance import LoadBalance, load_balance
from planner.scenario.process import AiScore, Delay, Work
from planner.scenario.process_map import ProcessMap, walk
from planner.scenario.scenario import Scenario
from planner.scenario.words import scenario_error

__all__ = ["Finding", "check"]


def check(scenario: Scenario) -> tuple[Finding, ...]:
    """What is to be said of a scenario that runs. Raises ScenarioError, naming every field, where it cannot."""
    problems = [*_wrong_whens(scenario), *_contradictions(scenario)]
    found = walk(scenario)
    weeks = roster_weeks(scenario)
    problems += found.problems
    if not found.problems:
        problems += _nobody(scenario, found, weeks)
    if problems:
        raise scenario_error(scenario.name, problems)
    balance = load_balance(scenario, found)
    problems = [*_never_filled(scenario, balance), *_too_much(scenario, balance)]
    if problems:
        raise scenario_error(scenario.name, problems)
    return tuple(findings(scenario, found, balance, weeks))


def _whens(scenario: Scenario) -> Iterator[tuple[str, When]]:
    for name, step in scenario.steps.items():
        yield from ((f"steps.{name}.next.{number}.when", way.when) for number, way in enumerate(step.next))
        if isinstance(step, Work | Delay):
            yield from ((f"steps.{name}.times.{number}.when", rule.when) for number, rule in enumerate(step.times))
    for name, pathway in scenario.pathways.items():
        for number, rule in enumerate(pathway.deadlines):
            yield f"pathways.{name}.deadlines.{number}.when", rule.when


def _wrong_whens(scenario: Scenario) -> Iterator[str]:
    """Names in rules that stand for nothing: such a rule would silently cover no case."""
    known = {
        "stream": {stream.name for stream in scenario.arrivals},
        "site": set(scenario.sites),
        "specimen": set(scenario.specimens),
        "pathway": set(scenario.pathways),
        "subspecialty": {stream.subspecialty for stream in scenario.arrivals},
    }
    for at, when in _whens(scenario):
        for field, names in known.items():
            for name in getattr(when, field):
                if name not in names:
                    yield f"{at}.{field}: unknown {name!r}; there are {', '.join(sorted(names))}"


def _contradictions(scenario: Scenario) -> Iterator[str]:
    for name, step in scenario.steps.items():
        if isinstance(step, AiScore) and scenario.ai is None:
            yield f"steps.{name}: asks the AI, but the scenario has no `ai`; give its sensitivity and false positives"
    rates = [
        stream.per_week.value if stream.per_week else len(stream.replay_hours or ()) for stream in scenario.arrivals
    ]
    if not any(rates) and not scenario.backlog:
        yield "arrivals: no case ever comes; give a stream a per_week above 0, or a backlog"


def _nobody(scenario: Scenario, found: ProcessMap, weeks: Weeks) -> Iterator[str]:
    """Lines to which cases come and that nobody ever serves."""
    for line in lines(scenario, found):
        step = work_steps(scenario)[line.step]
        who = able(scenario, line, weeks)
        for need, units in zip(step.needs, who, strict=True):
            if not units:
                yield (
                    f"steps.{line.step}.needs: cases come to {label(line)}, but no {need!r} there can ever do it: zero"
                    " servers; give a unit of it that site (or remote: true), that skill, hours and a count above 0"
                )
        duty = week_of(who[0], weeks)
        if len(who) > 1 and all(who):
            duty = duty & week_of(who[1], weeks)
            if not duty.any():
                yield f"steps.{line.step}.needs: at {label(line)} {' and '.join(step.needs)} are never on duty together"
        if step.starts is not None and all(who) and duty.any() and not duty[step.starts.week_minutes()].any():
            yield f"steps.{line.step}.starts: at none of these moments is anybody on duty at {label(line)}"


def _never_filled(scenario: Scenario, balance: LoadBalance) -> Iterator[str]:
    steps = work_steps(scenario)
    for load in balance.lines:
        batch = steps[load.line.step].batch
        if batch and batch.max_wait_hours is None and load.things:
            expected = load.things * scenario.total_days / 7
            if batch.at_least > expected:
                yield (
                    f"steps.{load.line.step}.batch.at_least: never fills: wants {batch.at_least}, only {expected:.3g}"
                    f" come to {label(load.line)} in {scenario.total_days} days; ask for fewer, or give max_wait_hours"
                )


def _too_much(scenario: Scenario, balance: LoadBalance) -> Iterator[str]:
    expected = sum(load.things for load in balance.lines) * scenario.total_days / 7
    if expected > scenario.max_events:
        yield (
            f"max_events: about {expected:.2g} pieces of work are to be done, but a run is stopped at"
            f" {scenario.max_events:.2g} events; simulate fewer days or cases, look for a loop, or raise it"
        )
