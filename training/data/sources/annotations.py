"""Tiles cut from slides under what was drawn on them, at one resolution and size, on tissue only."""

from collections.abc import Iterable
from dataclasses import replace

import shapely

from inference.errors import RegionError, SlideError
from inference.labelled_tiles import Outlines, cut_labelled
from inference.slides.open import open_slide
from training.data.images import encode
from training.data.qupath import read_outlines
from training.data.reading import Reading
from training.data.slide_table import SlideEntry
from training.data.tile import Found, LeftOut, Tile
from training.errors import TileSetError

NOTHING = shapely.Polygon()
NO_VENDOR = ("generic", "flat")
"""How readers name files that do not say what scanner wrote them."""


def annotated_tiles(entries: Iterable[SlideEntry], reading: Reading) -> Found:
    """The tiles of the slides; a slide that cannot be read, or on which nothing was drawn, is left out with its reason.

    A negative slide without regions gives negative tiles where the rest is negative.
    Raises TileSetError: the size or resolution of tiles is not said.
    """
    if reading.size.tile_px is None or reading.size.mpp is None:
        raise TileSetError("Tiles are cut from slides in um: give --tile-px and --mpp, those of the model.")
    for entry in entries:
        if not entry.patient:
            yield LeftOut(entry.slide.name, "its patient is not known")
            continue
        try:
            outlines = _outlines(entry, reading)
            if outlines is None:
                yield LeftOut(entry.slide.name, "nothing was drawn on it: its label is for a bag of tiles")
                continue
            yield from _tiles(entry, outlines, reading.size.tile_px, reading.size.mpp, reading.size.source_mpp)
        except (SlideError, TileSetError) as error:
            yield LeftOut(entry.slide.name, str(error))


def _outlines(entry: SlideEntry, reading: Reading) -> Outlines | None:
    if entry.annotations is not None:
        return read_outlines(entry.annotations, reading.classes, rest_negative=reading.rest_negative)
    if entry.label == 0 and reading.rest_negative:
        return Outlines(NOTHING, NOTHING, NOTHING, rest_negative=True)
    return None


def _tiles(entry: SlideEntry, outlines: Outlines, tile_px: int, mpp: float, source_mpp: float | None) -> Found:
    blank = Tile(b"", entry.patient, 0, entry.split, entry.slide.stem, entry.site, entry.scanner, mpp)
    count = 0
    with open_slide(entry.slide, entry.mpp or source_mpp) as slide:
        scanner = entry.scanner or ("" if slide.vendor.startswith(NO_VENDOR) else slide.vendor)
        for tile in cut_labelled(slide, outlines, tile_px, mpp):
            if isinstance(tile, RegionError):
                yield LeftOut(entry.slide.name, "a tile of it cannot be decoded")
                continue
            count += 1
            yield replace(
                blank, png=encode(tile.pixels), label=tile.label, scanner=scanner, x=tile.x, y=tile.y, side=tile.side
            )
    if not count:
        yield LeftOut(entry.slide.name, "no tissue lies in its regions")
