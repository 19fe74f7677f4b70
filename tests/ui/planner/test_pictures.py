"""The planner's charts on the page: readable in the dark, in the visitor's language, each with its own data."""

import json

import numpy as np

from planner.report import look
from planner.report.charts import Bar, on_time_chart, queue_chart, turnaround_chart
from ui.planner.pictures import DARK, charts


def same(text: str) -> str:
    return text


def test_in_the_dark_no_colour_of_the_light_report_is_left() -> None:
    spec = on_time_chart([Bar("Cancer", 0.9, 0.88, 0.92, 0.95)])
    (dark,) = charts(spec, same, dark=True, commas=False)
    (light,) = charts(spec, same, dark=False, commas=False)
    assert look.INK in json.dumps(light)
    assert not [colour for colour in DARK if f'"{colour}"' in json.dumps(dark)]


def test_charts_below_each_other_become_several_each_with_its_own_data() -> None:
    counts = {"All cases": np.ones(100, np.int64), "Routine": np.ones(100, np.int64)}
    found = charts(turnaround_chart(counts, dict.fromkeys(counts, (10.0, 40.0))), same, dark=False, commas=False)
    assert len(found) == 2
    assert not {*found[0]["datasets"]} & {*found[1]["datasets"]} or len(found[0]["datasets"]) == 2
    assert all(one["width"] == "container" and one["datasets"] for one in found)


def test_texts_are_told_and_fields_are_not() -> None:
    spec = queue_chart({"reading": np.ones(168)})
    (told,) = charts(spec, lambda text: f"<{text}>", dark=False, commas=True)
    text = json.dumps(told)
    assert "<things waiting>" in text
    assert '"<Mon>' not in text
    assert "'<Mon>'" in text
    assert '"field": "waiting"' in text
    assert told["config"]["locale"]["number"]["decimal"] == ","
    assert "<things waiting>" not in json.dumps(spec), "the answer itself stays as it was"
