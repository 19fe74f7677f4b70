"""A slide head's card for people to read, written from its head.json alone. Pure."""

from models.heads.head_manifest import HeadKind, HeadManifest

HOW: dict[HeadKind, str] = {
    "mean": "every tile counts the same",
    "max": "the highest tile decides",
    "top-share": "the mean of the highest tiles decides",
    "gated-attention": "tiles are weighed by a gated attention (Ilse 2018)",
    "dual-stream": "the highest tile decides, together with those that look like it (Li 2021)",
}


def write_head_card(manifest: HeadManifest) -> str:
    """The text of CARD.md."""
    by = manifest.embedded_by
    reads = f"embeddings of {by.model} (weights `{by.weights_sha256}`)" if by else "vectors of no tile model"
    limits = "\n".join(f"- {limit}" for limit in manifest.limits)
    rows = "\n".join(
        f"| {m.name} | {m.value:.3f} | {'-' if m.low is None else f'{m.low:.3f} to {m.high:.3f}'} | {m.on} |"
        for m in manifest.metrics
    )
    files = "\n".join(f"| {kind} | `{file.path}` | `{file.sha256}` |" for kind, file in manifest.files.items())
    return f"""# {manifest.label}

**{manifest.intended_use}**

## What it says
The probability of "{manifest.classes[1]}" for a slide (the other class: "{manifest.classes[0]}"), from {reads},
{manifest.size} numbers a tile. Kind: {manifest.kind}, {HOW[manifest.kind]}; {manifest.members} networks are averaged.
A slide may have any number of tiles.

## What it was trained on
{manifest.training_data}

## Licence
{manifest.licence}

## What it was never shown, and where it fails
{limits}

## Figures
| figure | value | 95% interval | on |
| --- | --- | --- | --- |
{rows}

## From logit to probability
- Probability = {manifest.calibration.formula()}.
- Threshold {manifest.threshold.value:.4f}: {manifest.threshold.chosen}

## Files
| kind | file | SHA-256 |
| --- | --- | --- |
{files}
"""
