"""The simulator: tables compiled from a scenario, one replication's random inputs, and two engines that agree."""
