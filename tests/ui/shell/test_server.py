"""Serving: this machine only, nothing told to anybody, and a taken port is said in words."""

import socket

import pytest
from streamlit import config

from ui.shell.options import LOOPBACK, OPTIONS, SCRIPT
from ui.shell.server import ServeError, serve


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"port {port} on 127\.0\.0\.1 is not free .*--port"):
            serve(port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ServeError, match=r"192\.0\.2\.1: .*address of this machine"):
        serve(0, "192.0.2.1")


def test_a_port_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ServeError, match="65535"):
        serve(70000)


def test_every_option_is_one_that_this_streamlit_knows() -> None:
    for name in OPTIONS:
        config.get_option(name)


def test_nothing_is_told_to_anybody_and_no_browser_is_opened() -> None:
    assert OPTIONS["browser.gatherUsageStats"] is False
    assert OPTIONS["server.headless"] is True
    assert OPTIONS["client.showErrorLinks"] is False
    assert OPTIONS["client.allowedOrigins"] == []
    assert set(LOOPBACK) == {"127.0.0.1", "localhost", "::1"}


def test_the_script_that_streamlit_runs_lies_beside_the_pages() -> None:
    assert SCRIPT.is_file()
    assert SCRIPT.is_absolute()
