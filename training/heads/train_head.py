"""From bags to a slide head's folder: fitted, exported, judged on the test split, with its card. Needs torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from sklearn.metrics import roc_auc_score

from models.heads.head_export import export_head
from models.heads.head_manifest import (
    HEAD_MANIFEST_NAME,
    EmbeddedBy,
    HeadManifest,
    write_head_manifest,
)
from models.heads.head_registry import SlideHead, load_head
from models.manifest import Metric, Name, Sentence, Threshold, WeightFile
from models.registry import sha256_of
from training.data.bag_set import BagSet
from training.errors import TrainingError
from training.heads.fit_head import FittedHead, fit_head
from training.heads.head_card import write_head_card
from training.heads.head_options import HeadOptions
from training.heads.judge_head import evaluate_head
from training.judging.evaluation import FIGURES, NAMES

ONNX, WEIGHTS = "head.onnx", "head.safetensors"


class HeadDescription(BaseModel):
    """What only a person can say about a head: it goes into head.json and the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    version: Name = "0.1.0"
    classes: tuple[Sentence, Sentence] = ("negative", "positive")
    training_data: Sentence = "Bags that were not described further."
    licence: Sentence = "Not stated."
    intended_use: Sentence = "Research. Not for clinical use."
    limits: tuple[Sentence, ...] = ("Not for clinical use.", "It was not tested beyond the bags it was fitted on.")


def description(path: Path | None, **given: str) -> HeadDescription:
    """From a YAML file, with what was `given` put over it. Raises TrainingError naming the file and field."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) if path else {}
        return HeadDescription.model_validate({**(values or {}), **given})
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise TrainingError(f"{path}: cannot be read as a description in YAML ({error}).") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors())
        raise TrainingError(f"{path or 'the description'}: {faults}. Mend these fields.") from error


@dataclass(frozen=True)
class Candidate:
    """One kind of head that was tried, and how it did on bags that it was not fitted on."""

    options: HeadOptions
    fitted: FittedHead


def train_head(
    splits: dict[str, BagSet],
    embedded_by: EmbeddedBy | None,
    candidates: tuple[HeadOptions, ...],
    described: HeadDescription,
    out: Path,
    sensitivity: float = 0.8,
) -> SlideHead:
    """Fits the candidates on `train`, keeps the one of the least held-out loss, exports it and judges it on `test`.

    Held out is the split `val`; where there is none, folds of train's patients. Without a split `test`, the figures
    are those of the held-out bags, and say so. The folder is `out`/NAME.

    Raises TrainingError: there is no split `train`, or too few bags or patients of a class.
    """
    if "train" not in splits:
        raise TrainingError(f"There is no split 'train', only {', '.join(sorted(splits))}. Name the bags to fit so.")
    train, val, test = splits["train"], splits.get("val"), splits.get("test")
    tried = [Candidate(options, fit_head(train, options, val, sensitivity)) for options in candidates]
    chosen = min(tried, key=lambda candidate: candidate.fitted.loss)
    folder = out / described.name
    folder.mkdir(parents=True, exist_ok=True)
    export_head(chosen.fitted.ensemble, train.width, folder / ONNX, folder / WEIGHTS)
    held_out = val or train
    manifest = HeadManifest(
        **described.model_dump(exclude={"training_data"}),
        training_data=f"{described.training_data} {_counts(splits)}",
        kind=chosen.options.kind,
        members=chosen.options.members,
        size=train.width,
        embedded_by=embedded_by,
        calibration=chosen.fitted.calibration,
        threshold=Threshold(
            value=min(1.0, chosen.fitted.threshold),
            chosen=f"the highest probability at which {sensitivity:.0%} of the positive held-out bags are flagged.",
        ),
        metrics=tuple(_held_out_auc(candidate, held_out, val is not None) for candidate in tried),
        files={
            "onnx": WeightFile(path=ONNX, sha256=sha256_of(folder / ONNX)),
            "torch": WeightFile(path=WEIGHTS, sha256=sha256_of(folder / WEIGHTS)),
        },
    )
    write_head_manifest(manifest, folder / HEAD_MANIFEST_NAME)
    if test is not None:
        figures = _test_figures(load_head(folder), test, embedded_by)
        manifest = manifest.model_copy(update={"metrics": figures + manifest.metrics})
        write_head_manifest(manifest, folder / HEAD_MANIFEST_NAME)
    (folder / "CARD.md").write_text(write_head_card(manifest), encoding="utf-8")
    return load_head(folder)


def _test_figures(head: SlideHead, test: BagSet, embedded_by: EmbeddedBy | None) -> tuple[Metric, ...]:
    found = evaluate_head(head, test, embedded_by)
    on = f"test: {found.n} bags of {found.patients} patients or groups of them"
    return tuple(
        Metric(name=NAMES[name], value=value, low=low, high=high, on=on)
        for name in FIGURES
        for value, low, high in [found.figure(name)]
        if np.isfinite([value, low, high]).all()
    )


def _held_out_auc(candidate: Candidate, held_out: BagSet, from_val: bool) -> Metric:  # noqa: FBT001 (both are plain)
    where = "val" if from_val else "train, held out by patient"
    auc = float(roc_auc_score(held_out.labels, candidate.fitted.held_out))
    return Metric(
        name=f"AUC of the kind {candidate.options.kind}",
        value=auc,
        on=f"{where}; what kinds are chosen on, where several are tried",
    )


def _counts(splits: dict[str, BagSet]) -> str:
    parts = (
        f"{split}: {len(bags)} bags ({int(bags.labels.sum())} positive) of {len(np.unique(bags.patients))} patients "
        f"or groups"
        for split, bags in splits.items()
    )
    return "; ".join(parts) + "."
