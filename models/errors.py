"""The root of every error that Forrang raises on purpose.

ForrangError
├── ModelError              a model cannot be found, read or trusted
│   ├── UnknownModelError   no model has this name
│   ├── ManifestError       manifest.json is missing, unreadable or wrong
│   └── WeightsError        a weight file is missing, has another hash, or does not fit
└── SlideError              a slide cannot be read (inference.errors)

A message names the file or field, says what is wrong, and what to do about it.
"""


class ForrangError(Exception):
    """Something went wrong that a person can do something about."""

    exit_status = 2
    """What the command line ends with: 2 for what was asked wrongly, 1 for what failed on the way."""


class ModelError(ForrangError):
    """A model cannot be found, read or trusted."""


class UnknownModelError(ModelError):
    """No model has this name."""


class ManifestError(ModelError):
    """A model's manifest.json is missing, unreadable or wrong."""


class WeightsError(ModelError):
    """A weight file is missing, has another hash than the manifest says, or does not fit the network."""
