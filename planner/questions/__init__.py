"""Questions to the planner that are answered in a process of their own, and kept with their answers."""
