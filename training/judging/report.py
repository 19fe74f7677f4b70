"""The evaluation report: a judgement in words, tables, charts and pictures, as one HTML page."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from planner.measures.intervals import Estimate
from training.judging import charts
from training.judging.disturbances import Disturbance
from training.judging.evaluation import FIGURES, NAMES
from training.judging.html import Section, figure_svg, gallery, grid, note, page, picture, said
from training.judging.judgement import Against, Judgement
from training.judging.leakage import LeakageCheck
from training.judging.misses import Miss
from training.judging.robustness import Robustness
from training.judging.subgroups import FEW_PATIENTS, FEW_TILES, Group

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
Three = tuple[float, float, float]


def report(judgement: Judgement) -> str:
    """The page, as HTML."""
    manifest = judgement.manifest
    sections = [
        _answer(judgement),
        _figures(judgement),
        *([_against(judgement.against, manifest.label)] if judgement.against else []),
        _threshold(judgement),
        _ranking(judgement),
        _groups(judgement.groups),
        _robustness(judgement),
        _triage(judgement),
        _misses(judgement),
        _leakage(judgement),
        _how(judgement),
    ]
    return page(f"How good is {manifest.label}?", sections)


def with_ends(value: Three, digits: int = 3) -> str:
    """A figure and its interval; a dash where there is none."""
    if value[0] != value[0]:
        return "–"
    return f"{value[0]:.{digits}f} ({value[1]:.{digits}f} to {value[2]:.{digits}f})"


def _answer(judgement: Judgement) -> Section:
    found, manifest = judgement.evaluation, judgement.manifest
    alarms = [one for one in judgement.groups if not one.small and one.auc[0] == one.auc[0]]
    parts = [
        said(
            f"On {found.n:,} tiles of {found.patients} patients in split {judgement.split!r}, of which "
            f"{found.positives:,} are {manifest.positive}, the AUC is {with_ends(found.figure('auc'))}."
        ),
        said(
            f"At its threshold of {found.threshold:.3f} it finds {_percent(found.figure('sensitivity'))} of the positive "
            f"tiles, and passes {_percent(found.figure('specificity'))} of the others."
        ),
        said(f"Its probabilities are off by {with_ends(found.figure('ece'))} on average (calibration error)."),
    ]
    if alarms:
        worst = min(alarms, key=lambda one: one.auc[0])
        parts.append(said(f"It does least well on {worst.kind}: {worst.name}, with an AUC of {with_ends(worst.auc)}."))
    return Section("In short", parts)


def _figures(judgement: Judgement) -> Section:
    found = judgement.evaluation
    rows = [(NAMES[name], *_three(found.figure(name)), MEANS[name]) for name in FIGURES]
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
        text = f"The threshold, {judgement.evaluation.threshold:.3f}, is the model's own; there was no split to check it on."
        return Section("Threshold", [said(text)])
    on_val = (
        f"on the validation split it finds {used.sensitivity:.1%} of the positive tiles; with other patients that may be "
        f"as low as {used.sensitivity_low:.1%} (one-sided 95%, {used.patients} patients)."
    )
    if used.wanted is None:
        first = f"The threshold, {used.threshold:.3f}, is the model's own: {judgement.manifest.threshold.chosen}"
    else:
        held = "the lower bound of the sensitivity" if used.hold_to == "bound" else "the sensitivity"
        first = f"The threshold, {used.threshold:.3f}, was chosen so that {held} on validation is {used.wanted:.0%} at least."
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
    return Section(
        "Threshold", [said(first), said(on_val[0].upper() + on_val[1:]), grid("Other thresholds", head, rows)]
    )


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


def _groups(groups: Sequence[Group]) -> Section:
    rows = [
        (
            f"{one.kind}: {one.name}",
            f"{one.n:,}",
            one.patients,
            f"{one.positives:,}",
            with_ends(one.auc, 2),
            with_ends(one.sensitivity, 2),
            with_ends(one.specificity, 2),
            "small: may be luck" if one.small else "",
        )
        for one in groups
    ]
    head = ("group", "tiles", "patients", "positive", "AUC", "sensitivity", "specificity", "")
    how = (
        f"Small: fewer than {FEW_PATIENTS} patients, or fewer than {FEW_TILES} tiles of a class. Site, scanner and resolution "
        "are told apart where the tile file has these columns. Burden is the share of a patient's own tiles that is positive."
    )
    return Section("Groups", [grid("Figures by group, with 95% intervals", head, rows), note(how)])


def _robustness(judgement: Judgement) -> Section:
    drawn = [
        figure_svg(charts.robustness_chart(one), f"{one.disturbance.name.capitalize()}: {one.disturbance.unit}")
        for one in judgement.robustness
    ]
    rows = [
        (
            f"{one.disturbance.name} {point.strength:g}",
            with_ends(point.figures["auc"]),
            f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})",
            with_ends(point.figures["sensitivity"]),
            with_ends(point.figures["specificity"]),
            with_ends(point.figures["ece"]),
        )
        for one in judgement.robustness
        for point in one.points
        if point.strength != one.disturbance.strengths[0]
        for change in point.changes[:1]
    ]
    head = (
        "change",
        "AUC",
        "AUC less that of the tiles as they are",
        "sensitivity",
        "specificity",
        "calibration error",
    )
    told = _falls(judgement.robustness)
    how = (
        f"On {judgement.looked_at:,} tiles, patients whole. Stain: the amounts of haematoxylin, eosin and residual are scaled and shifted at random, "
        "once a patient. Blur: Gaussian, in um of tissue. JPEG: once more, at this quality. Resolution: the tissue looks "
        "smaller (above 1) or larger than the stated um per px would have it."
    )
    return Section(
        "Other stains and scanners",
        [
            *(said(text) for text in told),
            Markup('<div class="gallery charts">{}</div>').format(Markup("").join(drawn)),
            grid("Each strength", head, rows),
            note(how),
        ],
    )


def _falls(robustness: Sequence[Robustness]) -> list[str]:
    """From which strength on each disturbance surely costs 0.02 of AUC or more."""
    told = []
    for one in robustness:
        costly = [
            point.strength for point in one.points if point.changes[0].high < 0 and point.changes[0].value <= -0.02
        ]
        if costly:
            told.append(f"{one.disturbance.name}: the AUC falls by 0.02 or more at {_listed(costly, one.disturbance)}.")
    held = [
        one.disturbance.name for one in robustness if not any(text.startswith(one.disturbance.name) for text in told)
    ]
    if held:
        told.append(f"The AUC holds within 0.02, or within chance, under every strength of: {', '.join(held)}.")
    return [text[0].upper() + text[1:] for text in told]


def _listed(strengths: Sequence[float], disturbance: Disturbance) -> str:
    return f"{', '.join(f'{strength:g}' for strength in strengths)} ({disturbance.unit})"


def _triage(judgement: Judgement) -> Section:
    found, title = judgement.triage, "Worth in a department"
    if isinstance(found, str):
        return Section(title, [said(f"Not reckoned: {found}")])
    own = next(one for one in found if one.point.own)
    text = (
        f"At its own slide threshold (sensitivity {own.point.sensitivity:.0%}, false alarms "
        f"{own.point.false_positive_fraction:.0%}) a diseased case waits {_longer(own.diseased)}, and every other case "
        f"{_longer(own.others)}."
    )
    best = min(found, key=lambda one: one.diseased.mean)
    rows = [
        (
            f"{one.point.sensitivity:.0%}" + (" (own threshold)" if one.point.own else ""),
            f"{one.point.false_positive_fraction:.0%}",
            _hours(one.diseased),
            _hours(one.others),
            _hours(one.everybody),
        )
        for one in found
    ]
    head = ("sensitivity", "false alarms", "diseased", "all others", "everybody")
    how = (
        f"The planner's scenario {judgement.scenario!r}: each point of the slide score's ROC is put before reading, flagged cases "
        f"go first, and the same cases are simulated without that; intervals over {own.diseased.n} replications. The ROC is "
        "that of bags built from these tiles, half of them with a lesion, since the tiles are no whole slides. Triage moves "
        "waiting and does not remove it: for everybody together the change is zero but for chance."
    )
    return Section(
        title,
        [
            said(text),
            said(
                f"Diseased cases gain most at a sensitivity of {best.point.sensitivity:.0%}: beyond it, false alarms go first too."
            ),
            figure_svg(charts.triage_chart(found), "Change of the mean wait, hours"),
            grid("Change of the mean wait, hours (below zero: shorter)", head, rows),
            note(how),
        ],
    )


def _misses(judgement: Judgement) -> Section:
    parts: list[Markup] = []
    for title, tiles in (
        (f"{judgement.manifest.positive}, given the lowest probabilities", judgement.missed),
        ("Not so, given the highest", judgement.alarms),
    ):
        parts += [said(title[0].upper() + title[1:]), gallery([_shown(one) for one in tiles])]
    parts.append(
        note("At most two of a patient. Where many are wrong in the same way, the labels may be what is wrong.")
    )
    return Section("The worst misses", parts)


def _shown(miss: Miss) -> Markup:
    return picture(
        miss.png, f"{miss.probability:.2f}, patient {miss.patient}" + (f", {miss.slide}" if miss.slide else "")
    )


def _leakage(judgement: Judgement) -> Section:
    found = judgement.leakage
    if isinstance(found, str):
        return Section("Leakage", [said(found)])
    return Section("Leakage", _leakage_parts(found))


def _leakage_parts(found: LeakageCheck) -> list[Markup]:
    rows = [
        ("random folds", *_three(found.random)),
        ("patients whole", *_three(found.grouped)),
        (
            "difference",
            *(f"{value:+.3f}" for value in (found.difference.value, found.difference.low, found.difference.high)),
        ),
    ]
    how = (
        f"The network's frozen embeddings and a logistic regression, in 5 folds drawn 3 times, on {found.tiles:,} tiles of "
        f"{found.patients} patients."
    )
    return [
        said(found.told),
        grid("AUC of one simple model, judged both ways", ("folds", "AUC", "95% from", "to"), rows),
        note(how),
    ]


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


def _three(value: Three) -> tuple[str, str, str]:
    first, low, high = (f"{one:.3f}" for one in value)
    return first, low, high


def _percent(value: Three) -> str:
    return f"{value[0]:.0%} ({value[1]:.0%} to {value[2]:.0%})"


def _hours(change: Estimate) -> str:
    return f"{change.mean:+.1f} ({change.low:+.1f} to {change.high:+.1f})"


def _longer(change: Estimate) -> str:
    if not change.excludes_zero:
        return f"as long as before, as far as can be told ({_hours(change)} h)"
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.mean):.1f} hours ({low:.1f} to {high:.1f}) {'longer' if change.mean > 0 else 'less'}"
