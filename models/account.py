"""Who runs a command, as the operating system knows it."""

import getpass


def account_name() -> str:
    """The account of the operating system that this process runs under."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
