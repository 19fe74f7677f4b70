"""The cheapest plan that keeps a target: searched, selected, confirmed on fresh seeds."""
