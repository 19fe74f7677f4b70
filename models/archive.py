"""A model as one file that can be handed over: a zip whose first member lists the SHA-256 of every other one.

The same model always gives the same bytes. Members are stored, not compressed: weights hardly shrink, and a file
that cannot unpack to more than its own size is no bomb. The list shows damage and careless changes. It does not show
who made the archive: for that, compare the archive's own SHA-256 with what its maker says, by another way.
"""

import hashlib
import io
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import ModelError
from models.in_use import Hand, Hash
from models.manifest import MANIFEST_NAME, faults_of
from models.registry import Model, sha256_of
from models.shelf import CARD_NAME, CARD_PAGE_NAME, files_of, take_in

LIST_NAME = "archive.json"
FORMAT = "forrang-model/1"
MOST_BYTES = 4_000_000_000
MOST_MEMBERS = 64
MOST_LIST_BYTES = 1_000_000
SUFFIXES = (".json", ".md", ".html", ".onnx", ".safetensors")
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib", ".npy", ".npz")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644
_ENCRYPTED = 0x1


class ArchiveError(ModelError):
    """An archive is damaged, was changed, or holds what no model's archive holds. Nothing of it was kept."""


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    model: str
    """name@version."""
    sha256: dict[str, Hash]
    """Of each member, by name."""


def pack(model: Model, path: Path) -> str:
    """Writes a model's archive and returns its SHA-256. Raises WeightsError: a weight file is not the manifest's."""
    for kind in model.manifest.files:
        model.weights(kind)
    cards = [name for name in (CARD_NAME, CARD_PAGE_NAME) if (model.folder / name).is_file()]
    names = [*files_of(model.manifest), *cards]
    hashes = {name: sha256_of(model.folder / name) for name in names}
    listed = _List(format=FORMAT, model=model.manifest.label, sha256=hashes)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(_member(LIST_NAME), listed.model_dump_json(indent=2) + "\n")
            for name in names:
                archive.writestr(_member(name), (model.folder / name).read_bytes())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ArchiveError(
            f"{path}: cannot be written ({error.strerror}). Name a file in a folder with room."
        ) from error
    return sha256_of(path)


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3  # Unix, wherever it is made: the same bytes
    info.external_attr = (stat.S_IFREG | _FILE_MODE) << 16
    return info


def unpack(path: Path, hand: Hand, sha256: str | None = None) -> Model:
    """Takes the model in an archive in.

    Args:
        path: of the archive.
        hand: who imports it, when and why.
        sha256: what its maker says that the archive's SHA-256 is.

    Raises ArchiveError: it is not that file, is damaged or was changed, holds paths, links, compressed or unknown
    files; and what `models.shelf.take_in` raises. Nothing of it is kept then. Its cards never are: they are pages
    that somebody else wrote, and are made anew from the manifest.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ArchiveError(f"{path}: is larger than {MOST_BYTES / 1e9:g} GB, which no model here is.")
        data = path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror}).") from error
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256.strip().lower():
        raise ArchiveError(f"{path}: its SHA-256 is {found}, not {sha256}. Have it sent again; it was not imported.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            contents = _contents(archive, path, len(data))
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ArchiveError(f"{path}: is no whole archive of a model ({error}). Have it sent again.") from error
    with tempfile.TemporaryDirectory(prefix="forrang-archive-") as parent:
        for name, content in contents.items():
            (Path(parent) / name).write_bytes(content)
        return take_in(Path(parent), hand)


def _contents(archive: zipfile.ZipFile, path: Path, size: int) -> dict[str, bytes]:
    """The members by name, each once, with its hash. Raises ArchiveError for anything that `pack` does not write."""
    members = archive.infolist()
    for member in members:
        fault = _fault(member)
        if fault:
            raise ArchiveError(f"{path}: member {member.filename!r} {fault}. It was not imported.")
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or len(names) > MOST_MEMBERS or sum(m.file_size for m in members) > size:
        raise ArchiveError(f"{path}: members are there twice, are too many or overlap. It was not imported.")
    if LIST_NAME not in names or archive.getinfo(LIST_NAME).file_size > MOST_LIST_BYTES:
        raise ArchiveError(f"{path}: has no {LIST_NAME}, so it is no archive that `forrang models export` wrote.")
    try:
        listed = _List.model_validate_json(archive.read(LIST_NAME))
    except ValidationError as error:
        raise ArchiveError(f"{path}: {LIST_NAME} is wrong ({faults_of(error)}). Have it sent again.") from error
    if listed.format != FORMAT:
        raise ArchiveError(f"{path}: is of the format {listed.format!r}; this Forrang reads {FORMAT!r}.")
    contents = {name: archive.read(name) for name in names if name != LIST_NAME}
    if set(contents) != set(listed.sha256) or MANIFEST_NAME not in contents:
        raise ArchiveError(f"{path}: its members are not those that {LIST_NAME} lists. It was not imported.")
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != listed.sha256[name]:
            raise ArchiveError(
                f"{path}: member {name!r} has another SHA-256 than {LIST_NAME} says. Have it sent again."
            )
    return contents


def _fault(member: zipfile.ZipInfo) -> str | None:
    """What is wrong with a member, before a byte of it is read."""
    name, mode = member.filename, member.external_attr >> 16
    if "/" in name or "\\" in name or PurePosixPath(name).name != name or name.startswith(".") or ":" in name:
        return "is a path; the files of a model lie side by side, and a path could climb out of its folder"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or no plain file"
    if name.lower().endswith(PICKLES):
        return "can be a pickle, which runs code when it is opened; weights are handed over as ONNX and safetensors"
    if not name.lower().endswith(SUFFIXES):
        return f"is of no kind that a model is made of ({', '.join(SUFFIXES)})"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        return "is compressed; members are stored as they are, so that none unpacks to more than the archive's size"
    return None
