"""Phantom slides: drawn, not scanned, for the demo and the tests. No phantom shows anybody's tissue."""

from inference.phantoms.demo_set import DEMO_SLIDES, DemoSlide, draw_demo_slides
from inference.phantoms.draw import draw_phantom, phantom_image
from inference.phantoms.spec import PhantomSpec

__all__ = ["DEMO_SLIDES", "DemoSlide", "PhantomSpec", "draw_demo_slides", "draw_phantom", "phantom_image"]
