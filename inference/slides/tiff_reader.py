"""TIFF slides on the direct path; what lies beside the scan comes from OpenSlide."""

from collections.abc import Mapping

from inference.slides.openslide_reader import associated_images
from inference.slides.slide import Pixels
from inference.slides.tiled import TiledSlide


class DirectTiffSlide(TiledSlide):
    """A TIFF slide whose stored tiles are all known JPEG."""

    def label_and_macro_images(self) -> Mapping[str, Pixels]:
        """The photographs of glass and label. They may identify a patient: the caller checks roles."""
        return associated_images(self.path)
