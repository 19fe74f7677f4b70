"""One case in words: its slides, their quality, what the score means, and what it was made from."""

from dataclasses import dataclass
from typing import Final

from inference.quality import Check, Verdict
from inference.results import SlideResult
from models.manifest import Manifest, Metric
from ui.shell.badges import Badge
from ui.worklist.present import score_words
from worklist.cases import CaseSlide

CHECK_NAMES: Final = {
    "stain": "H&E stain",
    "tissue_area": "Tissue area",
    "sharpness": "Focus",
    "saturation": "Exposure",
    "pen": "Pen marks",
}

_VERDICTS: Final[dict[Verdict, str]] = {"ok": "✓ ok", "warn": "⚠ look", "reject": "✕ reject"}

NOT_JUDGED: Final = "– not judged"


@dataclass(frozen=True)
class CheckRow:
    """A quality check as the page shows it."""

    name: str
    verdict: str
    measured: str
    message: str


def slide_badge(slide: CaseSlide) -> Badge:
    """What the AI can say of one slide."""
    match slide.state:
        case "scored":
            detail = f"score {score_words(slide.score)}"
            return Badge("Flagged", "flagged", detail) if slide.flagged else Badge("Not flagged", "clear", detail)
        case "rejected":
            return Badge("Rejected", "problem", "no score: a person must look or mend first")
        case "failed":
            return Badge("Failed", "problem", "no score: the file could not be read")
        case "unscored":
            return Badge("Not read yet", "unknown", "score unknown, which is not the same as low")


def slide_label(number: int, slide: CaseSlide) -> str:
    """A slide's name with its state, to choose by."""
    badge = slide_badge(slide)
    words = f"{badge.words} {score_words(slide.score)}" if slide.state == "scored" else badge.words
    return f"{number}. {slide.path.name}: {words}"


def check_row(check: Check) -> CheckRow:
    """A check in words; one without a number was not judged, which is not the same as ok."""
    not_judged = check.value is None and check.verdict == "ok"
    return CheckRow(
        name=CHECK_NAMES[check.name],
        verdict=NOT_JUDGED if not_judged else _VERDICTS[check.verdict],
        measured=measured_words(check.value, check.unit),
        message=check.message,
    )


def measured_words(value: float | None, unit: str) -> str:
    """A measured number with its unit; shares as per cent."""
    if value is None:
        return "unknown"
    if unit == "share of H&E":
        return f"{value:.0%} stained like H&E"
    if unit.startswith("share of "):
        return f"{value:.0%} {unit.removeprefix('share ')}"
    return f"{value:.2f} {unit.replace('mm2', 'mm²')}"


def score_sentence(result: SlideResult) -> str:
    """The score against its threshold, and how it was built."""
    if result.status != "scored" or result.score is None or result.threshold is None:
        return ""
    side = "reaches" if result.flagged else "stays below"
    name, _, meaning = (result.rule or "").partition(": ")
    built = f"It is {meaning} (rule {name})." if meaning else f"It is {name}."
    return f"Score {result.score:.2f} {side} the threshold of {result.threshold:.2f}. {built}"


def tile_sentence(result: SlideResult) -> str:
    """How much of the slide the score rests on."""
    area = "an unknown area" if result.tissue_mm2 is None else f"{result.tissue_mm2:.1f} mm²"
    words = f"{result.tiles} tiles from {area} of tissue"
    return f"{words}; {result.failed_tiles} of them could not be read" if result.failed_tiles else words


def metric_words(metric: Metric) -> str:
    """A figure with its interval, where there is one."""
    if metric.low is None or metric.high is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.low:.3f} to {metric.high:.3f})"


def model_lines(manifest: Manifest) -> list[tuple[str, str]]:
    """What the model is and is not: pairs of heading and text, limits and metrics apart."""
    return [
        ("Positive means", manifest.positive_means),
        ("Intended use", manifest.intended_use),
        ("Trained on", manifest.training_data),
        ("Threshold of a tile", f"{manifest.threshold.value:.2f}: {manifest.threshold.chosen}"),
        ("Threshold of a slide", f"{manifest.slide_rule.threshold.value:.2f}: {manifest.slide_rule.threshold.chosen}"),
        ("Licence", manifest.licence),
    ]


def trace_lines(result: SlideResult) -> list[tuple[str, str]]:
    """What the result was made from: pairs of heading and text."""
    trace = result.trace
    settings = ", ".join(f"{name} = {value}" for name, value in trace.settings.items())
    resolution = "unknown" if result.mpp is None else f"{result.mpp:g} µm per pixel ({result.mpp_source})"
    return [
        ("Slide, SHA-256", trace.slide_sha256 or "the file could not be read"),
        ("Model", result.model),
        ("Weights, SHA-256", trace.weights_sha256),
        ("Software", trace.software),
        ("Settings", settings or "none"),
        ("Resolution", resolution),
        ("Scored", f"{trace.scored_at_utc:%Y-%m-%d %H:%M:%S} UTC, in {result.seconds:.1f} s"),
    ]
