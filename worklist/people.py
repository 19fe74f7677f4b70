"""Who acts: roles, what each may do, and the actor that every act is done by. The one place that grants anything."""

from dataclasses import dataclass
from typing import Final, Literal

from models.account import account_name
from worklist.errors import NotAllowedError

Role = Literal["pathologist", "coordinator", "manager", "researcher", "admin", "system"]
"""system: a worker, a scanner's folder or another hospital system, not a person."""

Act = Literal[
    "sign in",
    "take in",
    "record finding",
    "see list",
    "see case",
    "see label",
    "assign",
    "read",
    "note",
    "mark urgent",
    "ask rescan",
    "ask second opinion",
    "answer second opinion",
    "give verdict",
    "sign out",
    "reopen",
    "match slide",
    "manage jobs",
    "see operations",
    "close operation",
    "see figures",
    "export feedback",
    "train model",
    "put model into use",
    "export research",
    "see plans",
    "plan",
    "reveal pseudonym",
    "see audit",
    "manage people",
    "manage sites",
    "manage store",
]
"""What is done; each act is on the audit trail under this name."""

_READER: Final[frozenset[Act]] = frozenset(
    {
        "sign in",
        "see list",
        "see case",
        "see label",
        "assign",
        "read",
        "note",
        "mark urgent",
        "ask rescan",
        "ask second opinion",
        "answer second opinion",
        "give verdict",
        "sign out",
        "see operations",
    }
)
MAY: Final[dict[Role, frozenset[Act]]] = {
    "pathologist": _READER,
    "coordinator": frozenset(
        {
            *("sign in", "take in", "see list", "see case", "see label", "assign", "note", "mark urgent", "ask rescan"),
            *("ask second opinion", "reopen"),
            *("match slide", "manage jobs", "see operations", "close operation", "see figures", "see plans"),
        }
    ),
    "manager": frozenset({"sign in", "see list", "see operations", "see figures", "see plans", "plan"}),
    "researcher": frozenset(
        {
            *("sign in", "see figures", "export feedback", "train model", "put model into use", "export research"),
            "see plans",
        }
    ),
    "admin": frozenset(
        {
            *("sign in", "see list", "see operations", "close operation", "see figures", "manage jobs"),
            *("put model into use", "reveal pseudonym", "see plans", "plan"),
            *("see audit", "manage people", "manage sites", "manage store", "match slide", "take in"),
        }
    ),
    "system": frozenset({"take in", "record finding", "see list", "manage jobs", "manage store"}),
}
"""What each role may do. Only a pathologist reads, judges and signs out; only an admin turns a pseudonym back."""


@dataclass(frozen=True)
class Actor:
    """Who does something, in which role, and from where."""

    name: str
    """Login of a person, or the name of a system such as "worker lab-2:4711"."""
    role: Role
    source: str = ""
    """From where: "app 10.1.2.3", "command line", "hl7 10.1.2.9"; never a patient's identity."""


def command_line() -> Actor:
    """A command that this machine's account runs as the system, not as a person: nothing that only people may do."""
    return Actor(account_name(), "system", "command line")


def may(actor: Actor, act: Act) -> bool:
    """Whether the actor's role may do it."""
    return act in MAY[actor.role]


def require(actor: Actor, act: Act) -> None:
    """Raises NotAllowedError, naming who may, unless the actor may do it."""
    if not may(actor, act):
        allowed = ", ".join(role for role, acts in MAY.items() if act in acts and role != "system") or "no person"
        raise NotAllowedError(f"{actor.name} ({actor.role}) may not: {act}; that is for: {allowed}")
