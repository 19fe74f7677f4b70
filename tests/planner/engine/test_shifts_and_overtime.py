"""The reference engine on small days reckoned by hand: ends and beginnings of shifts, overtime, pauses."""

from tests.support.planner_days import Day, a_day, minutes, people

ROSTERS = {
    "morning": {"hours": {"daily": "08:00-12:00"}, "holidays": "open"},
    "split": {"hours": {"daily": ["08:00-12:00", "12:30-16:00"]}, "holidays": "open"},
}
NOON = 720


def morning(time: float, came: list[float], roster: str = "morning", **resource: object) -> Day:
    """One reader with a shift until noon."""
    steps = {"read": {"needs": "reader", "time": minutes(time), "next": "end"}}
    return a_day(steps, came, {"reader": people(roster=roster, **resource)}, rosters=ROSTERS)


def test_nothing_is_begun_before_the_shift_begins_or_after_it_ends() -> None:
    day = morning(10, [400, 700, 711, 712])
    assert day.done[:2] == [490, 710]
    assert day.story("read", "start")[-1] == (711, "start")
    assert day.outcome.station_waiting.tolist() == [1]


def test_what_was_begun_is_finished_and_is_overtime_after_the_shift() -> None:
    day = morning(30, [NOON - 10])
    assert day.done == [NOON + 20]
    assert day.overtime("reader") == 20
    assert day.outcome.group_overtime[0, 12] == 20 * 60_000
    assert day.busy("reader") == 30


def test_overtime_ends_where_the_next_shift_begins() -> None:
    day = morning(60, [NOON - 10, NOON - 5], roster="split")
    assert day.done == [NOON + 50, NOON + 110]
    assert day.overtime("reader") == 30


def test_work_that_pauses_goes_on_with_the_next_shift() -> None:
    day = morning(40, [NOON - 10], roster="split", at_shift_end="pause")
    assert day.story("read") == [
        (710, "stay"),
        (710, "start"),
        (720, "interrupted"),
        (750, "start"),
        (780, "end"),
    ]
    assert day.wait("read") == [30]
    assert day.work("read") == [40]
    assert day.overtime("reader") == 0


def test_a_colleague_takes_over_what_pauses_and_at_his_own_speed() -> None:
    units = [{"roster": "morning", "speed": 2.0}, {"roster": "always", "speed": 0.5}]
    steps = {"read": {"needs": "reader", "time": minutes(40), "next": "end"}}
    resources = {"reader": {"units": units, "at_shift_end": "pause"}}
    free = a_day(steps, [NOON - 90, NOON - 10], resources, rosters=ROSTERS)
    assert free.done == [NOON - 10, NOON + (40 - 2 * 10) / 0.5]
    busy = a_day(steps, [NOON - 11, NOON - 10], resources, rosters=ROSTERS)
    assert busy.done == [NOON - 11 + 80, NOON - 11 + 80 + (40 - 2 * 10) / 0.5]


def test_what_ends_with_the_shift_is_finished_not_paused() -> None:
    day = morning(10, [NOON - 10], at_shift_end="pause")
    assert day.done == [NOON]
    assert day.story("read", "interrupted") == []


def test_a_run_of_several_things_is_finished_even_where_work_pauses() -> None:
    step = {"needs": "reader", "time": minutes(30), "batch": {"size": 2}, "next": "end"}
    resources = {"reader": people(roster="morning", at_shift_end="pause")}
    day = a_day({"read": step}, [NOON - 10], resources, rosters=ROSTERS)
    assert day.done == [NOON + 20]
    assert day.overtime("reader") == 20


def test_a_team_stops_when_one_of_it_does_and_the_other_looks_for_work() -> None:
    ways = [{"to": "both", "when": {"stream": "a"}}, {"to": "alone", "when": {"stream": "b"}}]
    steps = {
        "in": {"does": "delay", "next": ways},
        "both": {"needs": ["reader", "helper"], "time": minutes(60), "next": "end"},
        "alone": {"needs": "helper", "time": minutes(5), "next": "end"},
    }
    resources = {"reader": people(roster="morning", at_shift_end="pause"), "helper": people()}
    day = a_day(steps, {"a": [700], "b": [705]}, resources, rosters=ROSTERS)
    assert day.story("both") == [(700, "stay"), (700, "start"), (720, "interrupted")]
    assert day.story("alone") == [(705, "stay"), (720, "start"), (725, "end")]
    assert day.busy("reader") == 20
    assert day.busy("helper") == 25


def test_people_stay_on_while_enough_wait_and_begin_nothing_after_that() -> None:
    rule = {"max_minutes": 30, "when_waiting": 3}
    day = morning(10, [NOON - 20] * 6, overtime=rule)
    assert day.done[:5] == [NOON - 10, NOON, NOON + 10, NOON + 20, NOON + 30]
    assert day.outcome.station_waiting.tolist() == [1]
    assert day.overtime("reader") == 30
    few = morning(10, [NOON - 15] * 4, overtime=rule)
    assert few.outcome.station_waiting.tolist() == [2]
    assert few.overtime("reader") == 5


def test_people_go_home_when_there_is_nothing_left() -> None:
    day = morning(10, [NOON - 5, NOON - 5, NOON + 20], overtime={"max_minutes": 60, "when_waiting": 1})
    assert day.done == [NOON + 5, NOON + 15, -1 / 60_000]
    assert day.overtime("reader") == 15


def test_pausing_people_on_overtime_pause_at_its_end() -> None:
    rule = {"max_minutes": 15, "when_waiting": 1}
    day = morning(10, [NOON - 5] * 3, overtime=rule, at_shift_end="pause")
    assert day.story("read", "interrupted") == []
    assert day.done[:2] == [NOON + 5, NOON + 15]
    longer = morning(12, [NOON - 5] * 3, overtime=rule, at_shift_end="pause")
    assert longer.story("read", "interrupted") == [(NOON + 15, "interrupted")]
    assert longer.overtime("reader") == 15


def test_urgent_work_does_not_interrupt_somebody_who_is_about_to_go_home() -> None:
    order = {"rule": "clinical", "preempt": True}
    steps = {"read": {"needs": "reader", "time": minutes(30), "order": order, "next": "end"}}
    came = {"routine": [NOON - 10], "urgent": [NOON + 5]}
    day = a_day(steps, came, {"reader": people(roster="morning")}, rosters=ROSTERS)
    assert day.done[0] == NOON + 20
    assert day.story("read", "interrupted") == []


def test_what_is_still_worked_on_counts_up_to_the_horizon() -> None:
    day = morning(24 * 60, [NOON - 10, NOON - 5])
    assert day.busy("reader") == 12 * 60 + 10
    assert day.overtime("reader") == 12 * 60
    assert day.outcome.group_overtime[0, -1] == 12 * 3_600_000
    assert day.outcome.station_in_work.tolist() == [1]
    assert day.outcome.station_queue.sum() == (12 * 60 + 5) * 60_000
    assert day.outcome.open_cases.sum() == (24 * 60 + 15) * 60_000
