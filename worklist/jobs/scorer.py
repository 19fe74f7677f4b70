"""What scores slides: a plain value that is sent to the child process and does its work there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from inference.results import SlideResult
from models.errors import ModelError
from models.registry import Model, find_model, load_model

if TYPE_CHECKING:
    from inference.engines.choose import Device
    from inference.progress import Progress


class ModelReplacedError(ModelError):
    """The model's folder holds another model than when the worker began."""


class Scorer(Protocol):
    """Scores slides with one model; equal where the results would be the same. It can be pickled."""

    @property
    def model(self) -> str:
        """name@version of the model, as its results will say it."""
        ...

    def results(self, paths: Iterable[Path | None], progress: "Progress") -> Iterator[tuple[Path, SlideResult]]:
        """Each path and its result as soon as it is whole, in any order; as `inference.pipeline.score_slides`."""
        ...


@dataclass(frozen=True)
class ModelScorer:
    """Scores with a model of the registry, and writes the results' folders."""

    model: str
    folder: Path
    weights_sha256: str
    device: "Device"
    out: Path

    def results(self, paths: Iterable[Path | None], progress: "Progress") -> Iterator[tuple[Path, SlideResult]]:
        """Loads the model and scores. Raises ModelReplacedError, and what making an engine or scoring raises."""
        from inference.engines.choose import make_engine
        from inference.pipeline import score_slides

        model = load_model(self.folder)
        if scorer_of(model, self.device, self.out) != self:
            raise ModelReplacedError(f"{self.folder}: holds {model.manifest.label} now, another one than {self.model}")
        yield from score_slides(paths, model, make_engine(model, self.device), self.out, progress=progress)


def scorer_of(model: Model, device: "Device", out: Path) -> ModelScorer:
    """The scorer of a model."""
    return ModelScorer(model.manifest.label, model.folder, model.weights_sha256(), device, out)


def find_scorer(name_or_path: str, device: "Device", out: Path) -> ModelScorer:
    """The scorer of the model that goes by that name now. Raises ModelError."""
    return scorer_of(find_model(name_or_path), device, out)
