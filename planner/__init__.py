"""A department simulated: a scenario in, a distribution of futures out.

scenario/      what is simulated, as data: sites, demand, people, machines, process; loaded and checked
engine/        one future of it: tables, random inputs, and two engines that agree (docs/planner_engine.md)
measures/      what happened, as figures with intervals
replications/  many futures, on all cores or a cluster
experiments/   what a change does, which resource and which assumption matters most
optimising/    the cheapest plan that keeps a target
calibration/   a scenario measured from an event log
ahead/         today's open cases, and the years to come
report/        one page for the manager
commands/      `forrang plan ...`
"""
