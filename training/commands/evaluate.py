"""`forrang evaluate`: how good a model is on labelled tiles, on its own or against another, as figures or a report."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from models.showing import Json, print_json, print_line, print_table

if TYPE_CHECKING:
    from models.registry import Model
    from training.judging.evaluation import Difference, Evaluation
    from training.judging.judgement import Judgement
    from training.judging.operating_point import OperatingPoint

Weights = Literal["onnx-fp32", "onnx-int8"]
HoldTo = Literal["estimate", "bound"]


def evaluate(
    model: Annotated[str, typer.Argument(help="A model's name, name@version, or folder.")],
    tiles: Annotated[Path, typer.Option(help="Labelled tiles: Parquet with png, patient, label and split.")],
    split: Annotated[str, typer.Option(help="Which split to evaluate on.")] = "test",
    weights: Annotated[Weights | None, typer.Option(help="Which weights; the model's default if left out.")] = None,
    sensitivity: Annotated[
        float | None, typer.Option(help="Chooses the threshold for this sensitivity on the split `val`.")
    ] = None,
    hold_to: Annotated[
        HoldTo, typer.Option(help="Whether the sensitivity or its lower bound is to reach it.")
    ] = "estimate",
    against: Annotated[str | None, typer.Option(help="Another model, compared on the same patients.")] = None,
    report: Annotated[Path | None, typer.Option(help="Writes everything there is to say to this HTML file.")] = None,
    scenario: Annotated[
        str, typer.Option(help="The planner's scenario that triage is worth something in.")
    ] = "small-lab",
    *,
    json: Json = False,
) -> None:
    """Evaluates a tile model on labelled tiles, with intervals by patient.

    --report judges it in every way: groups, curves, worst misses, other stains and scanners, leakage, and hours of
    waiting saved and lost in a department; this takes some minutes.
    """
    from models.registry import find_model
    from training.judging import evaluate as judging

    found, other = find_model(model), find_model(against) if against else None
    if report:
        judged = _judge_for_report(found, tiles, split, weights, sensitivity, hold_to, other, scenario, report)
        evaluation, point = judged.evaluation, judged.used if sensitivity is not None else None
        differences = judged.against.differences if judged.against else ()
    else:
        point = (
            judging.choose_threshold(found, tiles, sensitivity, hold_to, weights) if sensitivity is not None else None
        )
        evaluation = judging.evaluate(found, tiles, split, weights, threshold=point.threshold if point else None)
        differences = judging.compare(found, other, tiles, split, weights) if other else ()
    if json:
        more: dict[str, object] = {}
        if point:
            more["chosen_on_val"] = point
        if other:
            more["against"] = {"model": other.manifest.label, "differences": differences}
        if report:
            more["report"] = report
        print_json(evaluation.model_dump(mode="json") | more)
    else:
        _show(evaluation, point, other, differences, report)


def _judge_for_report(
    model: "Model",
    tiles: Path,
    split: str,
    weights: Weights | None,
    sensitivity: float | None,
    hold_to: HoldTo,
    against: "Model | None",
    scenario: str,
    to: Path,
) -> "Judgement":
    """Judges in every way and writes the report; says on stderr what it is doing."""
    from rich.console import Console

    from training.judging.html import may_be_written, write_report
    from training.judging.judgement import judge
    from training.judging.report import report

    may_be_written(to)
    with Console(stderr=True).status("reading the tiles") as status:
        judged = judge(
            model,
            tiles,
            split,
            weights,
            sensitivity=sensitivity,
            hold_to=hold_to,
            against=against,
            scenario=scenario,
            on_step=status.update,
        )
    write_report(report(judged), to)
    return judged


def _show(
    found: "Evaluation",
    point: "OperatingPoint | None",
    other: "Model | None",
    differences: "tuple[Difference, ...]",
    report: Path | None,
) -> None:
    from training.judging.evaluation import FIGURES, NAMES

    print_line(
        f"{found.n} tiles of {found.patients} patients, {found.positives} positive; threshold {found.threshold:.4f}"
    )
    rows = [(NAMES[name], *(f"{value:.4f}" for value in found.figure(name))) for name in FIGURES]
    print_table(("figure", "value", "95% from", "to"), rows, "")
    if point:
        print_line(
            f"The threshold was chosen on val: sensitivity {point.sensitivity:.1%} there, with other patients "
            f"{point.sensitivity_low:.1%} or more (one-sided 95%)."
        )
    if other:
        against = [(NAMES[one.name], *(f"{v:+.4f}" for v in (one.value, one.low, one.high))) for one in differences]
        print_table((f"less {other.manifest.label}", "difference", "95% from", "to"), against, "")
    if report:
        print_line(f"Report: {report}")
