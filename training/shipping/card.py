"""A model's card for people to read, written from its manifest alone, so that the two cannot disagree. Pure."""

from models.manifest import Manifest, Metric


def write_card(manifest: Manifest) -> str:
    """The text of CARD.md."""
    rule = manifest.slide_rule
    calibration = manifest.calibration
    limits = "\n".join(f"- {limit}" for limit in manifest.limits)
    files = "\n".join(f"| {kind} | `{file.path}` | `{file.sha256}` |" for kind, file in manifest.files.items())
    return f"""# {manifest.label}

**{manifest.intended_use}**

## What it says
Positive class: {manifest.positive} (of: {", ".join(manifest.classes)}). {manifest.positive_means}

It reads tiles of {manifest.tile_px} x {manifest.tile_px} px at {manifest.mpp:g} um per pixel
({manifest.tile_px * manifest.mpp:g} um a side), resized to {manifest.input_px} px for the network `{manifest.network}`.
Default weights: {manifest.default_kind}.

## What it was trained on
{manifest.training_data}

## Licence
{manifest.licence}

## What it was never shown, and where it fails
{limits}

## Figures
{_figures(manifest.metrics)}

## From network to probability
- Tile: probability = {calibration.formula()}.
- Tile threshold {manifest.threshold.value:.4f}: {manifest.threshold.chosen}
- Slide: `{rule.name}`, the mean over the {rule.area_mm2:g} mm2 of tissue with the highest tile probabilities
  ({round(rule.area_mm2 / manifest.tile_area_mm2)} tiles), then {rule.calibration.formula("logit(mean)")}.
- Slide threshold {rule.threshold.value:.4f}: {rule.threshold.chosen}

## Files
| kind | file | SHA-256 |
| --- | --- | --- |
{files}
"""


def _figures(metrics: tuple[Metric, ...]) -> str:
    if not metrics:
        return "None were measured."
    rows = "\n".join(f"| {m.name} | {m.value:.3f} | {_range(m)} | {m.on} |" for m in metrics)
    return (
        "| figure | value | 95% interval, by patient | on |\n| --- | --- | --- | --- |\n"
        f"{rows}\n\nThe interval is a bootstrap over patients, each with all their tiles. "
        "Calibration error: 15 bins of equal width."
    )


def _range(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f"{metric.low:.3f}-{metric.high:.3f}"
