"""TIFF slides on the direct path; what lies beside the scan comes from OpenSlide."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import openslide

from inference.slides.openslide_reader import associated_images
from inference.slides.resolution import Resolution
from inference.slides.slide import Pixels
from inference.slides.tiled import StoredLevel, TiledSlide


class DirectTiffSlide(TiledSlide):
    """A TIFF slide whose stored tiles are all known JPEG."""

    def __init__(
        self,
        path: Path,
        vendor: str,
        stored: Sequence[StoredLevel],
        resolution: Resolution,
        handle: openslide.OpenSlide,
    ) -> None:
        super().__init__(path, vendor, stored, resolution)
        self._handle = handle

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""
        return associated_images(self._handle)

    def close(self) -> None:
        """Lets go of the file."""
        if not self.closed:
            self._handle.close()
        super().close()
