"""What `forrang doctor` says of the models here; and the shape of everything it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.errors import ModelError
from models.in_use import read_history
from models.registry import find_model, list_models, user_folder


@dataclass(frozen=True)
class Finding:
    """One thing that was checked. `warn`: works, but mend it; `bad`: something does not work until it is mended."""

    what: str
    state: Literal["ok", "warn", "bad"]
    message: str


def check_models() -> Iterator[Finding]:
    """Every model that is found, and whether its files are the ones that it was released with."""
    models = list_models()
    if not models:
        yield Finding("models", "bad", "no model is found: install Forrang again, or import one")
    for model in models:
        label = model.manifest.label
        try:
            for kind in model.manifest.files:
                model.weights(kind)
        except ModelError as error:
            yield Finding(f"model {label}", "bad", str(error))
        else:
            yield Finding(f"model {label}", "ok", f"all {len(model.manifest.files)} weight files are as released")
    yield from _check_in_use()


def _check_in_use() -> Iterator[Finding]:
    """Whether the record of what is in use is whole, and every version in use is here as it was put into use."""
    try:
        names = sorted({entry.name for entry in read_history(user_folder())})
    except ModelError as error:
        yield Finding("models in use", "bad", str(error))
        return
    for name in names:
        try:
            label = find_model(name).manifest.label
        except ModelError as error:
            yield Finding(f"model {name}", "bad", str(error))
        else:
            yield Finding(f"model {name}", "ok", f"{label} is in use")
