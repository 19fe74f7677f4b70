"""A model's card for people to read, written from its manifest alone, so that the two cannot disagree. Pure."""

from models.foreign.describing import NOT_STATED
from models.manifest import Manifest, Metric

LEFT_OUT = (NOT_STATED, "Not stated.", "Labelled tiles that were not described further.")
"""What stands where nobody said anything: how a manifest begins here that was not described."""


def write_card(manifest: Manifest) -> str:
    """The text of CARD.md."""
    limits, steps = (_list(texts) for texts in (manifest.limits, from_logit_to_slide(manifest)))
    files = "\n".join(f"| {kind} | `{file.path}` | `{file.sha256}` |" for kind, file in manifest.files.items())
    return f"""# {manifest.label}

**{manifest.intended_use}**

## What it says
{meaning(manifest)}

{field_of_view(manifest)}

## What it was trained on
{manifest.training_data}
{_trace(manifest)}
## Licence
{manifest.licence}

## What it was never shown, and where it fails
{limits}

## Figures
{_figures(manifest.metrics)}

## From network to probability
{steps}

## Files
| kind | file | SHA-256 |
| --- | --- | --- |
{files}
"""


def meaning(manifest: Manifest) -> str:
    """What a positive answer means."""
    return f"Positive class: {manifest.positive} (of: {', '.join(manifest.classes)}). {manifest.positive_means}"


def field_of_view(manifest: Manifest) -> str:
    """What of a slide the network is shown at a time, and by which weights."""
    return (
        f"It reads tiles of {manifest.tile_px} x {manifest.tile_px} px at {manifest.mpp:g} um per pixel "
        f"({manifest.tile_px * manifest.mpp:g} um a side), resized to {manifest.input_px} px for the network "
        f"`{manifest.network}`. Default weights: {manifest.default_kind}."
    )


def from_logit_to_slide(manifest: Manifest) -> tuple[str, ...]:
    """The steps from what the network says of a tile to what is said of the slide."""
    rule = manifest.slide_rule
    slide = (
        f"Slide: `{rule.name}` of tiles by themselves, the mean over the {rule.area_mm2:g} mm2 of tissue with the "
        f"highest probabilities ({max(1, round(rule.area_mm2 / manifest.tile_area_mm2))} tiles), then "
        f"{rule.calibration.formula('logit(mean)')}."
    )
    steps = [
        f"Tile by itself: probability = {manifest.calibration.formula()}.",
        *_surroundings(manifest),
        f"Tile threshold {manifest.threshold.value:.4f}: {manifest.threshold.chosen}",
        slide,
        f"Slide threshold {rule.threshold.value:.4f}: {rule.threshold.chosen}",
    ]
    for what, unsure in (("tile", manifest.unsure), ("slide", rule.unsure)):
        if unsure is not None:
            steps.append(
                f"Unsure: a {what}'s probability from {unsure.low:.4f} to {unsure.high:.4f}; at least "
                f"{unsure.coverage:.0%} of each class are not called surely of the other ({unsure.n} patients)."
            )
    return tuple(steps)


def _surroundings(manifest: Manifest) -> tuple[str, ...]:
    found = manifest.surroundings
    if found is None:
        return ()
    text = (
        f"Tile as shown, where its neighbours are known: probability = {found.calibration.formula('joint')}, joint = "
        f"logit + {found.weight:.3f} x the mean of the neighbours' (logit {-found.centre:+.3f}), each weighed by a "
        f"Gaussian of its distance (standard deviation {found.sigma_um:g} um), one neighbour's worth of 0 among them."
    )
    return (text,)


def interval_words(metric: Metric) -> str:
    """The interval of a figure; empty where it has none."""
    return "" if metric.low is None or metric.high is None else f"{metric.low:.3f}-{metric.high:.3f}"


def missing_from_card(manifest: Manifest) -> list[str]:
    """What a reader of the card would ask and not find, each with the manifest's field. None where it is complete."""
    missing = [
        f"{name}: nobody said it, in the recipe or when it was imported"
        for name, text in (("training_data", manifest.training_data), ("licence", manifest.licence))
        if text.startswith(LEFT_OUT)
    ]
    with_interval = {m.name for m in manifest.metrics if m.low is not None and m.high is not None}
    missing += [
        f"metrics: no {name} on labelled tiles that it did not learn from"
        for name, there in (
            ("AUC with an interval", "AUC" in with_interval),
            ("calibration error", any(m.name == "calibration error" for m in manifest.metrics)),
        )
        if not there
    ]
    if not any("clinical" in text for text in (manifest.intended_use, *manifest.limits)):
        missing.append("intended_use: does not say whether it is for clinical use")
    return missing


def _list(texts: tuple[str, ...]) -> str:
    return "\n".join(f"- {text}" for text in texts)


def _trace(manifest: Manifest) -> str:
    trace = manifest.data
    if trace is None:
        return ""
    counts = ", ".join(f"{split} {trace.tiles.get(split, 0)} of {n} patients" for split, n in trace.patients.items())
    return (
        f"\nTiles: {counts}. SHA-256 of the tile file `{trace.tiles_sha256}`; of who is in which split "
        f"`{trace.split_sha256}`.\n"
    )


def _figures(metrics: tuple[Metric, ...]) -> str:
    if not metrics:
        return "None were measured."
    rows = "\n".join(f"| {m.name} | {m.value:.3f} | {interval_words(m)} | {m.on} |" for m in metrics)
    return (
        "| figure | value | 95% interval, by patient | on |\n| --- | --- | --- | --- |\n"
        f"{rows}\n\nThe interval is a bootstrap over patients, each with all their tiles. "
        "Calibration error: 15 bins of equal width."
    )
