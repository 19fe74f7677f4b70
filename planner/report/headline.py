"""The answer first: on time or not, where it is held up, what it costs."""

from collections.abc import Sequence

import numpy as np

from planner.report.story import Told
from planner.report.words import between, hours, money_in, number, share, whole

MOST_NAMED = 3


def headline(run: Told) -> list[str]:
    """The answer in sentences, the most wanted first."""
    if not run.summaries:
        return ["No replication came to its end, so there are no figures; the notes at the end say why."]
    return [_on_time(run), *_overload(run), *_missed(run), *_held_up(run), *_cost(run)]


def _on_time(run: Told) -> str:
    if not run.promised:
        turnaround = run.said(hours, "turnaround", detail="p50")
        return f"No case of this scenario has a deadline. Half of the cases are answered within {turnaround}."
    if not run.cancer or run.cancer == run.promised:
        return _share(run, run.promised, "cancer-pathway cases" if run.cancer else "cases with a deadline")
    return (
        _share(run, run.cancer, "cancer-pathway cases")
        + f" Of all cases with a deadline: {between(run.on_time(run.promised), share)}."
    )


def _share(run: Told, names: Sequence[str], what: str) -> str:
    on_time, target = run.on_time(names), max(map(run.target, names))
    if run.growth.growing:
        ends = "but this holds for these days only"
    elif on_time.low >= target:
        ends = f"the target of {share(target)} is met"
    elif on_time.high < target:
        ends = f"the target of {share(target)} is missed"
    else:
        ends = f"whether the target of {share(target)} is met is too close to call; run more replications"
    met, cases = run.met_per_week(names).mean, run.cases_per_week(names).mean
    kept = f"about {whole(met)} of {whole(cases)} a week"
    return f"{between(on_time, share)} of {what} are answered on time, {kept}: {ends}."


def _overload(run: Told) -> list[str]:
    if not run.growth.growing:
        return []
    said = (
        f"More comes in than can be done: the backlog grows by {between(run.growth.per_day, number)} cases every day, "
        f"{share(run.growth.share.mean)} of what is received, and would go on growing. "
        "The figures describe the simulated days only; they get worse the longer it lasts."
    )
    return [said]


def _missed(run: Told) -> list[str]:
    shares = {name: run.get("on_time", "pathway", name).mean for name in run.promised}
    missed = sorted((name for name in shares if shares[name] < run.target(name)), key=lambda name: shares[name])
    if not missed or len(shares) < 2:
        return []
    told = [f"{run.pathway(name)} ({share(shares[name])})" for name in missed[:MOST_NAMED]]
    if len(missed) > MOST_NAMED:
        told.append(f"{len(missed) - MOST_NAMED} more")
    return [f"Below their target: {'; '.join(told)}."]


def _held_up(run: Told) -> list[str]:
    said = []
    waits = {
        name: run.get("stage_wait", "stage", name, "mean").mean for name in run.groups("stage_wait", "stage", "mean")
    }
    waits = {name: wait for name, wait in waits.items() if wait > 0}
    if waits:
        worst = max(waits, key=lambda name: waits[name])
        part = waits[worst] / sum(waits.values())
        said.append(
            f"Cases wait longest in {worst}: {hours(waits[worst])} on average, {share(part)} of all their waiting."
        )
    busy = {name: run.get("utilisation", "resource", name).mean for name in run.groups("utilisation", "resource")}
    busy = {name: value for name, value in busy.items() if np.isfinite(value)}
    if busy:
        most = max(busy, key=lambda name: busy[name])
        said.append(f"Busiest: {run.place(most)}, at work {share(busy[most])} of the rostered time.")
    return said


def _cost(run: Told) -> list[str]:
    say = money_in(run.scenario.costs.currency)
    cost, each = run.get("cost"), run.get("cost_per_on_time")
    if not cost.mean > 0:
        return []
    text = f"It costs {between(cost, say)} a week"
    return [f"{text}: {between(each, say)} for each case on time." if np.isfinite(each.mean) else f"{text}."]
