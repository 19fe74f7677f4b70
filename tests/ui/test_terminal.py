"""What the command line shows while slides are scored counts slides, however often one is read."""

import io

from rich.console import Console

from tests.support.scorers import stub_result
from ui.terminal import ScoringProgress


def test_a_slide_that_is_read_twice_counts_once_and_one_that_comes_meanwhile_is_added() -> None:
    told = io.StringIO()
    with ScoringProgress(2, Console(file=told)) as progress:
        for number, name in enumerate(("a.svs", "b.svs")):
            progress.slide_finished(number, stub_result(name))
        progress.slide_finished(1, stub_result("b.svs"))
        progress.slide_finished(2, stub_result("later.svs"))
    counts = [line.split()[0] for line in told.getvalue().splitlines() if "/" in line]
    assert counts == ["1/2", "2/2", "2/2", "3/3"]
