"""The planner's simulator beside queueing theory, exact against simulated: writes docs/validation.md.

    python -m benchmarks.validate_planner

Takes about a minute. The tests in tests/planner/theory simulate the same rows with the same seeds.
"""

import time

from benchmarks.conditions import PROJECT, as_text, conditions
from benchmarks.known_queues import NO_CONTROL, SMALL_CHANGE, systems
from benchmarks.queues import CONFIDENCE, PRECISION, Checked, Row, System, check

DOCUMENT = PROJECT / "docs" / "validation.md"
PARTS = ("forrang", "numba", "numpy", "scipy")

HEAD = f"""# The simulator against theory

Departments that queueing theory knows exactly, by the planner's public path: scenario, compiled, futures drawn,
simulated. The exact value lies in every interval, and the half width of each is below {PRECISION:.0%} of it; below
{NO_CONTROL:.0%} for first-come waits at M/M/1, 0.8 and 0.9 busy, and for waits of flagged cases that interrupt others,
all of which the tests compare with Lindley's recursion besides, case by case, to the millisecond; and below
{SMALL_CHANGE:.1%} for what triage costs the others, a small difference of long waits.

Intervals are {CONFIDENCE:.1%} t intervals over independent replications, sharpened by control variates
(`benchmarks/estimators.py`): by chance a replication has more cases or longer services than the mean, which theory
knows; regression takes that luck out, and leaves any error of the simulation in. Formulas: `benchmarks/theory.py`;
departments: `benchmarks/known_queues.py`. `tests/planner/theory` runs the same rows, and tests that an exact value 1%
off is rejected.

Times are in minutes; a service takes 10 on average, unless it says otherwise. Changes are against the same cases first
come, first served (Lindley's recursion); "change, all" is that of all cases, diseased or not: triage moves waiting, it
does not remove it. Its error is in % of the first-come wait.

| system | figure | theory | exact | simulated | {CONFIDENCE:.1%} interval | error % | events |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Simulates, prints and writes."""
    about = conditions("benchmarks.validate_planner", PARTS)
    start = time.process_time()
    lines = [_line(system, checked) for system in systems() for checked in check(system)]
    seconds = time.process_time() - start
    text = HEAD + "\n".join(lines) + f"\n\n{seconds:.0f} CPU-seconds. {as_text(about)}\n"
    print(text)
    DOCUMENT.write_text(text, encoding="utf-8")


def exact_columns() -> tuple[str, ...]:
    """How each row of the table begins: what does not depend on the simulation."""
    return tuple(_exact(system, row) for system in systems() for row in system.rows)


def _exact(system: System, row: Row) -> str:
    return f"| {system.name} | {row.figure} | {system.source} | {row.exact:.4f} |"


def _line(system: System, checked: Checked) -> str:
    found = checked.simulated
    low, high = found.mean - found.half_width, found.mean + found.half_width
    return (
        f"{_exact(system, checked.row)} {found.mean:.4f} | {low:.4f} to {high:.4f} | {100 * checked.error:+.2f} "
        f"| {checked.events:,} |"
    )


if __name__ == "__main__":
    main()
