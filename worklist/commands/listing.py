"""`forrang worklist`: the open cases in the order in which to read them, and what shadow mode would have done."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from models.showing import Json, print_json, print_line, print_table
from worklist.commands.acting import acting_account

if TYPE_CHECKING:
    from rich.table import Table

    from worklist.priority.rank import RankedCase

list_commands = typer.Typer(help="The open cases in the order in which to read them.", invoke_without_command=True)

PolicyName = Annotated[
    str | None,
    typer.Option(help="ai-raised, clinical-only, shadow, forecast-raised, or a policy file; else the site's own."),
]


@list_commands.callback()
def worklist(
    context: typer.Context,
    policy: PolicyName = None,
    first: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N places; else all.")] = None,
    *,
    ai: Annotated[bool, typer.Option(help="Whether the AI may raise cases.")] = True,
    json: Json = False,
) -> None:
    """Shows the open cases in the order in which to read them, and why."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from worklist.listing import as_record
    from worklist.priority.page import first_page
    from worklist.settings import Settings
    from worklist.site import site_policy
    from worklist.store.overview import overview
    from worklist.store.store import Store

    settings = Settings()
    rule = site_policy(settings, policy)
    store = Store.open(settings.store_url)
    store.saw(acting_account(store), "see list", details={"policy": rule.name, "first": first})
    ranked = first_page(store, store.now(), rule if ai else rule.without_ai(), first)
    if json:
        print_json([as_record(it) for it in ranked])
        return
    Console().print(list_table(ranked))
    there = sum(it.count for it in overview(store, store.now()))
    if there > len(ranked):
        print_line(f"the first {len(ranked)} of {there} open cases; the others stand below them")


@list_commands.command()
def shadow(policy: PolicyName = "shadow", *, json: Json = False) -> None:
    """Logs how far the AI would move which cases, while the clinical order stands; shows what is new."""
    from worklist.priority.shadow import log_shadow
    from worklist.settings import Settings
    from worklist.site import site_policy
    from worklist.store.store import Store

    settings = Settings()
    store = Store.open(settings.store_url)
    told = log_shadow(store, acting_account(store), store.now(), site_policy(settings, policy))
    if json:
        print_json(told)
        return
    rows = [(it.ai_place, it.clinical_place, it.accession_number, f"{it.raised_by:+d}") for it in told]
    print_table(
        ("AI place", "clinical place", "case", "raised by"), rows, "nothing new: the AI would move no case anew"
    )
    raised = [it for it in told if it.raised_by > 0]
    if raised:
        print_line(f"{len(raised)} of them it would raise, by {max(it.raised_by for it in raised)} places at most")


def list_table(ranked: Sequence["RankedCase"]) -> "Table":
    """The open cases in rank order, each with its reason."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Worklist", title_justify="left")
    for column in ("", "case", "pathway", "AI", "score", "why here"):
        table.add_column(column, justify="right" if column in ("", "score") else "left", overflow="fold")
    for it in ranked:
        score = "" if it.case.ai_score is None else f"{it.case.ai_score:.2f}"
        name = Text(it.case.accession_number, style="red" if it.overdue else "")
        told = (it.case.pathway_name, it.case.ai_state, score, it.reason)
        table.add_row(str(it.rank), name, *map(Text, told))
    return table
