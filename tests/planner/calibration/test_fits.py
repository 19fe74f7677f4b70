"""Distributions fitted to samples whose distribution is known."""

import math

import numpy as np
import pytest

from planner.calibration.bounds import poisson_rate, prediction, share
from planner.calibration.fits import fit_times

SAMPLES = {
    "exponential": (lambda rng, n: rng.exponential(10, n), 10.0),
    "lognormal": (lambda rng, n: rng.lognormal(1, 0.7, n), math.exp(1 + 0.49 / 2)),
    "erlang": (lambda rng, n: rng.gamma(4, 2, n), 8.0),
    "weibull": (lambda rng, n: 3 * rng.weibull(2.5, n), 3 * math.gamma(1 + 1 / 2.5)),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_distribution_that_made_the_times_is_found_with_its_mean(kind):
    draw, mean = SAMPLES[kind]
    fit = fit_times(draw(np.random.default_rng(5), 3000), "test")
    assert fit.kind == kind
    assert fit.candidates[0].kind == kind
    assert [one.aic for one in fit.candidates] == sorted(one.aic for one in fit.candidates)
    assert fit.mean.low < mean < fit.mean.high
    assert fit.duration.mean == pytest.approx(fit.mean.value)
    assert fit.duration.mark == "measured"
    assert fit.duration.source == "test"
    assert fit.ks < 0.03
    assert fit.ks_p > 0.01
    assert fit.ad_p > 0.01
    assert np.corrcoef(np.array(fit.qq).T)[0, 1] > 0.99


@pytest.mark.parametrize("kind", SAMPLES)
def test_95_percent_intervals_hold_the_mean_about_95_times_in_100(kind):
    draw, mean = SAMPLES[kind]
    rng = np.random.default_rng(8)
    held = sum(fit_times(draw(rng, 200), "test", refits=0).mean.holds(mean) for _ in range(200))
    assert 178 <= held <= 199


def test_shapes_are_recovered_within_their_intervals():
    rng = np.random.default_rng(3)
    lognormal = fit_times(rng.lognormal(2, 0.5, 2000), "test")
    erlang = fit_times(rng.gamma(3, 4, 2000), "test")
    weibull = fit_times(rng.weibull(1.8, 2000), "test")
    assert lognormal.shape.holds(0.5)
    assert erlang.shape.holds(3)
    assert weibull.shape.holds(1.8)
    assert lognormal.duration.log_sd == pytest.approx(lognormal.shape.value)


def test_times_that_no_formula_fits_keep_their_measured_quantiles():
    rng = np.random.default_rng(4)
    times = np.concatenate((rng.normal(5, 0.3, 400), rng.normal(20, 0.5, 400)))
    fit = fit_times(times, "test")
    assert fit.kind == "empirical"
    assert fit.ks > 0.05
    assert fit.duration.quantiles[0] == pytest.approx(times.min())
    assert fit.duration.mean == pytest.approx(times.mean(), rel=0.01)


def test_times_that_are_all_the_same_are_constant():
    fit = fit_times(np.full(50, 45.0), "test")
    assert (fit.kind, fit.duration.value, fit.mean) == ("constant", 45.0, (45.0, 45.0, 45.0))


def test_zeros_are_taken_as_less_than_the_clock_shows_and_do_not_break_the_fit():
    times = np.floor(np.random.default_rng(6).exponential(3, 400))
    assert (times == 0).any()
    fit = fit_times(times, "test")
    assert math.isfinite(fit.mean.value)
    assert fit.mean.value == pytest.approx(times.mean(), rel=0.15)


def test_too_few_times_are_refused():
    with pytest.raises(ValueError, match="too few"):
        fit_times(np.arange(1.0, 6.0), "test")


def test_rates_shares_and_predictions_are_the_tabled_ones():
    assert poisson_rate(0, 2) == pytest.approx((0, 0, 3.6889 / 2), rel=1e-4)
    assert poisson_rate(10, 1) == pytest.approx((10, 4.7954, 18.3904), rel=1e-4)
    assert share(0, 50) == pytest.approx((0, 0, 0.0713), abs=1e-4)
    assert share(15, 50) == pytest.approx((0.3, 0.1910, 0.4375), abs=1e-4)
    assert prediction(np.array([1.0, 2.0, 3.0])) == pytest.approx((2, 2 - 4.9683, 2 + 4.9683), rel=1e-4)
