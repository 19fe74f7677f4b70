"""Badges: a few words in a tone that repeats, and never replaces, what they say."""

from dataclasses import dataclass
from html import escape
from typing import Final, Literal, get_args

Tone = Literal["overdue", "soon", "ample", "flagged", "clear", "unknown", "problem"]
"""What a badge's colour stands for; its words say the same."""

CSS: Final = """
.badge { display: inline-block; padding: 0.05rem 0.5rem; border-radius: 0.7rem; border: 1px solid; font-weight: 600;
  font-size: 0.85rem; }
.badge.unknown, .badge.problem { border-style: dashed; }
small.detail { display: block; font-size: 0.8rem; color: var(--fr-muted); }
""" + "".join(
    f".badge.{tone} {{ color: var(--fr-{tone}); background: var(--fr-{tone}-back);"
    f" border-color: var(--fr-{tone}-line); }}\n"
    for tone in get_args(Tone)
)
"""Text on its background has a contrast of 7:1 or more; dashed borders mark what is not known."""


@dataclass(frozen=True)
class Badge:
    """A few words with a tone, and what stands in small under them."""

    words: str
    tone: Tone
    detail: str


def badge_html(badge: Badge) -> str:
    """The badge with its detail under it; what comes from outside is escaped."""
    return (
        f'<span class="badge {badge.tone}">{escape(badge.words)}</span>'
        f'<small class="detail">{escape(badge.detail)}</small>'
    )
