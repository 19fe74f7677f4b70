"""Random numbers that belong to an entity and an activity, not to a stream, and draws from distributions.

A draw's key is mixed from the entity's own key, the step, how often the entity has come round to it, and what the draw
is for. So a change of one resource leaves every other draw as it was (common random numbers). The mixing function is
the finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").

The same lines run compiled (unsigned 64-bit) and as plain Python (integers of any size, hence the masks). All constants
have their top bit set, so that numba takes them for unsigned and never mixes signs.
"""

import hashlib
import math

import numpy as np
import numpy.typing as npt

from planner.engine.jit import both_ways

MASK = 0xFFFFFFFFFFFFFFFF
GOLDEN = 0x9E3779B97F4A7C15
"""2 to the 64 divided by the golden ratio: steps through keys without repeating."""
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB

FOR_TIME = 0xA0761D6478BD642F
FOR_SETUP = 0xE7037ED1A0B428DB
FOR_ROUTE = 0x8EBC6AF09C88C6E3
FOR_COUNT = 0xC2B2AE3D27D4EB4F
FOR_CHILD = 0xD6E8FEB86659FD93
"""What a draw is for; any odd numbers would do."""

CONSTANT, EXPONENTIAL, UNIFORM, TRIANGULAR, LOGNORMAL, ERLANG, WEIBULL, EMPIRICAL, CHOICE, GEOMETRIC = range(10)
"""Kinds of distribution. Their parameters (a, b, c) are, times in milliseconds: constant (value); exponential (mean);
uniform (low, high); triangular (low, mode, high); lognormal (mean and sd of the logarithm); erlang (mean of one stage,
stages); weibull (scale, shape); empirical (first quantile in the pool, how many); choice (first in the pool, how many:
the cumulated shares, then as many values); geometric (mean - 1)."""


@both_ways
def mix(x: int) -> int:
    """64 bits, well mixed: a bijection in which every bit of the input changes half of the output's."""
    x = (x ^ (x >> 30)) * _MIX_1 & MASK
    x = (x ^ (x >> 27)) * _MIX_2 & MASK
    return x ^ (x >> 31)


@both_ways
def draw_key(entity: int, activity: int, come_round: int, purpose: int) -> int:
    """The key of one draw: unsigned 64-bit, as are all four arguments."""
    return mix(entity ^ mix((activity + come_round * GOLDEN & MASK) ^ purpose))


@both_ways
def next_key(key: int) -> int:
    """The key after this one."""
    return mix(key + GOLDEN & MASK)


def name_key(text: str) -> int:
    """The key that belongs to a name, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


@both_ways
def uniform(key: int) -> float:
    """From 0 (included) to 1 (excluded), 53 bits."""
    return (key >> 11) * 2.0**-53


@both_ways
def sample(kind: int, a: float, b: float, c: float, pool: npt.NDArray[np.float64], key: int) -> float:
    """One draw from a distribution, in its own unit (milliseconds, or a number of things)."""
    u = uniform(key)
    if kind == CONSTANT:
        return a
    if kind == EXPONENTIAL:
        return -a * math.log(1.0 - u)
    if kind == UNIFORM:
        return a + (b - a) * u
    if kind == TRIANGULAR:
        if u * (c - a) < b - a:
            return a + math.sqrt(u * (c - a) * (b - a))
        return c - math.sqrt((1.0 - u) * (c - a) * (c - b))
    if kind == LOGNORMAL:
        radius = math.sqrt(-2.0 * math.log(1.0 - u))
        return math.exp(a + b * radius * math.cos(2.0 * math.pi * uniform(next_key(key))))
    if kind == ERLANG:
        total = 0.0
        for _ in range(int(b)):
            total -= a * math.log(1.0 - uniform(key))
            key = next_key(key)
        return total
    if kind == WEIBULL:
        return a * math.pow(-math.log(1.0 - u), 1.0 / b)
    first = int(a)
    many = int(b)
    if kind == EMPIRICAL:
        place = u * (many - 1)
        below = int(place)
        return float(pool[first + below] + (place - below) * (pool[first + below + 1] - pool[first + below]))
    if kind == CHOICE:
        found = 0
        while found < many - 1 and u >= pool[first + found]:
            found += 1
        return float(pool[first + many + found])
    return 1.0 + math.floor(math.log(1.0 - u) / math.log(a / (1.0 + a))) if a > 0.0 else 1.0
