"""What somebody looks for on the open list; an empty choice keeps all of it."""

from dataclasses import dataclass
from typing import Final, Literal

from worklist.store.tables import CaseRow

Whose = Literal["all", "mine", "nobody", "second opinion"]
"""nobody: no reader has it. second opinion: it waits for one."""

IS_OPEN: Final = CaseRow.signed_out_utc.is_(None)


@dataclass(frozen=True)
class Filter:
    """What to look at; the values of one field are alternatives, and every field has to fit."""

    pathways: frozenset[str] = frozenset()
    """Names."""
    sites: frozenset[str] = frozenset()
    """Empty text stands for a case without one; so it does for the subspecialties."""
    subspecialties: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    """Of CaseState."""
    ai_states: frozenset[str] = frozenset()
    """Of AiState."""
    whose: Whose = "all"
    reader: str = ""
    """Login of whoever "mine" is."""
    text: str = ""
    """Words, all of which must fit one case. They are looked for as the beginning of its number; where no open case
    fits, anywhere in its number, pathway, site, subspecialty or reader's login; then in its slides' names and
    barcodes."""

    @property
    def hides(self) -> bool:
        """Whether any case can be hidden by it."""
        return self != Filter(reader=self.reader, text=self.text) or bool(self.text.split())
