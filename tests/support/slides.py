"""The smallest real slides: pyramidal files with stained tissue on glass."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from inference.phantoms.pyramid import write_pyramid_from_array

GLASS = (243, 241, 244)
EOSIN = (222, 152, 190)
HAEMATOXYLIN = (88, 58, 140)


def stained_image(width: int = 1024, height: int = 768, seed: int = 1, dark: bool = False) -> npt.NDArray[np.uint8]:
    """A pink oval with purple nuclei on pale glass: uint8 (height, width, 3). `dark`: nuclei crowd its left half."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    oval = ((x / width - 0.5) / 0.42) ** 2 + ((y / height - 0.5) / 0.42) ** 2 < 1
    spots = ndimage.gaussian_filter(rng.standard_normal((height, width)), 3)
    nuclei = spots > np.where(dark & (x < width / 2), -0.02, 0.14)
    image = np.empty((height, width, 3))
    image[:] = GLASS
    image[oval] = EOSIN
    image[oval & nuclei] = HAEMATOXYLIN
    fibres = ndimage.gaussian_filter(rng.standard_normal((height, width)), (1, 4)) * 60
    image += np.where(oval, fibres, rng.standard_normal((height, width)))[..., None]
    return np.clip(ndimage.gaussian_filter(image, (0.6, 0.6, 0)), 0, 255).astype(np.uint8)


def make_slide(path: Path, *, mpp: float | None = 0.5, seed: int = 1, dark: bool = False) -> Path:
    """Writes a stained section of 1024 x 768 px as a pyramidal slide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_pyramid_from_array(path, stained_image(seed=seed, dark=dark), mpp, downsamples=(1, 4), tile_px=256)
    return path


def spoil_stored_tile(path: Path, number: int) -> None:
    """Overwrites the inside of level 0's stored tile `number` with zeros, as a bad copy does."""
    import tifffile

    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        offset, count = page.dataoffsets[number], page.databytecounts[number]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(count))
