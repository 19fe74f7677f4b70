"""One case in words: its slides, their quality, what the score means, and what it was made from."""

from dataclasses import dataclass
from typing import Final

from inference.quality.checks import Check
from inference.results import SlideResult
from models.manifest import Manifest, Metric
from ui.shell.badges import Badge
from ui.shell.below import from_below
from ui.shell.language import number, percent, t, tn
from ui.worklist.present import score_words
from worklist.cases import CaseSlide

HOW_CALIBRATED: Final = ", calibrated on built bags of tiles"
"""What a rule of a score ends on, and no reader of slides needs; the trace has the rule in full."""


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
            detail = t("score {score}", score=score_words(slide.score))
            return Badge(t("Flagged"), "flagged", detail) if slide.flagged else Badge(t("Not flagged"), "clear", detail)
        case "rejected":
            return Badge(t("Rejected"), "problem", t("no score: a person must look or mend first"))
        case "failed":
            return Badge(t("Failed"), "problem", t("no score: the file could not be read"))
        case "unscored":
            return Badge(t("Not read yet"), "unknown", t("score unknown, which is not the same as low"))


def slide_label(place: int, slide: CaseSlide) -> str:
    """A slide's name with its state, to choose by."""
    badge = slide_badge(slide)
    words = f"{badge.words} {score_words(slide.score)}" if slide.state == "scored" else badge.words
    return f"{place}. {slide.path.name}: {words}"


def check_row(check: Check) -> CheckRow:
    """A check in words; one without a number was not judged, which is not the same as ok."""
    return CheckRow(
        name=_check_name(check),
        verdict=_check_verdict(check),
        measured=measured_words(check.value, check.unit),
        message=from_below(check.message),
    )


def measured_words(value: float | None, unit: str) -> str:
    """A measured number with its unit; shares as per cent."""
    if value is None:
        return t("unknown")
    match unit:
        case "share of H&E":
            return t("{share} stained like H&E", share=percent(value))
        case "share of tissue out of focus":
            return t("{share} of tissue out of focus", share=percent(value))
        case "share of tissue at the end of the camera's range":
            return t("{share} of tissue at the end of the camera's range", share=percent(value))
        case "share of tissue's neighbourhood under ink":
            return t("{share} of tissue's neighbourhood under ink", share=percent(value))
    return f"{number(value, 2)} {unit.replace('mm2', 'mm²')}"


def score_sentence(result: SlideResult) -> str:
    """The score against its threshold, and how it was built."""
    if result.status != "scored" or result.score is None or result.threshold is None:
        return ""
    score, threshold = number(result.score, 2), number(result.threshold, 2)
    name, _, meaning = (result.rule or "").partition(": ")
    built = t("It is {name}.", name=from_below(meaning.removesuffix(HOW_CALIBRATED)) or name)
    if result.flagged:
        return t("Score {score} reaches the threshold of {threshold}.", score=score, threshold=threshold) + f" {built}"
    return t("Score {score} stays below the threshold of {threshold}.", score=score, threshold=threshold) + f" {built}"


def tile_sentence(result: SlideResult) -> str:
    """How much of the slide the score rests on."""
    unknown = result.tissue_mm2 is None
    area = t("an unknown area") if unknown else t("{area} mm²", area=number(result.tissue_mm2 or 0.0, 1))
    words = tn("{n} tile from {area} of tissue", "{n} tiles from {area} of tissue", result.tiles, area=area)
    if not result.failed_tiles:
        return words
    return words + tn("; {n} of them could not be read", "; {n} of them could not be read", result.failed_tiles)


def metric_words(metric: Metric) -> str:
    """A figure with its interval, where there is one."""
    value = number(metric.value, 3)
    if metric.low is None or metric.high is None:
        return value
    return t("{value} ({low} to {high})", value=value, low=number(metric.low, 3), high=number(metric.high, 3))


def model_lines(manifest: Manifest) -> list[tuple[str, str]]:
    """What the model is and is not: pairs of heading and text, limits and metrics apart."""
    tile, slide = manifest.threshold, manifest.slide_rule.threshold
    return [
        (t("Positive means"), from_below(manifest.positive_means)),
        (t("Intended use"), from_below(manifest.intended_use)),
        (t("Trained on"), manifest.training_data),
        (t("Threshold of a tile"), f"{number(tile.value, 2)}: {from_below(tile.chosen)}"),
        (t("Threshold of a slide"), f"{number(slide.value, 2)}: {from_below(slide.chosen)}"),
        (t("Licence"), manifest.licence),
    ]


def trace_lines(result: SlideResult) -> list[tuple[str, str]]:
    """What the result was made from: pairs of heading and text."""
    trace = result.trace
    settings = ", ".join(f"{name} = {value}" for name, value in trace.settings.items())
    return [
        (t("Slide, SHA-256"), trace.slide_sha256 or t("the file could not be read")),
        (t("Model"), result.model),
        (t("Weights, SHA-256"), trace.weights_sha256),
        (t("Software"), trace.software),
        (t("Rule of the score"), result.rule or t("none")),
        (t("Settings"), settings or t("none")),
        (t("Resolution"), _resolution(result)),
        (t("Scored"), _scored(result)),
    ]


def _resolution(result: SlideResult) -> str:
    if result.mpp is None:
        return t("unknown")
    return t("{mpp} µm per pixel ({source})", mpp=f"{result.mpp:g}", source=result.mpp_source)


def _scored(result: SlideResult) -> str:
    at = f"{result.trace.scored_at_utc:%Y-%m-%d %H:%M:%S}"
    return t("{at} UTC, in {seconds} s", at=at, seconds=number(result.seconds, 1))


def _check_name(check: Check) -> str:
    match check.name:
        case "stain":
            return t("H&E stain")
        case "tissue_area":
            return t("Tissue area")
        case "sharpness":
            return t("Focus")
        case "saturation":
            return t("Exposure")
        case "pen":
            return t("Pen marks")


def _check_verdict(check: Check) -> str:
    if check.value is None and check.verdict == "ok":
        return t("– not judged")
    match check.verdict:
        case "ok":
            return t("✓ ok")
        case "warn":
            return t("⚠ look")
        case "reject":
            return t("✕ reject")
