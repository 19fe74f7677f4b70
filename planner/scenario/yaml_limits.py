"""What a scenario's YAML may ask of whoever reads it: a text of a few lines can nest or repeat itself without end.

It is looked at as it is parsed, before anything is built of it: a reader that recurses falls over what is nested
deeply enough, and a part that is written once and repeated ten times, ten times over, fills any memory.
"""

from typing import Final

import yaml

LONGEST: Final = 1_000_000
"""Characters: sixteen times the region's scenario."""
DEEPEST: Final = 40
"""Groups within groups; a scenario needs ten."""
LARGEST: Final = 200_000
"""Values, each counted as often as it is repeated; the region's scenario has under 10,000."""

_Parser: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_limits(text: str) -> None:
    """Raises ValueError, in words, where the text is too long, nested too deeply, or grows too large when repeated.

    Raises yaml.YAMLError where it is no YAML.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text) / 1e6:.1f} million characters are too long; a scenario has at most 1 million")
    sizes: dict[str, int] = {}
    """Values under each anchor that is closed."""
    opened: list[tuple[str | None, int]] = []
    values = 0
    for event in yaml.parse(text, Loader=_Parser):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in {anchor for anchor, _ in opened}:
                raise ValueError(f"{_line(event)}: *{event.anchor} stands within itself; write out what is meant")
            values += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, values))
            values += 1
            if len(opened) > DEEPEST:
                raise ValueError(f"{_line(event)}: nested more than {DEEPEST} deep; a scenario is not")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor:
                sizes[anchor] = values - before
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.anchor:
                sizes[event.anchor] = 1
        if values > LARGEST:
            raise ValueError(f"{_line(event)}: more than {LARGEST:,} values with all that is repeated; write less")


def _line(event: yaml.Event) -> str:
    mark = event.start_mark
    return f"line {mark.line + 1}" if mark else "YAML"
