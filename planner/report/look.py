"""How the report's charts look: few colours that colour-blind eyes can tell apart, no frames, quiet lines."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = (
    "#2b6ca3",
    "#d97a1e",
    "#2f8f6b",
    "#b5402f",
    "#7b5ea7",
    "#6fb1d9",
    "#7a828c",
)
LINES = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY)
"""One a series, in this order."""
INK, FAINT, GRID = "#2a2f36", "#6b727b", "#e4e7eb"
ROW_PX = 30
"""Height of a bar or interval with its name."""

_LOOK: Final[dict[str, Any]] = {
    "font": "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif",
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": FAINT,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
        "labelLimit": 340,
    },
    "axisQuantitative": {"tickCount": 8},
    "legend": {
        "labelColor": INK,
        "titleColor": FAINT,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "orient": "top",
        "labelLimit": 320,
    },
    "header": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelFontWeight": "bold",
        "labelAnchor": "start",
        "title": None,
    },
}
"""As Vega-Lite's `config`; altair's own `configure_...` copies the whole chart each time."""

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.VConcatChart | alt.HConcatChart


def table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows for a chart, floats cut to six figures so that the page stays small."""
    return pd.DataFrame(
        [{key: float(f"{it:.6g}") if isinstance(it, float) else it for key, it in row.items()} for row in rows]
    )


def styled(chart: AnyChart, described: str) -> dict[str, Any]:
    """The chart's Vega-Lite specification in the report's look; `described` is read out by screen readers."""
    spec: dict[str, Any] = chart.to_dict()
    config = spec.setdefault("config", {})
    for part, said in _LOOK.items():
        config[part] = {**config.get(part, {}), **said} if isinstance(said, dict) else said
    return {"description": described, **spec}
