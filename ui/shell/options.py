"""How Streamlit is set up for Forrang: nothing leaves the machine, no developer's tools, a calm look."""

from pathlib import Path
from typing import Final

from streamlit import config

SCRIPT: Final = Path(__file__).with_name("main.py")
"""What Streamlit runs for every visitor."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

LIGHT: Final[dict[str, str]] = {
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f2f5f8",
    "textColor": "#1b2733",
    "primaryColor": "#1f5f8b",
    "linkColor": "#14507a",
    "yellowTextColor": "#5a3d00",
    "blueTextColor": "#123f5f",
    "redTextColor": "#8a1015",
    "greenTextColor": "#14532d",
    "borderColor": "#ccd5dd",
}
DARK: Final[dict[str, str]] = {
    "backgroundColor": "#12191f",
    "secondaryBackgroundColor": "#1d2832",
    "textColor": "#e6edf3",
    "primaryColor": "#2a7ab8",
    "linkColor": "#8cc8f2",
    "yellowTextColor": "#f5de86",
    "blueTextColor": "#b5dcf7",
    "redTextColor": "#ffb3b0",
    "greenTextColor": "#a6e3bd",
    "borderColor": "#3b4a58",
}
"""Streamlit's own colours; the visitor's browser says which of the two, until they choose in the menu."""

MOST_UPLOADED_MB: Final = 50
"""Of one file that somebody gives a page: more than a model's archive or a table of cases needs. A."""

OPTIONS: Final[dict[str, object]] = {
    "browser.gatherUsageStats": False,
    "client.allowedOrigins": [],
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": MOST_UPLOADED_MB,
    **{f"theme.light.{name}": colour for name, colour in LIGHT.items()},
    **{f"theme.dark.{name}": colour for name, colour in DARK.items()},
    "theme.baseFontSize": 15,
    "theme.headingFontSizes": ["1.6rem", "1.25rem", "1.05rem"],
    "theme.baseRadius": "0.3rem",
    "theme.paddingTop": "0.75rem",
    "theme.paddingBottom": "2rem",
}
"""Streamlit's options as Forrang wants them. The text on the background has a contrast of 15:1."""


def set_options() -> None:
    """Sets them for this process, before its one `st.App` is made, whatever the working directory holds."""
    for name, value in OPTIONS.items():
        config.set_option(name, value)


def set_address(address: str, port: int) -> None:
    """Tells Streamlit where it is served; on the own machine it then answers to that machine's names only.

    That keeps a page elsewhere from reading the list through a name that it points at this machine.
    """
    config.set_option("server.address", address)
    config.set_option("server.port", port)
    if address in LOOPBACK:
        config.set_option("server.allowedHosts", list(LOOPBACK))
