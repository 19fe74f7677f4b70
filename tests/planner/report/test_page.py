"""The report says the answer first, escapes whatever a scenario says, and holds everything that it shows."""

import json
import math
import re
from html.parser import HTMLParser

import pytest

from planner.errors import RunError
from planner.experiments.compare import compare
from planner.measures.figures import OVER, FigureKey
from planner.report.compose import compare_page, main_grids, run_page
from planner.report.headline import headline
from planner.report.page import Page, render, write_page
from planner.report.story import Told, plan_names
from tests.support.planner_runs import made_up_run
from tests.support.planner_scenarios import single_queue, small_lab

EVIL = '<script>alert("1")</script>&{{ 7 * 7 }}'


class Tags(HTMLParser):
    """Counts tags and gathers what is asked for from elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.count: dict[str, int] = {}
        self.ids: list[str] = []
        self.asked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.asked += [
            str(value) for name, value in attrs if name in ("src", "href") and not str(value).startswith("#")
        ]


def charts_of(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="charts">(.*?)</script>', html, re.DOTALL)
    assert found
    charts: dict[str, object] = json.loads(found[1])
    return charts


def test_the_page_asks_for_nothing_from_elsewhere_and_holds_vega_once() -> None:
    html = render(run_page(made_up_run()))
    tags = Tags(html)
    assert tags.asked == []
    assert tags.count["script"] == 3
    assert html.count("window.vegaEmbed=") == 1
    assert "default-src 'none'" in html


def test_every_chart_has_its_place_and_every_section_its_link() -> None:
    page = run_page(made_up_run(), ["something to know"], made_up_run(flagged_wait=30.0))
    html = render(page)
    tags = Tags(html)
    assert set(charts_of(html)) <= set(tags.ids)
    assert len(tags.ids) == len(set(tags.ids))
    anchors = [section.anchor for section in page.sections]
    assert anchors == [
        "on-time", "turnaround", "ai", "stages", "queues", "resources", "backlog", "cost", "findings", "assumptions",
        "run",
    ]  # fmt: skip
    assert all(f'href="#{anchor}"' in html for anchor in anchors)


def test_what_a_scenario_says_is_escaped_everywhere() -> None:
    pathways = {"routine": {"title": EVIL, "deadline": {"working_days": 7}}, "cancer": {}}
    scenario = small_lab(title=EVIL, pathways=pathways)
    html = render(run_page(made_up_run(scenario), [EVIL]))
    assert "<script>alert" not in html
    assert Tags(html).count["script"] == 3
    assert "{{ 7 * 7 }}" in html, "shown as it was written"


def test_a_page_cannot_be_written_where_there_is_no_folder(tmp_path) -> None:
    with pytest.raises(RunError, match="name a folder that is there"):
        write_page(Page("t", "s", [], [], "f"), tmp_path / "none" / "report.html")


@pytest.mark.parametrize(
    ("on_time", "said"),
    [(0.95, "the target of 90% is met"), (0.60, "the target of 90% is missed"), (0.889, "too close to call")],
)
def test_the_first_sentence_says_how_many_cancer_cases_are_on_time_and_if_that_will_do(
    on_time: float, said: str
) -> None:
    first = headline(Told(made_up_run(on_time=on_time, replications=5)))[0]
    assert "of cancer-pathway cases are answered on time" in first
    assert said in first
    assert "60 a week" in first


def test_overload_is_said_as_growth_and_no_mean_is_given() -> None:
    told = Told(made_up_run(growth=4.0))
    said = " ".join(headline(told))
    assert "the backlog grows by 4.0 (3.9 to 4.1) cases every day" in said
    assert math.isnan(told.get("turnaround", "all", "", "mean").mean)
    html = render(run_page(told.experiment))
    assert "no mean of times or lines is given" in html
    assert 'id="stages"' not in html


def test_a_figure_that_open_cases_hide_is_said_as_what_it_is_over() -> None:
    hidden = FigureKey("turnaround", "all", "", "p90")
    run = made_up_run(more=lambda number: {hidden: math.nan, hidden._replace(detail=f"p90{OVER}"): 240.0})
    assert Told(run).said(lambda value, like=None: f"{value:g}", "turnaround", "all", "", "p90") == "over 240"


def test_no_interval_leaves_what_can_be() -> None:
    told = Told(made_up_run(on_time=0.97, replications=4))
    found = told.get("on_time", "pathway", "cancer")
    assert 0 < found.low < found.high <= 1


def test_one_replication_gives_a_page_without_intervals() -> None:
    html = render(run_page(made_up_run(replications=1)))
    assert "One replication has no interval" in html
    assert "nan" not in json.dumps(charts_of(html)).casefold()


def test_a_scenario_without_deadlines_costs_or_ai_still_has_a_page() -> None:
    scenario = single_queue(days=14)
    run = made_up_run(scenario)
    for summary in run.summaries:
        for key in [key for key in summary.figures if key.measure in ("on_time", "cost", "cost_per_on_time")]:
            summary.figures[key] = math.nan
    page = run_page(run)
    assert "No case of this scenario has a deadline" in page.answers[0]
    assert {"on-time", "ai"}.isdisjoint(section.anchor for section in page.sections)
    assert render(page)


def test_a_run_of_which_nothing_came_to_its_end_says_so() -> None:
    run = made_up_run(replications=2)
    for summary in run.summaries:
        summary.figures.clear()
    page = run_page(run)
    assert "No replication came to its end" in page.answers[0]
    assert main_grids(Told(run)) == []
    assert render(page)


def test_both_sides_of_ai_are_said() -> None:
    page = run_page(made_up_run(flagged_wait=10.0), (), made_up_run(flagged_wait=30.0))
    said = " ".join(next(section for section in page.sections if section.anchor == "ai").says)
    assert "Flagged cases wait 20.0 h less" in said
    assert "Cases that are not flagged wait 20.0 h longer" in said
    assert "Diseased cases that the AI misses wait 20.0 h longer" in said


def test_a_comparison_says_which_plan_is_better_and_why() -> None:
    base = made_up_run(small_lab(title="Laboratory, today"), on_time=0.80)
    other = made_up_run(small_lab(title="Laboratory, one scanner more", days=15), on_time=0.86)
    page = compare_page(compare(base, [other]))
    assert plan_names([Told(base), Told(other)]) == ["Today", "One scanner more"]
    assert page.answers[0].startswith("One scanner more keeps most cancer-pathway cases on time")
    assert "+6.0 points against “Today”" in page.answers[0]
    html = render(page)
    assert "against-0-0" in charts_of(html)
    assert "One scanner more, against “Today”" in html


def test_no_plan_is_called_better_by_chance() -> None:
    base, other = made_up_run(on_time=0.80), made_up_run(small_lab(days=15), on_time=0.80)
    assert compare_page(compare(base, [other])).answers[0].startswith("No plan keeps clearly more")
