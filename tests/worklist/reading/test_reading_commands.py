"""Reading from the command line: what each command says, and what programs get."""

import json

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

import cli
from tests.support.cases import case, scored
from tests.support.people import SYSTEM
from worklist.errors import HeldError, NotAllowedError, RegionsError, WorklistError
from worklist.store.store import Store
from worklist.store.tables import PersonRow


@pytest.fixture
def forrang(tmp_path, monkeypatch):
    """Runs a command on a list of one case, whose slide the AI scored low; gives back what it printed."""
    monkeypatch.setenv("FORRANG_HOME", str(tmp_path))
    monkeypatch.delenv("FORRANG_DATABASE_URL", raising=False)
    store = Store.open()
    roles = {"anna": "pathologist", "bo": "pathologist", "carl": "coordinator", "rie": "researcher"}
    with store.writing() as session:
        rows = [{"login": it, "name": it, "role": role, "site": "", "active": True} for it, role in roles.items()]
        session.execute(insert(PersonRow), rows)
    store.add_cases([case("26-1", "a.svs")], SYSTEM)
    store.record_result(scored("a.svs", 0.2), SYSTEM)
    store.close()

    def run(*words, login="anna"):
        done = CliRunner().invoke(cli.commands, [*words, "--as", login])
        if done.exception is not None:
            raise done.exception
        return done.output.strip()

    return run


def test_a_case_is_read_with_a_second_opinion_and_signed_out(forrang):
    assert forrang("cases", "take", "26-1") == "26-1: assigned, anna"
    with pytest.raises(HeldError):
        forrang("cases", "read", "26-1", login="bo")
    assert forrang("cases", "read", "26-1") == "26-1: in reading, anna"
    assert forrang("cases", "note", "26-1", "rare") == "noted on 26-1"
    assert json.loads(forrang("cases", "notes", "26-1", "--json"))[0]["text"] == "rare"
    assert forrang("opinion", "ask", "26-1", "malignant?", "--person", "bo").startswith("second opinion 1 on 26-1: bo")
    (open_one,) = json.loads(forrang("opinion", "list", "--json"))
    assert (open_one["to_whom"], open_one["answered_utc"]) == ("bo", None)
    answered = forrang("opinion", "answer", "1", "benign", "--differs", login="bo")
    assert answered == "second opinion 1 on 26-1: answered: differs"
    assert forrang("opinion", "list") == "No second opinion is open."
    report = json.loads(forrang("opinion", "report", "--json", login="carl"))
    assert report["ways"][0]["differ"]["value"] == 1.0
    assert report["saved_hours"]["low"] is None
    assert forrang("cases", "sign-out", "26-1") == "26-1: signed out, anna"
    assert forrang("cases", "reopen", "26-1", "too soon", login="carl") == "26-1: scored"
    assert json.loads(forrang("cases", "held", "--json")) == []


def test_a_verdict_against_the_ai_is_told_listed_and_exported(forrang, tmp_path):
    said = forrang("verdict", "give", "26-1", "a.svs", "positive")
    assert said == "26-1 a.svs: positive; the AI said 0.20; AI did not flag, reader positive"
    (found,) = json.loads(forrang("verdict", "discordant", "--json"))
    assert (found["slide"], found["discord"]) == ("a.svs", "AI did not flag, reader positive")
    out = tmp_path / "out.parquet"
    told = json.loads(forrang("export", "feedback", "--out", str(out), "--json", login="rie"))
    assert (told["labelled_slides"], told["tiles"]) == (0, None)
    assert list(told["left_out"].values()) == [1]
    with pytest.raises(NotAllowedError):
        forrang("export", "feedback", "--out", str(out))


def test_wrong_words_are_named(forrang, tmp_path):
    with pytest.raises(WorklistError, match="give one of --person"):
        forrang("opinion", "ask", "26-1", "?")
    broken = tmp_path / "regions.geojson"
    broken.write_text("{", encoding="utf-8")
    with pytest.raises(RegionsError, match="no JSON"):
        forrang("verdict", "give", "26-1", "a.svs", "positive", "--regions", str(broken))
    with pytest.raises(NotAllowedError, match="nobody is not among the people"):
        forrang("operations", login="nobody")


def test_the_model_is_watched_and_operations_closed(forrang):
    told = json.loads(forrang("watch", "model", "--json", login="carl"))
    assert [(it["model"], it["gathered"]) for it in told["models"]] == [("idc-screen@1.0.0", 1)]
    assert "1 of the 300 slides" in forrang("watch", "model", login="carl")
    assert forrang("operations") == "Nothing needs a hand."
