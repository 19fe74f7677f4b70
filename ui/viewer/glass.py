"""The photographs of a slide's label and glass. They may say whose tissue it is: only for roles that may see them."""

import numpy as np
import simplejpeg

from inference.slides.slide import Slide
from worklist.people import Actor, require
from worklist.store.store import Store


def show_glass(store: Store, actor: Actor, accession_number: str, slide: Slide, name: str) -> bytes | None:
    """The image of that name, such as "label" or "macro", as JPEG; None where the slide has none.

    The look is on the audit trail before anything is given. Raises NotAllowedError, StoreError and RegionError.
    """
    require(actor, "see label")
    pixels = slide.label_and_macro_images().get(name)
    if pixels is None:
        return None
    store.saw(actor, "see label", accession_number, {"image": name})
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=90))
