"""Augmentation changes how a tile looks, never its shape or range, and the same seed changes it the same way."""

import pytest

torch = pytest.importorskip("torch", reason="the torch extra is not installed")

from training.tiles.augmentation import augment, blur_some, jitter_stain, place_at_random  # noqa: E402
from training.tiles.options import Augmentation  # noqa: E402

STILL = Augmentation(
    scale=0, shift=0, stain=0, stain_offset=0, colour=0, white=0, gamma=0, blur_share=0, noise=0, jpeg_share=0
)


def seeded(seed: int = 0) -> "torch.Generator":
    return torch.Generator().manual_seed(seed)


def tiles(n: int = 6) -> "torch.Tensor":
    return torch.randint(0, 256, (n, 20, 20, 3), dtype=torch.uint8, generator=seeded(1))


def test_shape_type_and_range_stay() -> None:
    images = augment(tiles(), 32, Augmentation(), seeded())
    assert images.shape == (6, 3, 32, 32)
    assert images.dtype == torch.float32
    assert float(images.min()) >= 0
    assert float(images.max()) <= 255


def test_the_same_seed_gives_the_same_images_and_another_one_others() -> None:
    first, again, other = (augment(tiles(), 32, Augmentation(), seeded(s)) for s in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_tiles_themselves_are_not_changed() -> None:
    batch = tiles()
    before = batch.clone()
    augment(batch, 32, Augmentation(), seeded())
    assert torch.equal(batch, before)


def test_with_everything_off_a_plain_tile_keeps_its_colour() -> None:
    plain = torch.full((4, 20, 20, 3), 0, dtype=torch.uint8)
    plain[..., 0], plain[..., 1], plain[..., 2] = 200, 120, 180
    images = augment(plain, 24, STILL, seeded())
    assert torch.allclose(images.mean((0, 2, 3)), torch.tensor([200.0, 120.0, 180.0]), atol=0.5)


def test_each_stain_is_jittered_by_itself() -> None:
    violet = torch.tensor([120.0, 80.0, 150.0]).view(1, 3, 1, 1).expand(64, 3, 4, 4)
    changed = jitter_stain(violet, 0.3, 0.0, seeded())[:, :, 0, 0]
    assert changed.std(0).min() > 2
    assert torch.allclose(jitter_stain(violet, 0.0, 0.0, seeded()), violet, atol=0.1)


def test_white_stays_white_when_stains_are_only_scaled() -> None:
    white = torch.full((8, 3, 4, 4), 255.0)
    assert torch.allclose(jitter_stain(white, 0.5, 0.0, seeded()), white, atol=0.1)


def test_blur_smooths_the_chosen_tiles_and_no_others() -> None:
    images = tiles(40).permute(0, 3, 1, 2).float()
    blurred = blur_some(images, 0.5, seeded())
    changed = (blurred != images).flatten(1).any(1)
    assert 5 < int(changed.sum()) < 35
    assert (blurred.std((1, 2, 3))[changed] < images.std((1, 2, 3))[changed]).all()


def test_placing_without_zoom_or_shift_only_turns_and_mirrors_by_quarters_half_of_the_time() -> None:
    corner = torch.zeros((200, 3, 16, 16))
    corner[:, :, :8, :8] = 255.0
    placed = place_at_random(corner, 16, STILL, seeded())
    quarters = torch.stack(
        [placed[:, 0, :8, :8], placed[:, 0, :8, 8:], placed[:, 0, 8:, :8], placed[:, 0, 8:, 8:]]
    ).mean((2, 3))
    pure = (quarters > 254).sum(0) == 1
    assert 0.35 < float(pure.float().mean()) < 0.7
    assert set(quarters[:, pure].argmax(0).tolist()) == {0, 1, 2, 3}
