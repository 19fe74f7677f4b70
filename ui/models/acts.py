"""Puts models into use, back, and into the shadow: as they were seen, by whoever may, on record and on the audit trail.

What may happen is decided in `training.shipping`; here it is done in a visitor's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.errors import ModelError
from models.in_use import Hand
from models.registry import Model, find_model, serving_of
from models.shelf import manifest_hash
from training.shipping.overview import history
from training.shipping.promotion import PromotionRefusedError, put_into_use, roll_back, shadow
from ui.models.runs.record import GatesFound
from worklist.people import Actor
from worklist.store.store import Store
from worklist.trail.chain import Told


class ChangedMeanwhileError(ModelError):
    """Somebody else changed what was looked at; nothing was done."""


@dataclass(frozen=True)
class Seen:
    """What was on record of a name when somebody looked."""

    name: str
    last: str | None
    """Hash of its last entry."""


def as_seen(name: str) -> Seen:
    """What is on record of a name now. Raises HistoryError."""
    entries = [it for it in history() if it.name == name]
    return Seen(name, entries[-1].sha256 if entries else None)


def use(store: Store, actor: Actor, seen: Seen, found: GatesFound, why: str, override: str = "") -> Model:
    """Puts a model into use that its gates let through, or with a reason to override them.

    Raises NotAllowedError, PromotionRefusedError, ChangedMeanwhileError, ModelError; then nothing was changed.
    """
    refused = ", ".join(gate.name for gate in found.gates if not gate.passed)
    told: Told = {"what": "put into use", "model": found.model, "overridden": bool(refused), "refused by": refused}
    with _acting(store, actor, seen, told):
        model = find_model(found.model)
        if not still_holds(found, model):
            raise PromotionRefusedError(f"{found.model}: the gates are of another state of things. Judge it again.")
        return put_into_use(model, found.gates, _hand(store, actor, why), override or None)


def still_holds(found: GatesFound, model: Model) -> bool:
    """Whether what the gates said is of this very model, held against the one that is in use now."""
    serving = serving_of(model.manifest.name)
    against = None if serving is None else manifest_hash(serving)
    own = manifest_hash(model)
    return own == found.manifest_sha256 and against in (found.against_sha256, own)


def go_back(store: Store, actor: Actor, seen: Seen, why: str) -> Model:
    """Puts the version before the one in use into use again. Raises as `use`."""
    with _acting(store, actor, seen, {"what": "rolled back", "model": seen.name}):
        return roll_back(seen.name, _hand(store, actor, why))


def try_in_shadow(store: Store, actor: Actor, seen: Seen, label: str, why: str, *, end: bool = False) -> None:
    """Puts a version into the shadow of the one in use, or takes it out. Raises as `use`."""
    with _acting(store, actor, seen, {"what": "shadow ended" if end else "shadow", "model": label}):
        shadow(find_model(label), _hand(store, actor, why), end=end)


@contextmanager
def _acting(store: Store, actor: Actor, seen: Seen, told: Told) -> Iterator[None]:
    """The trail's row and the record are written together: where one cannot be, the other is not."""
    with store.acting(actor, "put model into use", details=told):
        if as_seen(seen.name) != seen:
            raise ChangedMeanwhileError(
                f"{seen.name}: somebody changed what is in use since you looked. Nothing was done; look again."
            )
        yield


def _hand(store: Store, actor: Actor, why: str) -> Hand:
    return Hand(by=actor.name, at_utc=store.now(), why=why.strip())
