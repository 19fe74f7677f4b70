"""Who hears how scoring goes on."""

from typing import Protocol

from inference.results import SlideResult


class Progress(Protocol):
    """Told by the pipeline, from any of its threads, what happens.

    Slides are numbered by their place in the order.
    """

    def slide_started(self, number: int, name: str, tiles: int) -> None:
        """A slide's tiles are about to be read."""
        ...

    def tiles_done(self, number: int, count: int) -> None:
        """`count` more of the slide's tiles came back, scored or failed."""
        ...

    def slide_finished(self, number: int, result: SlideResult) -> None:
        """The slide's result is there."""
        ...


class Silent:
    """Tells nobody."""

    def slide_started(self, number: int, name: str, tiles: int) -> None:
        """Nothing."""

    def tiles_done(self, number: int, count: int) -> None:
        """Nothing."""

    def slide_finished(self, number: int, result: SlideResult) -> None:
        """Nothing."""
