"""Each kind of question answered: the plans read, the futures simulated, and the answer put on a page."""

from collections.abc import Callable
from dataclasses import dataclass

from planner.archive import keep
from planner.errors import PlannerError
from planner.experiments.bottleneck import bottleneck
from planner.experiments.compare import compare
from planner.experiments.sensitivity import sensitivity
from planner.experiments.wording import ON_TIME
from planner.questions.question import Question
from planner.replications.replicate import OnProgress, replicate, replicate_all
from planner.report.page import Page
from planner.scenario.check import check
from planner.scenario.load import read_scenario
from planner.scenario.scenario import Scenario

MOST_EFFECTS_REPLICATIONS = 10
"""Bottleneck and sensitivity run the plan once for each thing that they try; so often each."""


@dataclass(frozen=True)
class Answer:
    """The page, and the kept runs that it rests on."""

    page: Page
    runs: tuple[str, ...] = ()


AnswerTo = Callable[[Question, OnProgress], Answer]
"""Answers a question, as `answer_to` does."""


def answer_to(question: Question, on_progress: OnProgress) -> Answer:
    """The answer. Raises ScenarioError, RunError and PlannerError, and KeyboardInterrupt where nothing is finished."""
    plans = [read_scenario(text, title) for text, title in zip(question.scenarios, question.titles, strict=True)]
    return _ANSWERS[question.kind](question, plans, on_progress)


def _run(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    findings = _warnings(plans[0])
    done = replicate(plans[0], question.replications, on_progress=on_progress)
    from planner.report.compose import run_page  # here and below: charts are slow to load, and few need them at once

    return Answer(run_page(done, findings), (keep(done).id,))


def _compare(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    if len(plans) < 2:
        raise PlannerError("compare: choose a second plan")
    findings = [finding for plan in plans for finding in _warnings(plan)]
    runs = [one for one in replicate_all(plans, question.replications, on_progress=on_progress) if one.summaries]
    if len(runs) < 2:
        raise PlannerError("It was stopped before a second plan was begun; there is nothing to compare.")
    from planner.report.compose import compare_page

    page = compare_page(compare(runs[0], runs[1:]), findings)
    return Answer(page, tuple(keep(one).id for one in runs))


def _bottleneck(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    often = min(question.replications, MOST_EFFECTS_REPLICATIONS)
    check(plans[0])
    found = bottleneck(plans[0], often, ON_TIME, on_progress=on_progress)
    from planner.report.compose import reckoning_page
    from planner.report.sections_reckon import bottleneck_section

    return Answer(reckoning_page(found.base, bottleneck_section(found)))


def _sensitivity(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    often = min(question.replications, MOST_EFFECTS_REPLICATIONS)
    check(plans[0])
    found = sensitivity(plans[0], often, ON_TIME, on_progress=on_progress)
    from planner.report.compose import reckoning_page
    from planner.report.sections_reckon import sensitivity_section

    return Answer(reckoning_page(found.base, sensitivity_section(found)))


def _optimise(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    from planner.optimising.optimise import Budget, optimise
    from planner.report.compose import reckoning_page
    from planner.report.sections_optimise import optimise_section
    from planner.report.story import cancer_pathways

    plan = plans[0]
    check(plan)
    found = optimise(
        plan,
        target=question.target,
        measure=tuple(cancer_pathways(plan)) or ON_TIME,
        budget=Budget(minutes=question.minutes),
        on_progress=on_progress,
    )
    section = optimise_section(found)
    if found.experiment is None:
        return Answer(Page(f"{section.title}: {plan.title or plan.name}", "", section.says, [section], ""))
    return Answer(reckoning_page(found.experiment, section), (keep(found.experiment).id,))


def _workforce(question: Question, plans: list[Scenario], on_progress: OnProgress) -> Answer:
    from planner.ahead.workforce import workforce
    from planner.ahead.workforce_plan import WorkforcePlan
    from planner.report.sections_years import workforce_page

    on_progress(0, 1, "")
    check(plans[0])
    return Answer(workforce_page(plans[0], workforce(plans[0], WorkforcePlan(), question.years)))


def _warnings(plan: Scenario) -> list[str]:
    return [f"{it.field}: {it.message}" for it in check(plan) if it.level == "warning"]


_ANSWERS = {
    "run": _run,
    "compare": _compare,
    "bottleneck": _bottleneck,
    "sensitivity": _sensitivity,
    "optimise": _optimise,
    "workforce": _workforce,
}
