"""An answer taken along: its tables as an Excel workbook, its charts as pictures."""

import io
import re
import zipfile
from typing import Final

import vl_convert
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from planner.report.charts import Spec
from planner.report.page import Page

WIDTH_PX: Final = 900
SHARPNESS: Final = 2.0
_LONGEST_SHEET: Final = 31
_WIDEST: Final = 60
_NOT_IN_SHEETS: Final = re.compile(r"[\\/*?:\[\]]")
_NOT_IN_EXCEL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def workbook(page: Page) -> bytes:
    """The answer's sentences on the first sheet, and a sheet for each table. Nothing in it is a formula."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Answer"
    _fill(first, [[page.title], [page.subtitle], *([line] for line in page.answers), [page.foot]], bold_rows=1)
    taken = {first.title.casefold()}
    for section in page.sections:
        for grid in section.grids:
            sheet = book.create_sheet(_sheet_name(f"{section.title}, {grid.caption}", grid.caption, taken))
            _fill(sheet, [list(grid.head), *map(list, grid.rows)], bold_rows=1)
            sheet.freeze_panes = "B2"
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def pictures(page: Page) -> bytes:
    """Every chart as PNG, in one zip file."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_STORED) as packed:
        number = 0
        for section in page.sections:
            for picture in section.pictures:
                number += 1
                name = re.sub(r"[^a-z0-9]+", "-", picture.caption.casefold()).strip("-")[:60]
                packed.writestr(f"{number:02}-{name}.png", png(picture.spec))
    return found.getvalue()


def png(spec: Spec) -> bytes:
    """A chart on white, 900 pixels wide at a sharpness of two."""
    white = {**_sized(spec), "config": {**spec.get("config", {}), "background": "white"}}
    image: bytes = vl_convert.vegalite_to_png(white, scale=SHARPNESS)
    return image


def _sized(spec: Spec) -> Spec:
    """With a width of its own in place of the page's."""
    own = {**spec, "width": WIDTH_PX} if spec.get("width") == "container" else dict(spec)
    if "vconcat" in own:
        own["vconcat"] = [_sized(part) for part in own["vconcat"]]
    return own


def _fill(sheet, rows: list[list[str]], *, bold_rows: int) -> None:  # type: ignore[no-untyped-def]  # openpyxl's own
    for at, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(at, column)
            cell.value = _NOT_IN_EXCEL.sub("", text)
            cell.data_type = "s"  # never a formula, whatever the text begins with
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=at <= bold_rows)
    for column in range(1, max(map(len, rows), default=0) + 1):
        longest = max(len(row[column - 1]) for row in rows if len(row) >= column)
        sheet.column_dimensions[get_column_letter(column)].width = min(longest + 2, _WIDEST)


def _sheet_name(wanted: str, shorter: str, taken: set[str]) -> str:
    plain = _NOT_IN_SHEETS.sub(" ", shorter if len(wanted) > _LONGEST_SHEET else wanted)
    for number in range(1, 1_000):
        end = "" if number == 1 else f" {number}"
        name = f"{plain[: _LONGEST_SHEET - len(end)]}{end}"
        if name.casefold() not in taken:
            break
    taken.add(name.casefold())
    return name
