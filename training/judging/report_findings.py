"""The findings of an evaluation report: groups, other stains, worth in a department, worst misses, leakage."""

from collections.abc import Sequence

from markupsafe import Markup

from planner.measures.intervals import Estimate
from training.judging import charts
from training.judging.disturbances import Disturbance
from training.judging.html import Section, figure_svg, gallery, grid, note, picture, said
from training.judging.judgement import Judgement
from training.judging.leakage import FOLDS, REPEATS, LeakageCheck
from training.judging.misses import Miss
from training.judging.robustness import Robustness
from training.judging.subgroups import FEW_PATIENTS, FEW_TILES, Group

Three = tuple[float, float, float]


def with_ends(value: Three, digits: int = 3) -> str:
    """A figure and its interval; a dash where there is none."""
    if value[0] != value[0]:
        return "–"
    return f"{value[0]:.{digits}f} ({value[1]:.{digits}f} to {value[2]:.{digits}f})"


def in_cells(value: Three) -> tuple[str, str, str]:
    """A figure and the ends of its interval, a cell each."""
    first, low, high = (f"{one:.3f}" for one in value)
    return first, low, high


def groups_section(groups: Sequence[Group]) -> Section:
    """Figures by group."""
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
        f"Small: fewer than {FEW_PATIENTS} patients, or fewer than {FEW_TILES} tiles of a class. Site, scanner and "
        "resolution are told apart where the tile file has these columns. Burden: which share of a patient's own tiles "
        "is positive."
    )
    return Section("Groups", [grid("Figures by group, with 95% intervals", head, rows), note(how)])


def robustness_section(judgement: Judgement) -> Section:
    """What other stains, focus, compression and resolution cost."""
    drawn = [
        figure_svg(charts.robustness_chart(one), f"{_upper(one.disturbance.name)}: {one.disturbance.unit}")
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
        f"On {judgement.looked_at:,} tiles, patients whole. Stain: the amounts of haematoxylin, eosin and residual are "
        "scaled and shifted at random, once a patient. Blur: Gaussian, in um of tissue. JPEG: once more, at this "
        "quality. Resolution: the tissue looks smaller (above 1) or larger than the stated um per px would have it."
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
    return [_upper(text) for text in told]


def _listed(strengths: Sequence[float], disturbance: Disturbance) -> str:
    return f"{', '.join(f'{strength:g}' for strength in strengths)} ({disturbance.unit})"


def triage_section(judgement: Judgement) -> Section:
    """Hours gained and paid."""
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
        f"The planner's scenario {judgement.scenario!r}: each point of the slide score's ROC is put before reading, "
        "flagged cases go first, and the same cases are simulated without that; intervals over "
        f"{own.diseased.n} replications. The ROC is that of bags built from these tiles, half of them with a lesion, "
        "since the tiles are no whole slides. Triage moves waiting and does not remove it: were all cases read in the "
        "same time, the change for everybody together would be zero but for chance."
    )
    return Section(
        title,
        [
            said(text),
            said(
                f"Diseased cases gain most at a sensitivity of {best.point.sensitivity:.0%}: beyond it, more and more "
                "false alarms go first too."
            ),
            figure_svg(charts.triage_chart(found), "Change of the mean wait, hours"),
            grid("Change of the mean wait, hours (below zero: shorter)", head, rows),
            note(how),
        ],
    )


def misses_section(judgement: Judgement) -> Section:
    """The tiles that are most wrong."""
    parts: list[Markup] = []
    for title, tiles in (
        (f"{judgement.manifest.positive}, given the lowest probabilities", judgement.missed),
        ("Not so, given the highest", judgement.alarms),
    ):
        parts += [said(_upper(title)), gallery([_shown(one) for one in tiles])]
    parts.append(
        note("At most two of a patient. Where many are wrong in the same way, the labels may be what is wrong.")
    )
    return Section("The worst misses", parts)


def _shown(miss: Miss) -> Markup:
    return picture(
        miss.png, f"{miss.probability:.2f}, patient {miss.patient}" + (f", {miss.slide}" if miss.slide else "")
    )


def leakage_section(judgement: Judgement) -> Section:
    """Random folds against whole patients."""
    found = judgement.leakage
    if isinstance(found, str):
        return Section("Leakage", [said(found)])
    return Section("Leakage", _leakage_parts(found))


def _leakage_parts(found: LeakageCheck) -> list[Markup]:
    rows = [
        ("random folds", *in_cells(found.random)),
        ("patients whole", *in_cells(found.grouped)),
        (
            "difference",
            *(f"{value:+.3f}" for value in (found.difference.value, found.difference.low, found.difference.high)),
        ),
    ]
    how = (
        f"The network's frozen embeddings and a logistic regression, in {FOLDS} folds drawn {REPEATS} times, on "
        f"{found.tiles:,} tiles of {found.patients} patients."
    )
    return [
        said(found.told),
        grid("AUC of one simple model, judged both ways", ("folds", "AUC", "95% from", "to"), rows),
        note(how),
    ]


def _hours(change: Estimate) -> str:
    return f"{change.mean:+.1f} ({change.low:+.1f} to {change.high:+.1f})"


def _longer(change: Estimate) -> str:
    if not change.excludes_zero:
        return f"as long as before, as far as can be told ({_hours(change)} h)"
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.mean):.1f} hours ({low:.1f} to {high:.1f}) {'longer' if change.mean > 0 else 'less'}"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
