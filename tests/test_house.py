"""The house keeps its own rules: who imports whom, what is pinned, and what may lie in the repository."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("models", "inference", "training", "planner", "worklist", "ui", "benchmarks")
LARGEST_FILE_MB = 16
"""Room for the bundled weights, and for no slide."""
LONGEST_FILE_LINES = 400


def tracked_files() -> list[Path]:
    """Files that git keeps; the test skips in a copy without git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("skipped: not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := PROJECT / name).is_file()]


def project() -> dict[str, object]:
    """The [project] table of pyproject.toml."""
    return tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]


def required() -> list[Requirement]:
    """What the base installation and the extras in use ask for."""
    table = project()
    extras = table["optional-dependencies"].values()
    return [Requirement(text) for text in [*table["dependencies"], *(need for needs in extras for need in needs)]]


def pins() -> dict[str, Version]:
    """Package to version, from constraints.txt."""
    found = {}
    for line in (PROJECT / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            found[canonicalize_name(name)] = Version(version)
    return found


def test_imports_run_downwards_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("need", required(), ids=lambda need: need.name)
def test_every_requirement_is_pinned_to_a_version_that_it_allows(need: Requirement) -> None:
    pinned = pins().get(canonicalize_name(need.name))
    assert pinned is not None, f"{need.name} is in pyproject.toml and not in constraints.txt"
    assert need.specifier.contains(pinned, prereleases=True), f"{need} does not allow {need.name}=={pinned}"


def test_the_pins_name_no_place_to_download_from() -> None:
    lines = (PROJECT / "constraints.txt").read_text("utf-8").splitlines()
    assert not [line for line in lines if not re.fullmatch(r"#.*|[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)]


def test_the_base_installation_has_no_torch() -> None:
    named = {canonicalize_name(Requirement(text).name) for text in project()["dependencies"]}
    assert not named & {"torch", "torchvision", "timm", "onnx", "onnxscript"}


def test_a_version_of_the_changelog_is_the_version_of_the_project() -> None:
    assert f"## [{project()['version']}]" in (PROJECT / "CHANGELOG.md").read_text("utf-8")


def test_no_tracked_file_is_large() -> None:
    large = [
        f"{path}: {size:.1f} MB" for path in tracked_files() if (size := path.stat().st_size / 1e6) > LARGEST_FILE_MB
    ]
    assert not large


def test_no_slide_or_other_shared_data_is_tracked() -> None:
    kinds = {".svs", ".ndpi", ".dcm", ".tif", ".tiff", ".scn", ".mrxs", ".bif", ".whl"}
    assert not [str(path) for path in tracked_files() if path.suffix.lower() in kinds]


def test_no_tracked_text_names_a_place_that_only_one_machine_has() -> None:
    # Put together here, so that this file does not name them itself.
    own = [
        "/wo" + "rk/",
        "/ho" + "me/",
        "/ro" + "ot/",
        "/o" + "pt/",
        "~/." + "pyenv",
        "index-" + "url",
        "pypi." + "org",
    ]
    forbidden = re.compile("|".join(re.escape(text) for text in own))
    named = []
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            lines = data.decode("utf-8").splitlines()
            named += [
                f"{path}:{number}: {line.strip()[:120]}"
                for number, line in enumerate(lines, 1)
                if forbidden.search(line)
            ]
    assert not named


def test_every_python_file_says_first_what_it_is_for_and_stays_short() -> None:
    faults = []
    for path in tracked_files():
        if path.suffix == ".py":
            lines = path.read_text("utf-8").splitlines()
            if lines and not re.match(r'[rR]?"""\S', lines[0]):
                faults.append(f"{path}: its first line is no docstring")
            if len(lines) > LONGEST_FILE_LINES:
                faults.append(f"{path}: {len(lines)} lines; make it two files")
    assert not faults


def test_no_room_holds_a_bare_except_or_unfinished_work() -> None:
    faults = []
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            text = path.read_text("utf-8")
            faults += [f"{path}: {found}" for found in re.findall(r"\bexcept\s*:|\bTODO\b|\bFIXME\b", text)]
    assert not faults


def test_the_gate_of_any_runner_is_make_test() -> None:
    gate = PROJECT / ".ci" / "run"
    assert gate.stat().st_mode & 0o111, "the gate must be executable"
    assert gate.read_text("utf-8").rstrip().endswith("exec make test")
