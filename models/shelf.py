"""Puts models on the user's own shelf, `FORRANG_HOME/models/name@version`, whole or not at all.

Importing never changes what scores: what served under the name until then goes on serving, until one is promoted.
"""

import shutil
import tempfile
from pathlib import Path

import numpy as np

from models.errors import ManifestError, WeightsError
from models.in_use import Act, Entry, Gate, Hand, read_history, record, state_of
from models.manifest import MANIFEST_NAME, Manifest
from models.registry import Model, is_bundled, list_models, load_model, serving_of, sha256_of, user_folder
from models.runtime import CANNOT_OPEN, open_session, score_tiles

CARD_NAME = "CARD.md"
CARD_PAGE_NAME = "card.html"
PROBE_TILES = 3


def shelve(folder: Path) -> Model:
    """A copy of a model's folder on the shelf, once it has shown that it can score.

    The same model twice is one model, mended where its weights were damaged.

    Raises ManifestError: another model of that name and version is here. WeightsError: a weight file is not the
    manifest's, or does not turn tiles into one finite number each.
    """
    model = load_model(folder)
    manifest = model.manifest
    refuse_taken_label(model)
    same_label = [other for other in list_models() if other.manifest.label == manifest.label]
    shelved = [other for other in same_label if other.folder.parent == user_folder()]
    if shelved and (shelved[0].folder == folder.resolve() or is_whole(shelved[0])):
        return shelved[0]
    place = shelved[0].folder if shelved else user_folder() / manifest.label
    check_scores(model)
    user_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=user_folder(), prefix=".incoming-") as parent:
        copy = Path(parent) / manifest.label
        copy.mkdir()
        for name in files_of(manifest):
            shutil.copyfile(folder / name, copy / name)
        if place.exists():
            place.rename(Path(parent) / "damaged")
        copy.rename(place)
    return load_model(place)


def refuse_taken_label(model: Model) -> None:
    """Raises ManifestError where another model of that name and version is here."""
    for other in list_models():
        if other.manifest.label == model.manifest.label and manifest_hash(other) != manifest_hash(model):
            raise ManifestError(
                f"{model.folder}: another {model.manifest.label} is in {other.folder}. A version is never changed, "
                "since results are traced by it: give this one another version."
            )


def is_whole(model: Model) -> bool:
    """Whether every weight file is the one that the manifest names."""
    try:
        return all(model.weights(kind) for kind in model.manifest.files)
    except WeightsError:
        return False


def files_of(manifest: Manifest) -> list[str]:
    """Names of the files that make up a model. Its cards are no part of it: they are made from the manifest."""
    return [MANIFEST_NAME, *sorted({file.path for file in manifest.files.values()})]


def manifest_hash(model: Model) -> str:
    """SHA-256 of the manifest, which holds the hashes of the weights: it stands for the whole model."""
    return sha256_of(model.folder / MANIFEST_NAME)


def check_scores(model: Model) -> None:
    """Raises WeightsError unless every weight file has its hash, and each ONNX one gives a finite logit a tile."""
    px = model.manifest.tile_px
    tiles = np.random.default_rng(0).integers(0, 256, (PROBE_TILES, px, px, 3), dtype=np.uint8)
    for kind in model.manifest.files:
        path = model.weights(kind)
        if kind == "torch":
            continue
        try:
            logits = score_tiles(open_session(path), tiles)
        except (RuntimeError, *CANNOT_OPEN) as error:
            raise WeightsError(f"{path}: cannot score tiles of {px} x {px} px ({error}). Export it again.") from error
        if logits.shape != (PROBE_TILES,) or not np.isfinite(logits).all():
            raise WeightsError(
                f"{path}: gives {logits.shape} for {PROBE_TILES} tiles, or no finite numbers; a tile model gives one "
                "logit a tile. Export it again."
            )


def entry(act: Act, model: Model, hand: Hand, gates: tuple[Gate, ...] = (), *, overridden: bool = False) -> Entry:
    """The entry of one act on a model."""
    manifest = model.manifest
    return Entry(
        act=act,
        name=manifest.name,
        version=manifest.version,
        manifest_sha256=manifest_hash(model),
        at_utc=hand.at_utc,
        by=hand.by,
        why=hand.why,
        gates=gates,
        overridden=overridden,
    )


def hold_what_serves(name: str, hand: Hand) -> None:
    """Keeps what serves under a name now, where nothing was recorded yet, on the shelf and on record as in use.

    So a new version that comes in does not take over by being newer, a rollback can come back to this one, and a
    bundled model stays when the next Forrang brings another one.
    """
    if state_of(read_history(user_folder()), name).in_use:
        return
    serving = serving_of(name)
    if serving is None:
        return
    kept = shelve(serving.folder) if is_bundled(serving) else serving
    why = "was in use before another version came in"
    record(user_folder(), [entry("found", kept, Hand(hand.by, hand.at_utc, why))])


def take_in(folder: Path, hand: Hand) -> Model:
    """Imports a model's folder: it is on the shelf then, on record, and not in use unless it is the first of its name.

    Raises what `shelve` raises; the record and what serves are as before then.
    """
    coming = load_model(folder)
    refuse_taken_label(coming)
    manifest = coming.manifest
    held = [model for model in list_models() if model.manifest.name == manifest.name]
    if any(model.manifest.label != manifest.label for model in held):
        hold_what_serves(manifest.name, hand)
    known = {(one.name, one.version) for one in read_history(user_folder())}
    model = shelve(folder)
    if (manifest.name, manifest.version) not in known:
        record(user_folder(), [entry("imported", model, hand)])
    return model
