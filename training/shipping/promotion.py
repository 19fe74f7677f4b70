"""Puts a model into use where its gates let it, takes it back, and lets one run in the shadow; all of it on record.

Needs no torch.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.errors import ModelError
from models.in_use import Gate, Hand, State, read_history, record, state_of
from models.manifest import Manifest
from models.registry import Model, find_model, list_models, serving_of, sha256_of, user_folder
from models.shelf import check_scores, entry, hold_what_serves, manifest_hash, refuse_taken_label, take_in
from training.data.tile_set import TileSet, read_tiles
from training.errors import TrainingError
from training.judging.evaluate import tile_probabilities
from training.shipping.card_page import write_cards
from training.shipping.gates import Ground, Judged, Limits, pass_gates

MPP_TOLERANCE = 0.05
"""Tiles whose um per px differ by more than this share were cut for another model (A)."""


class PromotionRefusedError(TrainingError):
    """A gate does not let the model into use."""

    exit_status = 1


def judge(model: Model, tiles: Path, split: str, limits: Limits, against: str | None = None) -> tuple[Gate, ...]:
    """All gates for a model on labelled tiles.

    Args:
        model: that may go into use.
        tiles: Parquet file with `png, patient, label, split`, cut at the size and um per px of the model.
        split: of the file.
        limits: of the gates.
        against: name of what it is held against; what serves under its own name by default.

    Raises TileSetError: the file is wrong. TrainingError: it cannot be judged on. WeightsError: its weights are wrong.
    ModelError: it is in use already, or another model of its name and version is here.
    """
    manifest = model.manifest
    refuse_taken_label(model)
    _refuse_again(model)
    check_scores(model)
    found = read_tiles(tiles, (split,), manifest.tile_px)[split]
    refuse_other_size(found, manifest, tiles)
    trace = manifest.data
    ground = Ground(
        words=f"{tiles.name}, split {split}",
        split=split,
        labels=found.labels,
        patients=found.patients,
        same_file=None if trace is None else trace.tiles_sha256 == sha256_of(tiles),
    )
    said = f"every weight file ({len(manifest.files)}) has the SHA-256 that the manifest says"
    whole = Gate(name="weights", passed=True, said=said)
    return whole, *pass_gates(_judged(model, found), _held_against(model, against, found), ground, limits)


def _held_against(model: Model, name: str | None, tiles: TileSet) -> Judged | str | None:
    """What the other model says of the tiles; why it says nothing; None where there is no other one."""
    wanted = name or model.manifest.name
    if name is None and all(other.manifest.name != wanted for other in list_models()):
        return None
    try:
        other = find_model(wanted)
        if manifest_hash(other) == manifest_hash(model):
            return None
        if (other.manifest.tile_px, other.manifest.mpp) != (model.manifest.tile_px, model.manifest.mpp):
            return (
                f"{other.manifest.label} reads {other.manifest.tile_px} px at {other.manifest.mpp:g} um, this one "
                f"{model.manifest.tile_px} px at {model.manifest.mpp:g} um, so no tile is the same to both"
            )
        return _judged(other, tiles)
    except ModelError as error:
        return str(error)


def put_into_use(model: Model, gates: Sequence[Gate], hand: Hand, override: str | None = None) -> Model:
    """Puts a model into use under its name, taking it onto the shelf first where it lies elsewhere.

    Args:
        model: that may go into use.
        gates: from `judge`.
        hand: who does it, when and why.
        override: the reason to do it although a gate says no; it goes on record.

    Raises PromotionRefusedError, naming each gate that says no and by how much; WeightsError and ManifestError, which
    no reason overrides.
    """
    refused = [gate for gate in gates if not gate.passed]
    label = model.manifest.label
    if refused and not (override or "").strip():
        said = "\n".join(f"  {gate.name}: {gate.said}." for gate in refused)
        raise PromotionRefusedError(
            f"{label} is not put into use:\n{said}\nMend it, or give a reason with --override, which is kept on record."
        )
    _refuse_again(model)
    if not _serves(model):
        hold_what_serves(model.manifest.name, hand)
    shelved = take_in(model.folder, hand)
    write_cards(shelved.manifest, shelved.folder)
    told = replace(hand, why=override.strip()) if refused and override else hand
    record(user_folder(), [entry("promoted", shelved, told, tuple(gates), overridden=bool(refused))])
    return shelved


def roll_back(name: str, hand: Hand) -> Model:
    """Puts the version into use again from which the one in use took over.

    Raises ModelError: there is none, or it is no longer as it was.
    """
    serving = state(name).serving
    if len(serving) < 2:
        raise ModelError(f"{name}: there is no version before the one in use to go back to. `forrang models list`.")
    before = serving[-2]
    model = find_model(f"{before.name}@{before.version}")
    if manifest_hash(model) != before.manifest_sha256:
        raise ModelError(f"{model.folder}: {model.manifest.label} was changed since it was in use. Import it again.")
    check_scores(model)
    record(user_folder(), [entry("rolled back", model, hand)])
    return model


def shadow(model: Model, hand: Hand, *, end: bool = False) -> None:
    """Puts on record that a model is to score beside the one in use without changing the list, or that this ends.

    Raises ModelError: it is in use, or is not in the shadow when that is to end.
    """
    manifest = model.manifest
    if end:
        running = state(manifest.name).shadow
        if running is None or running.version != manifest.version:
            raise ModelError(f"{manifest.label} does not run in the shadow.")
        record(user_folder(), [entry("shadow ended", model, hand)])
        return
    if _serves(model):
        raise ModelError(f"{manifest.label} is in use; only another version can run in its shadow.")
    hold_what_serves(manifest.name, hand)
    record(user_folder(), [entry("shadow", take_in(model.folder, hand), hand)])


def state(name: str) -> State:
    """What is in use and in the shadow under a name."""
    return state_of(read_history(user_folder()), name)


def _judged(model: Model, tiles: TileSet) -> Judged:
    return Judged(model.manifest, tile_probabilities(model, tiles))


def _refuse_again(model: Model) -> None:
    chosen = state(model.manifest.name).in_use
    if chosen and chosen.manifest_sha256 == manifest_hash(model):
        raise ModelError(f"{model.manifest.label} is in use already.")


def _serves(model: Model) -> bool:
    """Whether a model is what its name stands for now."""
    now = serving_of(model.manifest.name)
    return now is not None and manifest_hash(now) == manifest_hash(model)


def refuse_other_size(tiles: TileSet, manifest: Manifest, path: Path) -> None:
    """Raises TrainingError for tiles cut for another model: white-filled, or of another scale, they judge nothing."""
    if tiles.mpp is not None:
        other = tiles.mpp[np.isfinite(tiles.mpp) & (np.abs(tiles.mpp / manifest.mpp - 1) > MPP_TOLERANCE)]
        if len(other):
            raise TrainingError(
                f"{path}: {len(other)} tiles were cut at {float(other[0]):g} um per px and {manifest.label} reads "
                f"{manifest.mpp:g}. Cut them at the model's size: `forrang data tiles`."
            )
    white = tiles.tiles == 255
    if (white[:, -1].all(axis=(1, 2)) & white[:, :, -1].all(axis=(1, 2))).all():
        raise TrainingError(
            f"{path}: every tile is smaller than the {manifest.tile_px} px that {manifest.label} reads. Cut them anew."
        )
