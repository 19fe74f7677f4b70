"""Which stored px to read for wanted px: level, scaled decoding, boxes and runs. Pure geometry.

A *source* is a stored level, decoded in full (scale 1) or, where its tiles are JPEG, at 1/2, 1/4 or 1/8
of its size by the decoder itself, which costs less than decoding in full and shrinking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor

from inference.slides.slide import Level

SAME_SCALE = 0.02
"""Relative difference of resolution that is not worth resampling: 5 px over a 256-px tile. Chosen here."""


@dataclass(frozen=True)
class Source:
    """A stored level decoded at 1/scale; one of its px spans `downsample` level-0 px."""

    level: int
    scale: int
    downsample: float


@dataclass(frozen=True)
class Box:
    """Whole px of a source: left, top, width, height. May reach beyond the slide, where all is white."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column after the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row after the box."""
        return self.top + self.height

    def touches(self, other: "Box") -> bool:
        """Whether the two share a px."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Cut:
    """What to read of a source for one output, and where the output lies in it.

    exact: (left, top, right, bottom) in source px, fractional; None where `box` is copied as it is.
    """

    box: Box
    exact: tuple[float, float, float, float] | None


@dataclass(frozen=True)
class Run:
    """Neighbouring cuts of one row that are read together: their indices and the box around them."""

    indices: tuple[int, ...]
    box: Box


def choose_source(levels: Sequence[Level], scales: Sequence[Sequence[int]], wanted: float) -> Source:
    """The coarsest source that is not coarser than wanted; among equals the one that decodes least.

    scales: per level, what its tiles can be decoded at (1, and 2, 4, 8 where they can).
    wanted: level-0 px per output px. Where even level 0 is coarser than wanted, level 0.
    """
    every = [
        Source(number, scale, level.downsample * scale)
        for number, level in enumerate(levels)
        for scale in scales[number]
    ]
    fine_enough = [source for source in every if source.downsample <= wanted * (1 + SAME_SCALE)]
    if not fine_enough:
        return min(every, key=lambda source: (source.downsample, source.scale))
    coarsest = max(source.downsample for source in fine_enough)
    equals = [source for source in fine_enough if source.downsample >= coarsest * (1 - SAME_SCALE)]
    return min(equals, key=lambda source: (source.scale, -source.downsample))


def cut(x: float, y: float, width: int, height: int, wanted: float, source: Source) -> Cut:
    """Where `width` x `height` output px of `wanted` level-0 px each, from (x, y) on, lie in the source.

    Within SAME_SCALE of the wanted resolution px are copied from the nearest whole position.
    """
    factor = wanted / source.downsample
    left, top = x / source.downsample, y / source.downsample
    if abs(factor - 1) <= SAME_SCALE:
        return Cut(Box(floor(left + 0.5), floor(top + 0.5), width, height), None)
    right, bottom = left + width * factor, top + height * factor
    box = Box(floor(left), floor(top), ceil(right) - floor(left), ceil(bottom) - floor(top))
    return Cut(box, (left, top, right, bottom))


def runs(cuts: Sequence[Cut], grid_px: int, most_px: int) -> Iterator[Run]:
    """Groups a row's cuts from left to right so that no stored tile is read in vain.

    Cuts join where their stored tiles (columns of `grid_px` source px) are the same or neighbours, until the
    box holds `most_px` px. All cuts share top and height.
    """
    order = sorted(range(len(cuts)), key=lambda index: cuts[index].box.left)
    members: list[int] = []
    box: Box | None = None
    for index in order:
        next_box = cuts[index].box
        if box is not None:
            right = max(box.right, next_box.right)
            joined = Box(box.left, box.top, right - box.left, box.height)
            near = next_box.left // grid_px <= (box.right - 1) // grid_px + 1
            if near and joined.width * joined.height <= most_px:
                members.append(index)
                box = joined
                continue
            yield Run(tuple(members), box)
        members, box = [index], next_box
    if box is not None:
        yield Run(tuple(members), box)


def scaled(length: int, scale: int) -> int:
    """How many px of a decoder's 1/scale image lie wholly within `length` px, at least one.

    A last px that only partly belongs to the slide mixes in the padding of its stored tile, which may be black.
    """
    return max(1, length // scale)
