"""What can go wrong with a slide, by what the caller does about it.

SlideError
├── UnreadableSlideError   the file cannot be opened at all: the slide's result is `failed`
├── ResolutionError        um per px missing or absurd: the slide is `rejected` until somebody says it
└── RegionError            one region cannot be decoded: the tile is counted, the slide goes on
"""

from models.errors import ForrangError


class SlideError(ForrangError):
    """A slide, or a part of it, cannot be used."""


class UnreadableSlideError(SlideError):
    """The file cannot be opened as a slide."""


class ResolutionError(SlideError):
    """The slide's resolution (um per px) is missing or makes no sense."""


class RegionError(SlideError):
    """One region of an otherwise readable slide cannot be decoded."""
