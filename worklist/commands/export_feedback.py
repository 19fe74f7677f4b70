"""`forrang export feedback`: readers' verdicts as a training set."""

from pathlib import Path
from typing import Annotated

import typer

from models.showing import Json, print_json, print_line
from worklist.commands.acting import As, acting_person


def register(group: typer.Typer) -> None:
    """Puts the command into the group of exports."""
    group.command("feedback")(export_feedback)


def export_feedback(
    out: Annotated[Path, typer.Option(help="The table of slides, Parquet; tiles go beside it.", dir_okay=False)],
    model: Annotated[str, typer.Option(help="The model whose size and um per px the tiles get.")] = "idc-screen",
    login: As = None,
    *,
    json: Json = False,
) -> None:
    """Writes readers' verdicts as a training set, each patient in one split.

    Slides: slide, patient, label, split and what the AI had said. Where readers drew regions, tiles too, for `forrang
    train tiles`. Names are keyed hashes.
    """
    from models.registry import find_model
    from worklist.reading.feedback import collect_feedback
    from worklist.reading.feedback_files import write_feedback
    from worklist.settings import Settings
    from worklist.store.store import Store

    manifest = find_model(model).manifest
    store = Store.open()
    feedback = collect_feedback(store, acting_person(store, login), Settings().home_folder)
    written = write_feedback(feedback, out, manifest)
    if json:
        print_json({**vars(written), "left_out": feedback.left_out})
        return
    print_line(f"{written.slides}: {written.labelled_slides} slides")
    if written.tiles:
        print_line(
            f"{written.tiles}: {written.labelled_tiles} tiles of {manifest.tile_px} px at {manifest.mpp:g} um/px"
        )
    for reason, count in feedback.left_out.items():
        print_line(f"left out: {count}, {reason}")
    for reason in written.unread:
        print_line(f"no tiles of {reason}")
