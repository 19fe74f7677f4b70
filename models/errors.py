"""The root of every error that Forrang raises on purpose.

ForrangError
├── ModelError        a model cannot be found, read or trusted
└── SlideError        a slide cannot be read (inference.errors)

A message names the file or field, says what is wrong, and what to do about it.
"""


class ForrangError(Exception):
    """Something went wrong that a person can do something about."""


class ModelError(ForrangError):
    """A model cannot be found, read or trusted."""
