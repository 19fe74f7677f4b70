"""The look: every text can be read on what it stands on, in light and in dark, and marks can be seen."""

import re
from typing import get_args

import pytest

from ui.shell import badges, facts, look
from ui.shell.badges import Tone
from ui.shell.look import TOKENS
from ui.shell.options import DARK, LIGHT

SCHEMES = {"light": 0, "dark": 1}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21, WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_has_the_highest_contrast_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("tone", get_args(Tone))
def test_a_badge_is_read_on_its_ground_and_its_line_is_seen_on_the_page(tone: str, scheme: str) -> None:
    at = SCHEMES[scheme]
    assert contrast(TOKENS[tone][at], TOKENS[f"{tone}-back"][at]) >= 7
    assert contrast(TOKENS[f"{tone}-line"][at], TOKENS["paper"][at]) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["text", "muted", "link", "overdue", "soon", "flagged"])
@pytest.mark.parametrize("ground", ["paper", "surface", "hover"])
def test_plain_text_is_read_on_every_ground(name: str, ground: str, scheme: str) -> None:
    at = SCHEMES[scheme]
    assert contrast(TOKENS[name][at], TOKENS[ground][at]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_charts_lines_and_what_has_the_focus_are_seen(scheme: str) -> None:
    at = SCHEMES[scheme]
    drawn = (look.BLUE, look.ORANGE, look.GREEN, look.PURPLE, look.GREY)
    for colour in (*drawn, TOKENS["focus"][at], TOKENS["line-strong"][at]):
        assert contrast(colour, TOKENS["paper"][at]) >= 3, colour


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_streamlits_own_texts_are_read_and_so_is_white_on_a_button(theme: dict[str, str]) -> None:
    for name, colour in theme.items():
        if name == "linkColor" or name.endswith("extColor"):
            assert contrast(colour, theme["backgroundColor"]) >= 4.5, name
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3


def test_every_colour_that_a_style_names_is_there() -> None:
    used = set(re.findall(r"var\(--fr-([a-z0-9-]+)\)", look.CSS + badges.CSS + facts.CSS))
    assert used
    assert used <= TOKENS.keys()


@pytest.mark.parametrize(
    ("theme", "scheme"), [("dark", "dark"), ("light", "light"), (None, "light dark"), ("x}", "light dark")]
)
def test_what_lies_outside_a_pages_frame_follows_its_theme(theme: str | None, scheme: str) -> None:
    assert look.scheme_css(theme) == f":root {{ color-scheme: {scheme}; }}"
