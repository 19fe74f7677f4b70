"""Questions put to a scenario: replications, comparisons, what matters most, what is the bottleneck, what would suffice."""
