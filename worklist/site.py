"""This site's own rules, as its settings name them."""

from worklist.pathways import load_pathways
from worklist.priority.policy import Policy, load_policy
from worklist.settings import Settings


def site_policy(settings: Settings, name_or_file: str | None = None) -> Policy:
    """How this site's list is ordered, in the calendar of its pathways file.

    name_or_file: another policy than the settings name. Raises PathwayError and PolicyError.
    """
    return load_policy(name_or_file or settings.policy, load_pathways(settings.pathways).calendar)
