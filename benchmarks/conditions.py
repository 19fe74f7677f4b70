"""What a figure depends on: when, on what processor, with what versions and by which command it was measured."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "benchmarks" / "results"
DATA = Path(os.environ.get("FORRANG_DATA", PROJECT / ".." / "shared" / "data"))
REAL_SLIDE = Path("slides") / "CMU-1-Small-Region.svs"
_PARTS = ("forrang", "numpy", "onnxruntime", "openslide-bin", "simplejpeg", "tifffile", "torch", "timm")
_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8")


class Conditions(BaseModel):
    """Kept with every figure."""

    model_config = ConfigDict(frozen=True)

    date_utc: str
    processor: str
    instructions: tuple[str, ...]
    """Those that decide how fast int8 arithmetic is."""
    cores: int
    load_before: float
    """Processes that wanted a core in the minute before; over 0.3 means that wall-clock times are too long."""
    python: str
    versions: dict[str, str]
    command: str


def conditions(module: str, parts: tuple[str, ...] = _PARTS) -> Conditions:
    """The conditions of this run of `python -m module`, with the versions of the packages that matter."""
    lines = _processor_lines()
    flags = lines.get("flags", "").split()
    return Conditions(
        date_utc=datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        processor=lines.get("model name", platform.processor() or platform.machine()),
        instructions=tuple(name for name in _INSTRUCTIONS if name in flags),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load_before=round(os.getloadavg()[0], 2),
        python=platform.python_version(),
        versions={part: version(part) for part in parts},
        command=" ".join(["python -m", module, *(Path(word).name for word in sys.argv[1:])]),
    )


def as_text(found: Conditions) -> str:
    """One paragraph for under a table."""
    versions = ", ".join(f"{name} {number}" for name, number in found.versions.items())
    return (
        f"{found.date_utc} UTC; {found.processor}, {found.cores} cores ({', '.join(found.instructions)}), load before "
        f"{found.load_before}; Python {found.python}, {versions}. Command: `{found.command}`"
    )


def write_results(name: str, table: str, record: dict[str, object]) -> None:
    """Writes results/NAME.json and results/NAME.md."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (RESULTS / f"{name}.md").write_text(table + "\n", encoding="utf-8")


def _processor_lines() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo; empty where there is no such file."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    pairs = (line.split(":", 1) for line in path.read_text("utf-8").split("\n\n")[0].splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
