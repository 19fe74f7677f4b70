"""What a model is, in one readable file: `manifest.json`. Everything that a score needs in order to be traced."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
    model_validator,
)

from models.calibration import Calibration
from models.conformal import Unsure
from models.errors import ManifestError
from models.surroundings import Layout, Surroundings

MANIFEST_NAME = "manifest.json"
Kind = Literal["onnx-fp32", "onnx-int8", "torch"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
GreyLevels = tuple[float, float, float]


def _inside_the_folder(path: str) -> str:
    if Path(path).name != path or path in {"", ".", ".."}:
        raise ValueError("must be the plain name of a file beside manifest.json")
    return path


LATER = frozenset({"data", "network_args", "surroundings", "unsure"})
"""Fields that came later: a manifest that lacks them is written as it was, and so are hashes that are made from it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = plain(self)
        return {name: value for name, value in fields.items() if name not in LATER or value is not None}


class Threshold(_Part):
    """An operating point, and how it was chosen."""

    value: Share
    chosen: Sentence


class SlideRule(_Part):
    """How tile probabilities become a slide score: see `models.slide_rules`."""

    name: Literal["top_area_mean"]
    area_mm2: float = Field(gt=0)
    calibration: Calibration
    threshold: Threshold
    unsure: Unsure | None = None
    """Slide scores that are unsure; None where no range was fitted."""


class Metric(_Part):
    """One figure, with its interval and what it was measured on."""

    name: Sentence
    value: float
    low: float | None = None
    high: float | None = None
    on: Sentence


class DataTrace(_Part):
    """Which tiles a model was made from, and who was in which split: two models with one `split_sha256` compare."""

    tiles_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Of the tile file."""
    split_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Of the sorted pairs of patient and split."""
    patients: dict[str, int]
    """Split to patients in it."""
    tiles: dict[str, int]
    """Split to tiles in it."""


class WeightFile(_Part):
    """One file of weights, with the hash that it must have."""

    path: Annotated[str, AfterValidator(_inside_the_folder)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Manifest(_Part):
    """A tile model: what it takes, what it says, what it was shown, and what it is not for."""

    name: Name
    version: Name
    network: Sentence
    """Name of the network in timm."""
    network_args: dict[str, JsonValue] | None = None
    """What timm is told beyond the name, where a network from the hub needs it."""
    tile_px: int = Field(ge=8, le=4096)
    """Side of the tile that is read from the slide, px."""
    mpp: float = Field(ge=0.05, le=20)
    """um per pixel at which tiles are read."""
    input_px: int = Field(ge=8, le=4096)
    """What the network itself resizes the tile to, px."""
    mean: GreyLevels
    """Taken off each channel, grey levels (0-255)."""
    std: Annotated[GreyLevels, AfterValidator(lambda v: _all_positive(v))]
    """Each channel is divided by this, grey levels."""
    classes: tuple[Sentence, ...] = Field(min_length=2)
    positive: Sentence
    """The class whose logit the network gives."""
    positive_means: Sentence
    calibration: Calibration
    """Tile logit to probability, of a tile by itself."""
    surroundings: Surroundings | None = None
    """How the tissue round a tile joins in; None: each tile is judged by itself."""
    threshold: Threshold
    """On the tile's probability."""
    unsure: Unsure | None = None
    """Tile probabilities that are unsure; None where no range was fitted."""
    slide_rule: SlideRule
    training_data: Sentence
    data: DataTrace | None = None
    """The tiles and the split themselves; None for a model that came without."""
    licence: Sentence
    intended_use: Sentence
    limits: tuple[Sentence, ...] = Field(min_length=1)
    metrics: tuple[Metric, ...] = ()
    files: dict[Kind, WeightFile] = Field(min_length=1)
    default_kind: Literal["onnx-fp32", "onnx-int8"]

    @property
    def label(self) -> str:
        """The name that results carry: name@version."""
        return f"{self.name}@{self.version}"

    @property
    def tile_area_mm2(self) -> float:
        """Area of tissue that one tile shows."""
        return (self.tile_um / 1000) ** 2

    @property
    def tile_um(self) -> float:
        """Side of the tissue that one tile shows, um."""
        return self.tile_px * self.mpp

    def tile_probability(
        self, logits: npt.NDArray[np.float64], layout: Layout | None = None
    ) -> npt.NDArray[np.float64]:
        """Probabilities (n,) of tiles with these logits (n,), with their surroundings where they are known and used."""
        if self.surroundings is None or layout is None:
            return self.calibration.probability(logits)
        return self.surroundings.probability(logits, layout, self.tile_um)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.positive not in self.classes:
            raise ValueError(f"positive: {self.positive!r} is not one of the classes {self.classes}")
        if self.default_kind not in self.files:
            raise ValueError(f"default_kind: there is no file of kind {self.default_kind!r} in `files`")
        return self


def _all_positive(values: GreyLevels) -> GreyLevels:
    if min(values) <= 0:
        raise ValueError("each must be above zero")
    return values


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.json. Raises ManifestError naming the file, the field and what is wrong with it."""
    try:
        return Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(
            f"{path}: cannot be read ({error.strerror}). A model folder holds a {MANIFEST_NAME}."
        ) from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: is not text in UTF-8. Import the model again.") from error
    except ValidationError as error:
        raise ManifestError(f"{path}: {faults_of(error)}. Mend these fields, or import the model again.") from error


def faults_of(error: ValidationError) -> str:
    """Each field that is wrong, and what is wrong with it."""
    return "; ".join(
        f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}" for fault in error.errors()
    )


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest.json that people can read and diff."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
