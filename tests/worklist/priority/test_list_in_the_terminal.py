"""The list in the terminal says what systems sent, letter for letter."""

import io

from rich.console import Console

from tests.support.cases import NOW, case
from worklist.commands.listing import list_table
from worklist.priority.policy import Policy
from worklist.priority.rank import rank


def test_what_an_order_says_is_text_and_never_markup() -> None:
    odd = case("26-[/b]801", pathway_name="y [/b] z [a Danish CPR number]")
    out = io.StringIO()
    Console(file=out, width=300).print(list_table(rank([odd], NOW, Policy())))
    assert "26-[/b]801" in out.getvalue()
    assert "y [/b] z [a Danish CPR number]" in out.getvalue()
