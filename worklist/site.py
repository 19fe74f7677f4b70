"""This site's own rules, as its settings name them."""

from worklist.pathways import load_pathways
from worklist.priority.policy import Policy
from worklist.settings import Settings


def site_policy(settings: Settings) -> Policy:
    """How this site's list is ordered: in the calendar of its pathways file. Raises PathwayError."""
    return Policy(calendar=load_pathways(settings.pathways).calendar)
