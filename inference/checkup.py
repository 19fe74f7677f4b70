"""What `forrang doctor` says of this machine's power to read and score slides."""

import importlib.util
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from packaging.version import Version

from inference.cores import usable_cores
from inference.engines.choose import driver_is_there
from models.checkup import Finding

FAULTY_BEFORE = {
    "openslide-bin": ("4.0.1.2", "CVE-2026-48977 in older ones"),
    "pillow": ("12.3", "out-of-bounds writes in older ones"),
}
"""Package, the first version without the fault, and the fault."""


def check_versions() -> Iterator[Finding]:
    """Packages with known faults, and whether what they carry can be loaded."""
    yield Finding("python", "ok", f"{sys.version.split()[0]}, {usable_cores()} cores")
    for package, (first_good, fault) in FAULTY_BEFORE.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            yield Finding(
                package, "warn", f"not installed as a package: see that yours is {first_good} or newer ({fault})"
            )
            continue
        good = Version(found) >= Version(first_good)
        mend = f"{found}: {fault}; pip install '{package}>={first_good}'"
        yield Finding(package, "ok" if good else "bad", found if good else mend)
    yield Finding("onnxruntime", "ok", version("onnxruntime"))


def check_gpu() -> Iterator[Finding]:
    """Whether a GPU is there, and whether torch can use it."""
    if not driver_is_there():
        yield Finding("gpu", "ok", "no NVIDIA driver: slides are scored on the processor")
        return
    if importlib.util.find_spec("torch") is None:
        yield Finding("gpu", "warn", "there is one, but no torch to use it: pip install 'forrang[torch]'")
        return
    import torch

    if torch.cuda.is_available():
        yield Finding("gpu", "ok", f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    else:
        built = torch.version.cuda or "no CUDA"
        yield Finding("gpu", "warn", f"torch {torch.__version__} ({built}) cannot use it: see that the driver fits")
