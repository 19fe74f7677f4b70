"""`forrang plan runs`, `rerun` and `clone`: runs that were kept, to be read, done again, and taken further."""

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from planner.commands.options import FAILED, Cluster, Jobs, Json, end_as

RunId = Annotated[
    str, typer.Argument(help="A kept run (forrang plan runs), or enough of its name.", show_default=False)
]


def runs(*, json: Json = False) -> None:
    """Lists the kept runs, newest first. --json: [{id, folder, scenario, scenario_hash, seed, replications, ...}]."""
    from planner.archive import plans_folder
    from planner.archive import runs as kept_runs
    from planner.commands.records import plain
    from planner.commands.terminal import note, print_line, show_grids
    from planner.report.page import Grid
    from planner.report.words import share

    found = kept_runs()
    if json:
        print_line(json_text.dumps(plain(found), ensure_ascii=False))
        return
    rows = [
        (one.id, one.scenario, str(one.replications), str(one.seed), share(one.headlines.get("on_time", float("nan"))))
        for one in found
    ]
    if rows:
        show_grids([Grid("Kept runs", ("run", "scenario", "replications", "seed", "on time"), rows)])
    note(f"{len(rows)} kept in {plans_folder()}")


def rerun(run: RunId, jobs: Jobs = None, cluster: Cluster = None, *, json: Json = False) -> None:
    """Does a kept run again and says whether all figures are the same. Exit status 1 where they are not."""
    from planner.archive import rerun as do_again
    from planner.commands.records import as_json
    from planner.commands.terminal import RunProgress, print_line, show_sentences

    with RunProgress("replications") as progress:
        again = do_again(run, jobs=jobs, cluster=cluster, on_progress=progress)
    if json:
        same = {"same": not again.different, "compared": again.compared}
        print_line(as_json(same | {"different": again.different, "verdict": again.verdict}))
    else:
        show_sentences([again.verdict])
    end_as(again.experiment)
    if again.different:
        raise typer.Exit(FAILED)


def clone(run: RunId, out: Annotated[Path, typer.Option(help="File to write.")]) -> None:
    """Copies a kept run's scenario to a file, to be edited."""
    from planner.archive import clone as copy
    from planner.commands.terminal import print_line

    print_line(str(copy(run, out)))
