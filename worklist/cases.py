"""A case and its slides, as the list knows them: what was asked, when it is due, and what the AI can say.

Unknown is never negative: a case counts as "not flagged" only when every one of its slides was scored.
"""

from datetime import UTC
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from worklist.states import CaseState, SlideState

SpecimenKind = Literal["cytology", "biopsy", "resection", "tissue"]
"""What was taken. "tissue" is tissue of a kind that nobody stated."""

AiState = Literal["flagged", "not flagged", "partly scored", "unscored", "rejected", "failed", "no slides"]
"""What the AI can say of a whole case; `Case.ai_state` tells how it follows from the slides."""

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
"""An instant; one without a time zone is refused, one of another zone is turned to UTC."""


class CaseSlide(BaseModel):
    """One slide of a case, and the newest thing known of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    state: SlideState = "unscored"
    score: float | None = Field(default=None, ge=0, le=1)
    """Calibrated slide score, 0 to 1; only a scored slide has one."""
    flagged: bool | None = None
    """Whether the score lies at or above the model's threshold; only a scored slide knows."""
    reason: str | None = None
    """Why the slide was rejected or failed, or what its quality lets one doubt though it was scored; what to do."""
    quality: Literal["ok", "warn", "reject"] | None = None
    model: str | None = None
    """name@version of the model that the state comes from."""
    result_folder: Path | None = None
    scored_utc: UtcDatetime | None = None
    """When the AI came to this state; None while it has not."""
    later_failure: str | None = None
    """Why a later try failed; the score from before it stands. Only a scored slide has one."""
    slide_id: str | None = None
    """The slide's own number, as its barcode or its scanner says it."""
    block: str | None = None
    stain: str | None = None
    scanner: str | None = None
    sha256: str | None = None
    """Of the slide's file, once it was read."""
    arrived_utc: UtcDatetime | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        knows = self.score is not None and self.flagged is not None
        if self.state == "scored" and not knows:
            raise ValueError("a scored slide needs a score and whether it is flagged")
        if self.state != "scored" and (self.score is not None or self.flagged is not None):
            raise ValueError(f"a slide that is {self.state} has neither score nor flag")
        if self.state in ("rejected", "failed") and not self.reason:
            raise ValueError(f"a slide that is {self.state} needs a reason")
        if self.state != "scored" and self.later_failure is not None:
            raise ValueError(f"a slide that is {self.state} has no score that a later failure could stand beside")
        return self

    @property
    def caveat(self) -> str | None:
        """In words, what to know beside the score of a scored slide; None where there is nothing."""
        if self.state != "scored":
            return None
        told = [self.reason] if self.reason else ["its quality is doubtful"] if self.quality == "warn" else []
        if self.later_failure:
            told.append(f"a later try failed, the score is from before it: {self.later_failure}")
        return "; ".join(words.rstrip(".") for words in told) or None


class Case(BaseModel):
    """One case: on the list from the moment it came in until a person signs it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    accession_number: str = Field(min_length=1, max_length=64)
    pathway: str = Field(min_length=1)
    """Key of the pathway in the pathways file."""
    pathway_name: str = Field(min_length=1)
    """The pathway's name when the case came in; kept, so that another file of pathways hides nothing."""
    specimen_kind: SpecimenKind = "tissue"
    urgency: int = Field(default=3, ge=1, le=5)
    """Clinical urgency of the pathway, 1 the most urgent."""
    received_utc: UtcDatetime
    deadline_utc: UtcDatetime
    site: str = ""
    subspecialty: str = ""
    slides: tuple[CaseSlide, ...] = ()
    signed_out_utc: UtcDatetime | None = None
    signed_out_by: str | None = None
    state: CaseState = "received"
    """Where the case is; the store keeps it."""
    assigned_to: str | None = None
    """Login of the reader who has it."""
    order_cancelled_utc: UtcDatetime | None = None
    """When the requester took the order back; the case stays on the list until a person signs it out."""
    urgent_utc: UtcDatetime | None = None
    """When a person marked it urgent; `deadline_utc` and `urgency` are then what that person asked for."""
    urgent_by: str | None = None
    urgent_reason: str | None = None
    ordered_deadline_utc: UtcDatetime | None = None
    """Of a case marked urgent: when its orders want it."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.signed_out_utc is None) != (self.signed_out_by is None):
            raise ValueError("a sign-out has both a time and a person")
        if len({slide.path for slide in self.slides}) < len(self.slides):
            raise ValueError("a slide is listed twice in one case")
        return self

    @property
    def is_open(self) -> bool:
        """Whether the case still waits for a person."""
        return self.signed_out_utc is None

    @property
    def ai_score(self) -> float | None:
        """The highest score of the slides that were scored; None where none was."""
        return max((slide.score for slide in self.slides if slide.score is not None), default=None)

    @property
    def ai_state(self) -> AiState:
        """What the slides say together.

        flagged: a slide is flagged, whatever the others are. not flagged: every slide was scored and none
        is flagged. partly scored: some were scored without a flag, and some are unknown. Where none was
        scored: unscored while one still waits for the AI, else failed where one failed, else rejected.
        """
        states = {slide.state for slide in self.slides}
        if not states:
            return "no slides"
        if any(slide.flagged for slide in self.slides):
            return "flagged"
        if states == {"scored"}:
            return "not flagged"
        if "scored" in states:
            return "partly scored"
        if "unscored" in states:
            return "unscored"
        return "failed" if "failed" in states else "rejected"

    @property
    def ai_problem(self) -> str | None:
        """In words, which slides the AI could not read and why; None where there is none."""
        spoilt = [slide for slide in self.slides if slide.state in ("rejected", "failed")]
        if not spoilt:
            return None
        reasons = "; ".join(dict.fromkeys((slide.reason or "").rstrip(".") for slide in spoilt))
        noun = "slide" if len(self.slides) == 1 else "slides"
        return f"AI could not read {len(spoilt)} of {len(self.slides)} {noun}: {reasons}"

    @property
    def ai_caveat(self) -> str | None:
        """In words, what to know beside the scores, such as ink over the tissue; None where there is nothing."""
        told = [(slide.path.name, slide.caveat) for slide in self.slides if slide.caveat]
        alone = len(self.slides) == 1
        return "; ".join(caveat if alone else f"{name}: {caveat}" for name, caveat in told) or None


def changes_since(seen: Case, now: Case) -> list[str]:
    """In words, how the slides of a case and their states differ from what somebody saw of it; empty if they do not."""
    before = {slide.path: slide for slide in seen.slides}
    told = []
    for slide in now.slides:
        known = before.get(slide.path)
        state = "flagged" if slide.flagged else slide.state
        if known is None:
            told.append(f"{slide.path.name} is new, {state}")
        elif (known.state, known.flagged) != (slide.state, slide.flagged):
            told.append(f"{slide.path.name} is now {state}")
    return told
