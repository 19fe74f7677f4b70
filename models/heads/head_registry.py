"""Finds slide heads by name or path, and lets no weights through whose hash is not the manifest's."""

from dataclasses import dataclass
from pathlib import Path

import structlog

from models.errors import ModelError, UnknownModelError, WeightsError
from models.heads.head_manifest import HEAD_MANIFEST_NAME, HeadFile, HeadManifest, read_head_manifest
from models.registry import BUNDLED, sha256_of, user_folder, version_order

log = structlog.get_logger()


@dataclass(frozen=True)
class SlideHead:
    """A head's manifest and the folder that its weight files are in."""

    manifest: HeadManifest
    folder: Path

    def weights(self, kind: HeadFile = "onnx") -> Path:
        """A weight file, once its hash is checked. Raises WeightsError: it is missing or not the manifest's."""
        entry = self.manifest.files.get(kind)
        path = self.folder / (entry.path if entry else kind)
        if entry is None or not path.is_file():
            raise WeightsError(f"{path}: {self.manifest.label} has no such weights here. Train or copy the head again.")
        if sha256_of(path) != entry.sha256:
            raise WeightsError(
                f"{path}: the file is not the one that {self.manifest.label} was released with. Copy the head again."
            )
        return path


def load_head(folder: Path) -> SlideHead:
    """The head in this folder. Raises ManifestError."""
    return SlideHead(read_head_manifest(folder / HEAD_MANIFEST_NAME), folder)


def find_head(name_or_path: str) -> SlideHead:
    """A head by its name, by name@version, or by the path of a folder that holds a head.json.

    A user's own head goes before a bundled one of the same name; of several versions the newest is taken.
    Raises UnknownModelError naming those there are; ManifestError where the folder's head.json is wrong.
    """
    path = Path(name_or_path)
    if (path / HEAD_MANIFEST_NAME).is_file():
        return load_head(path.resolve())
    found = list_heads()
    named = [head for head in found if name_or_path in (head.manifest.name, head.manifest.label)]
    if not named:
        known = ", ".join(sorted({head.manifest.name for head in found})) or "none"
        raise UnknownModelError(
            f"There is no slide head named {name_or_path!r}. Known are: {known}. "
            f"Name one of these, or the path of a folder that holds a {HEAD_MANIFEST_NAME}."
        )
    own = [head for head in named if head.folder.parent != BUNDLED]
    return max(own or named, key=lambda head: version_order(head.manifest.version))


def list_heads() -> list[SlideHead]:
    """Every head that can be read: the user's own, then the bundled ones."""
    found = []
    for place in (user_folder(), BUNDLED):
        for path in sorted(place.glob(f"*/{HEAD_MANIFEST_NAME}")):
            try:
                found.append(load_head(path.parent))
            except ModelError as error:
                log.warning("head left out", folder=path.parent.name, reason=str(error))
    return found
