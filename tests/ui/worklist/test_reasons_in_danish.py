"""Why a case stands where it does, in Danish: every piece has its words, and they say what the English ones say."""

import ast
import inspect
from string import Formatter

import pytest

from ui.shell import language
from ui.worklist.present import say
from worklist.priority import reasons
from worklist.priority.reasons import Said


def pieces() -> list[tuple[str, ...]]:
    """The English texts of every piece: one, or the two of a counted one."""
    found = []
    for node in ast.walk(ast.parse(inspect.getsource(reasons))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Said", "_counted"):
            texts = tuple(it.value for it in node.args if isinstance(it, ast.Constant) and isinstance(it.value, str))
            if texts:
                found.append(texts)
    return found


@pytest.fixture(autouse=True)
def _danish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "language", lambda: "da")


@pytest.mark.parametrize("texts", pieces(), ids=lambda texts: texts[0])
def test_every_piece_is_in_the_catalogue_with_the_same_places(texts: tuple[str, ...]) -> None:
    places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts]
    values = {name: f"<{name}>" for name in places[0]}
    for count, text in enumerate(texts, start=1):
        counted = Said(texts[0], values | {"n": count}, texts[1]) if len(texts) > 1 else Said(text, values)
        danish = say(counted)
        assert danish != str(counted) or text.startswith(("{problem}", "AI {score} {effect}"))
        assert all(f"<{name}>" in danish for name in places[0] - {"n"})


def test_pieces_in_pieces_and_numbers_are_said_in_danish_too() -> None:
    time = Said("{n} working hour", {"n": 3}, "{n} working hours")
    assert say(Said("{time} left of {pathway}", {"time": time, "pathway": "Hud"})) == "3 arbejdstimer tilbage af Hud"
    assert say(Said("AI {score}, not flagged", {"score": 0.09})) == "AI 0,09, ikke markeret"
