"""Questions put to a scenario: replications, comparisons, what matters most, the bottleneck, what would suffice."""
