"""Scores bags with a slide head through ONNX Runtime on the CPU. Needs no torch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.errors import ModelError, WeightsError
from models.heads.head_registry import SlideHead
from models.runtime import CANNOT_OPEN, session_options

BAG_NAME, LOGIT_NAME, ATTENTION_NAME = "bag", "logit", "attention"


class BagError(ModelError):
    """A bag is empty, holds no numbers, or its vectors are not of the head's length."""


@dataclass(frozen=True)
class BagScore:
    """What a head says of one bag."""

    logit: float
    probability: float
    """Calibrated."""
    flagged: bool
    attention: npt.NDArray[np.float32]
    """(n,) how much of the answer came from each instance; sums to 1."""


class HeadScorer:
    """A head, opened; `threads` is what ONNX Runtime may use."""

    def __init__(self, head: SlideHead, threads: int = 1) -> None:
        """Raises WeightsError: the file is not the manifest's, or is no head."""
        self._manifest = head.manifest
        path = head.weights()
        try:
            self._session = ort.InferenceSession(
                str(path), session_options(threads), providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, *CANNOT_OPEN) as error:
            raise WeightsError(
                f"{path}: ONNX Runtime cannot open this file ({error}). Train the head again."
            ) from error
        taken = [(i.name, i.shape[1:]) for i in self._session.get_inputs()]
        given = [o.name for o in self._session.get_outputs()]
        if taken != [(BAG_NAME, [self._manifest.size])] or given != [LOGIT_NAME, ATTENTION_NAME]:
            raise WeightsError(
                f"{path}: takes {taken} and gives {given}; a head takes a {BAG_NAME} of vectors of length "
                f"{self._manifest.size} and gives {LOGIT_NAME} and {ATTENTION_NAME}. Train the head again."
            )

    def score(self, bag: npt.NDArray[np.float32]) -> BagScore:
        """Scores a bag (n, size), n >= 1, whatever its number of instances and their order. Raises BagError."""
        if bag.ndim != 2 or len(bag) == 0 or bag.shape[1] != self._manifest.size:
            raise BagError(
                f"{self._manifest.label}: a bag of shape {bag.shape} cannot be scored; the head reads one or more "
                f"vectors of length {self._manifest.size}. Embed the slide with the head's own tile model."
            )
        if not np.isfinite(bag).all():
            raise BagError(f"{self._manifest.label}: the bag holds values that are no numbers. Leave those tiles out.")
        logit, attention = self._session.run([LOGIT_NAME, ATTENTION_NAME], {BAG_NAME: bag.astype(np.float32)})
        value = float(np.asarray(logit)[0])
        probability = float(self._manifest.calibration.probability(value))
        return BagScore(value, probability, probability >= self._manifest.threshold.value, np.asarray(attention))
