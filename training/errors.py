"""What can be wrong with the material a model is trained or judged on."""

from models.errors import ForrangError


class TrainingError(ForrangError):
    """Training or evaluation cannot go on with what it was given."""


class TileSetError(TrainingError):
    """A file of labelled tiles is unreadable, incomplete, or mixes patients across splits."""


class BagSetError(TrainingError):
    """Bags do not fit their labels or each other, or hold what is no number."""
