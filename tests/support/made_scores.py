"""Scores that look like a model's: 25 patients, a third of the tiles positive, and ties."""

import numpy as np
import numpy.typing as npt


def made_scores(
    n: int = 600, seed: int = 1, better: float = 2.0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Probabilities, labels and patients, (n,) each; `better` is how far the classes are apart."""
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < 0.3).astype(np.int64)
    probabilities = np.round(1 / (1 + np.exp(-(rng.normal(0, 1, n) + better * labels - 1))), 2)
    return probabilities, labels, np.array([f"p{i}" for i in rng.integers(0, 25, n)])
