"""The slide's thumbnail with the heatmap and the highest regions over it. Pixels in, pixels out."""

from collections.abc import Sequence
from typing import Final

from PIL import Image, ImageDraw

from inference.heatmap import RAMP
from ui.viewer.regions import Region

_DARK: Final = (20, 25, 30)
_LIGHT: Final = (255, 255, 255)
_NUMBER_PX: Final = 22


def compose(thumbnail: Image.Image, heatmap: Image.Image | None, opacity: float, longest_px: int) -> Image.Image:
    """The thumbnail with the heatmap over it, RGB, no side longer than `longest_px`.

    heatmap: RGBA of the slide's own proportions, whatever its size. opacity: 0 shows the slide alone, 1 the heatmap
    alone where there is one. Raises ValueError for an opacity outside 0..1.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity {opacity} is not within 0..1")
    picture = thumbnail.convert("RGB")
    picture.thumbnail((longest_px, longest_px))
    if heatmap is None or opacity == 0:
        return picture
    layer = heatmap.convert("RGBA").resize(picture.size, Image.Resampling.BILINEAR)
    mask = layer.getchannel("A").point([round(alpha * opacity) for alpha in range(256)])
    picture.paste(layer.convert("RGB"), mask=mask)
    return picture


def outline(picture: Image.Image, regions: Sequence[Region], slide_size: tuple[int, int]) -> Image.Image:
    """Draws each region's outline with its number, dark between light so that it shows on any tissue.

    slide_size: level-0 (width, height).
    """
    drawn = picture.copy()
    pen = ImageDraw.Draw(drawn)
    across, down = picture.width / slide_size[0], picture.height / slide_size[1]
    for region in regions:
        line = [(x * across, y * down) for x, y in region.outline]
        pen.line(line, fill=_LIGHT, width=5, joint="curve")
        pen.line(line, fill=_DARK, width=2, joint="curve")
    for region in regions:
        corner = region.top_left[0] * across + 8, region.top_left[1] * down + 4
        left, top, right, bottom = pen.textbbox(corner, f"{region.number}", font_size=_NUMBER_PX)
        pen.rectangle((left - 6, top - 5, right + 6, bottom + 5), fill=_LIGHT, outline=_DARK)
        pen.text(corner, f"{region.number}", fill=_DARK, font_size=_NUMBER_PX)
    return drawn


def ramp_css() -> str:
    """The heatmap's colours, 0 to 1, as a CSS gradient."""
    stops = ", ".join(f"rgb({r} {g} {b}) {score:.0%}" for score, (r, g, b) in RAMP)
    return f"linear-gradient(to right, {stops})"
