"""What can go wrong on the worklist, by what the caller does about it.

WorklistError
├── SettingError          a setting in the environment cannot be used
├── CalendarError         a country, time zone or working hours that make no sense
├── PathwayError          the pathways file cannot be used
│   └── UnknownPathwayError   a case names a pathway that the file does not hold
├── IntakeError           a file or message cannot be read at all (a bad line alone is a Problem, not an error)
├── PolicyError           a policy file cannot be used
├── ForecastError         there is nothing to foresee, or a scenario does not fit the list
├── RegionsError          regions that were drawn on a slide are no GeoJSON that holds together
├── IdentityError         a text holds a patient's number where none may be
├── NotAllowedError       the actor's role may not do that
├── TrailError            the audit trail's chain does not hold
├── ScoringError          slides cannot be scored at all on this machine
├── DirectoryError        no such person, site or role, or one that is there already
├── CleaningError         a slide's label and macro image cannot be taken out
├── ExportError           a research export cannot be written, or holds nothing
├── UnknownPseudonymError nothing has that pseudonym
├── SiteKeyError          the site's key is missing, damaged or another site's
└── StoreError            the store cannot be opened or used
    ├── StoreAwayError        its database cannot be reached just now
    ├── MoveError             a case cannot go from the state it is in to that one
    ├── UnknownCaseError      no case has that accession number
    ├── UnknownSlideError     the case holds no slide of that name, or several
    ├── UnknownOperationError no open operation has that number
    ├── UnknownJobError       no job has that number, or it is in no state for that
    ├── UnknownReaderError    nobody of that login reads cases here
    ├── HeldError             somebody else has the case
    ├── OpinionError          a second opinion is not open, or still is
    ├── SignedOutError        somebody else has signed the case out
    └── ChangedCaseError      the case is not any more what the person saw who signs it out
"""

from typing import Self

from models.errors import ForrangError


class WorklistError(ForrangError):
    """Something on the worklist needs a person's hand."""


class SettingError(WorklistError):
    """A setting in the environment cannot be used; what it held is not repeated, since it may be a password."""


class CalendarError(WorklistError):
    """The working calendar names a country, a time zone or hours that make no sense."""


class PathwayError(WorklistError):
    """The pathways file cannot be read or does not hold together."""


class UnknownPathwayError(PathwayError):
    """A case names a pathway that the pathways file does not hold."""


class IntakeError(WorklistError):
    """A file of cases or a message cannot be read at all."""


class PolicyError(WorklistError):
    """A policy of precedence cannot be read or does not hold together."""


class ForecastError(WorklistError):
    """There is nothing to foresee, or the scenario does not fit the list."""


class RegionsError(WorklistError):
    """Regions that were drawn on a slide are no GeoJSON, or do not hold together."""


class IdentityError(WorklistError):
    """A text that is kept holds a patient's number; the text itself is never repeated."""


class NotAllowedError(WorklistError):
    """The role of whoever asks does not allow it."""


class TrailError(WorklistError):
    """The audit trail was changed, or has a gap."""


class DirectoryError(WorklistError):
    """People and sites: there is no such one, or there is one already."""


class CleaningError(WorklistError):
    """A slide's file cannot be copied without its label and macro image."""


class ExportError(WorklistError):
    """A research export cannot be written there, or nothing was chosen for it."""


class UnknownPseudonymError(WorklistError):
    """The key table does not hold that pseudonym."""


class SiteKeyError(WorklistError):
    """The site's key cannot be used: it is missing, damaged, or not the one that the store's hashes were made with."""


class ScoringError(WorklistError):
    """Slides cannot be scored at all: the model or the machine is not as it should be, whatever the slide."""

    @classmethod
    def with_status(cls, message: str, exit_status: int) -> Self:
        """The error with what the command line ends with."""
        error = cls(message)
        error.exit_status = exit_status
        return error


class StoreError(WorklistError):
    """The store cannot be opened or used."""


class StoreAwayError(StoreError):
    """The database cannot be reached just now, or another program holds it: done again later, it may well work."""


class MoveError(StoreError):
    """A case cannot go from the state it is in to the one that was asked for."""


class UnknownCaseError(StoreError):
    """No case on the list has that accession number."""


class UnknownSlideError(StoreError):
    """The case holds no slide of that name, or several."""


class UnknownOperationError(StoreError):
    """No open operation has that number."""


class ChangedOperationError(StoreError):
    """What needed a hand happened again since the person saw it who closes it."""


class UnknownReaderError(StoreError):
    """Nobody of that login reads cases here."""


class HeldError(StoreError):
    """Somebody else has the case, or nobody has."""


class OpinionError(StoreError):
    """A second opinion is not open any more, or still is."""


class UnknownJobError(StoreError):
    """No job has that number, or it is in no state for what was asked."""


class SignedOutError(StoreError):
    """The case has been signed out by somebody else."""


class ChangedCaseError(StoreError):
    """The case has changed since the person saw it who signs it out."""
