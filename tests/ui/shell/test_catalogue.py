"""The catalogues: every text that a page says has its Danish, with the same places for values, and only one."""

import ast
import importlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from ui.shell.language import CATALOGUES

UI: Final = CATALOGUES.parent
DANISH: Final = sorted((CATALOGUES / "da").glob("*.po"))


@cache
def messages() -> tuple[tuple[str, Message], ...]:
    """Each file's name with each of its messages."""
    found = []
    for path in DANISH:
        with path.open("rb") as file:
            found += [(path.name, it) for it in read_po(file, locale="da") if it.id]
    return tuple(found)


def forms(texts: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)", text))


def asked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """File and line with the texts of every t(...) and tn(...): literals, and constants and tables by their names."""
    for path in sorted(UI.rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        module = ".".join(["ui", *path.relative_to(UI).with_suffix("").parts])
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ("t", "tn"):
                continue
            where = f"{path.relative_to(UI)}:{node.lineno}"
            texts = node.args[: 1 if node.func.id == "t" else 2]
            literals = tuple(it.value for it in texts if isinstance(it, ast.Constant) and isinstance(it.value, str))
            if len(literals) == len(texts):
                yield where, literals
            else:
                yield from ((where, (it,)) for it in named(module, texts[0]))


def named(module: str, given: ast.expr) -> Iterator[str]:
    """What a constant or a table of the module holds; nothing for what only a run of the page knows."""
    if isinstance(given, ast.Subscript):
        given = given.value
    value: object = importlib.import_module(module.removesuffix(".__init__"))
    for name in ast.unparse(given).split("."):
        value = getattr(value, name, None)
    for text in value.values() if isinstance(value, Mapping) else [value]:
        if isinstance(text, str):
            yield text


def test_every_text_of_the_pages_has_its_danish() -> None:
    known = {forms(it.id) for _, it in messages() if all(forms(it.string)) and not it.fuzzy}
    told = list(asked())
    assert len(told) > 1000
    assert [f"{where}: {texts[0]}" for where, texts in told if texts not in known] == []


@pytest.mark.parametrize("path", DANISH, ids=lambda it: it.stem)
def test_danish_has_the_same_places_for_values_as_english(path: Path) -> None:
    wrong = [
        it.id
        for name, it in messages()
        if name == path.name
        and (
            any(places(said) != places(english) for english, said in zip(forms(it.id), forms(it.string), strict=True))
            or not any(forms(it.string))
        )
    ]
    assert wrong == []


def test_no_text_has_two_danish_ones() -> None:
    found = defaultdict(set)
    for _, it in messages():
        found[it.id if isinstance(it.id, str) else it.id[0]].add(forms(it.string)[0])
    assert {text: danish for text, danish in found.items() if len(danish) > 1} == {}
