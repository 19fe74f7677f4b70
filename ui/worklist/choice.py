"""What a visitor chose to see of the list, and how an address says it, so that a list can be sent to a colleague."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from worklist.priority.chosen import Sort, Wanted
from worklist.store.filters import Filter, Whose

PLURAL: Final = {
    "pathway": "pathways",
    "site": "sites",
    "subspecialty": "subspecialties",
    "state": "states",
    "ai": "ai_states",
}
"""Name in the address, and the filter's field."""

_EMPTY: Final = "-"
"""How an address says "not stated"."""


@dataclass(frozen=True)
class Choice:
    """A view of the list."""

    chosen: Filter = field(default_factory=Filter)
    sort: Sort = "place"
    descending: bool = False
    page: int = 1
    use_ai: bool = True

    def wanted(self, reader: str) -> Wanted:
        """As the store is asked. reader: login of the visitor, whose cases are "mine"."""
        return Wanted(replace(self.chosen, reader=reader), self.sort, self.descending)


def from_query(query: Mapping[str, Iterable[str]]) -> Choice:
    """The view that an address names; what it says wrongly is left out."""
    told = {name: [it for it in values if it] for name, values in query.items()}

    def values(name: str) -> frozenset[str]:
        return frozenset("" if it == _EMPTY else it for it in told.get(name, []))

    whose: Whose = next((it for it in get_args(Whose) if [it] == told.get("whose")), "all")
    sort = next(iter(told.get("sort", [])), "place")
    page = next(iter(told.get("page", [])), "1")
    return Choice(
        Filter(
            values("pathway"),
            values("site"),
            values("subspecialty"),
            values("state"),
            values("ai"),
            whose=whose,
            text=" ".join(told.get("q", [])),
        ),
        sort=next((it for it in get_args(Sort) if it == sort.removeprefix("-")), "place"),
        descending=sort.startswith("-"),
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 8 and int(page) else 1,
        use_ai=told.get("order") != ["clinical"],
    )


def to_query(choice: Choice) -> dict[str, str | list[str]]:
    """The address of a view; nothing for what is not chosen."""
    told: dict[str, str | list[str]] = {
        name: sorted(it or _EMPTY for it in getattr(choice.chosen, field)) for name, field in PLURAL.items()
    }
    sort = f"{'-' * choice.descending}{choice.sort}"
    told |= {
        "q": choice.chosen.text.strip(),
        "whose": choice.chosen.whose if choice.chosen.whose != "all" else "",
        "sort": sort if sort != "place" else "",
        "page": f"{choice.page}" if choice.page > 1 else "",
        "order": "" if choice.use_ai else "clinical",
    }
    return {name: value for name, value in told.items() if value}
