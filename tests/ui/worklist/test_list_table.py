"""The list as a table: rows in their order, links that name the case, and nothing from outside taken as markup."""

import re

from ui.shell.badges import Badge
from ui.worklist.list_table import done_html, list_html
from ui.worklist.present import DoneRow, Row


def row(number: str, rank: int = 1, **fields: object) -> Row:
    told: dict[str, object] = {
        "rank": rank,
        "moved": "",
        "accession_number": number,
        "pathway": "Breast",
        "site": "Herlev",
        "subspecialty": "breast",
        "time": Badge("2 working days left", "ample", "due Mon"),
        "left": 0.5,
        "state": "Failed",
        "reader": "",
        "urgent": "",
        "ai": Badge("Failed", "problem", "score unknown"),
        "reason": "why",
    }
    return Row(**(told | fields))  # type: ignore[arg-type]


def test_rows_stand_in_the_order_given_and_each_link_names_its_case() -> None:
    html = list_html([row("B", 1), row("A", 2)])
    assert re.findall(r'href="case\?case=(\w)" data-case="(\w)"', html) == [("B", "B"), ("A", "A")]


def test_markup_in_a_value_is_shown_as_text() -> None:
    evil = '<img src=x onerror="alert(1)">'
    html = list_html(
        [
            row(
                evil,
                pathway=evil,
                site=evil,
                reader=evil,
                urgent=evil,
                reason=evil,
                late=evil,
                ai=Badge(evil, "problem", evil),
            )
        ]
    )
    done = done_html([DoneRow(evil, evil, evil, evil, Badge(evil, "clear", evil), evil)])
    assert "<img" not in html + done
    assert "&lt;img" in html
    assert "&lt;img" in done


def test_an_overdue_row_is_marked_in_words_too() -> None:
    html = list_html([row("A", time=Badge("Overdue by 3 working hours", "overdue", "due Tue"))])
    assert '<tr class="overdue" data-row="A">' in html
    assert "Overdue by 3 working hours" in html
