"""Starts a program from a small process and writes what it used: `launch.py OUT.json PROGRAM ARGUMENT...`.

Linux counts the memory of the process that starts a program into that program's peak, so a benchmark that holds a
network itself must not start what it measures.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    """Runs the program; returns its exit status."""
    start = time.perf_counter()
    status = subprocess.run(sys.argv[2:], check=False).returncode
    wall = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    record = {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss * 1024 / 1e6}
    Path(sys.argv[1]).write_text(json.dumps(record), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
