"""What a planner can be asked wrongly, one kind per thing a caller can do about it.

PlannerError
├── ScenarioError      the scenario is wrong: the message names the field and what is allowed
├── EventLogError      an event log or a list of open cases is wrong: the message names line and column
├── RunError           a run could not be carried out, or kept
└── ClusterError       the cluster cannot be reached
"""


class PlannerError(Exception):
    """Something is wrong that the person who asked can mend."""

    exit_status = 2
    """What the command line ends with: 2 for what was asked wrongly, 1 for what failed on the way."""


class ScenarioError(PlannerError):
    """The scenario is wrong; the message names the field and says what is allowed."""


class EventLogError(PlannerError):
    """An event log or a list of open cases is wrong; the message names the line and the column."""


class RunError(PlannerError):
    """A run could not be carried out, or not be kept."""

    exit_status = 1


class ClusterError(PlannerError):
    """The cluster's scheduler cannot be reached, or lost all its workers."""

    exit_status = 1
