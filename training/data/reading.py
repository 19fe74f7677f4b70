"""How images of any source become tiles of the one form, and what is left out of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.data.images import Piece, Size, decode, encode, pieces
from training.data.tile import Classes, Found, LeftOut, PatientPattern, Tile, told
from training.errors import TileSetError


@dataclass(frozen=True)
class Reading:
    """How any source's images become tiles."""

    size: Size = field(default_factory=Size)
    classes: Classes = field(default_factory=Classes)
    patient_of: PatientPattern = field(default_factory=PatientPattern)
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our name of a column to the table's, where they differ."""
    rest_negative: bool = False
    """Whether tissue that no region on a slide touches is negative."""


def tiles_of_image(row: Mapping[str, Any], name: str, reading: Reading) -> Found:
    """The tiles of one image. row: by our names of columns, `png` being its bytes; name: what it is called."""
    label = reading.classes.label(row["label"])
    patient = reading.patient_of.patient(told(row["patient"]))
    if label is None:
        known = told(row["label"])
        yield LeftOut(name, f"its class {known!r} is neither positive nor negative" if known else "it has no label")
        return
    if not patient:
        yield LeftOut(name, "its patient is not known")
        return
    try:
        pixels = decode(row["png"] or b"", name)
    except TileSetError as error:
        yield LeftOut(name, _reason(str(error), name))
        return
    own = row.get("mpp")
    for piece in pieces(pixels, own if own and own > 0 else None, reading.size, name):
        x, y, side = _place(row, piece, reading.size)
        yield Tile(
            png=row["png"] if piece.pixels is pixels and _plain(row["png"]) else encode(piece.pixels),
            patient=patient,
            label=label,
            split=told(row.get("split")),
            slide=told(row.get("slide")),
            site=told(row.get("site")),
            scanner=told(row.get("scanner")),
            mpp=piece.mpp,
            x=x,
            y=y,
            side=side,
        )


def _place(row: Mapping[str, Any], piece: Piece, size: Size) -> tuple[float | None, ...]:
    """Corner and side of the tile: in its slide if the table says so and it was kept whole, else in its image."""
    if size.fit != "keep":
        return piece.x, piece.y, None
    return tuple(None if row.get(name) is None else float(row[name]) for name in ("x", "y", "side"))


def _plain(data: bytes) -> bool:
    """Whether an image may stay as it came: PNG or JPEG, which any reader opens."""
    return data.startswith((b"\x89PNG", b"\xff\xd8\xff"))


def _reason(sentence: str, name: str) -> str:
    """The words without what differs between images, so that the same faults are counted together."""
    words = sentence.removeprefix(f"{name} ")
    return "it is not an image" if words.startswith("is not an image") else f"it {words}"
