"""What the planner says in English, told in the visitor's language: whole sentences, or their known parts.

The planner's rooms speak English. A text that the catalogue holds is looked up; a sentence with figures in it is
recognised by its form, and its parts are told one by one; figures get the language's separators and units. What is not
recognised stays as it is.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from ui.shell.language import Language, language, t
from ui.shell.sentences import told_by

SENTENCES: Final[Sequence[str]] = (
    "No case of this scenario has a deadline. Half of the cases are answered within {figure}.",
    "{share} are answered on time, about {met} a week: {end}. Of all cases with a deadline: {all}.",
    "{share} are answered on time, about {met} a week: {end}.",
    "{share} of cancer-pathway cases",
    "{share} of cases with a deadline",
    "the target of {target} is met",
    "the target of {target} is missed",
    "whether the target of {target} is met is too close to call; run more replications",
    (
        "More comes in than can be done: the backlog grows by {figure} cases every day, {part} of what is"
        " received, and would go on growing. The figures describe the simulated days only; they get worse the longer"
        " it lasts."
    ),
    "Below their target: {names}.",
    "Cases wait longest in {stage}: {figure} on average, {part} of all their waiting.",
    "Busiest: {name}, at work {part} of the rostered time.",
    "It costs {cost} a week: {each} for each case on time.",
    "It costs {cost} a week.",
    "{plan} keeps most cancer-pathway cases on time: {on_time}, {gain} against “{base}”.",
    "{plan} keeps most cases with a deadline on time: {on_time}, {gain} against “{base}”.",
    "No plan keeps clearly more cancer-pathway cases on time than “{base}”.",
    "No plan keeps clearly more cases with a deadline on time than “{base}”.",
    "{plan}: {on_time} on time, {cost} a week ({more}).",
    "{plan}: {on_time} on time, {cost} a week.",
    "{plan}, against “{base}”",
    "{key}: the same, {figure}.",
    (
        "{key}: no clear difference in {runs} replications; {before} in the base, {after} here, {change} (95%"
        " interval {low} to {high})."
    ),
    "{key}: {before} in the base, {after} here; {change} (95% interval {low} to {high}).",
    "Where the time of a case went: {stages}.",
    "Turnaround of {group}, half of the cases within",
    "Turnaround of {group}, 90% of the cases within",
    "Cases on time of {group}",
    "Overtime a week of {group}",
    "Utilisation of {group}",
    "On average {figure} cases are open; the backlog shows no lasting growth.",
    (
        "Of {figure} for an average case, {part} is waiting: for people, for machines, for a run to start, and"
        " through nights and weekends."
    ),
    "{part} of the cases with a deadline were open and not yet due at the end; they count neither way.",
    (
        "Both were run on the same {runs} replications. The cases and days are the same in both, and the"
        " difference is taken replication by replication, so that chance touches both alike; its 95% interval is"
        " narrow therefore."
    ),
    "The bottleneck is {name}: one more changes {key} by {change} (95% interval {low} to {high}).",
    "Most for the money is {name}: {change} for {cost} a week.",
    (
        "One unit more of any one resource does not improve {key} by more than chance: there is no single"
        " bottleneck, or {runs} replications are too few to find it."
    ),
    "What moves {key} most:",
    "{rest} of {all} do not move it by more than chance (which one in twenty would do by luck).",
    "None of {all} assumptions moves {key} by more than chance.",
    "From {year} on it is more likely than not that there is less capacity than work.",
    "Until {year} it is likelier that the capacity suffices than not.",
    "{number} recruits a year would hold it every year to {year}, with {chance} probability.",
    "{number} plans compared",
    "Of {n_cases} open cases about {figure} will miss their deadline; {low} to {high} in eight of ten futures.",
    "Of {n_cases} open case about {figure} will miss their deadline; {low} to {high} in eight of ten futures.",
    "Which open cases will be late: {plan}",
    "Forrang planner · the list of {date} at {clock} · {n_runs} futures",
    "The years ahead: {plan}",
    "The cheapest plan that keeps the target: {plan}",
    "What one more would do: {plan}",
    "The assumptions that matter most: {plan}",
    "Forrang planner · {days} simulated days from {start} · {runs} replications",
    "Forrang planner · {days} simulated days from {start} · {runs} replication",
    "Forrang planner · {years} years from {start} · {runs} replications",
    "{done} of {wanted} replications were finished: {why}.",
    "Of the scenario's {number} marked numbers: {marks}.",
    "What is changed in the scenario ({number})",
    "Assumed numbers ({number})",
    "Numbers with a source ({number})",
    "{resource} by year (nine of ten futures)",
    "The warm-up of {n_days} days is long enough: open cases are level once it is over.",
    "The warm-up of {n_days} days is too short: open cases are level from day {n_from} on only.",
    "{n_one} published, {n_two} derived from published or measured numbers, {n_three} assumed",
    "utilisation {n_busy} at {lines} and others: waits grow steeply over {n_most}",
    "utilisation {n_busy} at {lines}: waits grow steeply over {n_most}",
    (
        "offered load over capacity: utilisation {n_busy} at {lines}; the backlog will grow by about {n_more} a day;"
        " overtime, which may take some, is not counted"
    ),
    "offered load over capacity: utilisation {n_busy} at {lines}; the backlog will grow by about {n_more} a day",
    "{n_come} a week come to {line}, more than the {n_room} that its starts take",
    "{n_come} a week come to {line}, close to the {n_room} that its starts take",
    "is more than a working day brings to {line} ({n_day}); most runs start after {n_hours} hours, not full",
    "is more than a working day brings to {line} ({n_day}); full_only: they wait for days",
    "roster hole: nobody on duty at {line} on {days}",
    "{n_late} come after the last simulated day and are left out",
    "is given, but no step does: ai, so that nothing is ever flagged",
    "is ai, but no step does: ai; the order is the clinical one",
    "is deadline, but no case has one; the order is as they come",
    "unreachable: no case ever comes to it",
    "The cheapest plan found that keeps {goal} of the cases of {n_paths} pathways on time ({kinds}): {words}.",
    "The cheapest plan found that keeps {goal} of the cases of {group} on time: {words}.",
    "The cheapest plan found that keeps {goal} of all cases on time: {words}.",
    (
        "No plan within the space keeps {goal} of the cases of {n_paths} pathways on time ({kinds}) with {sure}"
        " confidence."
    ),
    "No plan within the space keeps {goal} of the cases of {group} on time with {sure} confidence.",
    "No plan within the space keeps {goal} of all cases on time with {sure} confidence.",
    "The best reached {reached} in {runs} replications on fresh seeds: {words}.",
    "No plan was confirmed. Best so far: {words}, with {reached}, not confirmed.",
    "It ended early: {why}.",
    "It costs {cost} a week, {more} against today ({on_time} on time for {before}).",
    "With fewer changes: {words}. That keeps {reached}, confirmed too, for {cost} a week.",
    "{who}: {n_more} more ({n_all})",
    "{who}: {n_fewer} fewer ({n_all})",
    "{who}: roster {roster}",
    "{n_many} people and machines",
    "It keeps {reached} in {runs} replications on fresh seeds. The confidence that it keeps {goal} is {sure}.",
    (
        "One thing could be changed; {n_plans} plans and single steps around today were tried in {n_runs} simulations,"
        " {n_passed} plans passed over since they have more work than hours."
    ),
    "One thing could be changed; {n_plans} plans and single steps around today were tried in {n_runs} simulations.",
    (
        "{n_things} things could be changed; {n_plans} plans and single steps around today were tried in {n_runs}"
        " simulations, {n_passed} plans passed over since they have more work than hours."
    ),
    (
        "{n_things} things could be changed; {n_plans} plans and single steps around today were tried in {n_runs}"
        " simulations."
    ),
    "The time cut short: {what}.",
    "{pathway} ({n_share}%)",
    "{n_more} more",
    "All {n_groups} groups of people and machines",
    "One more {name} may do more, but {runs} replications are too few to tell.",
    (
        "More comes in than can be done in the base: the backlog grows by {figure} cases every day and would go on"
        " growing, so that times and queues have no mean to compare."
    ),
    (
        "More comes in than can be done here: the backlog grows by {figure} cases every day and would go on growing, so"
        " that times and queues have no mean to compare."
    ),
    "everything as today",
    (
        "A plan that was picked as the best of many looks better than it is, since luck helped to pick it. So the plan"
        " was simulated anew with random numbers that no choice was made by, and the confidence rests on these alone."
        " Intervals of plans that are not confirmed are too hopeful."
    ),
    (
        "The confidence is that the plan keeps the target in this model. How wrong the scenario's assumptions may be"
        " is another matter: the question “Which assumptions matter most?” (`forrang plan sensitivity`) shows which of"
        " them do."
    ),
    "target {share}",
    "cost a week, DKK",
    "Hours a week by year",
    "{n_met} of {n_cases}",
    "{n_days} days, after {n_warm} days of warm-up from {date}, then {n_after} days of follow-up",
    "×{n_at}: {change}",
    "{n_at}: {change}",
    "exponential, mean {n_mean} {unit}",
    "lognormal, mean {n_mean}, sd {n_sd} {unit}",
    "triangular, low {n_low}, mode {n_mode}, high {n_high} {unit}",
    "uniform, low {n_low}, high {n_high} {unit}",
    "choice, values {values}, shares {shares}",
    "{n_time} seconds",
    "{n_time} minutes",
    "{n_time} hours",
    "{what} — {low} at {at_low}, {high} at {at_high}.",
    "{what} — {low} at {at_low}.",
    "{of}: specimens a case",
    "{of}: blocks a specimen",
    "{of}: slides a block",
    "{of}, group {n_group}: how many",
    "{of}, group {n_group}: roster",
    "{of}, group {n_group}: absence",
    "{of}, group {n_group}: share of full time",
    "{of}, {who}: how many",
    "{of}, {who}: roster",
    "{of}, {who}: absence",
    "{of}, {who}: share of full time",
    "{of}: cases a week",
    "{of}: in which order",
    "{of}: mean time",
    "{of}: spread of the time",
    "{of}: unit of the time",
    "{of}: form of the time",
    "{of}: hours that a flag moves a case forward",
    "{of}: when the courier goes",
    "{of}: costs a courier's trip",
    "{of}: absence",
    "{of}: speed",
    "{of}: longest overtime",
    "{of}: how many waiting begin overtime",
    "{of}: hours between breakdowns",
    "{of}: hours of a breakdown",
    "{of}: time",
    "{of}: time by rule {n_rule}",
    "{of}: time of a run",
    "{of}: time a slide",
    "{of}: how many",
    "{of}: share that goes on by way {n_way}",
    "{of}: cost an hour",
    "{of}: cost of overtime, times the usual",
    "{of}: cost a year",
    "{of}: hours {days}",
    "{of}: breaks {days}",
    "{place} at {site}",
    "{place} @ {site}",
)
"""Forms of sentences, more particular ones first; what stands in the places is told in its turn."""

_PATH: Final = re.compile(r"[\w*-]+(\.[\w*-]+)+( \(.*\))?")
"""Of a field in the scenario, with whose it is."""
_SENTENCE_ENDS: Final = re.compile(r"(?<=\.) (?=[A-Z])")

PROBLEMS: Final = (
    "{where}: {n_many} problems",
    "{field}: is missing",
    "{field}: unknown field; perhaps {near}; there are {names}",
    "{field}: unknown field; there are {names}",
    "{field}: say which {what} it is: {names}",
    "{field}: {given} is not allowed; it may be {names}",
    "{field}: {given}: must be above {n_bound}",
    "{field}: {given}: must be at least {n_bound}",
    "{field}: {given}: must be below {n_bound}",
    "{field}: {given}: must be at most {n_bound}",
    "{field}: {given}: too few; give at least {n_bound}",
    "{field}: {given}: too many; give at most {n_bound}",
    "{field}: must be above {n_bound}",
    "{field}: must be at least {n_bound}",
    "{field}: must be below {n_bound}",
    "{field}: must be at most {n_bound}",
    "{field}: too few; give at least {n_bound}",
    "{field}: too many; give at most {n_bound}",
    "{field}: must be a number; got {given}",
    "{field}: must be a whole number; got {given}",
    "{field}: must be a number that is neither infinite nor nan; got {given}",
    "{field}: must be a text (put it in quotes); got {given}",
    "{field}: must be true or false; got {given}",
    "{field}: must be a date such as 2026-01-05; got {given}",
    "{field}: must be a group of fields (name: value); got {given}",
    "{field}: must be a group of named entries (name: value); got {given}",
    "{field}: must be a list; got {given}",
)
"""Forms of what is wrong with a plan's field. What a check of our own says of fields together stays English."""


def teller() -> Callable[[str], str]:
    """Tells the planner's texts in the visitor's language."""
    spoken = language()
    return lambda text: told(text, spoken, t)


def told(text: str, spoken: Language, look_up: Callable[[str], str]) -> str:
    """A text of the planner's in a language; `look_up`: what the catalogue has for a text, itself where nothing.

    Of a field's path with what is said of it, of several sentences, and of things in a row, each part is told.
    """
    if spoken == "en" or not text.strip():
        return text

    def tell(part: str) -> str:
        return told(part, spoken, look_up)

    found = told_by(SENTENCES, text, spoken, look_up, tell_part=tell)
    if found is not None:
        return found
    path, between, rest = text.partition(": ")
    if between and _PATH.fullmatch(path):
        return f"{path}: {tell(rest)}"
    parts = _SENTENCE_ENDS.split(text)
    if len(parts) > 1:
        return " ".join(map(tell, parts))
    return "; ".join(map(tell, text.split("; "))) if "; " in text else text


def problem_words(problem: str) -> str:
    """What is wrong with a plan, in the visitor's language, line by line."""
    spoken = language()
    if spoken == "en":
        return problem
    lines = ((line[:2], line[2:]) if line.startswith("- ") else ("", line) for line in problem.split("\n"))
    return "\n".join(sign + (told_by(PROBLEMS, line, spoken, t) or line) for sign, line in lines)
