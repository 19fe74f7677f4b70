"""A report is one file: what it says is escaped, its charts are drawn, and it asks for nothing from outside."""

import re
from pathlib import Path

import altair as alt
import pytest

from planner.report.look import BLUE, FAINT, GRID, INK, styled, table
from training.errors import TrainingError
from training.judging.html import STYLE, Section, figure_svg, gallery, grid, note, page, picture, said, write_report


def chart(high: float = 1.0) -> dict[str, object]:
    points = table([{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": high}])
    drawn = alt.Chart(points).mark_line(color=BLUE, clip=True).encode(x="x:Q", y="y:Q")
    return styled(drawn, "A line")


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    text = page("T", [Section("One", [figure_svg(chart(), "Line"), picture(b"\x89PNG", "a tile")])])
    assert "<script" not in text
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)
    assert "url(http" not in text


def test_words_are_escaped_wherever_they_stand() -> None:
    bad = '<img src="x">&'
    text = page(bad, [Section(bad, [said(bad), note(bad), grid(bad, [bad], [[bad, bad]]), picture(b"", bad)])])
    assert bad not in text
    assert text.count("&lt;img src=&#34;x&#34;&gt;&amp;") == 12


def test_two_charts_on_a_page_share_no_names() -> None:
    text = figure_svg(chart()) + figure_svg(chart(0.5))
    names = re.findall(r'\bid="([^"]+)"', text)
    assert names
    assert len(names) == len(set(names))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(names)


def test_contents_are_shown_from_four_sections_on() -> None:
    sections = [Section(f"Part {n}", [said("x")]) for n in range(4)]
    assert "<nav" in page("T", sections)
    assert "<nav" not in page("T", sections[:3])
    assert '<a href="#part-2">Part 2</a>' in page("T", sections)


def test_a_jpeg_is_said_to_be_one() -> None:
    assert "data:image/jpeg;base64,/9j" in picture(b"\xff\xd8\xff", "tile")
    assert "data:image/png;base64," in gallery([picture(b"\x89PNG", "tile")])


def test_the_style_turns_the_colours_that_charts_are_drawn_with() -> None:
    style = STYLE.read_text("utf-8")
    assert {f'"{colour}"' for colour in (INK, FAINT, GRID, BLUE)} <= set(re.findall(r'"#\w+"', style))


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nowhere.*cannot be written"):
        write_report("x", tmp_path / "nowhere" / "report.html")
    write_report("x", tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
