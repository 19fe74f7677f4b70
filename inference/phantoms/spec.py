"""What a phantom slide shall show: everything that decides how it is drawn."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class PhantomSpec(BaseModel):
    """A made-up section, drawn the same from the same spec. No phantom shows a person's tissue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    width_px: int = Field(default=4096, ge=64, le=20_000)
    height_px: int = Field(default=3072, ge=64, le=20_000)
    mpp: float = Field(default=0.5, gt=0.05, le=8)
    """um per px."""
    nests: Share = 0.0
    """Share of the section in which nests of atypical nuclei grow."""
    fat: Share = 0.25
    """Share of the section that is fat."""
    glands: int = Field(default=6, ge=0, le=60)
    """Number of gland lobules."""
    lymphocytes: int = Field(default=3, ge=0, le=60)
    """Number of heaps of lymphocytes."""
    stain: Annotated[float, Field(ge=0.3, le=1.6)] = 1.0
    """How strongly it is stained; 1 as the typical section."""
    blur: bool = False
    """Scanned out of focus."""
    pen: bool = False
    """Marked with a pen."""
    broken: bool = False
    """The file ends too early, as after a copy that broke off."""
