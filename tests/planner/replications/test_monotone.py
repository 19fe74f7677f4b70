"""More servers, shorter times and fewer arrivals never make anybody wait longer, where theory says so.

In a first-come queue with given arrivals and given times, the moment at which each case is done does not rise with one
more server, with shorter times, or with fewer cases before it (Kiefer and Wolfowitz 1955; Wolff, Stochastic Modeling,
1989, chapter 11). On common random numbers arrivals and times are given, so it holds for every case.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.scenario.load import change
from planner.scenario.scenario import Scenario
from tests.support.planner_scenarios import single_queue

SEEDS = st.integers(0, 2**32)
LOADS = st.sampled_from([0.5, 0.8, 0.95, 1.2])
SERVERS = st.integers(1, 4)
NEVER = np.iinfo(np.int64).max


def done_by_case(scenario: Scenario, seed: int) -> dict[int, int]:
    """Key of each case to the ms of its sign-out, or NEVER."""
    compiled = compile_scenario(scenario)
    futures = draw_futures(compiled, seed, 0)
    done = simulate(compiled, futures).case_done
    return dict(zip(futures.case_key.tolist(), np.where(done < 0, NEVER, done).tolist(), strict=True))


def assert_nobody_is_later(better: Scenario, worse: Scenario, seed: int) -> None:
    """Every case of the better one is in the worse one too, and is there not done earlier."""
    good, bad = done_by_case(better, seed), done_by_case(worse, seed)
    assert len(good) > 20
    assert good.keys() <= bad.keys()
    assert not [key for key, moment in good.items() if moment > bad[key]]


@given(seed=SEEDS, load=LOADS, servers=SERVERS)
@settings(max_examples=20)
def test_one_more_server_makes_no_case_later(seed: int, load: float, servers: int) -> None:
    queue = single_queue(servers=servers, utilisation=load, days=2)
    more = change(queue, {"resources.reader.units.0.count": servers + 1})
    assert_nobody_is_later(more, queue, seed)


@given(seed=SEEDS, load=LOADS, servers=SERVERS, factor=st.floats(0.3, 0.99))
@settings(max_examples=20)
def test_shorter_times_make_no_case_later(seed: int, load: float, servers: int, factor: float) -> None:
    queue = single_queue(servers=servers, utilisation=load, days=2)
    shorter = change(queue, {"steps.read.time.mean": 10 * factor})
    assert_nobody_is_later(shorter, queue, seed)


@given(seed=SEEDS, load=LOADS, servers=SERVERS)
@settings(max_examples=20)
def test_quicker_servers_make_no_case_later(seed: int, load: float, servers: int) -> None:
    queue = single_queue(servers=servers, utilisation=load, days=2)
    quicker = change(queue, {"resources.reader.units.0.speed": 1.3})
    assert_nobody_is_later(quicker, queue, seed)


@given(seed=SEEDS, load=LOADS, servers=SERVERS, share=st.floats(0.1, 0.5))
@settings(max_examples=20)
def test_without_a_stream_the_other_stream_is_not_later(seed: int, load: float, servers: int, share: float) -> None:
    both = single_queue(servers=servers, utilisation=load, urgent_share=share, days=2)
    fewer = change(both, {"arrivals": [stream.model_dump() for stream in both.arrivals if stream.name == "routine"]})
    assert_nobody_is_later(fewer, both, seed)


def test_in_an_idle_department_one_more_server_changes_nothing() -> None:
    queue = single_queue(servers=4, utilisation=0.01, days=30)
    more = change(queue, {"resources.reader.units.0.count": 5})
    assert done_by_case(queue, 7) == done_by_case(more, 7)
