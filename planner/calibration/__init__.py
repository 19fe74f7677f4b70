"""A scenario measured from an event log, and put to the test on weeks it has not seen."""
