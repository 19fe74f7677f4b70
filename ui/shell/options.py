"""How Streamlit is set up for Forrang: nothing leaves the machine, no developer's tools, one calm light look."""

from pathlib import Path
from typing import Final

from streamlit import config

SCRIPT: Final = Path(__file__).with_name("main.py")
"""What Streamlit runs for every visitor."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")

OPTIONS: Final[dict[str, object]] = {
    "browser.gatherUsageStats": False,
    "client.allowedOrigins": [],
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "theme.base": "light",
    "theme.backgroundColor": "#ffffff",
    "theme.secondaryBackgroundColor": "#f2f5f8",
    "theme.textColor": "#1b2733",
    "theme.primaryColor": "#1f5f8b",
    "theme.linkColor": "#1f5f8b",
    "theme.yellowTextColor": "#5a3d00",
    "theme.blueTextColor": "#123f5f",
    "theme.redTextColor": "#8a1015",
    "theme.borderColor": "#ccd5dd",
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
