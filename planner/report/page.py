"""The page: sections of words, charts and tables, put into one HTML file that opens with no internet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined

from planner.errors import RunError
from planner.report.charts import Spec

PUBLIC = "window.vegaEmbed = vegaEmbed;"
"""The one name of Vega's that the page uses."""


@dataclass(frozen=True)
class Picture:
    """A chart and what it shows."""

    caption: str
    spec: Spec


@dataclass(frozen=True)
class Grid:
    """A table; the first column names the row."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False
    """Long and seldom read: folded away on the screen."""

    def columns(self, *places: int) -> "Grid":
        """Only these columns."""
        rows = [[row[place] for place in places] for row in self.rows]
        return replace(self, head=[self.head[place] for place in places], rows=rows)


@dataclass(frozen=True)
class Section:
    """A part of the report: what there is to know in words, then shown."""

    anchor: str
    title: str
    says: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    grids: Sequence[Grid] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """A whole report."""

    title: str
    subtitle: str
    answers: Sequence[str]
    """The headline: the answer in a few sentences."""
    sections: Sequence[Section]
    foot: str


def render(page: Page) -> str:
    """The page as HTML, Vega's JavaScript in it once. All text is escaped."""
    environment = Environment(
        loader=PackageLoader("planner.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    specs = {
        f"{section.anchor}-{number}": picture.spec
        for section in page.sections
        for number, picture in enumerate(section.pictures)
    }
    return environment.get_template("report.html.j2").render(
        page=page,
        specs=json.loads(json.dumps(specs, allow_nan=False)),
        vega=vl_convert.javascript_bundle(PUBLIC, None) if specs else "",
    )


def write_page(page: Page, path: Path) -> None:
    """Renders and writes the page. Raises RunError where it cannot be written."""
    write_html(render(page), path)


def write_html(text: str, path: Path) -> None:
    """Writes a rendered page, whole or not at all. Raises RunError where it cannot be written."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise RunError(
            f"{path}: the report could not be written: {error.strerror}; name a folder that is there"
        ) from error
