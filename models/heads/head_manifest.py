"""What a slide head is, in one readable file: `head.json`. A tile model's own is `manifest.json`."""

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from models.calibration import Calibration
from models.errors import ManifestError
from models.manifest import Metric, Name, Sentence, Threshold, WeightFile

HEAD_MANIFEST_NAME = "head.json"
HeadKind = Literal["mean", "max", "top-share", "gated-attention", "dual-stream"]
HeadFile = Literal["onnx", "torch"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddedBy(_Part):
    """The tile model whose embeddings the head reads; those of another one mean nothing to it."""

    model: Sentence
    """name@version"""
    weights_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    tensor: Sentence
    """Name of the embedding in that weight file."""


class HeadManifest(_Part):
    """A slide head: what it reads, what it says, what it was shown, and what it is not for."""

    name: Name
    version: Name
    kind: HeadKind
    members: int = Field(ge=1)
    """How many networks, fitted alike, whose logits are averaged."""
    size: int = Field(ge=1)
    """Length of an instance's vector."""
    embedded_by: EmbeddedBy | None
    """None where the bags were not made from slides by a tile model."""
    classes: tuple[Sentence, Sentence]
    """Names of label 0 and label 1."""
    calibration: Calibration
    """Bag logit to probability."""
    threshold: Threshold
    """On the bag's probability."""
    training_data: Sentence
    licence: Sentence
    intended_use: Sentence
    limits: tuple[Sentence, ...] = Field(min_length=1)
    metrics: tuple[Metric, ...] = ()
    files: dict[HeadFile, WeightFile]

    @property
    def label(self) -> str:
        """name@version."""
        return f"{self.name}@{self.version}"


def read_head_manifest(path: Path) -> HeadManifest:
    """Read a head.json. Raises ManifestError naming the file, the field and what is wrong with it."""
    try:
        return HeadManifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ManifestError(
            f"{path}: cannot be read ({error.strerror}). A head's folder holds a {HEAD_MANIFEST_NAME}."
        ) from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the file'}: {fault['msg']}" for fault in error.errors()
        )
        raise ManifestError(f"{path}: {faults}. Mend these fields, or train the head again.") from error


def write_head_manifest(manifest: HeadManifest, path: Path) -> None:
    """Write a head.json that people can read and diff."""
    text = json.dumps(manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
