"""A model's card as one HTML page: the same words as CARD.md, with its figures drawn."""

from pathlib import Path

import altair as alt
from markupsafe import Markup

from models.manifest import Manifest, Metric
from models.shelf import CARD_NAME, CARD_PAGE_NAME
from planner.report.look import BLUE, ROW_PX, styled, table
from training.judging.html import Section, figure_svg, grid, note, page, said, write_report
from training.shipping.card import field_of_view, from_logit_to_slide, interval_words, meaning, write_card

MOST_DRAWN = 14


def write_cards(manifest: Manifest, folder: Path) -> tuple[Path, Path]:
    """Writes CARD.md and card.html into a folder, from the manifest alone. Raises TrainingError: they cannot be."""
    words, drawn = folder / CARD_NAME, folder / CARD_PAGE_NAME
    write_report(write_card(manifest), words)
    write_report(card_page(manifest), drawn)
    return words, drawn


def card_page(manifest: Manifest) -> str:
    """The text of card.html."""
    sections = [
        Section(
            "What it says",
            [_strong(manifest.intended_use), said(meaning(manifest)), said(_plain(field_of_view(manifest)))],
        ),
        Section("How good it is", _figures(manifest.metrics)),
        Section("What it was never shown, and where it fails", [_bullets(manifest.limits)]),
        Section("What it was trained on", _training(manifest)),
        Section("From network to probability", [_bullets(tuple(map(_plain, from_logit_to_slide(manifest))))]),
        Section("Licence", [said(manifest.licence)]),
        Section("Files", [_files(manifest)]),
    ]
    return page(f"Model card: {manifest.label}", sections)


def _plain(text: str) -> str:
    """Without Markdown's marks for names."""
    return text.replace("`", "")


def _strong(text: str) -> Markup:
    return Markup("<p><strong>{}</strong></p>").format(text)


def _bullets(texts: tuple[str, ...]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(text) for text in texts))


def _figures(metrics: tuple[Metric, ...]) -> list[Markup]:
    if not metrics:
        return [said("No figure was measured.")]
    rows = [(m.name, f"{m.value:.3f}", interval_words(m), m.on) for m in metrics]
    drawn = [m for m in metrics if m.low is not None and m.high is not None and m.on == metrics[0].on][:MOST_DRAWN]
    parts = [grid("Figures", ("figure", "value", "95% interval, by patient", "on"), rows)]
    if drawn:
        parts.insert(0, figure_svg(_chart(drawn), f"With 95% intervals over patients, on {drawn[0].on}"))
    words = (
        "Intervals: a bootstrap over patients, each with all their tiles. Calibration error: 15 bins of equal width."
    )
    return [*parts, note(words)]


def _chart(metrics: list[Metric]) -> dict[str, object]:
    rows = table([{"figure": m.name, "value": m.value, "low": m.low, "high": m.high} for m in metrics])
    base = alt.Chart(rows).encode(y=alt.Y("figure:N", sort=None, title=None))
    whole = alt.Scale(domain=[0, 1])
    span = base.mark_rule(strokeWidth=3, color=BLUE, opacity=0.45).encode(
        x=alt.X("low:Q", title=None, scale=whole), x2="high:Q"
    )
    point = base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(x=alt.X("value:Q", scale=whole))
    value = base.mark_text(align="left", dx=8, dy=-9, fontSize=11, color=BLUE).encode(
        x=alt.X("value:Q", scale=whole), text=alt.Text("value:Q", format=".3f")
    )
    chart = alt.layer(span, point, value).properties(width=560, height=ROW_PX * len(metrics))
    return styled(chart, "The model's figures with 95% intervals over patients")


def _training(manifest: Manifest) -> list[Markup]:
    parts = [said(manifest.training_data)]
    if manifest.data is not None:
        trace = manifest.data
        rows = [(split, trace.tiles.get(split, 0), count) for split, count in trace.patients.items()]
        parts.append(grid("What it was made from", ("split", "tiles", "patients"), rows))
        parts.append(
            note(f"SHA-256 of the tile file {trace.tiles_sha256}; of who is in which split {trace.split_sha256}.")
        )
    return parts


def _files(manifest: Manifest) -> Markup:
    rows = [(kind, file.path, file.sha256) for kind, file in manifest.files.items()]
    return grid("Weights", ("kind", "file", "SHA-256"), rows)
