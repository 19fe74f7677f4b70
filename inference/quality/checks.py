"""What a quality check says: a number, a verdict, and a sentence with the remedy."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["ok", "warn", "reject"]
CheckName = Literal["stain", "tissue_area", "sharpness", "saturation", "pen"]

_GRAVITY: dict[Verdict, int] = {"ok": 0, "warn": 1, "reject": 2}


class Check(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: CheckName
    value: float | None
    """The measured number, in `unit`; None where it could not be measured, which the message explains."""
    unit: str
    verdict: Verdict
    message: str
    """What is wrong and what to do; empty where nothing is."""


class Quality(BaseModel):
    """All checks of one slide, the gravest verdict of them, and what had to be assumed about the file.

    "reject" means that no score is given and that a person must look: the slide and its case stay on the list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict
    checks: tuple[Check, ...]
    assumptions: tuple[str, ...] = ()

    @property
    def reason(self) -> str | None:
        """The messages of the checks that gave the verdict, the gravest kind only; None where all is well."""
        if self.verdict == "ok":
            return None
        return "; ".join(check.message for check in self.checks if check.verdict == self.verdict)


def worst(checks: tuple[Check, ...]) -> Verdict:
    """The gravest verdict among the checks."""
    return max((check.verdict for check in checks), key=_GRAVITY.__getitem__, default="ok")


def graded(value: float, warn: float, reject: float) -> Verdict:
    """The verdict on a number of which more is worse."""
    return "reject" if value >= reject else "warn" if value >= warn else "ok"
