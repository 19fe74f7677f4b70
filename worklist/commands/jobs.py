"""`forrang worker` reads the slides on the list; `forrang jobs` shows what waits, calls it off, or tries it again."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inference.engines.choose import Device
from models.showing import Json, local, print_json, print_line, print_table
from worklist.commands.acting import acting_account

if TYPE_CHECKING:
    from inference.progress import Progress
    from worklist.jobs.worker import Manner, Tally, Worker
    from worklist.settings import Settings
    from worklist.store.store import Store

jobs_commands = typer.Typer(help="Slides that wait for the AI, and the workers that read them.", no_args_is_help=True)

Stay = Annotated[bool, typer.Option("--stay", help="Wait for more instead of ending when nothing is left.")]
WorkerName = Annotated[
    str | None, typer.Option("--name", help="What the worker is called; machine and process number if left out.")
]
MemoryGb = Annotated[float, typer.Option(help="Memory that reading slides may take, GB.", min=0.5)]
SlideMinutes = Annotated[float, typer.Option(help="How long reading one slide may take.", min=0.1)]
Jobs = Annotated[list[int], typer.Argument(help="Numbers of jobs, as `forrang jobs list` shows them.")]

MEMORY_GB = 6.0
SLIDE_MINUTES = 30.0


def manner(*, stay: bool, name: str | None, memory_gb: float, slide_minutes: float) -> "Manner":
    """How a worker works that was started with these options; one that stays leaves old failures alone."""
    from worklist.jobs.child import Limits
    from worklist.jobs.worker import Manner

    limits = Limits(memory_gb, slide_minutes)
    named = Manner(stay=stay, again=not stay, limits=limits)
    return named if name is None else Manner(name=name, stay=stay, again=not stay, limits=limits)


def run_worker(
    store: "Store",
    model: str,
    device: Device,
    settings: "Settings",
    how: "Manner",
    progress: "Callable[[int], Progress]",
) -> "Tally":
    """Reads what the list lacks. progress: is given the number of slides that wait.

    Ctrl-C and SIGTERM end it in good order: nothing new is begun, and what is not done soon is given back. Then it
    raises KeyboardInterrupt, or typer.Exit with status 0.
    """
    from worklist.jobs.pressing import raise_seconds
    from worklist.jobs.scorer import find_scorer
    from worklist.jobs.worker import Worker
    from worklist.site import site_policy

    out: Path = settings.results_folder
    raise_s = raise_seconds(site_policy(settings))
    worker = Worker(store, lambda: find_scorer(model, device, out), how, raise_s=raise_s)
    with _stopping(worker):
        worker.progress = progress(worker.prepare())
        return worker.run()


@jobs_commands.command("list")
def list_jobs(
    state: Annotated[
        list[str] | None, typer.Option(help="Only jobs in this state: waiting, leased, dead, cancelled, done.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the most pressing first.", min=1)] = 50,
    *,
    json: Json = False,
) -> None:
    """What waits, what is under way and what was given up, and the workers; what is done only by --state done."""
    from worklist.jobs.desk import job_counts, jobs, workers
    from worklist.jobs.job import JOB_STATES
    from worklist.pathways import load_pathways
    from worklist.settings import Settings
    from worklist.store.store import Store

    wanted = [it for it in JOB_STATES if it in state] if state else [it for it in JOB_STATES if it != "done"]
    if state and len(wanted) < len(set(state)):
        raise typer.BadParameter(f"one of {', '.join(JOB_STATES)}", param_hint="--state")
    settings = Settings()
    store = Store.open(settings.store_url)
    found, counts, who = jobs(store, wanted, limit), job_counts(store), workers(store)
    if json:
        print_json({"counts": {it: counts[it] for it in JOB_STATES}, "jobs": found, "workers": who})
        return
    zone = load_pathways(settings.pathways).calendar.zone
    print_line(", ".join(f"{counts[it]} {it}" for it in JOB_STATES))
    columns = ("job", "slide", "model", "state", "due", "tries", "worker", "reason")
    rows = [
        (it.job, Path(it.slide).name, it.model, it.state, local(it.due_utc, zone), it.attempts, it.worker, it.reason)
        for it in found
    ]
    print_table(columns, rows, "Nothing waits.")
    workers_columns = ("worker", "model", "since", "last seen", "asked to stop")
    seen = [
        (it.worker, it.model, local(it.started_utc, zone), local(it.seen_utc, zone), "yes" if it.draining else "")
        for it in who
    ]
    print_table(workers_columns, seen, "No worker has been seen lately: start one with `forrang worker`.")


@jobs_commands.command("cancel")
def cancel_jobs(
    jobs: Jobs,
    why: Annotated[str, typer.Option("--why", help="Why its slide is to stay unread; the case shows it.")],
) -> None:
    """Calls jobs off; their slides stay unscored, with the reason."""
    from worklist.jobs.desk import cancel
    from worklist.settings import Settings
    from worklist.store.store import Store

    store = Store.open(Settings().store_url)
    print_line(f"{cancel(store, jobs, why, acting_account(store))} cancelled")


@jobs_commands.command("retry")
def retry_jobs(
    jobs: Annotated[
        list[int] | None, typer.Argument(help="Numbers of dead or cancelled jobs; all the dead if left out.")
    ] = None,
) -> None:
    """Has what was given up tried again, as if for the first time."""
    from worklist.jobs.desk import retry
    from worklist.settings import Settings
    from worklist.store.store import Store

    store = Store.open(Settings().store_url)
    print_line(f"{retry(store, jobs or [], acting_account(store))} to be tried again")


@jobs_commands.command("drain")
def drain_workers(
    names: Annotated[list[str] | None, typer.Argument(help="Names of workers; all if left out.")] = None,
) -> None:
    """Asks workers to finish the slides that they have and to stop."""
    from worklist.jobs.signs import drain
    from worklist.settings import Settings
    from worklist.store.store import Store

    store = Store.open(Settings().store_url)
    asked = drain(store, names or [], acting_account(store))
    print_line(f"asked to stop: {', '.join(asked) or 'nobody, since no such worker is there'}")


@contextmanager
def _stopping(worker: "Worker") -> Iterator[None]:
    """Signals tell the worker to stop, once in good order and twice at once."""
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        worker.stop()
        if len(came) == 1:
            typer.echo("stopping once the slides under way are done, or soon; again to stop at once", err=True)

    before = {it: signal.signal(it, stop) for it in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for it, handler in before.items():
            signal.signal(it, handler)
    if came:
        raise KeyboardInterrupt if signal.SIGINT in came else typer.Exit(0)
