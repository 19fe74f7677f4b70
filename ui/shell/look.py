"""The look: every colour of the pages, for light and for dark, as CSS custom properties that both themes keep readable.

`var(--fr-muted)` in a style, in a page's HTML or inside a component, is right in both: each value is CSS's own
`light-dark(...)`, which follows the theme of the app. Meanings, not colours, are named: what is overdue, soon, flagged.
"""

from typing import Final

from ui.shell.options import DARK, LIGHT

TOKENS: Final[dict[str, tuple[str, str]]] = {
    "muted": ("#4a5a68", "#a8b8c5"),
    "line": ("#dde4ea", "#2f3d4a"),
    "line-strong": ("#7d8a95", "#8494a2"),
    "hover": ("#f5f8fa", "#1a2530"),
    "surface": (LIGHT["secondaryBackgroundColor"], DARK["secondaryBackgroundColor"]),
    "paper": (LIGHT["backgroundColor"], DARK["backgroundColor"]),
    "text": (LIGHT["textColor"], DARK["textColor"]),
    "link": ("#14507a", "#8cc8f2"),
    "focus": ("#9a5b00", "#ffc14d"),
    "overdue": ("#8a1015", "#ffb3b0"),
    "overdue-back": ("#fdecec", "#451a1c"),
    "overdue-line": ("#a4161a", "#e8706c"),
    "soon": ("#6f4200", "#ffd08a"),
    "soon-back": ("#fff3df", "#40290a"),
    "soon-line": ("#b36b00", "#e0962e"),
    "ample": ("#2b3b48", "#d3dee7"),
    "ample-back": ("#f2f5f8", "#22303c"),
    "ample-line": ("#5f7486", "#7f96a9"),
    "flagged": ("#7b1450", "#ffb8dd"),
    "flagged-back": ("#fbe9f3", "#45152f"),
    "flagged-line": ("#b04a86", "#d973ac"),
    "clear": ("#1c4f63", "#a5dcef"),
    "clear-back": ("#e7f3f7", "#123340"),
    "clear-line": ("#3f8aa3", "#5fa9c2"),
    "unknown": ("#3c4650", "#d5dce2"),
    "unknown-back": ("#ffffff", "#12191f"),
    "unknown-line": ("#7d8a95", "#8494a2"),
    "problem": ("#5a3d00", "#f5de86"),
    "problem-back": ("#fdf6d8", "#3a3010"),
    "problem-line": ("#8f7410", "#c2a83f"),
}
"""Name, its value on light and on dark. A tone's text stands on its `-back` within its `-line`, which is strong
enough for a bar or a mark on `paper` too.
"""

BLUE, ORANGE, GREEN, PURPLE, GREY = "#2f7fc1", "#c8702a", "#2f9470", "#9c62b5", "#7d8a95"
"""For charts, whose colours cannot follow the theme by themselves: seen on light and on dark, 3:1 or more, and told
apart by colour-blind eyes.
"""

_PAIRS: Final = "".join(f"--fr-{name}: light-dark({light}, {dark}); " for name, (light, dark) in TOKENS.items())

CSS: Final = f"""
:root {{ {_PAIRS}}}
.stMainBlockContainer {{ padding-left: 2.5rem; padding-right: 2.5rem; max-width: 120rem; }}
.stApp a:focus-visible, .stApp button:focus-visible {{ outline: 3px solid var(--fr-focus); outline-offset: 2px; }}
.st-key-kept {{ display: none; }}
[data-testid="stToastContainer"][data-testid] {{ top: auto !important; bottom: 1rem; }}
.st-key-as-of {{ min-height: 2.5rem; }}
[data-testid="stCaptionContainer"][data-testid] {{ color: var(--fr-muted); opacity: 1; }}
[role="tab"][data-selected="true"][role], [data-testid="stSliderThumbValue"][data-testid],
button[role="radio"][data-variant][data-selected="true"][aria-checked]:not([data-disabled]) {{
  color: var(--fr-link); }}
"""
"""For every page, once: the properties, and what Streamlit has no setting for."""


def scheme_css(theme: str | None) -> str:
    """Which of each colour's two values is meant where a page's own frame does not say it: dialogs lie outside.

    theme: `light` or `dark`; None where the browser has not said, and then its preference counts.
    """
    return f":root {{ color-scheme: {theme if theme in ('light', 'dark') else 'light dark'}; }}"
