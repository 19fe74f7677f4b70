"""Random numbers that belong to a place in the training (epoch, step, part), whoever computes it.

So a run that is resumed, or shared by several processes, draws what an undisturbed one would have drawn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """What random numbers are for; each has a stream of its own."""

    STATISTICS = 0
    ORDER = 1
    AUGMENTATION = 2
    DROPOUT = 3
    RESTAINING = 4


def keyed_seed(seed: int, purpose: Purpose, *place: int) -> int:
    """A seed below 2**63 for this purpose at this place, as (epoch, step, part)."""
    state = np.random.SeedSequence(seed, spawn_key=(int(purpose), *place)).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def keyed_generator(seed: int, purpose: Purpose, *place: int) -> torch.Generator:
    """A generator on the CPU that starts from `keyed_seed`."""
    return torch.Generator().manual_seed(keyed_seed(seed, purpose, *place))


@contextmanager
def torch_seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Lets torch's own generators (of dropout) start from this seed, and puts them back afterwards."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
