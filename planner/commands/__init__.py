"""`forrang plan ...`: the planner on the command line."""

import typer

from planner.commands import ahead, kept, optimise, reckon, scenarios, simulate

__all__ = ["plan_commands"]

plan_commands = typer.Typer(
    help="The planner: which people, machines and hours keep the deadlines, and at what cost.", no_args_is_help=True
)
plan_commands.command("run")(simulate.run)
plan_commands.command("compare")(simulate.compare)
plan_commands.command("optimise")(optimise.optimise)
plan_commands.command("bottleneck")(reckon.bottleneck)
plan_commands.command("sensitivity")(reckon.sensitivity)
plan_commands.command("calibrate")(ahead.calibrate)
plan_commands.command("forecast")(ahead.forecast)
plan_commands.command("workforce")(ahead.workforce)
plan_commands.command("check")(scenarios.check)
plan_commands.command("scenarios")(scenarios.scenarios)
plan_commands.command("new")(scenarios.new)
plan_commands.command("schema")(scenarios.schema)
plan_commands.command("runs")(kept.runs)
plan_commands.command("rerun")(kept.rerun)
plan_commands.command("clone")(kept.clone)
