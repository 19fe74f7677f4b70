"""The command-line face: `forrang ...`. Each command reads its arguments, calls one room, and shows the answer."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from inference.engines.choose import Device
from models.errors import ForrangError
from models.showing import Json, print_line
from planner.commands import plan_commands
from planner.errors import PlannerError
from training.commands.data import data_commands
from training.commands.evaluate import evaluate
from training.commands.models import models_commands
from training.commands.slides import heads_commands
from training.commands.suggest import suggest_commands
from training.commands.train import train_commands
from worklist.commands.audit import audit_commands
from worklist.commands.export import export_commands
from worklist.commands.forecast import register as register_forecast
from worklist.commands.intake import intake_commands
from worklist.commands.jobs import (
    MEMORY_GB,
    SLIDE_MINUTES,
    MemoryGb,
    SlideMinutes,
    Stay,
    WorkerName,
    jobs_commands,
    manner,
    run_worker,
)
from worklist.commands.listing import list_commands
from worklist.commands.measures import show_measures
from worklist.commands.operations import operations_commands
from worklist.commands.opinion import opinion_commands
from worklist.commands.people import people_commands, sites_commands
from worklist.commands.reading import cases_commands
from worklist.commands.store import store_commands
from worklist.commands.verdict import verdict_commands
from worklist.commands.watch import watch_commands

if TYPE_CHECKING:
    from worklist.jobs.worker import Manner, Tally
    from worklist.settings import Settings
    from worklist.store.store import Store

commands = typer.Typer(
    name="forrang",
    help="Puts the pathology cases that cannot wait first. Research and operations software: not for clinical use.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

commands.add_typer(data_commands, name="data")
train_commands.add_typer(suggest_commands, name="suggest")
commands.add_typer(train_commands, name="train")
commands.command()(evaluate)
commands.add_typer(models_commands, name="models")
commands.add_typer(heads_commands, name="heads")
commands.add_typer(plan_commands, name="plan")
commands.add_typer(intake_commands, name="intake")
commands.add_typer(list_commands, name="worklist")
commands.add_typer(operations_commands, name="operations")
commands.add_typer(cases_commands, name="cases")
commands.add_typer(opinion_commands, name="opinion")
commands.add_typer(verdict_commands, name="verdict")
commands.add_typer(watch_commands, name="watch")
register_forecast(commands)
commands.add_typer(audit_commands, name="audit")
commands.add_typer(export_commands, name="export")
commands.command("measures")(show_measures)
commands.add_typer(people_commands, name="people")
commands.add_typer(store_commands, name="store")
commands.add_typer(jobs_commands, name="jobs")
commands.add_typer(sites_commands, name="sites")

DEFAULT_MODEL = "idc-screen"
DEFAULT_PORT = 8501
LOCAL = "127.0.0.1"
LISTED = 20
"""Places of its list that the demo prints."""
SOME_FAILED = 1
INTERRUPTED = 130

SLIDES_HELP = (
    "Slides, or folders of slides. Where a folder holds scanners' files, the PNG and JPEG beside them are taken for "
    "masks and photographs and passed over; name them to score them."
)
ModelName = Annotated[str, typer.Option(help="A model's name, name@version, or folder.")]
DeviceName = Annotated[Device, typer.Option(help="Where the model runs.")]


def main() -> None:
    """Runs the command line; errors that a person can mend end as one line on stderr."""
    from worklist.errors import SettingError
    from worklist.settings import Settings
    from worklist.trail.identity_guard import mask_identity
    from worklist.trail.log import configure_logs

    try:
        configure_logs(Settings().log_format)
        commands()
    except (ForrangError, PlannerError) as error:
        # What is masked is a setting too, and a setting that cannot be used is never repeated.
        told = str(error) if isinstance(error, SettingError) else mask_identity(str(error))
        Console(stderr=True).print("[red]error[/]:", Text(told), highlight=False, soft_wrap=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@commands.command()
def score(
    paths: Annotated[list[Path], typer.Argument(help=SLIDES_HELP)],
    model: ModelName = DEFAULT_MODEL,
    out: Annotated[Path, typer.Option(help="Where each slide's result folder goes.")] = Path("forrang-results"),
    mpp: Annotated[
        float | None,
        typer.Option(help="um per px of level 0, of slides that do not say it or say it wrong.", min=0.05, max=20),
    ] = None,
    device: DeviceName = "auto",
    cluster: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler, such as tcp://HOST:8786, whose workers reach the same paths."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Scores slides. Exit status: 0 all scored or rejected with a reason, 1 some failed, 2 wrong usage."""
    from inference.cluster import score_on_cluster
    from inference.engines.choose import make_engine
    from inference.pipeline import score_slides
    from inference.settings import ScoreSettings
    from inference.slides.find import find_slides
    from models.registry import find_model
    from ui.terminal import ScoringProgress, results_table

    slides = find_slides(paths)
    if not slides:
        raise ForrangError("no slides found there: name slides, or folders that hold some")
    chosen = find_model(model)
    results = []
    with ScoringProgress(len(slides)) as progress, stopping_cleanly(out):
        settings = ScoreSettings(mpp=mpp)
        if cluster is None:
            coming = score_slides(slides, chosen, make_engine(chosen, device), out, settings, progress)
        else:
            coming = score_on_cluster(slides, chosen, device, out, settings, cluster)
        with closing(coming):
            for number, (_, result) in enumerate(coming):
                results.append(result)
                if cluster is not None:
                    progress.slide_finished(number, result)
                if json:
                    print_line(result.model_dump_json())
    if not json:
        Console().print(results_table(results))
    if any(result.status == "failed" for result in results):
        raise typer.Exit(SOME_FAILED)


@commands.command()
def worker(
    model: ModelName = DEFAULT_MODEL,
    device: DeviceName = "auto",
    name: WorkerName = None,
    memory_gb: MemoryGb = MEMORY_GB,
    slide_minutes: SlideMinutes = SLIDE_MINUTES,
    *,
    stay: Stay = False,
    with_app: Annotated[bool, typer.Option(hidden=True, help="End when standard input does.")] = False,
) -> None:
    """Scores the slides on the list that lack a result, the most pressing case's first. Status 1: a slide failed."""
    from worklist.service import end_with_parent
    from worklist.settings import Settings
    from worklist.store.store import Store

    if with_app:
        end_with_parent()
    settings = Settings()
    how = manner(stay=stay, name=name, memory_gb=memory_gb, slide_minutes=slide_minutes)
    tally = score_the_list(Store.open(settings.store_url), model, device, settings, how)
    if tally.failed:
        raise typer.Exit(SOME_FAILED)


@commands.command()
def serve(
    port: Annotated[int, typer.Option(help="Port of the app; 0 takes any free one.")] = DEFAULT_PORT,
    address: Annotated[str, typer.Option(help="Address it answers on: this machine's own only, by default.")] = LOCAL,
    model: ModelName = DEFAULT_MODEL,
    device: DeviceName = "auto",
    *,
    with_worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Whether slides are scored here.")] = True,
) -> None:
    """Serves the app and scores new slides beside it, until it is stopped with Ctrl-C."""
    from ui.shell.server import serve as serve_app
    from worklist.service import KeptWorker, end_on_sigterm

    worker_words = ("worker", "--stay", "--with-app", "--model", model, "--device", device)
    end_on_sigterm()
    with ExitStack() as stack:

        def ready(url: str) -> None:
            print_line(f"Forrang answers at {url} (stop it with Ctrl-C)")
            if with_worker:
                stack.enter_context(KeptWorker([sys.executable, "-m", "cli", *worker_words]))

        serve_app(port, address, ready)


@commands.command()
def demo(
    slides: Annotated[Path | None, typer.Option(help="A folder of your own slides in place of the phantoms.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its slides, list and results.")] = Path("demo"),
    port: Annotated[int, typer.Option(help="Port of the app.")] = DEFAULT_PORT,
    *,
    open_app: Annotated[bool, typer.Option("--app/--no-app", help="Whether to serve the app at the end.")] = True,
) -> None:
    """Shows a made-up department over phantom slides, or yours in its place: scored, ranked, and served as the app."""
    from worklist.commands.listing import list_table
    from worklist.priority.page import first_page
    from worklist.settings import Settings
    from worklist.site import site_policy

    home = folder.absolute()
    os.environ["FORRANG_HOME"] = str(home)
    os.environ["FORRANG_DATABASE_URL"] = f"sqlite:///{home / 'demo.db'}"  # a list of its own, whatever is set outside
    settings = Settings()
    begun = datetime.now(UTC)
    store = _demo_department(home, settings, begun) if slides is None else _demo_over(slides, home, settings)
    page = first_page(store, store.now(), site_policy(settings), LISTED)
    Console().print(list_table(page))
    store.close()
    with ExitStack() as beside:
        if slides is None:
            beside.enter_context(_furnishing(begun, served=open_app))
        if open_app:
            serve(port, LOCAL)


def _demo_over(slides: Path, home: Path, settings: "Settings") -> "Store":
    """The demo on a user's own slides, one case for each."""
    from inference.slides.find import find_slides
    from worklist.demo.start import PHANTOMS, start_demo

    own = find_slides([slides])
    if not own:
        raise ForrangError(f"{slides}: no slides found there: name a folder that holds some")
    store = start_demo(settings.store_url, home / PHANTOMS, own)
    how = manner(stay=False, name=None, memory_gb=MEMORY_GB, slide_minutes=SLIDE_MINUTES)
    score_the_list(store, DEFAULT_MODEL, "auto", settings, how)
    return store


def _demo_department(home: Path, settings: "Settings", begun: datetime) -> "Store":
    """The demo's own department, two hundred cases over drawn slides."""
    from inference.engines.choose import make_engine
    from inference.phantoms.demo_set import DemoSlide, draw_demo_slides
    from inference.pipeline import score_slides
    from inference.results import SlideResult
    from models.registry import find_model
    from ui.terminal import DrawingProgress, ScoringProgress
    from worklist.demo.start import start_department

    model = find_model(DEFAULT_MODEL)

    def draw(folder: Path, wanted: Sequence[DemoSlide]) -> None:
        with DrawingProgress() as drawing:
            draw_demo_slides(folder, drawing.show, wanted)

    def score_all(paths: Sequence[Path]) -> dict[Path, SlideResult]:
        with ScoringProgress(len(paths)) as progress, stopping_cleanly(settings.results_folder):
            engine = make_engine(model, "auto")
            return dict(score_slides(paths, model, engine, settings.results_folder, progress=progress))

    return start_department(settings.store_url, home, model.manifest.label, draw, score_all, begun)


@contextmanager
def _furnishing(begun: datetime, *, served: bool) -> Iterator[None]:
    """Meanwhile the demo gets its plans, more slides and its second model, in a process of its own.

    begun: when the demo began, UTC. served: the app runs meanwhile; else the end waits for that process.
    """
    command = [sys.executable, "-m", "ui.demo", DEFAULT_MODEL, begun.isoformat(), *(["served"] if served else [])]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdin=subprocess.DEVNULL) as beside:  # noqa: S603  ours
        try:
            yield
            if not served:
                beside.wait()
        finally:
            beside.terminate()


@commands.command()
def doctor() -> None:
    """Checks this machine and says what to mend. Exit status 1 where something does not work."""
    from inference.checkup import check_gpu, check_versions
    from models.checkup import check_models
    from ui.terminal import show_findings
    from worklist.checkup import check_disk, check_pathways, check_store
    from worklist.settings import Settings

    settings = Settings()
    findings = [
        *check_versions(),
        *check_gpu(),
        *check_models(),
        *check_store(settings),
        *check_pathways(settings),
        *check_disk(settings.home_folder),
    ]
    show_findings(findings)
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(SOME_FAILED)


def score_the_list(store: "Store", model: str, device: Device, settings: "Settings", how: "Manner") -> "Tally":
    """Has a worker score what the list lacks, with progress where it ends by itself."""
    from inference.progress import Progress, Silent
    from ui.terminal import ScoringProgress

    with ExitStack() as stack, stopping_cleanly(settings.results_folder):

        def shown(slides: int) -> Progress:
            return Silent() if how.stay else stack.enter_context(ScoringProgress(slides))

        return run_worker(store, model, device, settings, how, shown)


@contextmanager
def stopping_cleanly(out: Path) -> Iterator[None]:
    """On Ctrl-C says what there is to find, and stops."""
    try:
        yield
    except KeyboardInterrupt:
        Console(stderr=True).print(f"stopped; the results in {out} are whole", highlight=False)
        raise typer.Exit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
