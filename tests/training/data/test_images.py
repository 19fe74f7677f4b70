"""Images of all kinds become 8-bit RGB tiles of the size asked for, or are refused in a sentence."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.training.conftest import draw_tile, png_of
from training.data.images import Size, decode, pieces
from training.errors import TileSetError


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def without_width(bmp: bytes) -> bytes:
    return bmp[:18] + struct.pack("<i", 0) + bmp[22:]


def png_of_16_bit(value: int) -> bytes:
    """A PNG of 2 x 2 px of 16 bits a channel, which Pillow cannot write."""
    row = b"\0" + struct.pack(">6H", *[value] * 6)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 2)),
        (b"IEND", b""),
    )
    chunks = (struct.pack(">I", len(it)) + kind + it + struct.pack(">I", zlib.crc32(kind + it)) for kind, it in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_grey_palette_and_transparent_images_become_rgb() -> None:
    grey = decode(encoded(Image.new("L", (5, 4), 100)), "it")
    assert (grey.shape, set(grey.ravel().tolist())) == ((4, 5, 3), {100})
    clear = decode(encoded(Image.new("RGBA", (3, 3), (200, 0, 0, 0))), "it")
    assert set(clear.ravel().tolist()) == {255}
    assert decode(encoded(Image.new("P", (3, 3))), "it").shape == (3, 3, 3)
    assert decode(encoded(Image.new("CMYK", (3, 3)), "JPEG"), "it").shape == (3, 3, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encoded(Image.fromarray(np.zeros((4, 4), np.uint16))), "it has px of kind I;16, not 8-bit colour"),
        (encoded(Image.new("F", (3, 3)), "TIFF"), "it has px of kind F, not 8-bit colour"),
        (b"", "it is not an image"),
        (b"rubbish", "it is not an image"),
        (png_of(np.zeros((9, 9, 3), np.uint8))[:40], "it is not an image"),
        (without_width(encoded(Image.new("RGB", (4, 5)), "BMP")), "it is (0x5 px|not an image)"),
    ],
)
def test_what_is_no_8_bit_image_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(TileSetError, match=message):
        decode(data, "it")


def test_16_bit_colour_is_read_as_its_upper_8_bits() -> None:
    assert set(decode(png_of_16_bit(0x81FF), "it").ravel().tolist()) == {0x81}


@given(st.integers(16, 90), st.integers(16, 90), st.integers(8, 16))
def test_cut_tiles_lie_side_by_side_in_the_middle(width: int, height: int, tile_px: int) -> None:
    pixels = np.arange(width * height * 3, dtype=np.uint64).reshape(height, width, 3).astype(np.uint8)
    found = list(pieces(pixels, None, Size(tile_px, fit="cut"), "it"))
    assert len(found) == (width // tile_px) * (height // tile_px)
    for piece in found:
        x, y = int(piece.x), int(piece.y)
        assert (piece.pixels == pixels[y : y + tile_px, x : x + tile_px]).all()
    left = min(piece.x for piece in found)
    right = width - tile_px - max(piece.x for piece in found)
    assert 0 <= right - left <= 1


def test_an_image_is_brought_to_a_resolution_before_it_is_cut() -> None:
    pixels = np.asarray(Image.fromarray(draw_tile(1, np.random.default_rng(0), 16)).resize((64, 32)))
    found = list(pieces(pixels, 0.5, Size(16, 1.0, fit="cut"), "it"))
    assert [(piece.x, piece.y, piece.mpp) for piece in found] == [(0, 0, 1.0), (32, 0, 1.0)]
    (same,) = pieces(pixels, None, Size(64, 0.5, 0.5), "it")
    assert same.pixels is pixels
    with pytest.raises(TileSetError, match="its um per px is not known"):
        next(pieces(pixels, None, Size(16, 1.0, fit="cut"), "it"))


def test_a_whole_field_is_shrunk_into_a_tile_and_says_its_resolution() -> None:
    (piece,) = pieces(np.zeros((230, 350, 3), np.uint8), 0.4, Size(224, fit="whole"), "it")
    assert piece.pixels.shape == (147, 224, 3)
    assert piece.mpp == pytest.approx(0.625)


def test_a_size_that_cannot_be_had_is_refused() -> None:
    pixels = np.zeros((20, 30, 3), np.uint8)
    with pytest.raises(TileSetError, match="30x20 px, and a tile 16"):
        next(pieces(pixels, None, Size(16), "it"))
    with pytest.raises(TileSetError, match="too small to cut tiles of 24 px"):
        next(pieces(pixels, None, Size(24, fit="cut"), "it"))
    with pytest.raises(TileSetError, match="give --tile-px"):
        Size(fit="cut")
    with pytest.raises(TileSetError, match="leave out --mpp"):
        Size(16, 1.0, fit="whole")
