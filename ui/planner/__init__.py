"""The planner for managers: plans as cards, a form, runs in a process of their own, results as charts."""
