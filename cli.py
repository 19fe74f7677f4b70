"""The command-line face: `forrang ...`. Each command reads its arguments, calls one room, and shows the answer."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from inference.engines.choose import Device
from models.errors import ForrangError

commands = typer.Typer(
    name="forrang",
    help="Puts the pathology cases that cannot wait first. Research and operations software: not for clinical use.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

DEFAULT_MODEL = "idc-screen"
WRONG_USAGE = 2
SOME_FAILED = 1
INTERRUPTED = 130

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output on stdout.")]
ModelName = Annotated[str, typer.Option(help="A model's name, name@version, or folder.")]
DeviceName = Annotated[Device, typer.Option(help="Where the model runs.")]


def main() -> None:
    """Runs the command line; errors that a person can mend end as one line on stderr."""
    try:
        commands()
    except ForrangError as error:
        Console(stderr=True).print(f"[red]error[/]: {error}", highlight=False, soft_wrap=True)
        sys.exit(WRONG_USAGE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


@commands.command()
def score(
    paths: Annotated[list[Path], typer.Argument(help="Slides, or folders of slides.")],
    model: ModelName = DEFAULT_MODEL,
    out: Annotated[Path, typer.Option(help="Where each slide's result folder goes.")] = Path("forrang-results"),
    mpp: Annotated[float | None, typer.Option(help="um per px of level 0, where the file does not say it.")] = None,
    device: DeviceName = "auto",
    *,
    json: Json = False,
) -> None:
    """Scores slides. Exit status: 0 all scored or rejected with a reason, 1 some failed, 2 wrong usage."""
    from inference.engines.choose import make_engine
    from inference.pipeline import score_slides
    from inference.settings import ScoreSettings
    from inference.slides.find import find_slides
    from models.registry import find_model
    from ui.terminal import ScoringProgress, results_table

    slides = find_slides(paths)
    chosen = find_model(model)
    results = []
    with ScoringProgress(len(slides)) as progress, stopping_cleanly(out):
        engine = make_engine(chosen, device)
        for result in score_slides(slides, chosen, engine, out, ScoreSettings(mpp=mpp), progress):
            results.append(result)
            if json:
                print_line(result.model_dump_json())
    if not json:
        Console().print(results_table(results))
    if any(result.status == "failed" for result in results):
        raise typer.Exit(SOME_FAILED)


@commands.command()
def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")],
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label, split.")],
    split: Annotated[str, typer.Option(help="Which split to evaluate on.")] = "test",
    weights: Annotated[
        str | None, typer.Option(help="onnx-fp32 or onnx-int8; the model's default if left out.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Evaluates a tile model on labelled tiles, with intervals by patient."""
    raise SystemExit(f"{model} {tiles} {split} {weights} {json}")


def print_line(text: str) -> None:
    """One line of machine-readable output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


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
