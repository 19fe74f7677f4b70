"""docs/integration.md says what the HL7 commands do: its examples run, and end as it says."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import commands
from tests.support.hl7 import Line, code
from worklist.intake.hl7.files import split_file
from worklist.intake.hl7.framing import Block
from worklist.intake.hl7.mapping import Mapping, load_mapping
from worklist.intake.hl7.server import serve_hl7
from worklist.store.store import Store

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "docs" / "examples" / "hl7"
PAGE = (ROOT / "docs" / "integration.md").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    monkeypatch.chdir(ROOT)
    return tmp_path / "home"


def shown(command: str) -> list[str]:
    """What the page shows below a command."""
    (block,) = re.findall(rf"^    \$ {re.escape(command)}\n((?:    (?!\$ ).*\n)*)", PAGE, re.MULTILINE)
    return [line.strip() for line in block.splitlines()]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("intake hl7-file docs/examples/hl7/orders.hl7 --mapping docs/examples/hl7/mapping.yaml", 0),
        ("intake hl7-file docs/examples/hl7/mistakes.hl7", 1),
    ],
)
def test_the_commands_say_what_the_page_shows(command: str, status: int, home: Path) -> None:
    result = CliRunner().invoke(commands, command.split())
    assert result.exit_code == status
    assert [line.strip() for line in result.stdout.splitlines()] == shown(f"forrang {command}")


def test_the_example_cases_are_on_the_list_as_they_were_ordered(home: Path) -> None:
    files = [str(EXAMPLES / name) for name in ("orders.hl7", "specimens.hl7")]
    CliRunner().invoke(commands, ["intake", "hl7-file", *files, "--mapping", str(EXAMPLES / "mapping.yaml")])
    store = Store(f"sqlite:///{home / 'worklist.db'}")
    told = {it.accession_number: (it.pathway, it.site, it.order_cancelled_utc is not None) for it in store.cases()}
    store.close()
    assert told == {
        "26-000123": ("breast", "Herlev", False),
        "26-000124": ("breast", "Herlev", True),
        "26-000130": ("colorectal", "Herlev", False),
    }


def test_the_example_mapping_names_only_what_can_be_set() -> None:
    mapping = load_mapping(EXAMPLES / "mapping.yaml")
    assert (mapping.character_set, mapping.sites, mapping.site) == ("8859/1", {"HGH": "Herlev"}, Mapping().site)


def test_the_server_takes_orders_until_it_is_stopped(home: Path) -> None:
    (specimens,) = split_file((EXAMPLES / "specimens.hl7").read_bytes(), 100_000)
    assert isinstance(specimens, Block)
    command = [sys.executable, "-m", "cli", "intake", "hl7", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        port = int(re.findall(r"127\.0\.0\.1:(\d+)", first)[0])
        with Line(port) as line:
            assert code(line.ask(specimens.message)) == "CA"
            assert code(line.answer() or "") == "AA"
        server.send_signal(signal.SIGTERM)
        assert server.wait(120) == 0
        assert server.stderr is not None
        log = server.stderr.read()
    assert "OML^O33" in log
    assert not any(secret in log for secret in ("020304", "Prøve", "26-000130"))
    store = Store(f"sqlite:///{home / 'worklist.db'}")
    assert [it.accession_number for it in store.cases()] == ["26-000130"]
    store.close()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("hl7-send --to lis", "is no HOST:PORT"),
        ("hl7-send --to lis:99999", "is no HOST:PORT"),
        ("hl7-file nowhere.hl7", "No such file"),
        ("hl7-file docs/examples/hl7/mapping.yaml", "holds no HL7 v2 message"),
        ("hl7 --mapping nowhere.yaml", "No such file"),
    ],
)
def test_what_cannot_be_done_is_told(words: str, told: str, home: Path) -> None:
    result = CliRunner().invoke(commands, ["intake", *words.split()])
    assert result.exit_code != 0
    assert told in f"{result.exception}"


def test_results_go_out_and_are_counted(home: Path) -> None:
    CliRunner().invoke(commands, ["intake", "hl7-file", str(EXAMPLES / "orders.hl7")])
    from worklist.commands.intake_hl7 import _receiver

    with serve_hl7(0, "127.0.0.1", _receiver(None)) as port:
        result = CliRunner().invoke(commands, ["intake", "hl7-send", "--to", f"127.0.0.1:{port}"])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "0 accepted, 2 not, 0 unchanged since last time"
    assert "AR MSH-9: results are not taken here: this is a receiver of orders (OML^O21" in result.stdout
