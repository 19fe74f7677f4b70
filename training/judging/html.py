"""Reports as one HTML file: words, tables, pictures and drawn charts, with no script and nothing to fetch."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from training.errors import TrainingError

STYLE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What the page may load: its own style and the pictures that are in it."""
LONG = Markup(' class="long"')
"""Of a cell that may be broken into lines."""
FOOT = "Made by Forrang. Research and operations software: not for clinical use."


@dataclass(frozen=True)
class Section:
    """A part of a report: a title, and what stands under it, each made by a function of this file."""

    title: str
    parts: Sequence[Markup]


def page(title: str, sections: Sequence[Section]) -> str:
    """The whole report. The first section is the answer and is set off; from four sections on there are contents."""
    links = [Markup('<li><a href="#part-{}">{}</a></li>').format(n, one.title) for n, one in enumerate(sections)]
    contents = Markup('<nav aria-label="Contents"><ul>{}</ul></nav>').format(Markup("").join(links))
    body = Markup("\n").join(
        Markup('<section id="part-{}"><h2>{}</h2>\n{}</section>').format(n, one.title, Markup("\n").join(one.parts))
        for n, one in enumerate(sections)
    )
    return Markup(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{title}</title>\n<style>{css}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        "{contents}\n<main>\n{body}\n</main>\n<footer><p>{foot}</p></footer>\n</body>\n</html>\n"
    ).format(
        policy=POLICY,
        title=title,
        css=Markup(STYLE.read_text(encoding="utf-8")),  # noqa: S704  ours alone
        contents=contents if len(sections) > 3 else "",
        body=body,
        foot=FOOT,
    )


def may_be_written(path: Path) -> None:
    """Raises TrainingError where a report has no folder to go to: said before minutes of work, not after."""
    if path.is_dir() or not path.parent.is_dir():
        raise TrainingError(f"{path}: the report cannot be written there. Name a file in a folder that is there.")


def write_report(text: str, path: Path) -> None:
    """Writes a page, whole or not at all. Raises TrainingError: the place cannot be written to."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise TrainingError(
            f"{path}: the report cannot be written ({error.strerror}). Name a file in a folder that is there."
        ) from error


def said(text: str) -> Markup:
    """A paragraph."""
    return Markup("<p>{}</p>").format(text)


def note(text: str) -> Markup:
    """A paragraph in small print: how a figure was made, what it leaves out."""
    return Markup('<p class="note">{}</p>').format(text)


def grid(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    """A table; the first column names the row."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in head)
    lines = Markup("\n").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row[0],
            Markup("").join(
                Markup("<td{}>{}</td>").format(LONG if len(str(cell)) > 40 else "", cell) for cell in row[1:]
            ),
        )
        for row in rows
    )
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="{0}"><table><caption>{0}</caption>'
        "<thead><tr>{1}</tr></thead>\n<tbody>{2}</tbody></table></div>"
    ).format(caption, heads, lines)


def figure_svg(spec: dict[str, Any], caption: str = "") -> Markup:
    """A chart drawn as SVG, from a Vega-Lite specification made with `planner.report.look.styled`."""
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    # Clip paths of two charts on one page must not have one name.
    own = hashlib.sha256(drawn.encode()).hexdigest()[:8]
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="c{own}-\1"', drawn)
    drawn = re.sub(r"url\(#([^)]+)\)", rf"url(#c{own}-\1)", drawn)
    title = Markup("<figcaption>{}</figcaption>").format(caption) if caption else Markup("")
    return Markup('<figure class="chart">{}{}</figure>').format(title, Markup(drawn))  # noqa: S704  Vega escapes text


def picture(png: bytes, caption: str = "") -> Markup:
    """A picture (PNG or JPEG bytes) with a line under it; several belong into a `gallery`."""
    kind = "jpeg" if png.startswith(b"\xff\xd8") else "png"
    data = base64.b64encode(png).decode("ascii")
    return Markup(
        '<figure><img alt="{0}" src="data:image/{1};base64,{2}"><figcaption>{0}</figcaption></figure>'
    ).format(caption, kind, data)


def gallery(pictures: Sequence[Markup]) -> Markup:
    """Pictures beside each other."""
    return Markup('<div class="gallery">{}</div>').format(Markup("").join(pictures))
