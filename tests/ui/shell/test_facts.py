"""Text from outside stands on a page as it was written: no markup, no link."""

import pytest

from ui.shell.facts import literal

JOINER = "\N{WORD JOINER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("idc-screen@2.0.0", "idc-screen@2.0.0"),
        ("idc-screen@2.0.0-demo", f"idc-screen@{JOINER}2.0.0-demo"),
        ("write to anna@example.org.", f"write to anna@{JOINER}example.org."),
        ("see https://example.org/x", f"see https\\:{JOINER}//example.org/x"),
        ("see WWW.example.org", f"see WWW{JOINER}.example.org"),
        ("**26-1** [here](javascript:x) <b>", r"\*\*26-1\*\* \[here\]\(javascript\:x\) \<b\>"),
        ("26-1, block A.1", "26-1, block A.1"),
    ],
)
def test_a_text_from_outside_is_neither_markup_nor_a_link(text: str, shown: str) -> None:
    assert literal(text) == shown
