"""A log is simulated from a known scenario: calibration finds its numbers again, and foresees its last weeks."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from planner.calibration.arrival_rates import open_days
from planner.calibration.back_test import MEASURES, back_test
from planner.calibration.calibrate import calibrate
from planner.calibration.event_log import read_event_log
from planner.calibration.simulated_log import simulated_log, write_event_log
from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.engine.tables import LEAVE, STAY
from planner.errors import EventLogError, RunError
from planner.scenario.load import change, dump_scenario, read_scenario
from tests.support.planner_scenarios import single_queue, small_lab


@pytest.fixture(scope="module")
def lab():
    """Ten weeks of the small laboratory; set-up and slides, which a log does not tell apart, are left out."""
    plain = small_lab(days=70, warm_up_days=0, follow_up_days=0)
    return change(
        plain,
        {
            "steps.reading.per_slide": None,
            "steps.scanning.setup": {"kind": "constant", "value": 0},
            "arrivals.south-breast.growth_per_year": 0,
        },
    )


@pytest.fixture(scope="module")
def simulated(lab):
    compiled = compile_scenario(lab)
    futures = draw_futures(compiled, 11, 0)
    return compiled, futures, simulate(compiled, futures, trace=True)


@pytest.fixture(scope="module")
def log(simulated, lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("log") / "lab.csv"
    write_event_log(path, *simulated)
    return read_event_log(path, lab.time_zone)


@pytest.fixture(scope="module")
def calibration(log, lab):
    return calibrate(log, lab)


def test_the_simulated_log_tells_every_piece_of_work_of_every_case(simulated, log):
    _, futures, outcome = simulated
    assert not log.findings
    assert len(log.cases) == len(futures.case_received)
    what = outcome.trace[:, 1]
    assert log.cases["signed_out"].notna().sum() == (what == LEAVE).sum() == (outcome.case_done >= 0).sum()
    whole = log.events[~log.events["interrupted"]]
    assert len(whole) == (what == STAY).sum()
    reading = whole[(whole["step"] == "reading") & whole["end"].notna()].groupby("case")["end"].max()
    signed = log.cases["signed_out"].dropna()
    assert (reading.reindex(signed.index) == signed).all()


def test_a_log_needs_a_trace(simulated):
    compiled, futures, _ = simulated
    with pytest.raises(RunError, match="trace"):
        simulated_log(compiled, futures, simulate(compiled, futures))


def test_rates_of_all_streams_are_recovered_within_their_intervals(calibration, lab):
    truth = {stream.name: stream.per_week.value for stream in lab.arrivals}
    assert {rate.stream for rate in calibration.streams} == set(truth)
    for rate in calibration.streams:
        assert rate.per_week.holds(truth[rate.stream]), rate
        assert rate.per_week.high - rate.per_week.low < 0.5 * truth[rate.stream]
        assert rate.dispersion_p > 0.001


def test_mean_times_of_all_steps_are_recovered_within_their_intervals(calibration):
    fitted = {one.field for one in calibration.steps}
    assert fitted == {
        "steps.reception.time",
        "steps.cut-up.times.0.time",
        "steps.cut-up.time",
        "steps.processing.setup",
        "steps.microtomy.time",
        "steps.staining.time",
        "steps.courier.time",
        "steps.scanning.time",
        "steps.reading.time",
        "steps.stain.time",
    }
    held = {one.field: one.fit.mean.low - 1e-6 <= one.before <= one.fit.mean.high + 1e-6 for one in calibration.steps}
    assert sum(held.values()) >= len(held) - 1, held
    kinds = {one.field: one.fit.kind for one in calibration.steps}
    assert kinds["steps.reading.time"] == "lognormal"
    assert kinds["steps.microtomy.time"] == "erlang"
    assert kinds["steps.scanning.time"] == "weibull"
    assert kinds["steps.processing.setup"] == kinds["steps.staining.time"] == "constant"


def test_over_many_logs_95_percent_intervals_hold_the_truth_about_95_times_in_100(tmp_path):
    scenario = single_queue(days=7)
    truth_rate, truth_mean = scenario.arrivals[0].per_week.value, 10.0
    compiled = compile_scenario(scenario)
    held = np.zeros(2, np.int64)
    for replication in range(16):
        futures = draw_futures(compiled, 3, replication)
        write_event_log(tmp_path / "log.csv", compiled, futures, simulate(compiled, futures, trace=True))
        found = calibrate(read_event_log(tmp_path / "log.csv", "UTC"), scenario)
        held += (found.streams[0].per_week.holds(truth_rate), found.steps[0].fit.mean.holds(truth_mean))
    assert (held >= 14).all(), held


def test_profiles_follow_the_hours_of_the_scenario(calibration):
    (office,) = calibration.profiles
    assert office.rate[5:].sum() == 0
    assert office.rate[:, :8].sum() == 0
    assert office.rate[:5, 8:15].mean() / office.rate[:5, 15:18].mean() == pytest.approx(2.5, rel=0.2)
    truth = 60 / 5 / (7 + 3 * 0.4)
    inside = (office.low[:5, 8:15] <= truth) & (truth <= office.high[:5, 8:15])
    assert inside.mean() > 0.85


def test_measured_numbers_say_where_they_come_from_and_the_rest_stays(calibration, lab):
    measured = calibration.scenario
    assert measured.arrivals[0].per_week.mark == "measured"
    assert measured.arrivals[0].per_week.source == "lab.csv, received 2026-01-05 to 2026-03-13"
    assert measured.steps["reading"].time.source == calibration.source
    assert measured.steps["reading"].next == lab.steps["reading"].next
    assert read_scenario(dump_scenario(measured)) == measured


def test_draws_scatter_as_widely_as_the_numbers_are_uncertain(calibration):
    drawn = [calibration.drawn(np.random.default_rng(seed)) for seed in range(60)]
    rates = np.array([one.arrivals[0].per_week.value for one in drawn])
    rate = calibration.streams[0].per_week
    assert rates.mean() == pytest.approx(rate.value, rel=0.05)
    assert rates.std() == pytest.approx((rate.high - rate.low) / 3.92, rel=0.35)


def test_the_back_test_holds_on_the_weeks_held_out(log, lab):
    found = back_test(log, lab, held_out_weeks=2, replications=30)
    assert found.first_day == date(2026, 2, 28)
    assert found.backlog > 0
    assert {check.measure for check in found.checks} == set(MEASURES)
    assert found.holds, found.verdict
    assert found.verdict.startswith("Holds")


def test_the_back_test_falls_short_where_the_department_is_not_the_one_of_the_log(log, lab):
    weekly = change(lab, {"steps.processing.starts.at": {"mon": "16:30"}})
    found = back_test(log, weekly, held_out_weeks=2, replications=10)
    assert not found.holds
    assert "turnaround" in found.verdict


def test_a_log_too_short_for_a_back_test_is_an_error_that_says_how_long(log, lab):
    with pytest.raises(EventLogError, match="give 1 to"):
        back_test(log, lab, held_out_weeks=6)


def test_days_without_cases_in_the_midst_of_busy_ones_are_gaps_and_not_quiet_days():
    days = pd.date_range("2026-03-02", "2026-03-27", freq="B")
    received = pd.Series(np.repeat(days[days != "2026-03-11"], 40))
    found, findings = open_days(received, date(2026, 3, 2), date(2026, 3, 27), frozenset())
    assert date(2026, 3, 11) not in found.days
    assert date(2026, 3, 12) in found.days
    assert "2026-03-11 (0, usual 40)" in findings[0].message
