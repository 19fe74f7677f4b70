"""Finds models by name or path, and lets no weights through whose hash is not the manifest's."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from models.errors import ModelError, UnknownModelError, WeightsError
from models.in_use import Entry, read_history, state_of
from models.manifest import MANIFEST_NAME, Kind, Manifest, WeightFile, read_manifest

BUNDLED = Path(__file__).resolve().parent / "bundled"
log = structlog.get_logger()


@dataclass(frozen=True)
class Model:
    """A manifest and the folder that its weight files are in."""

    manifest: Manifest
    folder: Path

    def weights(self, kind: Kind | None = None) -> Path:
        """The weight file of a kind (the manifest's default one if none is named), once its hash is checked.

        Raises WeightsError: no such kind, the file is missing, or its SHA-256 is not the manifest's.
        """
        entry = self._entry(kind)
        path = self.folder / entry.path
        try:
            found = sha256_of(path)
        except OSError as error:
            raise WeightsError(
                f"{path}: the weights of {self.manifest.label} cannot be read ({error.strerror}). "
                "Import the model again."
            ) from error
        if found != entry.sha256:
            raise WeightsError(
                f"{path}: the file is not the one that {self.manifest.label} was released with "
                f"(SHA-256 {found[:12]}..., manifest {entry.sha256[:12]}...). Import the model again."
            )
        return path

    def weights_sha256(self, kind: Kind | None = None) -> str:
        """The hash that the manifest holds the weight file to: what a result's trace records."""
        return self._entry(kind).sha256

    def _entry(self, kind: Kind | None) -> WeightFile:
        wanted = kind or self.manifest.default_kind
        if wanted not in self.manifest.files:
            known = ", ".join(sorted(self.manifest.files))
            raise WeightsError(
                f"{self.folder / MANIFEST_NAME}: {self.manifest.label} has no {wanted} weights, only {known}. "
                "Choose one of these, or export the model again."
            )
        return self.manifest.files[wanted]


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def user_folder() -> Path:
    """Where a user's own models are: `$FORRANG_HOME/models`, by default `~/.forrang/models`."""
    home = os.environ.get("FORRANG_HOME") or "~/.forrang"
    return Path(home).expanduser().absolute() / "models"


def load_model(folder: Path) -> Model:
    """The model in this folder. Raises ManifestError."""
    return Model(read_manifest(folder / MANIFEST_NAME), folder)


def find_model(name_or_path: str) -> Model:
    """A model by its name, by name@version, or by the path of a folder that holds a manifest.json.

    A name alone stands for the version that is in use (`models.in_use`). Where none was ever put into use, a user's
    own model goes before a bundled one of the same name, and of several versions the newest is taken.

    Raises UnknownModelError naming those there are; ManifestError where the folder's manifest is wrong; WeightsError
    where the version in use is gone or is another one than was put into use: no other version serves in its stead.
    """
    path = Path(name_or_path)
    if (path / MANIFEST_NAME).is_file():
        return load_model(path.resolve())
    found, broken = _all_models()
    chosen = state_of(read_history(user_folder()), name_or_path).in_use
    if chosen:
        return _in_use(chosen, found)
    named = [model for model in found if name_or_path in (model.manifest.name, model.manifest.label)]
    if named:
        own = [model for model in named if not is_bundled(model)]
        return max(own or named, key=lambda model: version_order(model.manifest.version))
    if name_or_path in broken:
        raise broken[name_or_path]
    known = ", ".join(sorted({model.manifest.name for model in found})) or "none"
    raise UnknownModelError(
        f"There is no model named {name_or_path!r}. Known are: {known}. "
        f"Name one of these, or the path of a folder that holds a {MANIFEST_NAME}."
    )


def serving_of(name: str) -> Model | None:
    """The model that a name stands for; None where there is none, or the one in use is gone or was changed."""
    if all(model.manifest.name != name for model in list_models()):
        return None
    try:
        return find_model(name)
    except WeightsError:
        return None


def is_bundled(model: Model) -> bool:
    """Whether the model came with Forrang, and goes with it."""
    return model.folder.parent == BUNDLED


def _in_use(chosen: Entry, found: list[Model]) -> Model:
    of_version = [m for m in found if (m.manifest.name, m.manifest.version) == (chosen.name, chosen.version)]
    whole = [model for model in of_version if sha256_of(model.folder / MANIFEST_NAME) == chosen.manifest_sha256]
    if whole:
        return whole[0]
    label = f"{chosen.name}@{chosen.version}"
    fault = "its manifest.json is not the one that was put into use" if of_version else "it is no longer here"
    raise WeightsError(
        f"{label} has been in use since {chosen.at_utc:%Y-%m-%d}, and {fault}. Import it again, or go back to the "
        f"version before it with `forrang models rollback {chosen.name}`."
    )


def list_models() -> list[Model]:
    """Every model that can be read: the user's own, then the bundled ones, each by name and version."""
    found, _ = _all_models()
    return found


def _all_models() -> tuple[list[Model], dict[str, ModelError]]:
    """All models, and by folder name the error of each one whose manifest is wrong: one must not hide the rest."""
    found: list[Model] = []
    broken: dict[str, ModelError] = {}
    for folder in (*_model_folders(user_folder()), *_model_folders(BUNDLED)):
        try:
            found.append(load_model(folder))
        except ModelError as error:
            broken[folder.name] = error
            log.warning("model left out", folder=folder.name, reason=str(error))
    return found, broken


def _model_folders(place: Path) -> Iterable[Path]:
    if not place.is_dir():
        return []
    return sorted(folder for folder in place.iterdir() if (folder / MANIFEST_NAME).is_file())


def version_order(version: str) -> list[tuple[int, int, str]]:
    """Sorts versions from old to new."""
    parts = version.replace("-", ".").split(".")
    # What ends here is newer than a pre-release ("1.0-rc1") and older than a longer one ("1.0.1").
    return [*((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts), (0, 1, "")]
