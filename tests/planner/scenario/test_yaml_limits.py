"""Hostile YAML is refused before anything is built of it; what people write is not."""

import pytest

from planner.errors import ScenarioError
from planner.scenario.load import READY, read_scenario
from planner.scenario.yaml_limits import check_limits

LAUGHS = "note:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
MERGES = "m0: &m0 {k: 1, l: 2}\n" + "".join(
    f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested more than"),
        ("a: " + "{b: " * 900, "nested more than"),
        ("name: &a [*a]", "stands within itself"),
        (LAUGHS, "with all that is repeated"),
        (MERGES, "with all that is repeated"),
        ("x" * 10_000_000, "10.0 million characters are too long"),
        ('name: !!python/object/apply:os.system ["id"]', "could not determine a constructor"),
        ("name: \x00", "not allowed"),
    ],
    ids=["deep list", "deep groups", "cycle", "repeated lists", "repeated merges", "10 MB", "python", "nul"],
)
def test_hostile_yaml_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        read_scenario(text)


@pytest.mark.parametrize("path", sorted(READY.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_ready_scenarios_are_far_from_every_limit(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text("utf-8")
    check_limits(text)
    assert len(text) < 100_000


def test_a_part_that_is_written_once_and_used_often_is_counted_as_often() -> None:
    check_limits("a: &a {b: 1}\nc: [*a, *a, *a]\n")
    many = ", ".join(["*a"] * 1_000)
    with pytest.raises(ValueError, match="more than 200,000 values"):
        check_limits(f"a: &a [{', '.join('x' * 300)}]\nc: [{many}]\n")
