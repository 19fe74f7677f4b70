"""Reads what the WSInfer zoo says of a model: `config.json`, specification 1.0, beside `torchscript_model.pt`.

Field names and their meaning: the zoo's published schema (github.com/SBU-BMI/wsinfer-zoo, model-config.schema.json);
WSInfer resizes with Pillow's bilinear filter and puts a softmax behind the network, or a sigmoid where it gives one
number. Needs no torch.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.foreign.preparation import ForeignModelError, Preparation
from models.manifest import Sentence, faults_of

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "torchscript_model.pt"
ORDER = ("Resize", "ToTensor", "Normalize")


class _Transform(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["Resize", "ToTensor", "Normalize"]
    arguments: dict[str, Any] | None = None


class ZooConfig(BaseModel):
    """A model of the zoo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spec_version: Literal["1.0"]
    architecture: Sentence
    """Name in timm, mostly."""
    num_classes: int = Field(ge=1)
    patch_size_pixels: int = Field(ge=8, le=4096)
    spacing_um_px: float = Field(ge=0.05, le=20)
    class_names: tuple[Sentence, ...] = Field(min_length=1)
    transform: tuple[_Transform, ...]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if len(set(self.class_names)) != self.num_classes or len(self.class_names) != self.num_classes:
            raise ValueError(f"class_names: {len(self.class_names)} names for {self.num_classes} classes")
        steps = [step.name for step in self.transform]
        if "ToTensor" not in steps or steps != [name for name in ORDER if name in steps]:
            raise ValueError(f"transform: {steps}; known is Resize, ToTensor, Normalize in this order, with ToTensor")
        self.preparation()
        return self

    def preparation(self) -> Preparation:
        """How the network wants its tiles. Raises ValueError naming the argument that is not understood."""
        given = {step.name: dict(step.arguments or {}) for step in self.transform}
        resize, normalise = given.get("Resize", {}), given.get("Normalize", {})
        size = resize.pop("size", None)
        if isinstance(size, list) and len(size) in (1, 2) and len(set(size)) == 1:
            size = size[0]
        resized = "Resize" in given
        if resized and (isinstance(size, bool) or not isinstance(size, int) or not 8 <= size <= 4096):
            raise ValueError(f"transform: Resize to {size!r}; it must be a number of px, the same for both sides")
        kept = {"antialias": (True, None), "interpolation": ("bilinear", "BILINEAR")}
        known = {key: value for key, value in resize.items() if value in kept.get(key, ())}
        mean, std = normalise.pop("mean", (0.0,) * 3), normalise.pop("std", (1.0,) * 3)
        unknown = [*(set(resize) - set(known)), *given["ToTensor"], *normalise]
        if unknown:
            raise ValueError(f"transform: argument {unknown[0]!r} is not understood, or not with that value")
        if len(mean) != 3 or len(std) != 3:
            raise ValueError("transform: Normalize needs three numbers for mean and three for std")
        return Preparation(
            tile_px=self.patch_size_pixels,
            input_px=size if resized else self.patch_size_pixels,
            mean=(float(mean[0]), float(mean[1]), float(mean[2])),
            std=(float(std[0]), float(std[1]), float(std[2])),
        )


def is_zoo_model(folder: Path) -> bool:
    """Whether a folder holds a model as the zoo has it."""
    return (folder / CONFIG_NAME).is_file() and (folder / WEIGHTS_NAME).is_file()


def read_config(path: Path) -> ZooConfig:
    """The model's config.json. Raises ForeignModelError naming the field."""
    try:
        return ZooConfig.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ForeignModelError(f"{path}: cannot be read ({error}).") from error
    except (ValidationError, ForeignModelError) as error:
        faults = faults_of(error) if isinstance(error, ValidationError) else str(error)
        raise ForeignModelError(f"{path}: {faults}. It is no config.json of the WSInfer zoo, version 1.0.") from error
