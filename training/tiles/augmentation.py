"""What another stain, scanner or section would have changed in a tile, done at random to a batch while training.

All work is on float tensors (n, 3, height, width), RGB, 0-255, on the device they come on. What is drawn comes from the
generator that is passed in, which is the CPU's, so that a GPU draws the same (but for noise).
"""

import numpy as np
import simplejpeg
import torch
import torch.nn.functional as F  # noqa: N812

from training.tiles.options import Augmentation

# Optical-density vectors of haematoxylin, eosin and the residual (Ruifrok and Johnston 2001), one a row.
STAINS = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
JPEG_QUALITY = (30.0, 90.0)
"""From hardly readable to what scanners write by default."""


def _uniform(
    generator: torch.Generator, images: torch.Tensor, low: float, high: float, columns: int = 1
) -> torch.Tensor:
    drawn = torch.rand((len(images), columns, 1, 1), generator=generator) * (high - low) + low
    return drawn.to(images.device)


def jitter_stain(images: torch.Tensor, strength: float, offset: float, generator: torch.Generator) -> torch.Tensor:
    """Scale and shift each stain's amount by itself (HED jitter, Tellez 2018)."""
    stains = torch.tensor(STAINS, device=images.device)
    stains = stains / stains.norm(dim=1, keepdim=True)
    density = -torch.log(images.clamp(min=1.0) / 255.0)
    amounts = torch.einsum("nchw,cs->nshw", density, torch.linalg.inv(stains))
    amounts = amounts * _uniform(generator, images, 1 - strength, 1 + strength, 3)
    amounts = amounts + _uniform(generator, images, -offset, offset, 3)
    return torch.exp(-torch.einsum("nshw,sc->nchw", amounts, stains)).mul(255.0).clamp(0.0, 255.0)


def jitter_light(images: torch.Tensor, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Change saturation, contrast, gamma and the white point, as another lamp or camera would."""
    grey = images.mean(dim=1, keepdim=True)
    images = grey + (images - grey) * _uniform(generator, images, 1 - settings.colour, 1 + settings.colour)
    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    images = middle + (images - middle) * _uniform(generator, images, 1 - settings.colour, 1 + settings.colour)
    gamma = _uniform(generator, images, 1 - settings.gamma, 1 + settings.gamma)
    images = (images.clamp(0.0, 255.0) / 255.0).pow(gamma) * 255.0
    return images * _uniform(generator, images, 1 - settings.white, 1.0, 3)


def blur_some(images: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Blur a share of the tiles, each with a sigma of its own (0.3-1.2 px)."""
    n, channels, height, width = images.shape
    sigma = _uniform(generator, images, 0.3, 1.2)
    chosen = _uniform(generator, images, 0.0, 1.0) < share
    offsets = torch.arange(-2.0, 3.0, device=images.device)
    line = torch.exp(-(offsets.view(1, 5) ** 2) / (2 * sigma.view(n, 1) ** 2))
    line = line / line.sum(dim=1, keepdim=True)
    kernels = (line[:, :, None] * line[:, None, :]).repeat_interleave(channels, dim=0).unsqueeze(1)
    padded = F.pad(images, (2, 2, 2, 2), mode="reflect").reshape(1, n * channels, height + 4, width + 4)
    blurred = F.conv2d(padded, kernels, groups=n * channels).reshape(n, channels, height, width)
    return torch.where(chosen, blurred, images)


def compress_some(tiles: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Uint8 tiles (n, h, w, 3), a share of which went through a JPEG file of a quality of its own."""
    chosen = torch.rand(len(tiles), generator=generator) < share
    low, high = JPEG_QUALITY
    qualities = torch.rand(len(tiles), generator=generator) * (high - low) + low
    tiles = tiles.clone()
    for row in torch.nonzero(chosen).flatten().tolist():
        pixels = np.ascontiguousarray(tiles[row].numpy())
        data = simplejpeg.encode_jpeg(pixels, quality=int(qualities[row]), colorsubsampling="420")
        tiles[row] = torch.from_numpy(simplejpeg.decode_jpeg(data))
    return tiles


def place_at_random(
    images: torch.Tensor, size_px: int, settings: Augmentation, generator: torch.Generator
) -> torch.Tensor:
    """Turn, mirror, zoom and shift, and resample to (size_px, size_px) in one bilinear step."""
    n = len(images)
    angle = _uniform(generator, images, 0.0, 2 * torch.pi).view(n)
    quarter = torch.pi / 2
    straight = _uniform(generator, images, 0.0, 1.0).view(n) >= settings.any_angle_share
    angle = torch.where(straight, torch.floor(angle / quarter) * quarter, angle)
    zoom = torch.exp(_uniform(generator, images, -settings.scale, settings.scale)).view(n)
    mirror = torch.where(_uniform(generator, images, 0.0, 1.0).view(n) < 0.5, -1.0, 1.0)
    shift = (_uniform(generator, images, -settings.shift, settings.shift, 2) * 2).view(n, 2)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    rows = [torch.stack((cos * mirror, -sin, shift[:, 0]), 1), torch.stack((sin * mirror, cos, shift[:, 1]), 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [n, 3, size_px, size_px], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def augment(
    tiles: torch.Tensor,
    size_px: int,
    settings: Augmentation,
    generator: torch.Generator,
    device: torch.device | None = None,
) -> torch.Tensor:
    """Uint8 tiles (n, h, w, 3) on the CPU to float images (n, 3, size_px, size_px), 0-255, changed at random.

    All but the compression is done on the device, the CPU if none is named.
    """
    images = compress_some(tiles, settings.jpeg_share, generator).to(device).permute(0, 3, 1, 2).float()
    images = blur_some(images, settings.blur_share, generator)
    images = jitter_stain(images, settings.stain, settings.stain_offset, generator)
    images = jitter_light(images, settings, generator)
    of_noise = torch.Generator(images.device).manual_seed(int(torch.randint(2**62, (1,), generator=generator)))
    noise = torch.randn(images.shape, generator=of_noise, device=images.device)
    images = images + noise * _uniform(generator, images, 0.0, settings.noise)
    return place_at_random(images.clamp(0.0, 255.0), size_px, settings, generator)
