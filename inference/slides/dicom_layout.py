"""Whether a grid's frames are stored row by row or column by column, judged by how their edges fit.

DICOM's TILED_FULL is row by row (PS3.3 C.7.6.17.3), but files that do not say how they are organised
come in both orders. Pure.
"""

from collections.abc import Callable, Sequence

import numpy as np

from inference.slides.slide import Pixels

_MOST_PAIRS = 48


def frame_order(columns: int, rows: int, *, by_column: bool) -> list[int]:
    """Which frame lies at each place of the grid, places counted row by row."""
    if by_column:
        return [column * rows + row for row in range(rows) for column in range(columns)]
    return list(range(columns * rows))


def fits_by_column(columns: int, rows: int, frame: Callable[[int], Pixels | None]) -> bool:
    """Whether the frames fit together better column by column than row by row.

    frame: a frame's px, at any scale, None where it cannot be decoded; it is asked for few frames.
    """
    if columns == 1 or rows == 1:
        return False
    row_first = _misfit(columns, rows, frame, frame_order(columns, rows, by_column=False))
    column_first = _misfit(columns, rows, frame, frame_order(columns, rows, by_column=True))
    return column_first < row_first


def _misfit(columns: int, rows: int, frame: Callable[[int], Pixels | None], order: Sequence[int]) -> float:
    """Mean difference in grey levels over the seams of some neighbouring frames; the last row and column are
    left out, since their frames are padded."""
    places = [(column, row) for row in range(rows - 1) for column in range(columns - 1)]
    step = max(1, len(places) // _MOST_PAIRS)
    misfits = []
    for column, row in places[::step]:
        here = frame(order[row * columns + column])
        if here is None:
            continue
        if column + 1 < columns - 1:
            right = frame(order[row * columns + column + 1])
            if right is not None:
                misfits.append(_difference(here[:, -1], right[:, 0]))
        if row + 1 < rows - 1:
            below = frame(order[(row + 1) * columns + column])
            if below is not None:
                misfits.append(_difference(here[-1], below[0]))
    return float(np.mean(misfits)) if misfits else 0.0


def _difference(a: Pixels, b: Pixels) -> float:
    return float(np.abs(a.astype(np.int16) - b).mean())
