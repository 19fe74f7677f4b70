"""The reference engine on small days reckoned by hand: lines, runs, batches, gates, order, teams and interruption."""

import pytest

from tests.support.planner_days import a_day, minutes, people


def work(time: float = 10, **more: object) -> dict[str, object]:
    return {"needs": "reader", "time": minutes(time), "next": "end", **more}


def test_a_case_waits_until_the_one_before_is_done() -> None:
    day = a_day({"read": work(10)}, [0, 4], {"reader": people()})
    assert day.done == [10, 20]
    assert day.wait("read") == [0, 6]
    assert day.work("read") == [10, 10]
    assert day.busy("reader") == 20


def test_a_batch_waits_for_enough_or_for_the_first_to_have_waited_long_enough() -> None:
    step = work(0, setup=minutes(10), batch={"size": 4, "at_least": 3, "max_wait_hours": 20 / 60})
    day = a_day({"read": step}, [0, 5, 50, 51, 52, 53], {"reader": people()})
    assert day.story("read", "start") == [(20, "start")] * 2 + [(52, "start")] * 3 + [(73, "start")]
    assert day.done == [30, 30, 62, 62, 62, 83]
    assert day.work("read") == [10] * 6


@pytest.mark.parametrize("machines", [1, 2])
def test_a_run_takes_no_more_than_its_size_and_the_rest_waits_for_its_own_time(machines: int) -> None:
    step = work(0, setup=minutes(10), batch={"size": 2, "at_least": 2, "max_wait_hours": 0.5})
    day = a_day({"read": step}, [0, 0, 0], {"reader": people(machines)})
    assert day.done == [10, 10, 40]


def test_an_overdue_station_starts_as_soon_as_somebody_is_free() -> None:
    step = work(0, setup=minutes(60), batch={"size": 3, "at_least": 3, "max_wait_hours": 0.5})
    day = a_day({"read": step}, [0, 0, 0, 1, 2], {"reader": people()})
    assert day.done == [60, 60, 60, 120, 120]


def test_a_gated_station_starts_at_its_moments_only_with_all_that_wait_then() -> None:
    step = work(0, setup=minutes(15), batch={"size": 2}, starts={"at": {"daily": ["09:00", "10:00"]}})
    day = a_day({"read": step}, [480, 539, 539, 541], {"reader": people()})
    assert day.story("read", "start") == [(540, "start")] * 2 + [(600, "start")] * 2
    assert day.done == [555, 555, 615, 615]


def test_who_comes_in_the_moment_of_the_gate_still_makes_it_if_a_machine_is_free() -> None:
    step = work(0, setup=minutes(15), batch={"size": 5}, starts={"at": {"daily": "09:00"}})
    day = a_day({"read": step}, [480, 540], {"reader": people(2)})
    assert day.done == [555, 555]


def test_things_that_leave_one_by_one_wait_in_the_run_for_their_own_time() -> None:
    batch = {"size": 3, "at_least": 3, "max_wait_hours": 1, "out": "one-by-one"}
    day = a_day({"read": work(3, setup=minutes(2), batch=batch)}, [0, 1, 2, 3], {"reader": people()})
    assert day.story("read", "start")[:3] == [(2, "start")] * 3
    assert day.done == [7, 10, 13, 68]
    assert day.wait("read") == [2, 6, 8, 60]
    assert day.work("read") == [5, 3, 3, 5]
    assert day.busy("reader") == 11 + 5
    assert day.outcome.station_wait.tolist() == [(2 + 1 + 0 + 60) * 60_000]


def test_a_step_with_two_needs_holds_a_leader_and_a_helper() -> None:
    steps = {"cut": work(10, needs=["reader", "machine"])}
    day = a_day(steps, [0, 0, 0], {"reader": people(3), "machine": people(2)})
    assert day.done == [10, 10, 20]
    assert day.busy("reader") == day.busy("machine") == 30


def test_the_leader_sets_the_speed() -> None:
    resources = {"reader": {"units": [{"speed": 2.0}]}, "machine": {"units": [{"speed": 0.1}]}}
    assert a_day({"cut": work(10, needs=["reader", "machine"])}, [0], resources).done == [5]


def test_the_longest_idle_takes_the_next() -> None:
    day = a_day({"read": work(1)}, [0, 10, 20, 30], {"reader": people(3)})
    servers = [row[3] for row in day.outcome.trace.tolist() if row[1] == 1]
    assert servers == [0, 1, 2, 0]


def test_readers_take_their_own_subspecialty_before_they_help_out() -> None:
    units = [{"skills": ["skin", "breast"]}, {"skills": ["breast"]}]
    about = {"skin": {"subspecialty": "skin"}, "breast": {"subspecialty": "breast"}}
    day = a_day(
        {"read": work(10, by_subspecialty=True)},
        {"skin": [1, 2], "breast": [0, 3, 4]},
        {"reader": {"units": units}},
        streams=about,
    )
    rows = [(row[0] // 60_000, row[3]) for row in day.outcome.trace.tolist() if row[1] == 1]
    assert rows == [(0, 1), (1, 0), (10, 1), (11, 0), (20, 1)]
    assert day.done == [10, 11, 21, 20, 30]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"rule": "first-come"}, [0, 1, 2, 3]),
        ({"rule": "clinical"}, [0, 3, 1, 2]),
        ({"rule": "clinical", "head_start_hours": 2 / 60}, [0, 1, 3, 2]),
        ({"rule": "deadline"}, [0, 3, 1, 2]),
    ],
)
def test_a_head_start_lets_no_one_be_overtaken_by_who_came_later_than_that(
    order: dict[str, object], expected: list[int]
) -> None:
    pathways = {"routine": {}, "urgent": {"priority": 1, "deadline": {"hours": 1}}}
    came = {"routine": [0, 1, 4], "urgent": [4]}
    day = a_day({"read": work(10, order=order)}, came, {"reader": people()}, pathways=pathways)
    assert [int(minute) for minute in (day.futures.case_release / 60_000)] == [0, 1, 4, 4]
    assert day.cases("start", "read") == expected


def test_flagged_cases_go_first_only_once_the_ai_has_spoken() -> None:
    ai = {"sensitivity": 1.0, "false_positive_fraction": 0.0}
    about = {"ill": {"prevalence": {"value": 1.0}}}
    came = {"well": [0, 1], "ill": [2]}
    read = work(10, order={"rule": "ai"})
    score = {"does": "ai", "next": "read"}
    known = a_day({"score": score, "read": read}, came, {"reader": people()}, ai=ai, streams=about)
    assert known.cases("start", "read") == [0, 2, 1]
    unasked = a_day({"read": read}, came, {"reader": people()}, ai=ai, streams=about)
    assert unasked.cases("start", "read") == [0, 1, 2]


def test_urgent_work_interrupts_and_what_was_begun_is_resumed_where_it_stopped() -> None:
    step = work(30, setup=minutes(5), order={"rule": "clinical", "preempt": True})
    day = a_day({"read": step}, {"routine": [0, 1], "urgent": [10]}, {"reader": people()})
    assert day.story("read") == [
        (0, "stay"),
        (0, "start"),
        (1, "stay"),
        (10, "stay"),
        (10, "interrupted"),
        (10, "start"),
        (45, "end"),
        (45, "start"),
        (70, "end"),
        (70, "start"),
        (105, "end"),
    ]
    assert day.wait("read") == [35, 69, 0]
    assert day.work("read") == [35, 35, 35]
    assert day.busy("reader") == 105


def test_the_least_urgent_work_in_hand_is_interrupted_and_equals_are_left_alone() -> None:
    step = work(30, order={"rule": "clinical", "preempt": True})
    day = a_day({"read": step}, {"routine": [0, 1], "urgent": [10, 11, 12]}, {"reader": people(2)})
    assert [minute for minute, _ in day.story("read", "interrupted")] == [10, 11]
    assert day.cases("interrupted", "read") == [1, 0]
    assert day.done == [41 + 19, 60 + 21, 40, 41, 70]
