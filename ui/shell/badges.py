"""Badges: a few words in a tone that repeats, and never replaces, what they say."""

from dataclasses import dataclass
from html import escape
from typing import Final, Literal

Tone = Literal["overdue", "soon", "ample", "flagged", "clear", "unknown", "problem"]
"""What a badge's colour stands for; its words say the same."""

CSS: Final = """
.badge { display: inline-block; padding: 0.05rem 0.5rem; border-radius: 0.7rem; border: 1px solid; font-weight: 600;
  font-size: 0.85rem; }
.badge.overdue { color: #8a1015; background: #fdecec; border-color: #d9888b; }
.badge.soon { color: #7a4800; background: #fff3df; border-color: #dba75a; }
.badge.ample { color: #2b3b48; background: #f2f5f8; border-color: #bcc8d1; }
.badge.flagged { color: #7b1450; background: #fbe9f3; border-color: #cf86b0; }
.badge.clear { color: #1c4f63; background: #e7f3f7; border-color: #8fbccb; }
.badge.unknown { color: #3c4650; background: #ffffff; border-color: #7d8a95; border-style: dashed; }
.badge.problem { color: #5a3d00; background: #fdf6d8; border-color: #b39420; border-style: dashed; }
small.detail { display: block; font-size: 0.8rem; color: #4a5a68; }
"""
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
