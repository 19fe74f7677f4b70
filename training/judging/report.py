"""The evaluation report: a judgement in words, tables, charts and pictures, as one HTML page."""

from typing import Any

from markupsafe import Markup

from training.judging import charts
from training.judging.evaluation import FIGURES, NAMES
from training.judging.html import Section, figure_svg, grid, note, page, said
from training.judging.judgement import Against, Judgement
from training.judging.report_findings import (
    Three,
    groups_section,
    in_cells,
    leakage_section,
    misses_section,
    robustness_section,
    triage_section,
    with_ends,
)

MEANS = {
    "auc": "chance that a positive tile is given more than another; 0.5 is a coin",
    "average_precision": "mean precision over the ranks of the positive tiles",
    "balanced_accuracy": "mean of sensitivity and specificity",
    "f1": "harmonic mean of precision and sensitivity",
    "sensitivity": "share of positive tiles that are called positive",
    "specificity": "share of other tiles that are not",
    "ece": "how far probabilities are from what comes true, mean over 15 bins",
    "brier": "mean squared error of the probability; smaller is better",
}


def report(judgement: Judgement) -> str:
    """The page, as HTML."""
    manifest = judgement.manifest
    sections = [
        _answer(judgement),
        _figures(judgement),
        *([_against(judgement.against, manifest.label)] if judgement.against else []),
        _threshold(judgement),
        _ranking(judgement),
        groups_section(judgement.groups),
        robustness_section(judgement),
        triage_section(judgement),
        misses_section(judgement),
        leakage_section(judgement),
        _how(judgement),
    ]
    return page(f"How good is {manifest.label}?", sections)


def _answer(judgement: Judgement) -> Section:
    found, manifest = judgement.evaluation, judgement.manifest
    alarms = [one for one in judgement.groups if not one.small and one.auc[0] == one.auc[0]]
    parts = [
        said(
            f"On {found.n:,} tiles of {found.patients} patients in split {judgement.split!r}, of which "
            f"{found.positives:,} are {manifest.positive}, the AUC is {with_ends(found.figure('auc'))}."
        ),
        said(
            f"At its threshold of {found.threshold:.3f} it finds {_percent(found.figure('sensitivity'))} of the "
            f"positive tiles, and passes {_percent(found.figure('specificity'))} of the others."
        ),
        said(f"Its probabilities are off by {with_ends(found.figure('ece'))} on average (calibration error)."),
    ]
    if alarms:
        worst = min(alarms, key=lambda one: one.auc[0])
        parts.append(said(f"It does least well on {worst.kind}: {worst.name}, with an AUC of {with_ends(worst.auc)}."))
    return Section("In short", parts)


def _figures(judgement: Judgement) -> Section:
    found = judgement.evaluation
    rows = [(NAMES[name], *in_cells(found.figure(name)), MEANS[name]) for name in FIGURES]
    table = grid("On all tiles of the split", ("figure", "value", "95% from", "to", "what it is"), rows)
    how = "Intervals: patients drawn with replacement, each with all tiles, 2,000 times."
    return Section("Figures", [table, note(how)])


def _against(against: Against, label: str) -> Section:
    rows = [
        (
            NAMES[one.name],
            *(f"{value:+.3f}" for value in (one.value, one.low, one.high)),
            _verdict(one.name, one.low, one.high),
        )
        for one in against.differences
    ]
    table = grid(f"{label} less {against.label}", ("figure", "difference", "95% from", "to", "so"), rows)
    how = "Both models on the same tiles and the same draws of patients, each at its own threshold."
    return Section(f"Against {against.label}", [table, note(how)])


def _verdict(name: str, low: float, high: float) -> str:
    if low <= 0 <= high:
        return "no more than chance"
    return "better" if (low > 0) != (name in {"ece", "brier"}) else "worse"


def _threshold(judgement: Judgement) -> Section:
    used = judgement.used
    if used is None:
        own = judgement.evaluation.threshold
        text = f"The threshold, {own:.3f}, is the model's own; there was no other split to check it on."
        return Section("Threshold", [said(text)])
    on_val = (
        f"On the validation split it finds {used.sensitivity:.1%} of the positive tiles; with other patients that may "
        f"be as low as {used.sensitivity_low:.1%} (one-sided 95%, {used.patients} patients)."
    )
    if used.wanted is None:
        first = f"The threshold, {used.threshold:.3f}, is the model's own: {judgement.manifest.threshold.chosen}"
    else:
        held = "the lower bound of the sensitivity" if used.hold_to == "bound" else "the sensitivity"
        first = (
            f"The threshold, {used.threshold:.3f}, was chosen so that {held} on validation reaches {used.wanted:.0%}."
        )
    rows = [
        (
            f"{choice.on_val.wanted:.0%}",
            f"{choice.on_val.threshold:.3f}",
            f"{choice.on_val.sensitivity:.1%}",
            f"{choice.on_val.sensitivity_low:.1%}",
            f"{choice.here.sensitivity:.1%}",
            f"{choice.here.specificity:.1%}",
        )
        for choice in judgement.choices
    ]
    head = ("sensitivity wanted", "threshold", "on validation", "its lower bound", "here", "specificity here")
    return Section("Threshold", [said(first), said(on_val), grid("Other thresholds", head, rows)])


def _ranking(judgement: Judgement) -> Section:
    found = judgement.evaluation
    own = (1 - found.specificity, found.sensitivity)
    curve = judgement.net_benefit.model
    better = curve.x[(curve.low > judgement.net_benefit.everyone) & (curve.low > 0)]
    worth = (
        f"Acting on the model is surely worth more than acting on all or on none for those who would act from a chance "
        f"between {better.min():.0%} and {better.max():.0%}."
        if len(better)
        else "At no chance of disease is acting on the model surely worth more than acting on all or on none."
    )
    return Section(
        "Ranking, probability and worth",
        [
            Markup('<div class="gallery charts">{}{}</div>').format(
                figure_svg(charts.roc_chart(judgement.roc, own), "ROC"),
                figure_svg(
                    charts.reliability_chart(judgement.reliability), "Reliability (above the line: said too low)"
                ),
            ),
            figure_svg(charts.net_benefit_chart(judgement.net_benefit), "Decision curve"),
            said(worth),
        ],
    )


def _how(judgement: Judgement) -> Section:
    manifest = judgement.manifest
    rows: list[tuple[str, Any]] = [
        ("model", manifest.label),
        ("weights", f"{judgement.kind}, SHA-256 {manifest.files[judgement.kind].sha256}"),
        ("tiles", f"{judgement.tiles.name}, split {judgement.split!r}"),
        ("tile", f"{manifest.tile_px} px at {manifest.mpp:g} um per px"),
        ("trained on", manifest.training_data),
        ("meant for", manifest.intended_use),
    ]
    return Section("What was judged", [grid("The model and the tiles", ("", ""), rows), *map(said, manifest.limits)])


def _percent(value: Three) -> str:
    return f"{value[0]:.0%} ({value[1]:.0%} to {value[2]:.0%})"
