"""Brings programs that the tests need and that pip cannot: says what it runs, and gives up after a while."""

import os
import shutil
import subprocess
import sys

LIMIT_S = 900


def install_debian(package: str) -> None:
    """Installs a Debian package, as root or by a sudo that asks nothing; elsewhere does nothing."""
    if not shutil.which("apt-get"):
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and not shutil.which("sudo"):
        return
    install = [*root, "apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    if not run(install, **quiet) and run([*root, "apt-get", "update", "-q"], **quiet):
        run(install, **quiet)


def run(command: list[str], **variables: str) -> bool:
    """Runs a command with further environment variables; whether it succeeded in time."""
    say("  " + " ".join(command))
    try:
        done = subprocess.run(
            command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def say(text: str) -> None:
    """A line for whoever watches."""
    sys.stderr.write(text + "\n")
