"""Draws phantom slides: made-up H&E sections, written as a scanner would write them. They show nobody's tissue.

Stain is laid on as optical density and turned into colour by Beer-Lambert's law, as on glass.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from inference.phantoms.anatomy import COARSE_MPP, lay_out
from inference.phantoms.noise import Field
from inference.phantoms.nuclei import press
from inference.phantoms.pyramid import write_pyramid_from_array
from inference.phantoms.spec import PhantomSpec

HAEMATOXYLIN = (0.57, 0.70, 0.42)
EOSIN = (0.085, 0.83, 0.55)
"""Optical density of red, green and blue of a unit of stain. M: Macenko's method on 600 tiles of the IDC train split
(0.53-0.60, 0.67-0.75, 0.39-0.44 and 0.07-0.10, 0.82-0.85, 0.52-0.57)."""
GLASS = (244.0, 243.0, 244.0)
FULL_SCALE = 2.0
"""Density that 255 stands for while drawing."""
GRAIN = 0.09
"""Spread of the fine grain of eosin, as a share of it. A."""
_BAND = 256
BLUR_UM = 2.5
"""Gaussian blur of a phantom out of focus: nuclei can be seen, their edges and chromatin cannot. A."""
PEN_INK = (0.20, 0.66, 0.55)
"""Part of red, green and blue light that a green pen lets through. A."""
WORDS = "PHANTOM - drawn, not a patient's tissue"


def draw_phantom(spec: PhantomSpec, path: Path) -> None:
    """Writes the phantom as a pyramidal JPEG TIFF with its resolution. The same spec gives the same file."""
    write_pyramid_from_array(path, phantom_image(spec), spec.mpp)
    if spec.broken:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 3])


def phantom_image(spec: PhantomSpec) -> npt.NDArray[np.uint8]:
    """The phantom's picture at full resolution: uint8 (height, width, 3), RGB."""
    rng = np.random.default_rng((spec.seed, 1))
    anatomy = lay_out(spec)
    shape = (spec.height_px, spec.width_px)
    haematoxylin = _plane(anatomy.haematoxylin, shape)
    for kind, groups in anatomy.nuclei.items():
        for nuclei in groups:
            press(haematoxylin, kind, nuclei, spec.mpp, FULL_SCALE, rng)
    image = _developed(haematoxylin, _plane(anatomy.eosin, shape), _colours(spec.stain), rng)
    if spec.pen:
        _mark_with_pen(image, spec.mpp, rng)
    picture = Image.fromarray(image)
    if spec.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(BLUR_UM / spec.mpp))
    size = max(10, spec.height_px // 60)
    ImageDraw.Draw(picture).text((size, spec.height_px - 2 * size), WORDS, fill=(120, 120, 120), font_size=size)
    return np.asarray(picture)


def _plane(density: Field, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A density at full size, 255 for `FULL_SCALE`."""
    coarse = np.asarray(np.clip(density * (255 / FULL_SCALE), 0, 255), np.uint8)
    full = Image.fromarray(coarse).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.array(full, np.uint8)


def _developed(
    haematoxylin: npt.NDArray[np.uint8],
    eosin: npt.NDArray[np.uint8],
    colours: npt.NDArray[np.uint8],
    rng: np.random.Generator,
) -> npt.NDArray[np.uint8]:
    """The colours of two planes of stain, band by band, with a fine grain in the eosin."""
    height, width = eosin.shape
    grain = ndimage.gaussian_filter(rng.standard_normal((_BAND, _BAND), dtype=np.float32), 1.1, mode="wrap")
    parts = np.clip(128 * (1 + GRAIN * grain / grain.std()), 0, 255).astype(np.uint16)
    across = np.tile(parts, (1, -(-width // _BAND)))[:, :width]
    image = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        band = slice(top, min(top + _BAND, height))
        grained = np.minimum((eosin[band] * across[: band.stop - top]) >> 7, 255)
        np.take(colours, (haematoxylin[band].astype(np.uint16) << 8) | grained, axis=0, out=image[band])
    return image


def _colours(stain: float) -> npt.NDArray[np.uint8]:
    """The colour of every pair of densities, 256 x 256 of them: uint8 (65536, 3), haematoxylin the slower."""
    amount = np.arange(256, dtype=np.float64) / 255 * FULL_SCALE * stain
    density = amount[:, None, None] * np.array(HAEMATOXYLIN) + amount[None, :, None] * np.array(EOSIN)
    return np.asarray(np.rint(np.array(GLASS) * np.exp(-density)), np.uint8).reshape(-1, 3)


def _mark_with_pen(image: npt.NDArray[np.uint8], mpp: float, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    scale = mpp / COARSE_MPP
    canvas = Image.new("L", (max(1, round(width * scale)), max(1, round(height * scale))), 0)
    around = np.linspace(0.2, 1.4 * np.pi, 60)
    x = canvas.width * (0.60 + 0.27 * np.cos(around)) + rng.normal(0, 1.0, 60)
    y = canvas.height * (0.45 + 0.33 * np.sin(around)) + rng.normal(0, 1.0, 60)
    brush = max(2, round(110 / COARSE_MPP))
    ImageDraw.Draw(canvas).line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=255, width=brush, joint="curve")
    cover = canvas.filter(ImageFilter.GaussianBlur(2)).resize((width, height), Image.Resampling.BILINEAR)
    alpha = np.asarray(cover, np.float32)
    covered = alpha > 0
    share = alpha[covered][:, None] / 255
    image[covered] = (image[covered] * (1 - share * (1 - np.array(PEN_INK, np.float32)))).astype(np.uint8)
