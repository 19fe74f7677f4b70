"""`forrang export`: what leaves the house, each under pseudonyms: feedback to train on, and cases for research."""

import typer

from worklist.commands import export_feedback, export_research

export_commands = typer.Typer(help="What leaves this house, under pseudonyms.", no_args_is_help=True)

export_feedback.register(export_commands)
export_research.register(export_commands)
