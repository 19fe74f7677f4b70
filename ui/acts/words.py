"""Acts in words: what a button says, what a dialog asks, and what was done. Pure, in the visitor's language."""

from collections.abc import Mapping
from typing import Literal

from ui.shell.language import t
from worklist.cases import Case, SpecimenKind
from worklist.reading.rescan import RescanReason
from worklist.reading.verdict import Reading

ActName = Literal[
    "take",
    "read",
    "assign",
    "give back",
    "urgent",
    "second opinion",
    "rescan",
    "sign out",
    "verdict",
    "note",
    "reopen",
]
"""urgent: marks it, or takes the mark off where it is marked. read: begins to read it."""


def label(act: ActName, seen: Case) -> str:
    """What the act's button says."""
    match act:
        case "take":
            return t("Take")
        case "read":
            return t("Begin to read")
        case "assign":
            return t("Assign ...")
        case "give back":
            return t("Give back")
        case "urgent":
            return t("Not urgent any more ...") if seen.urgent_by else t("Mark urgent ...")
        case "second opinion":
            return t("Second opinion ...")
        case "rescan":
            return t("Rescan ...")
        case "sign out":
            return t("Sign out ...")
        case "verdict":
            return t("Verdict ...")
        case "note":
            return t("Note ...")
        case "reopen":
            return t("Reopen ...")


def question(act: ActName, seen: Case) -> str:
    """The title of the dialog that asks."""
    case = seen.accession_number
    match act:
        case "take":
            return t("Take case {case}?", case=case)
        case "read":
            return t("Begin to read case {case}?", case=case)
        case "assign":
            return t("Assign case {case}", case=case)
        case "give back":
            return t("Give case {case} back?", case=case)
        case "urgent" if seen.urgent_by:
            return t("Is case {case} not urgent any more?", case=case)
        case "urgent":
            return t("Mark case {case} urgent?", case=case)
        case "second opinion":
            return t("Ask for a second opinion on case {case}", case=case)
        case "rescan":
            return t("Ask for a rescan in case {case}", case=case)
        case "sign out":
            return t("Sign case {case} out?", case=case)
        case "verdict":
            return t("Your verdict on case {case}", case=case)
        case "note":
            return t("Note on case {case}", case=case)
        case "reopen":
            return t("Reopen case {case}?", case=case)


def confirm(act: ActName, seen: Case) -> str:
    """What the button says that does it; the case is named once more."""
    case = seen.accession_number
    match act:
        case "take":
            return t("Take {case}", case=case)
        case "read":
            return t("Read {case}", case=case)
        case "assign":
            return t("Assign {case}", case=case)
        case "give back":
            return t("Give {case} back", case=case)
        case "urgent" if seen.urgent_by:
            return t("Take the mark off {case}", case=case)
        case "urgent":
            return t("Mark {case} urgent", case=case)
        case "second opinion":
            return t("Ask about {case}", case=case)
        case "rescan":
            return t("Ask for the rescan in {case}", case=case)
        case "sign out":
            return t("Sign out {case}", case=case)
        case "verdict":
            return t("Keep the verdict on {case}", case=case)
        case "note":
            return t("Keep the note on {case}", case=case)
        case "reopen":
            return t("Reopen {case}", case=case)


def verdict_words(verdict: Reading) -> str:
    """What a reader saw on a slide."""
    match verdict:
        case "positive":
            return t("Positive")
        case "negative":
            return t("Negative")
        case "uncertain":
            return t("Uncertain")
        case "not assessable":
            return t("Not assessable")


def rescan_words(reason: RescanReason) -> str:
    """Why a slide is to be scanned again."""
    match reason:
        case "out of focus":
            return t("Out of focus")
        case "tissue missing":
            return t("Tissue is missing")
        case "wrong slide":
            return t("Another slide than its number says")
        case "dirt or pen":
            return t("Dirt or pen on the glass")
        case "stitching":
            return t("Stripes do not fit together")
        case "file damaged":
            return t("The file is damaged")
        case "other":
            return t("Something else")


def holder_words(seen: Case, own: str) -> str:
    """Who has the case. own: login of whoever reads this."""
    if seen.signed_out_by is not None:
        return t("signed out by {name}", name=seen.signed_out_by)
    if seen.assigned_to is None:
        return t("with nobody")
    return t("with you") if seen.assigned_to == own else t("with {name}", name=seen.assigned_to)


def subspecialty_words(name: str) -> str:
    """A subspecialty, as it was sent; those that have a name in the visitor's language by that."""
    told: Mapping[str, str] = {
        "breast": t("breast"),
        "gastro": t("gastro"),
        "gastrointestinal": t("gastrointestinal"),
        "general": t("general"),
        "gynaecology": t("gynaecology"),
        "haematology": t("haematology"),
        "head and neck": t("head and neck"),
        "skin": t("skin"),
        "urology": t("urology"),
    }
    return told.get(name, name)


def specimen_words(kind: SpecimenKind) -> str:
    """What was sent in."""
    match kind:
        case "cytology":
            return t("cytology")
        case "biopsy":
            return t("biopsy")
        case "resection":
            return t("resection")
        case "tissue":
            return t("tissue")
