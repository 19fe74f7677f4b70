"""The pages of the web face: they show and ask, and decide nothing."""
