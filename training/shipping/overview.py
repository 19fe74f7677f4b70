"""What there is: every model with its state, and what is on record of them."""

from dataclasses import dataclass

from models.errors import UnknownModelError
from models.foreign.describing import NOT_CALIBRATED
from models.in_use import Entry, read_history, state_of
from models.registry import Model, is_bundled, list_models, serving_of, user_folder
from models.shelf import manifest_hash


@dataclass(frozen=True)
class Line:
    """One model in the list."""

    model: Model
    state: str
    """As `state_words` says it."""
    bundled: bool

    @property
    def whence(self) -> str:
        """Where it is."""
        return "Forrang" if self.bundled else "own shelf"

    @property
    def what_is_known(self) -> str:
        """Its first figure, and whether it is calibrated."""
        manifest = self.model.manifest
        first = next((f"{m.name} {m.value:.3f}" for m in manifest.metrics), "no figures")
        return f"{first}, not calibrated" if NOT_CALIBRATED in manifest.limits else first


def overview() -> list[Line]:
    """All models, each once: a bundled one that was taken onto the shelf is the one on the shelf."""
    lines: dict[str, Line] = {}
    for model in list_models():
        lines.setdefault(model.manifest.label, Line(model, state_words(model), is_bundled(model)))
    return list(lines.values())


def state_words(model: Model) -> str:
    """in use, in use though never promoted (the first of its name), shadow, or nothing."""
    name = model.manifest.name
    state = state_of(read_history(user_folder()), name)
    serving = serving_of(name)
    if serving is not None and manifest_hash(serving) == manifest_hash(model):
        promoted = state.in_use is not None and state.in_use.act != "found"
        return "in use" if promoted else "in use, never promoted"
    return "shadow" if state.shadow is not None and state.shadow.manifest_sha256 == manifest_hash(model) else ""


def history(name: str | None = None) -> tuple[Entry, ...]:
    """Everything on record, oldest first; of one name where it is given.

    Raises UnknownModelError: nothing is on record of that name.
    """
    found = tuple(one for one in read_history(user_folder()) if name in (None, one.name))
    if name is not None and not found:
        raise UnknownModelError(f"Nothing is on record of {name!r}: it was never imported, promoted or shadowed.")
    return found
