"""A page written as JSON and read again: for answers that are made in one process and shown by another."""

import json
from dataclasses import asdict
from typing import Any

from planner.report.page import Grid, Page, Picture, Section


def page_to_json(page: Page) -> str:
    """The whole page, charts as Vega-Lite specifications."""
    return json.dumps(asdict(page), allow_nan=False, ensure_ascii=False)


def page_from_json(text: str) -> Page:
    """The page back. Raises ValueError, KeyError or TypeError where the text is no page."""
    told = json.loads(text)
    return Page(
        told["title"], told["subtitle"], told["answers"], [_section(it) for it in told["sections"]], told["foot"]
    )


def _section(told: dict[str, Any]) -> Section:
    pictures = [Picture(**it) for it in told.pop("pictures")]
    grids = [Grid(**it) for it in told.pop("grids")]
    return Section(**told, pictures=pictures, grids=grids)
