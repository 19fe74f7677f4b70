"""A department simulated: a scenario in, a distribution of futures out."""
