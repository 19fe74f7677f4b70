"""The script of one made-up day: which orders are sent and which files the scanners write, in random order.

Every case has an order; some orders are sent twice, some are cancelled. Every slide is a real pyramidal TIFF of its
own, but for the bad ones: cut short, no slide at all, or empty. Some slides come a second time under another name, and
some files belong to no case or have a name that tells none. Nothing here is a patient's: numbers, names and pictures
are drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import numpy as np

from inference.phantoms.pyramid import write_pyramid_from_array
from tests.support.hl7 import header, order_message

Kind = Literal["good", "cut short", "no slide", "empty"]
BAD: Final[tuple[Kind, ...]] = ("cut short", "no slide", "empty")
MARK_BYTES: Final = 16
"""The end of a slide's file says which slide it is; readers of TIFF pass over it."""
PATHWAYS: Final = ("breast", "lung", "colorectal", "prostate", "routine")
SPECIMENS: Final = ("BIO^Biopsy^HL70488", "RES^Resection^HL70488", "CYT^Cytology^HL70488")
_PICTURES: Final = 8
_SIDE_PX: Final = 192


@dataclass(frozen=True)
class SlideFile:
    """One file that a scanner writes."""

    name: str
    case: str | None
    """The accession number that its name tells; None where it tells none."""
    mark: str
    """Which slide it is; a copy has the mark of its original."""
    kind: Kind = "good"
    is_copy: bool = False


@dataclass(frozen=True)
class Message:
    """One HL7 message as it is sent."""

    case: str
    text: bytes


@dataclass
class Day:
    """All that happens."""

    slides: list[SlideFile] = field(default_factory=list)
    """Of the cases, each once."""
    copies: list[SlideFile] = field(default_factory=list)
    strays: list[SlideFile] = field(default_factory=list)
    """Files without a case: of a number that nobody orders, or of a name that tells none."""
    orders: list[Message] = field(default_factory=list)
    """The first order of each case."""
    repeated: list[Message] = field(default_factory=list)
    cancels: list[Message] = field(default_factory=list)

    @property
    def cases(self) -> dict[str, list[SlideFile]]:
        """Each case's slides."""
        found: dict[str, list[SlideFile]] = {order.case: [] for order in self.orders}
        for slide in self.slides:
            found[slide.case or ""].append(slide)
        return found

    def events(self, rng: np.random.Generator) -> list[SlideFile | Message]:
        """Everything, in random order."""
        files = [*self.slides, *self.copies, *self.strays]
        told: list[SlideFile | Message] = [*files, *self.orders, *self.repeated, *self.cancels]
        return [told[int(place)] for place in rng.permutation(len(told))]


def draw_day(cases: int, slides: int, rng: np.random.Generator, now_utc: datetime) -> Day:
    """A day of that size: 3 of 100 slides are bad, 5 come twice; 10 of 100 orders are sent twice, 2 are cancelled."""
    day = Day()
    numbers = [f"26-{100_000 + case}" for case in range(cases)]
    owners = [*range(cases), *rng.integers(0, cases, slides - cases).tolist()]
    bad = set(rng.choice(slides, round(slides * 0.03), replace=False).tolist())
    for slide, owner in enumerate(owners):
        number = numbers[owner]
        kind: Kind = BAD[slide % 3] if slide in bad else "good"
        mark = f"{slide:0{MARK_BYTES}}"
        day.slides.append(SlideFile(f"{number}_{slide}A_HE_01.tif", number, mark, kind))
        if kind == "good" and rng.random() < 0.05:
            day.copies.append(SlideFile(f"{number}_{slide}A_HE_02.tif", number, mark, is_copy=True))
    for stray in range(max(1, slides // 200)):
        mark = f"{slides + stray:0{MARK_BYTES}}"
        named = stray % 2 == 0
        name = f"26-{900_000 + stray}_1A_HE_01.tif" if named else f"scan {stray} of today.tif"
        day.strays.append(SlideFile(name, f"26-{900_000 + stray}" if named else None, mark))
    for case, number in enumerate(numbers):
        sent = now_utc - timedelta(hours=6 * rng.random())
        day.orders.append(_order(case, number, "NW", sent))
        if rng.random() < 0.10:
            day.repeated.append(day.orders[-1])
        if rng.random() < 0.02:
            day.cancels.append(_order(case, number, "CA", sent + timedelta(minutes=5)))
    return day


def pictures(folder: Path, rng: np.random.Generator) -> list[bytes]:
    """A few tiny real pyramidal slides, whose bytes all good files begin with."""
    made = []
    for number in range(_PICTURES):
        coarse = rng.integers(120, 250, (12, 12, 3), dtype=np.uint8)
        image = np.kron(coarse, np.ones((_SIDE_PX // 12, _SIDE_PX // 12, 1), dtype=np.uint8))
        path = folder / f"{number}.tif"
        write_pyramid_from_array(path, image, 0.5, downsamples=(1, 4), tile_px=64)
        made.append(path.read_bytes())
    return made


def content(slide: SlideFile, of_slides: list[bytes]) -> Iterator[bytes]:
    """What the scanner writes, in two pieces."""
    picture, mark = of_slides[int(slide.mark) % len(of_slides)], slide.mark.encode()
    if slide.kind == "good":
        yield picture[: len(picture) // 2]
        yield picture[len(picture) // 2 :] + mark
    elif slide.kind == "cut short":
        yield picture[: len(picture) // 2] + mark
    elif slide.kind == "no slide":
        yield b"the scanner's log, under a slide's name " * 40 + mark


def _order(case: int, number: str, control: str, sent: datetime) -> Message:
    stamp = f"{sent.astimezone(UTC):%Y%m%d%H%M%S}+0000"
    text = order_message(
        control=control,
        accession=number,
        placer=f"R{case:06}",
        pathway=PATHWAYS[case % len(PATHWAYS)],
        patient=f"P{case // 2:07}",
        specimen=f"SPM|1|^{number}.1||{SPECIMENS[case % len(SPECIMENS)]}",
        received=f"{sent - timedelta(minutes=30):%Y%m%d%H%M%S}+0000",
        msh=header(number=f"M{case:06}{control}", f7=stamp),
    )
    return Message(number, text.encode())
