"""What `forrang doctor` says of the models here; and the shape of everything it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.errors import ModelError
from models.registry import list_models


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
