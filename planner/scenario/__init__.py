"""A department described as data: sites, demand, people, machines, process. `load` reads it, `check` judges it."""
