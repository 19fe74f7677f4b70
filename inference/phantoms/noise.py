"""Smooth random fields: the irregularity of everything that grew."""

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Field = npt.NDArray[np.float32]


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], reach: float) -> Field:
    """Gaussian noise smoothed over `reach` px: float32 (h, w), mean 0, spread 1."""
    step = max(1, int(reach / 3))
    small = (-(-shape[0] // step) + 4, -(-shape[1] // step) + 4)
    field = ndimage.gaussian_filter(rng.standard_normal(small, dtype=np.float32), reach / step)
    field = (field - field.mean()) / max(float(field.std()), 1e-6)
    return resized(field, (small[0] * step, small[1] * step))[: shape[0], : shape[1]]


def fibres(rng: np.random.Generator, shape: tuple[int, int], thickness: float, length: float) -> tuple[Field, Field]:
    """Wavy bundles of fibres: float32 (h, w) of spread 1, and their direction in radians, float32 (h, w)."""
    tall, wide = shape
    side = int(1.5 * max(tall, wide))
    squeeze = max(1.0, length / 3)
    straight = rng.standard_normal((side, int(side / squeeze) + 2), dtype=np.float32)
    straight = ndimage.gaussian_filter(straight, (thickness, length / squeeze))
    straight /= max(float(straight.std()), 1e-6)
    reach = max(tall, wide) / 9
    turn = float(rng.uniform(0, np.pi))
    sway = smooth_noise(rng, shape, reach) * reach * 0.55
    rows, columns = np.mgrid[0:tall, 0:wide].astype(np.float32)
    across = -np.sin(turn) * columns + np.cos(turn) * rows + sway
    along = np.cos(turn) * columns + np.sin(turn) * rows
    place = np.stack([(across + side / 4) % (side - 1), (along + side / 4) % (side - 1) / squeeze])
    woven = ndimage.map_coordinates(straight, place, order=1, mode="nearest")
    down, right = np.gradient(across)
    return np.asarray(woven, np.float32), np.asarray(np.arctan2(-right, down), np.float32)


def resized(field: Field, shape: tuple[int, int]) -> Field:
    """The field at another size, cubic between its px."""
    if field.shape == shape:
        return field
    picture = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), np.float32)


def soft(field: npt.NDArray[np.floating], edge: float) -> Field:
    """0 where the field is well below 0, 1 where well above, a ramp of `edge` on either side of it."""
    return np.asarray(np.clip(field / (2 * edge) + 0.5, 0.0, 1.0), np.float32)
