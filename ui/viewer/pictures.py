"""The slide's thumbnail with the heatmap over it. Pixels in, pixels out."""

from PIL import Image

from inference.heatmap import RAMP


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


def ramp_css() -> str:
    """The heatmap's colours, 0 to 1, as a CSS gradient."""
    stops = ", ".join(f"rgb({r} {g} {b}) {score:.0%}" for score, (r, g, b) in RAMP)
    return f"linear-gradient(to right, {stops})"
