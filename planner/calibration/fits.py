"""Service times fitted: which of the scenario's distributions the measured times follow, how surely, and how well.

Maximum likelihood for each candidate, chosen by Akaike's criterion (AIC). How well the chosen one fits is shown by the
distances of Kolmogorov-Smirnov and Anderson-Darling; their p-values come from refitting simulated samples, since tabled
ones hold only where the parameters are known beforehand (Lilliefors 1967). Where no candidate comes near, the measured
quantiles themselves are used.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from planner.calibration.bounds import LEVEL, Bounded, mean_of
from planner.scenario.quantities import Constant, Duration, Empirical, Erlang, Exponential, Lognormal, Weibull

Floats = npt.NDArray[np.float64]

FEWEST = 10
"""Fewer times than this are not fitted."""
FAR = 0.05
"""From this distance (Kolmogorov-Smirnov) on, and with p at most 0.01, the measured quantiles are used."""
REFITS = 99
"""Simulated samples behind the p-values."""
_REFIT_SAMPLE = 1000
_QUANTILES = 1001
_QQ = 41


class Candidate(NamedTuple):
    """One distribution's best fit."""

    kind: str
    aic: float
    """Akaike's criterion; the lower the better."""
    distance: float
    """Kolmogorov-Smirnov: the greatest difference between the fitted and the measured cumulated share."""


@dataclass(frozen=True)
class Fit:
    """The distribution chosen for measured times, in minutes."""

    duration: Duration
    n: int
    mean: Bounded
    """Mean of the distribution, minutes; its 95% interval takes in the plain mean's, should the shape be wrong."""
    shape: Bounded | None
    """The other parameter: sd of the logarithm (lognormal), stages (Erlang), shape (Weibull)."""
    candidates: tuple[Candidate, ...]
    """All that were tried, best first."""
    ks: float
    ks_p: float
    """Share of samples of the fitted distribution that lie at least as far from their own refit."""
    ad: float
    ad_p: float
    qq: tuple[tuple[float, float], ...]
    """Quantiles, fitted and measured, minutes: a straight line of slope 1 where the fit is good."""

    @property
    def kind(self) -> str:
        """Name of the distribution."""
        return self.duration.kind


class _Family(NamedTuple):
    kind: str
    estimate: Callable[[Floats], tuple[float, float]]
    """Maximum likelihood: (mean or scale, shape)."""
    law: Any
    """Of scipy.stats."""
    arguments: Callable[[float, float], dict[str, float]]
    parameters: int

    def fitted(self, x: Floats) -> dict[str, float]:
        """The law's arguments of most likelihood."""
        return self.arguments(*self.estimate(x))


def _erlang(x: Floats) -> tuple[float, float]:
    """Stages from 1 to 50 by likelihood; the mean is the sample's for each."""
    stages, likelihood = _erlang_likelihoods(x)
    return float(x.mean()), float(stages[np.argmax(likelihood)])


def _erlang_likelihoods(x: Floats) -> tuple[Floats, Floats]:
    stages = np.arange(1.0, 51.0)
    mean = float(x.mean())
    per_value = (
        (stages - 1) * float(np.log(x).mean()) - stages - special.gammaln(stages) - stages * np.log(mean / stages)
    )
    return stages, len(x) * per_value


def _weibull(x: Floats) -> tuple[float, float]:
    """The likelihood equation of the shape has one root (Farnum and Booth 1997); within the scenario's 0.1 to 20."""
    logs = np.log(x)
    centred = logs - logs.max()

    def slope(shape: float) -> float:
        weight = np.exp(shape * centred)
        return float((weight * logs).sum() / weight.sum() - 1 / shape - logs.mean())

    low, high = 0.1, 20.0
    shape = low if slope(low) > 0 else high if slope(high) < 0 else float(optimize.brentq(slope, low, high, xtol=1e-6))
    return float(np.exp(logs.max()) * np.exp(shape * centred).mean() ** (1 / shape)), shape


_FAMILIES = (
    _Family("exponential", lambda x: (float(x.mean()), 1.0), stats.expon, lambda mean, _: {"scale": mean}, 1),
    _Family(
        "lognormal",
        lambda x: (float(np.log(x).mean()), float(np.log(x).std())),
        stats.lognorm,
        lambda log_mean, log_sd: {"s": log_sd, "scale": math.exp(log_mean)},
        2,
    ),
    _Family("erlang", _erlang, stats.gamma, lambda mean, stages: {"a": stages, "scale": mean / stages}, 2),
    _Family("weibull", _weibull, stats.weibull_min, lambda scale, shape: {"c": shape, "scale": scale}, 2),
)


def fit_times(minutes: Floats, source: str, *, seed: int = 1, refits: int = REFITS) -> Fit:
    """The distribution that these times follow.

    minutes: (n,), at least FEWEST, none negative; zeros count as half of the clock's resolution. source: where they
    were measured; goes with the fitted numbers. seed, refits: of the samples behind the p-values.
    """
    if len(minutes) < FEWEST:
        raise ValueError(f"{len(minutes)} times are too few to fit; {FEWEST} are the least")
    some = minutes.any()
    x = np.sort(np.where(minutes > 0, minutes, resolution_minutes(minutes) / 2 if some else 0.0))
    known = {"source": source, "mark": "measured"}
    if x[-1] - x[0] <= 1e-9 * x[-1]:
        exact = Bounded(float(x[0]), float(x[0]), float(x[0]))
        duration: Duration = Constant.model_validate({"value": float(x[0]), **known})
        return Fit(duration, len(x), exact, None, (), 0.0, math.nan, 0.0, math.nan, ())
    tried = []
    for family in _FAMILIES:
        fitted = family.fitted(x)
        aic = 2 * family.parameters - 2 * float(family.law.logpdf(x, **fitted).sum())
        tried.append((Candidate(family.kind, aic, _distances(family.law.cdf(x, **fitted))[0]), family))
    tried.sort(key=lambda one: one[0].aic)
    candidates = tuple(candidate for candidate, _ in tried)
    family = tried[0][1]
    first, second = family.estimate(x)
    ks, ad = _distances(family.law.cdf(x, **family.fitted(x)))
    ks_p, ad_p = _p_values(x, family, np.random.default_rng(seed), refits)
    if ks >= FAR and ks_p <= 0.01:
        quantiles = np.quantile(x, np.linspace(0, 1, min(_QUANTILES, len(x))))
        duration = Empirical.model_validate({"kind": "empirical", "quantiles": quantiles.tolist(), **known})
        return Fit(duration, len(x), mean_of(x), None, candidates, ks, ks_p, ad, ad_p, _qq(x, family))
    duration = _duration(family.kind, first, second, known)
    mean, shape = _intervals(family.kind, x, second)
    plain = mean_of(x)
    mean = Bounded(mean.value, min(mean.low, plain.low), max(mean.high, plain.high))
    return Fit(duration, len(x), mean, shape, candidates, ks, ks_p, ad, ad_p, _qq(x, family))


def resolution_minutes(minutes: Floats) -> float:
    """The clock's step that the times were written with: a minute, a second or a millisecond, in minutes."""
    milliseconds = np.rint(minutes * 60_000)
    for step in (60_000, 1_000):
        if not (milliseconds % step).any():
            return step / 60_000
    return 1 / 60_000


def _duration(kind: str, first: float, second: float, known: dict[str, str]) -> Duration:
    if kind == "exponential":
        return Exponential.model_validate({"kind": kind, "mean": first, **known})
    if kind == "lognormal":
        mean = math.exp(first + second**2 / 2)
        sd = mean * math.sqrt(math.expm1(second**2))
        return Lognormal.model_validate({"kind": kind, "mean": mean, "sd": sd, **known})
    if kind == "erlang":
        return Erlang.model_validate({"kind": kind, "mean": first, "stages": int(second), **known})
    return Weibull.model_validate({"kind": kind, "scale": first, "shape": second, **known})


def _intervals(kind: str, x: Floats, shape: float) -> tuple[Bounded, Bounded | None]:
    """Mean and shape with their intervals, in closed form.

    Exponential and Erlang: exact (chi-square), stages by likelihood. Lognormal: Cox's interval of the mean (Olsson
    2005), exact for the log sd. Weibull: normal on the logarithms, by the information matrix (Meeker and Escobar 1998).
    """
    n = len(x)
    tail = (1 - LEVEL) / 2
    if kind in ("exponential", "erlang"):
        freedom, total = 2 * n * shape, 2 * shape * float(x.sum())
        low, high = total / float(stats.chi2.isf(tail, freedom)), total / float(stats.chi2.ppf(tail, freedom))
        mean = Bounded(float(x.mean()), low, high)
        if kind == "exponential":
            return mean, None
        stages, likelihood = _erlang_likelihoods(x)
        likely = stages[likelihood >= likelihood.max() - float(stats.chi2.isf(1 - LEVEL, 1)) / 2]
        return mean, Bounded(shape, float(likely.min()), float(likely.max()))
    if kind == "lognormal":
        logs = np.log(x)
        variance = float(logs.var(ddof=1))
        middle = float(logs.mean()) + shape**2 / 2
        half = float(stats.t.isf(tail, n - 1)) * math.sqrt(variance / n + variance**2 / (2 * (n - 1)))
        spread = float(((logs - logs.mean()) ** 2).sum())
        low, high = (math.sqrt(spread / float(stats.chi2.isf(side, n - 1))) for side in (tail, 1 - tail))
        return Bounded(math.exp(middle), math.exp(middle - half), math.exp(middle + half)), Bounded(shape, low, high)
    scale = _weibull(x)[0]
    z = float(stats.norm.isf(tail))
    log_scale_variance, log_shape_variance, covariance = 1.10867 / (n * shape**2), 0.60793 / n, 0.25702 / (n * shape)
    by_shape = -float(special.digamma(1 + 1 / shape)) / shape
    half = z * math.sqrt(log_scale_variance + by_shape**2 * log_shape_variance + 2 * by_shape * covariance)
    middle = scale * math.gamma(1 + 1 / shape)
    widen = math.exp(z * math.sqrt(log_shape_variance))
    return (
        Bounded(middle, middle * math.exp(-half), middle * math.exp(half)),
        Bounded(shape, shape / widen, shape * widen),
    )


def _distances(u: Floats) -> tuple[float, float]:
    """Kolmogorov-Smirnov's and Anderson-Darling's distance of sorted cumulated shares from the even spread."""
    n = len(u)
    rank = np.arange(1, n + 1)
    ks = float(max((rank / n - u).max(), (u - (rank - 1) / n).max()))
    inside = np.clip(u, 1e-15, 1 - 1e-15)
    ad = -n - float(((2 * rank - 1) * (np.log(inside) + np.log1p(-inside[::-1]))).sum()) / n
    return ks, ad


def _p_values(x: Floats, family: _Family, rng: np.random.Generator, refits: int) -> tuple[float, float]:
    """Both distances' p-values, on at most 1,000 of the times, evenly taken."""
    some = x if len(x) <= _REFIT_SAMPLE else np.sort(rng.choice(x, _REFIT_SAMPLE, replace=False))
    fitted = family.fitted(some)
    measured = _distances(family.law.cdf(some, **fitted))
    beyond = np.zeros(2)
    for _ in range(refits):
        sample = np.maximum(np.sort(family.law.rvs(**fitted, size=len(some), random_state=rng)), 1e-9)
        beyond += np.array(_distances(family.law.cdf(sample, **family.fitted(sample)))) >= measured
    p = (beyond + 1) / (refits + 1)
    return float(p[0]), float(p[1])


def _qq(x: Floats, family: _Family) -> tuple[tuple[float, float], ...]:
    at = (np.arange(_QQ) + 0.5) / _QQ
    return tuple(zip(family.law.ppf(at, **family.fitted(x)).tolist(), np.quantile(x, at).tolist(), strict=True))
