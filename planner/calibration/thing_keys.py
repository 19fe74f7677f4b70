"""Whose block or slide a key in a trace is: splits are gone through again, with the draws of docs/planner_engine.md."""

from planner.engine.draws import FOR_CHILD, FOR_COUNT, draw_key, next_key, sample
from planner.engine.tables import JOIN, SPLIT, Futures, Outcome, Tables

_EMPTY_ROUNDS = 4
"""So many rounds in a row without a trace, and a thing that goes in circles has not come to the split again."""


def things_of(tables: Tables, futures: Futures, outcome: Outcome) -> dict[int, tuple[int, str]]:
    """Key, as the trace has it, to case and item; `3.2.1` is the first part of the second part that split 3 made."""
    return _Things(tables, futures, outcome).found


class _Things:
    def __init__(self, tables: Tables, futures: Futures, outcome: Outcome) -> None:
        self.tables = tables
        self.seen = set(outcome.trace[:, 4].tolist())
        self.found: dict[int, tuple[int, str]] = {}
        again = _may_come_again(tables)
        self.splits: dict[int, list[tuple[int, bool]]] = {}
        for step in (tables.step_kind == SPLIT).nonzero()[0].tolist():
            path = _path(tables, step)
            self.splits.setdefault(path[-1] if path else -1, []).append((step, step in again))
        for case, (key, stream) in enumerate(zip(futures.case_key.tolist(), futures.case_stream.tolist(), strict=True)):
            self._explore(key, -1, case, stream, "")

    def _explore(self, key: int, inside: int, case: int, stream: int, item: str) -> bool:
        """Notes the thing and what it falls into; whether any of it is in the trace."""
        signed = key - 2**64 if key >= 2**63 else key
        self.found[signed] = (case, item)
        seen = signed in self.seen
        for split, circles in self.splits.get(inside, []):
            activity = int(self.tables.step_activity[split])
            number, come_round, last_seen = 0, 0, 0
            while come_round - last_seen < (_EMPTY_ROUNDS if circles else 1):
                part = next_key(draw_key(key, activity, come_round, FOR_CHILD))
                for _ in range(self._count(key, activity, come_round, split, stream)):
                    number += 1
                    name = f"{item}.{number}" if item else f"{split}.{number}"
                    if self._explore(part, split, case, stream, name):
                        seen, last_seen = True, come_round + 1
                    part = next_key(part)
                come_round += 1
        return seen

    def _count(self, key: int, activity: int, come_round: int, split: int, stream: int) -> int:
        t, d = self.tables, int(self.tables.step_time[split, stream])
        kind, a, b, c = int(t.dist_kind[d]), float(t.dist_a[d]), float(t.dist_b[d]), float(t.dist_c[d])
        return max(1, int(sample(kind, a, b, c, t.pool, draw_key(key, activity, come_round, FOR_COUNT)) + 0.5))


def _path(tables: Tables, step: int) -> tuple[int, ...]:
    """Splits that a thing at the step is inside of; at a join, the whole that goes on."""
    path = tuple(tables.path[tables.path_first[step] : tables.path_first[step + 1]].tolist())
    return path[:-1] if tables.step_kind[step] == JOIN else path


def _may_come_again(tables: Tables) -> set[int]:
    """Steps in a circle, and those behind one: a thing may be in a later round there than its first."""
    steps, streams = tables.step_time.shape
    after: dict[int, set[int]] = {}
    for step in range(steps):
        if tables.step_kind[step] == SPLIT:
            inside = (*_path(tables, step), step)
            to = [other for other in range(steps) if _whole_path(tables, other) == inside]
        else:
            first, last = tables.route_first[step * streams], tables.route_first[(step + 1) * streams]
            to = tables.route_to[first:last].tolist()
        after[step] = {other for other in to if other >= 0 and _path(tables, other) == _path(tables, step)}
    for _ in range(steps):
        after = {step: to.union(*(after[other] for other in to)) for step, to in after.items()}
    circles = [to for step, to in after.items() if step in to]
    return set[int]().union(*circles)


def _whole_path(tables: Tables, step: int) -> tuple[int, ...]:
    """The path of a join with its own split; nothing for other steps."""
    if tables.step_kind[step] != JOIN:
        return (-1,)
    return tuple(tables.path[tables.path_first[step] : tables.path_first[step + 1]].tolist())
