"""A key does one thing, on whichever page it is pressed."""

import re
from pathlib import Path

from ui.case import head
from ui.worklist import list_table


def keys_of_the_list() -> dict[str, str]:
    """From act to key, as the browser has them."""
    script = Path(list_table.__file__).with_name("list.js").read_text("utf-8")
    (told,) = re.findall(r"const KEYS = \{([^}]*)\}", script)
    return {act: key for key, act in re.findall(r'(\w): "([^"]+)"', told)}


def test_an_act_has_the_key_on_the_case_page_that_it_has_on_the_list() -> None:
    on_the_list = keys_of_the_list()
    assert on_the_list["second opinion"] == "o"
    assert {act: on_the_list[act] for act in head.KEYS} == head.KEYS
    assert set(on_the_list) - set(head.KEYS) == {"rescan"}, "Streamlit takes no `r` of ours"
