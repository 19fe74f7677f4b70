"""The formulas that the simulation is held to give the figures that are published, and each other's."""

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks import theory


def test_cobhams_queue_has_its_known_digits() -> None:
    assert theory.wait_probability(10, 0.9) == pytest.approx(0.66873, abs=5e-6)
    high, low = theory.priority_waits(10, 0.9, (0.1, 0.9), 1.0)
    assert high == pytest.approx(0.073487, abs=5e-7)
    assert low == pytest.approx(0.734870, abs=5e-7)


@pytest.mark.parametrize(
    ("utilisation", "preempt", "figures"),
    [
        (0.8, True, {"first_come": 40, "flagged": 1.261, "unflagged": 46.306, "diseased": -36.486, "others": 4.054}),
        (0.8, False, {"diseased": -29.189, "others": 3.243}),
        (0.9, True, {"first_come": 90, "flagged": 1.442, "unflagged": 104.416, "diseased": -83.410, "others": 9.268}),
        (0.9, False, {"diseased": -75.069, "others": 8.341}),
    ],
)
def test_ai_triage_has_the_digits_that_qucad_gives(
    utilisation: float, preempt: bool, figures: dict[str, float]
) -> None:
    exact = theory.triage(utilisation, 10.0, 0.1, 0.95, 0.05, preempt=preempt)
    found = {
        "first_come": exact.first_come,
        "flagged": exact.flagged,
        "unflagged": exact.unflagged,
        "diseased": exact.diseased_change,
        "others": exact.others_change,
    }
    assert {name: found[name] for name in figures} == pytest.approx(figures, abs=6e-4)
    assert 0.1 * exact.diseased_change + 0.9 * exact.others_change == pytest.approx(0, abs=1e-12)


def test_one_reader_is_the_simplest_case_of_all_of_them() -> None:
    simplest = theory.exponential_wait(1, 0.7, 10)
    assert simplest == pytest.approx(0.7 * 10 / 0.3)
    assert theory.wait_probability(1, 0.7) == pytest.approx(0.7)
    assert theory.general_wait(0.7, 10, 200) == pytest.approx(simplest)
    assert theory.bulk_wait(0.07, 10, 1) == pytest.approx(simplest)
    assert theory.breakdown_turnaround(0.07, 10, 1e9, 1e-3) == pytest.approx(simplest + 10)
    assert theory.network_turnaround(0.07, 0.0, [(1, 10.0)]) == pytest.approx(simplest + 10)
    assert theory.priority_waits(1, 0.7, (1.0,), 10) == pytest.approx((simplest,))
    assert theory.preempted_waits(0.7, (1.0,), 10) == pytest.approx((simplest,))


def balanced(rates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The stationary probabilities of a Markov chain with these rates from row to column."""
    generator = rates - np.diag(rates.sum(axis=1))
    equations = np.vstack((generator.T, np.ones(len(rates))))
    found: npt.NDArray[np.float64] = np.linalg.lstsq(equations, np.append(np.zeros(len(rates)), 1.0), rcond=None)[0]
    return found


def test_loads_wait_as_their_markov_chain_says() -> None:
    rate, service, size, states = 0.2, 10.0, 4, 150
    rates = np.zeros((states + 1, states + 1))  # idle, then running with n waiting
    rates[0, 1] = rate
    rates[1, 0] = 1 / service
    for waiting in range(states):
        if waiting + 1 < states:
            rates[waiting + 1, waiting + 2] = rate
        if waiting:
            rates[waiting + 1, max(waiting - size, 0) + 1] = 1 / service
    line = balanced(rates)[1:] @ np.arange(states)
    assert theory.bulk_wait(rate, service, size) == pytest.approx(line / rate, rel=1e-6)


def test_a_machine_that_fails_is_as_slow_as_its_markov_chain_says() -> None:
    rate, service, between, down, states = 0.05, 10.0, 60.0, 15.0, 200
    rates = np.zeros((2 * states, 2 * states))  # n inside and up, n inside and down
    for inside in range(states):
        up, broken = inside, states + inside
        rates[up, broken], rates[broken, up] = 1 / between, 1 / down
        if inside + 1 < states:
            rates[up, up + 1] = rates[broken, broken + 1] = rate
        if inside:
            rates[up, up - 1] = 1 / service
    found = balanced(rates) @ np.tile(np.arange(states), 2)
    assert theory.breakdown_turnaround(rate, service, between, down) == pytest.approx(found / rate, rel=1e-6)
