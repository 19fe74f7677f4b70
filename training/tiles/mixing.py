"""One network from several fits: the mean of their weights. Needs the `torch` extra.

Fits that start from the same weights end near each other, and the mean of them holds up better on other stains than
any one does, at no price when it scores (Wortsman 2022, "Model soups").
"""

from collections.abc import Sequence
from copy import deepcopy
from itertools import accumulate

from training.tiles.fitting import Fit
from training.tiles.training_state import mean_of_states


def mean_of(fits: Sequence[Fit]) -> Fit:
    """The fit whose weights and statistics are the mean of these fits'; of one, that one. Epochs count on through all.

    fits: one or more, of the same network.
    """
    if len(fits) == 1:
        return fits[0]
    network = deepcopy(fits[0].network)
    network.load_state_dict(mean_of_states([it.network.state_dict() for it in fits]))
    before = accumulate((len(it.validation_auc) for it in fits), initial=0)
    return Fit(
        network,
        tuple(auc for it in fits for auc in it.validation_auc),
        tuple(epoch + gone for it, gone in zip(fits, before, strict=False) for epoch in it.kept),
    )
