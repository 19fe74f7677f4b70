"""The direct path against OpenSlide, on made files of every layout it claims to know."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openslide
import pytest
import simplejpeg
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from inference.errors import RegionError
from inference.phantoms.pyramid import encode_tile, write_pyramid, write_pyramid_from_array
from inference.slides.open import open_slide
from inference.slides.openslide_reader import OpenSlideSlide
from inference.slides.resolution import Resolution
from inference.slides.sampling import SAME_SCALE, Box, Source
from inference.slides.slide import Pixels
from inference.slides.tiled import TiledSlide

MakeSlide = Callable[..., Path]


def oracle(path: Path, mpp: float | None = 0.25) -> OpenSlideSlide:
    return OpenSlideSlide(path, openslide.OpenSlide(path), Resolution(mpp, "test"))


def difference(a: Pixels, b: Pixels) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b).mean())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, picture: Pixels) -> tuple[TiledSlide, OpenSlideSlide]:
    path = tmp_path_factory.mktemp("oracle") / "odd grid.svs"
    write_pyramid_from_array(path, picture, 0.25, downsamples=(1, 3), tile_px=240)
    slide = open_slide(path)
    assert isinstance(slide, TiledSlide)
    return slide, oracle(path)


@given(x=st.floats(-300, 1100), y=st.floats(-300, 900), width=st.integers(1, 300), height=st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_native_px_are_openslides_px_anywhere(
    pair: tuple[TiledSlide, OpenSlideSlide], x: float, y: float, width: int, height: int
) -> None:
    direct, other = pair
    assert np.array_equal(direct.read_region(x, y, width, height, 0.25), other.read_region(x, y, width, height, 0.25))


@given(x=st.floats(0, 400), y=st.floats(0, 200), mpp=st.floats(0.1, 1.2))
@settings(max_examples=60, deadline=None)
def test_any_resolution_looks_as_through_openslide(
    pair: tuple[TiledSlide, OpenSlideSlide], x: float, y: float, mpp: float
) -> None:
    direct, other = pair
    sources = [slide._source(mpp / 0.25) for slide in pair]
    assume(not any(0.001 < abs(mpp / 0.25 / source.downsample - 1) <= SAME_SCALE for source in sources))
    assert difference(direct.read_region(x, y, 96, 96, mpp), other.read_region(x, y, 96, 96, mpp)) < 5


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_small_decoding_is_close_to_decoding_and_averaging(pair: tuple[TiledSlide, OpenSlideSlide], scale: int) -> None:
    direct, _ = pair
    whole = direct.read_region(0, 0, 640, 640, 0.25).reshape(640 // scale, scale, 640 // scale, scale, 3).mean((1, 3))
    small = direct._read_box(Source(0, scale, float(scale)), Box(0, 0, 640 // scale, 640 // scale))[0]
    assert np.abs(small - whole).mean() < 2.9


@pytest.mark.parametrize("tile_px", [240, 256, 512])
@pytest.mark.parametrize("vendor", ["aperio", "generic"])
@pytest.mark.parametrize("subsampling", ["420", "422", "444"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_every_layout_gives_openslides_px(
    make_slide: MakeSlide, tile_px: int, vendor: str, subsampling: str, bigtiff: bool
) -> None:
    path = make_slide(tile_px=tile_px, vendor=vendor, subsampling=subsampling, bigtiff=bigtiff, downsamples=(1, 4))
    with open_slide(path) as slide:
        assert isinstance(slide, TiledSlide)
        assert slide.stored_tile == (tile_px, tile_px)
        assert slide.mpp == pytest.approx(0.25)
        assert np.array_equal(
            slide.read_region(37, 11, 700, 500, 0.25), oracle(path).read_region(37, 11, 700, 500, 0.25)
        )


def test_channels_stored_as_rgb_with_shared_tables_are_not_taken_for_ycbcr(tmp_path: Path, picture: Pixels) -> None:
    path = tmp_path / "rgb.svs"
    streams = [_rgb_jpeg(picture[:256, left : left + 256]) for left in (0, 256)]
    tables, tiles = zip(*(_split_tables(stream) for stream in streams), strict=True)
    write_pyramid(
        path, (512, 256), 0.25, lambda _level, column, _row: tiles[column], (1,), 256, colour="rgb", tables=tables[0]
    )
    with open_slide(path) as slide:
        assert isinstance(slide, TiledSlide)
        read = slide.read_region(0, 0, 512, 256, 0.25)
        assert difference(read, picture[:256, :512]) < 4
        assert np.array_equal(read, oracle(path).read_region(0, 0, 512, 256, 0.25))


def test_a_file_that_lies_about_its_colours_is_left_to_openslide(tmp_path: Path, picture: Pixels) -> None:
    path = tmp_path / "liar.svs"
    tile = _rgb_jpeg(picture[:256, :256])
    write_pyramid(path, (256, 256), 0.25, lambda *_: tile, (1,), 256, colour="ycbcr")
    with open_slide(path) as slide:
        assert isinstance(slide, OpenSlideSlide)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_row_gives_the_same_px_as_its_regions(pair: tuple[TiledSlide, OpenSlideSlide], data: st.DataObject) -> None:
    slide = data.draw(st.sampled_from(pair))
    y = data.draw(st.floats(-100, 700))
    xs = data.draw(st.lists(st.floats(-200, 1000), max_size=6))
    mpp = data.draw(st.sampled_from([0.25, 0.5, 0.75, 1.0]))
    row = dict(slide.read_row(y, xs, 64, mpp))
    assert sorted(row) == list(range(len(xs)))
    for index, x in enumerate(xs):
        tile = row[index]
        assert not isinstance(tile, RegionError)
        # OpenSlide places lower levels at fractions of a px and interpolates: up to 6.85 grey levels in 7,500 tiles.
        assert difference(tile, slide.read_region(x, y, 64, 64, mpp)) <= (7 if isinstance(slide, OpenSlideSlide) else 0)


def test_a_row_wider_than_a_run_is_read_in_parts(
    pair: tuple[TiledSlide, OpenSlideSlide], monkeypatch: pytest.MonkeyPatch
) -> None:
    slide, _ = pair
    xs = [64.0 * column for column in range(14)]
    whole = dict(slide.read_row(100, xs, 64, 0.25))
    monkeypatch.setattr("inference.slides.base._RUN_PX", 64 * 200)
    parts = dict(slide.read_row(100, xs, 64, 0.25))
    assert all(np.array_equal(whole[index], parts[index]) for index in range(14))


def test_each_stored_tile_is_decoded_once_over_all_rows(make_slide: MakeSlide, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    real = simplejpeg.decode_jpeg
    with open_slide(make_slide(tile_px=240, downsamples=(1,))) as slide:
        monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *a, **k: decoded.append(1) or real(*a, **k))
        for y in (0, 256, 512):
            assert len(list(slide.read_row(y, [0, 256, 512, 768], 256, 0.25))) == 4
    assert len(decoded) == 4 * 3


def test_only_stored_tiles_under_wanted_tiles_are_decoded(
    make_slide: MakeSlide, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []
    real = simplejpeg.decode_jpeg
    with open_slide(make_slide(tile_px=64, downsamples=(1,))) as slide:
        monkeypatch.setattr(simplejpeg, "decode_jpeg", lambda *a, **k: decoded.append(1) or real(*a, **k))
        list(slide.read_row(0, [0, 640], 64, 0.25))
    assert len(decoded) == 2


def test_tiles_that_were_never_written_are_white(tmp_path: Path, picture: Pixels) -> None:
    path = tmp_path / "holes.svs"
    tile = encode_tile(picture[:256, :256], 256)
    write_pyramid(path, (512, 512), 0.25, lambda _l, c, r: b"" if (c, r) == (1, 0) else tile, (1,), 256)
    with open_slide(path) as slide:
        read = slide.read_region(0, 0, 512, 512, 0.25)
        assert (read[:256, 256:] == 255).all()
        assert np.array_equal(read, oracle(path).read_region(0, 0, 512, 512, 0.25))


def test_beyond_the_slide_all_is_white(pair: tuple[TiledSlide, OpenSlideSlide]) -> None:
    for slide in pair:
        assert (slide.read_region(-500, -500, 100, 100, 0.25) == 255).all()
        assert (slide.read_region(5000, 5000, 100, 100, 1.0) == 255).all()
        edge = slide.read_region(850, 650, 100, 100, 0.25)
        assert (edge[50:] == 255).all()
        assert (edge[:, 50:] == 255).all()
        assert (edge[:50, :50] != 255).any()


def test_a_slide_of_100_px_is_read(make_slide: MakeSlide, picture: Pixels) -> None:
    with open_slide(make_slide(image=picture[:100, :100], downsamples=(1,))) as slide:
        assert (slide.width, slide.height) == (100, 100)
        assert difference(slide.read_region(0, 0, 100, 100, 0.25), picture[:100, :100]) < 6
        assert slide.thumbnail(50).shape == (50, 50, 3)
        assert slide.thumbnail(1000).shape == (100, 100, 3)


def test_finer_than_stored_is_interpolated(make_slide: MakeSlide, picture: Pixels) -> None:
    with open_slide(make_slide()) as slide:
        fine = slide.read_region(100, 100, 200, 200, 0.125)
        assert difference(fine[::2, ::2], picture[100:200, 100:200]) < 10


def test_the_overview_is_the_whole_slide(make_slide: MakeSlide, picture: Pixels) -> None:
    with open_slide(make_slide()) as slide:
        overview = slide.thumbnail(90)
        assert overview.shape == (70, 90, 3)
        assert difference(overview, picture.reshape(70, 10, 90, 10, 3).mean((1, 3)).astype(np.uint8)) < 6


def test_the_overview_of_a_large_slide_is_put_together_from_bands(
    make_slide: MakeSlide, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_slide(make_slide()) as slide:
        whole = slide.thumbnail(200)
        monkeypatch.setattr("inference.slides.base._THUMBNAIL_PX", 5000)
        assert difference(slide.thumbnail(200), whole) < 2


def test_threads_read_the_same_px_as_one(pair: tuple[TiledSlide, OpenSlideSlide]) -> None:
    for slide in pair:
        rows = [20.0 * row for row in range(30)]

        def read(y: float, slide: TiledSlide | OpenSlideSlide = slide) -> Pixels:
            return np.stack([tile for _, tile in slide.read_row(y, [0, 100, 300], 64, 0.25)])

        alone = [read(y) for y in rows]
        with ThreadPoolExecutor(6) as pool:
            together = list(pool.map(read, rows))
        assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_the_identity_is_the_hash_of_the_bytes(make_slide: MakeSlide) -> None:
    path, other = make_slide("one.svs"), make_slide("two.svs", mpp=0.5)
    copy = path.with_name("copy.svs")
    copy.write_bytes(path.read_bytes())
    with open_slide(path) as a, open_slide(copy) as b, open_slide(other) as c:
        assert len(a.identity()) == 64
        assert a.identity() == b.identity() != c.identity()


def test_a_path_with_spaces_and_danish_letters_opens(make_slide: MakeSlide) -> None:
    with open_slide(make_slide("Prøve æøå 12 Å.svs")) as slide:
        assert slide.read_region(0, 0, 10, 10, 0.25).shape == (10, 10, 3)


def _rgb_jpeg(image: Pixels) -> bytes:
    """A JPEG whose three channels are red, green and blue themselves, with Adobe's marker to say so."""
    red, green, blue = (np.ascontiguousarray(image[..., channel]) for channel in range(3))
    stream = simplejpeg.encode_jpeg_yuv_planes(red, green, blue, quality=90)
    return b"\xff\xd8" + bytes.fromhex("ffee000e41646f626500640000000000") + _without(stream, {0xE0})[2:]


def _segments(stream: bytes) -> list[tuple[int, bytes]]:
    """The marker segments of a stream; the last one holds the scan and what follows it."""
    found, at = [], 2
    while stream[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        found.append((stream[at + 1], stream[at:end]))
        at = end
    return [*found, (0xDA, stream[at:])]


def _without(stream: bytes, markers: set[int]) -> bytes:
    return stream[:2] + b"".join(part for marker, part in _segments(stream) if marker not in markers)


def _split_tables(stream: bytes) -> tuple[bytes, bytes]:
    """A stream as shared tables and an abbreviated stream without them, nor any marker for its colours."""
    tables = b"".join(part for marker, part in _segments(stream) if marker in {0xDB, 0xC4})
    return b"\xff\xd8" + tables + b"\xff\xd9", _without(stream, {0xDB, 0xC4, 0xEE})
