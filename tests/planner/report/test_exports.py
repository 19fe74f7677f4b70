"""An answer taken along: every table on a sheet of its own, nothing a formula, every chart a picture."""

import io
import zipfile

import numpy as np
from openpyxl import load_workbook
from PIL import Image

from planner.report.charts import Bar, backlog_chart, turnaround_chart
from planner.report.exports import pictures, workbook
from planner.report.page import Grid, Page, Picture, Section

HOSTILE = '=HYPERLINK("http://evil","click")'


def page() -> Page:
    bars = [Bar("", 3.0 + day, 2.0 + day, 4.0 + day) for day in range(30)]
    counts = {"All cases": np.ones(100, np.int64), "Routine": np.ones(100, np.int64)}
    charts = [
        Picture("Open cases", backlog_chart(bars, 5, 20)),
        Picture("Turnaround/by: pathway?", turnaround_chart(counts, dict.fromkeys(counts, (10.0, 40.0)))),
    ]
    grids = [
        Grid("A table with a very long name, longer than Excel lets a sheet be", ("", "a"), [("x", HOSTILE)]),
        Grid("A table with a very long name, longer than Excel lets a sheet be", ("", "a"), [("y", "1\x00")]),
        Grid("What? [all]", ("", "a"), []),
    ]
    return Page("=title", "under", ["+1 answer"], [Section("one", "One", pictures=charts, grids=grids)], "foot")


def test_every_table_is_a_sheet_and_nothing_is_a_formula() -> None:
    book = load_workbook(io.BytesIO(workbook(page())))
    assert len(book.sheetnames) == 4
    assert all(len(name) <= 31 for name in book.sheetnames)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert HOSTILE in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} == {"s"}


def test_every_chart_is_a_sharp_picture_on_white() -> None:
    with zipfile.ZipFile(io.BytesIO(pictures(page()))) as packed:
        names = packed.namelist()
        assert names == ["01-open-cases.png", "02-turnaround-by-pathway.png"]
        for name in names:
            image = Image.open(io.BytesIO(packed.read(name))).convert("RGB")
            assert image.width > 1_500
            assert image.getpixel((0, 0)) == (255, 255, 255)
