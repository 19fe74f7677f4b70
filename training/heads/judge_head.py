"""Judges a slide head on labelled bags, through the same ONNX file that scores slides. Needs no torch."""

import numpy as np
import numpy.typing as npt

from models.errors import WeightsError
from models.heads.head_manifest import EmbeddedBy
from models.heads.head_registry import SlideHead
from models.heads.head_runtime import HeadScorer
from training.data.bag_set import BagSet
from training.judging.evaluation import Evaluation, measure


def bag_probabilities(head: SlideHead, bags: BagSet, threads: int = 2) -> npt.NDArray[np.float64]:
    """Calibrated probabilities (b,). Raises BagError: the bags' vectors are not of the head's length."""
    scorer = HeadScorer(head, threads)
    return np.array([scorer.score(bag).probability for bag in bags.bags])


def evaluate_head(head: SlideHead, bags: BagSet, embedded_by: EmbeddedBy | None, threads: int = 2) -> Evaluation:
    """All figures of a head on bags, with intervals over patients.

    Raises WeightsError: the bags were embedded by other weights than the head's; TrainingError: one class or one
    patient only.
    """
    refuse_other_embeddings(head, embedded_by)
    return measure(bag_probabilities(head, bags, threads), bags.labels, bags.patients, head.manifest.threshold.value)


def refuse_other_embeddings(head: SlideHead, embedded_by: EmbeddedBy | None) -> None:
    """Raises WeightsError where embeddings are of another model than the head was fitted on."""
    wanted = head.manifest.embedded_by
    if wanted and embedded_by and wanted.weights_sha256 != embedded_by.weights_sha256:
        raise WeightsError(
            f"{head.manifest.label} reads embeddings of {wanted.model} (weights {wanted.weights_sha256[:12]}...), and "
            f"these are of {embedded_by.model} (weights {embedded_by.weights_sha256[:12]}...). Embed the slides with "
            "the head's own model, or train a head for this one."
        )
