"""Judges whether a slide can be read at all: each check a number, a verdict, and what to do about it.

A verdict is for people. A rejected slide keeps its place on the list with its reason; it is never dropped.

    plan_patches   where on the tissue to look at full resolution for focus
    share_blurred  how much of those patches is out of focus
    judge_quality  all checks together, as a Quality
"""

from inference.quality.checks import Check, Quality, Verdict
from inference.quality.focus import PatchPlan, plan_patches, share_blurred
from inference.quality.judge import judge_quality

__all__ = ["Check", "PatchPlan", "Quality", "Verdict", "judge_quality", "plan_patches", "share_blurred"]
