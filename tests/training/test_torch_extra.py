"""Commands that need the extra say so in a sentence, before they start."""

import importlib.util
from collections.abc import Callable

import pytest

from training.errors import TrainingError
from training.torch_extra import require_imagehash, require_onnx, require_torch


@pytest.mark.parametrize(
    ("require", "package"), [(require_torch, "torch"), (require_onnx, "onnx"), (require_imagehash, "ImageHash")]
)
def test_what_is_missing_is_named_with_how_to_get_it(
    require: Callable[[], None], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(TrainingError, match=rf"{package}, of an extra: run `make install`"):
        require()
