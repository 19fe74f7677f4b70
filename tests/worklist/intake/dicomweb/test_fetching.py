"""Slides are fetched from a DICOMweb server: only what is not here, on from where it stopped, and every fault told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import commands
from tests.support.cases import case
from tests.support.dicom_slides import SERIES, Peer, served, write_instance
from tests.support.people import SYSTEM
from worklist.intake.dicomweb.fetching import FetchError, Server
from worklist.store.store import Store


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    """A server with one slide: two levels and a label."""
    folder = tmp_path / "server"
    for number, width, kind in ((1, 256, "VOLUME"), (2, 512, "VOLUME"), (3, 256, "LABEL")):
        write_instance(folder / f"{number}.dcm", number, width, kind)
    return Peer(folder)


@pytest.fixture
def url(peer: Peer) -> Iterator[str]:
    with served(peer.app()) as address:
        yield address


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(commands, ["intake", "dicomweb", *words])
    return done.exit_code, done.output


def test_a_slide_is_fetched_once_and_joins_its_case(url: str, peer: Peer, own_store: Store, home: Path) -> None:
    own_store.add_cases([case("26-000123")], SYSTEM)
    status, told = run("--from", url, "--accession", "26-000123")
    assert (status, "3 fetched, 0 here before; matched, case 26-000123" in told) == (0, True), told
    (slide,) = own_store.case("26-000123").slides
    assert slide.path == home / "dicom" / "slides" / SERIES / "26-000123-A1-1.dcm"
    assert (home / "dicom" / "restricted" / SERIES / f"{SERIES}.3.dcm").is_file()
    status, told = run("--from", url, "--accession", "26-000123")
    assert (status, "0 fetched, 3 here before; unchanged" in told) == (0, True), told
    assert len(peer.asked) == 3


def test_a_fetch_that_broke_off_goes_on_where_it_stopped(url: str, peer: Peer, own_store: Store) -> None:
    own_store.add_cases([case("26-000123")], SYSTEM)
    peer.failing = {f"{SERIES}.2"}
    status, told = run("--from", url, "--accession", "26-000123")
    assert status == 1
    assert f"instance {SERIES}.2" in told
    assert "cut short" in told
    peer.failing, peer.asked = set(), []
    assert run("--from", url, "--accession", "26-000123")[0] == 0
    assert peer.asked == [f"{SERIES}.2"]
    (slide,) = own_store.case("26-000123").slides
    assert slide.path.stat().st_size == (peer.folder / "2.dcm").stat().st_size


def test_a_token_is_sent_where_the_server_asks_for_one(
    url: str, peer: Peer, own_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.token = "a token"
    with pytest.raises(FetchError, match=r"the search for studies failed .*401.*check the address and the token"):
        Server(url).studies("26-000123")
    assert len(Server(url, "a token").studies("26-000123")) == 1


def test_what_the_server_does_not_have_is_said(url: str, own_store: Store) -> None:
    status, told = run("--from", url, "--accession", "26-404")
    assert (status, "the server has no study of it" in told) == (1, True)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1:1"):
        Server("http://127.0.0.1:1/dicomweb").series("1.2.3")
    with pytest.raises(FetchError, match="no address"):
        Server("not an address")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--study", "1.2.3"), "--from URL"),
        (("--from", "http://127.0.0.1:1"), "--accession NUMBER or --study UID"),
        (("--from", "http://127.0.0.1:1", "--study", "../x"), "is no UID"),
    ],
)
def test_wrong_usage_says_what_to_give(home: Path, words: tuple[str, ...], reason: str) -> None:
    done = CliRunner().invoke(commands, ["intake", "dicomweb", *words])
    assert isinstance(done.exception, FetchError)
    assert reason in str(done.exception)
