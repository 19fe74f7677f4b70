"""The app under an ASGI server that is not `forrang serve`: its logs are guarded all the same."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

NUMBER = "010190-1234"


def test_no_patients_number_comes_into_another_servers_logs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = os.environ | {"FORRANG_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, env=here) as server:
        assert server.stdout is not None
        log = []
        for line in server.stdout:
            log.append(line)
            if "running on" in line:
                break
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/fhir/R4/Task?subject={NUMBER}")
        server.terminate()
        log += server.stdout.readlines()
    told = "".join(log)
    assert '" 401' in told
    assert NUMBER not in told
    assert "Traceback" not in told
