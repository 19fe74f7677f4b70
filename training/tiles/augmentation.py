"""What another stain, scanner or section would have changed in a tile, done at random to a batch while training.

All work is on float tensors (n, 3, height, width), RGB, 0-255, and draws from the generator that is passed in.
"""

import torch
import torch.nn.functional as F  # noqa: N812

from training.tiles.options import Augmentation

# Optical-density vectors of haematoxylin, eosin and the residual (Ruifrok and Johnston 2001), one a row.
STAINS = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))


def _uniform(generator: torch.Generator, n: int, low: float, high: float, columns: int = 1) -> torch.Tensor:
    return torch.rand((n, columns, 1, 1), generator=generator) * (high - low) + low


def jitter_stain(images: torch.Tensor, strength: float, offset: float, generator: torch.Generator) -> torch.Tensor:
    """Scale and shift each stain's amount by itself (HED jitter, Tellez 2018)."""
    n = len(images)
    stains = torch.tensor(STAINS)
    stains = stains / stains.norm(dim=1, keepdim=True)
    density = -torch.log(images.clamp(min=1.0) / 255.0)
    amounts = torch.einsum("nchw,cs->nshw", density, torch.linalg.inv(stains))
    amounts = amounts * _uniform(generator, n, 1 - strength, 1 + strength, 3)
    amounts = amounts + _uniform(generator, n, -offset, offset, 3)
    return torch.exp(-torch.einsum("nshw,sc->nchw", amounts, stains)).mul(255.0).clamp(0.0, 255.0)


def jitter_light(images: torch.Tensor, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Change saturation, contrast, gamma and the white point, as another lamp or camera would."""
    n = len(images)
    grey = images.mean(dim=1, keepdim=True)
    images = grey + (images - grey) * _uniform(generator, n, 1 - settings.colour, 1 + settings.colour)
    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    images = middle + (images - middle) * _uniform(generator, n, 1 - settings.colour, 1 + settings.colour)
    gamma = _uniform(generator, n, 1 - settings.gamma, 1 + settings.gamma)
    images = (images.clamp(0.0, 255.0) / 255.0).pow(gamma) * 255.0
    return images * _uniform(generator, n, 1 - settings.white, 1.0, 3)


def blur_some(images: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Blur a share of the tiles, each with a sigma of its own (0.3-1.2 px)."""
    n, channels, height, width = images.shape
    sigma = _uniform(generator, n, 0.3, 1.2)
    chosen = _uniform(generator, n, 0.0, 1.0) < share
    offsets = torch.arange(-2.0, 3.0)
    line = torch.exp(-(offsets.view(1, 5) ** 2) / (2 * sigma.view(n, 1) ** 2))
    line = line / line.sum(dim=1, keepdim=True)
    kernels = (line[:, :, None] * line[:, None, :]).repeat_interleave(channels, dim=0).unsqueeze(1)
    padded = F.pad(images, (2, 2, 2, 2), mode="reflect").reshape(1, n * channels, height + 4, width + 4)
    blurred = F.conv2d(padded, kernels, groups=n * channels).reshape(n, channels, height, width)
    return torch.where(chosen, blurred, images)


def place_at_random(
    images: torch.Tensor, size_px: int, settings: Augmentation, generator: torch.Generator
) -> torch.Tensor:
    """Turn by any angle, mirror, zoom and shift, and resample to (size_px, size_px) in one bilinear step."""
    n = len(images)
    angle = _uniform(generator, n, 0.0, 2 * torch.pi).view(n)
    quarter = torch.pi / 2
    straight = _uniform(generator, n, 0.0, 1.0).view(n) < 0.5
    angle = torch.where(straight, torch.floor(angle / quarter) * quarter, angle)
    zoom = torch.exp(_uniform(generator, n, -settings.scale, settings.scale)).view(n)
    mirror = torch.where(_uniform(generator, n, 0.0, 1.0).view(n) < 0.5, -1.0, 1.0)
    shift = (_uniform(generator, n, -settings.shift, settings.shift, 2) * 2).view(n, 2)
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    rows = [torch.stack((cos * mirror, -sin, shift[:, 0]), 1), torch.stack((sin * mirror, cos, shift[:, 1]), 1)]
    grid = F.affine_grid(torch.stack(rows, 1), [n, 3, size_px, size_px], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def augment(tiles: torch.Tensor, size_px: int, settings: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """Uint8 tiles (n, h, w, 3) to float images (n, 3, size_px, size_px), 0-255, changed at random."""
    images = tiles.permute(0, 3, 1, 2).float()
    images = blur_some(images, settings.blur_share, generator)
    images = jitter_stain(images, settings.stain, settings.stain_offset, generator)
    images = jitter_light(images, settings, generator)
    noise = torch.randn(images.shape, generator=generator)
    images = images + noise * _uniform(generator, len(images), 0.0, settings.noise)
    return place_at_random(images.clamp(0.0, 255.0), size_px, settings, generator)
