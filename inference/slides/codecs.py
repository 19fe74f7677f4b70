"""How a stored tile's bytes become px. Damage is noticed, never returned as grey or black."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import simplejpeg
from PIL import Image

from inference.slides.slide import Pixels

_START = b"\xff\xd8"
_END = b"\xff\xd9"
_ADOBE_RGB = bytes.fromhex("ffee000e41646f626500640000000000")
"""The marker that tells a JPEG decoder: three channels as they are, no YCbCr."""

JpegColour = Literal["YCbCr", "RGB"]


class DecodingError(Exception):
    """A stored tile's bytes are damaged, or are not what the file says they are."""


class TileCodec(Protocol):
    """Turns the bytes of one stored tile into px."""

    def scales(self, tile: tuple[int, int]) -> Sequence[int]:
        """The scales 1/s at which a tile of this width and height can be decoded; always 1."""
        ...

    def decode(self, data: bytes, tile: tuple[int, int], scale: int) -> Pixels:
        """uint8 (height / scale, width / scale, 3), RGB. Raises DecodingError."""
        ...


@dataclass(frozen=True)
class JpegCodec:
    """Baseline or progressive JPEG through libjpeg-turbo, at 1, 1/2, 1/4 or 1/8 of its size.

    prefix: what replaces the start of each stream: start marker, shared tables, colour marker.
    """

    prefix: bytes = _START

    @classmethod
    def of(cls, tables: bytes, colour: JpegColour) -> "JpegCodec":
        """For TIFF tiles with shared `tables` (b"" for none), whose channels are `colour`."""
        shared = tables.removeprefix(_START).removesuffix(_END)
        return cls(_START + shared + (_ADOBE_RGB if colour == "RGB" else b""))

    def scales(self, tile: tuple[int, int]) -> Sequence[int]:
        """1, and of 2, 4, 8 what divides the tile."""
        return [scale for scale in (1, 2, 4, 8) if tile[0] % scale == 0 and tile[1] % scale == 0]

    def decode(self, data: bytes, tile: tuple[int, int], scale: int) -> Pixels:
        """Decodes one stream; recoverable damage counts as damage."""
        width, height = tile[0] // scale, tile[1] // scale
        stream = data if len(self.prefix) == len(_START) else self.prefix + data[2:]
        try:
            pixels: Pixels = simplejpeg.decode_jpeg(stream, min_width=width, min_height=height, min_factor=scale)
        except ValueError as error:
            raise DecodingError(str(error)) from error
        if pixels.shape != (height, width, 3):
            raise DecodingError(f"it holds {pixels.shape[1]} x {pixels.shape[0]} px, not {width} x {height}")
        return pixels

    def colour_of(self, data: bytes, tile: tuple[int, int]) -> str:
        """How the stream itself says that its channels are stored ("" where it is not a tile of this size)."""
        try:
            height, width, colour, _ = simplejpeg.decode_jpeg_header(self.prefix + data[2:])
        except ValueError:
            return ""
        return str(colour) if (width, height) == tile else ""


@dataclass(frozen=True)
class PillowCodec:
    """JPEG 2000 and whatever else Pillow can decode, in full."""

    def scales(self, tile: tuple[int, int]) -> Sequence[int]:  # noqa: ARG002
        """Only 1."""
        return [1]

    def decode(self, data: bytes, tile: tuple[int, int], scale: int) -> Pixels:  # noqa: ARG002
        """Decodes one stream."""
        try:
            with Image.open(io.BytesIO(data)) as image:
                if image.size != tile:
                    raise DecodingError(f"it holds {image.width} x {image.height} px, not {tile[0]} x {tile[1]}")
                return np.asarray(image.convert("RGB"))
        except (OSError, SyntaxError, ValueError) as error:
            raise DecodingError(str(error)) from error


@dataclass(frozen=True)
class RawCodec:
    """Uncompressed 8-bit RGB, px by px, or 8-bit grey."""

    samples: int = 3

    def scales(self, tile: tuple[int, int]) -> Sequence[int]:  # noqa: ARG002
        """Only 1."""
        return [1]

    def decode(self, data: bytes, tile: tuple[int, int], scale: int) -> Pixels:  # noqa: ARG002
        """Takes the bytes as they are."""
        flat = np.frombuffer(data, np.uint8)
        if flat.size != tile[0] * tile[1] * self.samples:
            raise DecodingError(f"it holds {flat.size} bytes, not {tile[0] * tile[1] * self.samples}")
        return np.broadcast_to(flat.reshape(tile[1], tile[0], self.samples), (tile[1], tile[0], 3))
