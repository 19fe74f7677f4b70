"""What each kind of run does, through the rooms below; what comes of it lies in the run's folder."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from models.in_use import Hand
from models.registry import find_model, load_model, serving_of
from models.shelf import manifest_hash, take_in
from training.judging.html import write_report
from training.judging.judgement import judge as judge_in_full
from training.judging.report import report
from training.judging.side_by_side import judge_side_by_side
from training.labelling.suggest import suggest_slides
from training.shipping.gates import Limits
from training.shipping.promotion import judge
from training.torch_extra import require_torch
from ui.models.runs.record import (
    FIGURES,
    GATES,
    REPORT,
    Asked,
    Feedback,
    GatesFound,
    Judge,
    Look,
    Report,
    Suggest,
    Train,
    refuse_taken_name,
    write_whole,
)
from worklist.people import Actor
from worklist.reading.feedback import collect_feedback
from worklist.reading.feedback_files import write_feedback
from worklist.settings import Settings
from worklist.store.store import Store

log = structlog.get_logger()


def do(asked: Asked, folder: Path) -> str:
    """Does what was asked; gives what came of it: a model's name, or how many. Raises ForrangError."""
    work = asked.work
    match work:
        case Train():
            return _train(work, asked, folder)
        case Judge():
            return _judge(work, folder)
        case Look():
            models = [find_model(name) for name in work.models]
            write_whole(folder / FIGURES, judge_side_by_side(models, work.tiles, work.split))
            return " / ".join(work.models)
        case Report():
            found = judge_in_full(
                find_model(work.model), work.tiles, work.split, on_step=lambda said: log.info("step", said=said)
            )
            write_report(report(found), folder / REPORT)
            return work.model
        case Feedback():
            return _feedback(work, asked)
        case Suggest():
            return str(suggest_slides(work.results, folder, work.count))


UNFINISHED: Final = "trained"
"""Folder in a run's own in which a model is made; it is gone when the model is on the shelf."""


def _train(work: Train, asked: Asked, folder: Path) -> str:
    require_torch()
    from training.tiles.train_tiles import train_tiles

    refuse_taken_name(work.options)
    log.info("begins", epochs=work.options.fit.epochs)
    options = work.options.model_copy(update={"out": folder / UNFINISHED})
    made = train_tiles(options, resume=asked.resume)
    hand = Hand(by=asked.by, at_utc=datetime.now(UTC), why=f"trained in the app, run {folder.name}")
    shelved = take_in(load_model(made).folder, hand)
    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
    return shelved.manifest.label


def _judge(work: Judge, folder: Path) -> str:
    model = find_model(work.model)
    against = serving_of(model.manifest.name)
    found = GatesFound(
        model=work.model,
        manifest_sha256=manifest_hash(model),
        against_sha256=None if against is None else manifest_hash(against),
        gates=judge(model, work.tiles, work.split, Limits()),
    )
    write_whole(folder / GATES, found)
    return work.model


def _feedback(work: Feedback, asked: Asked) -> str:
    settings = Settings()
    store = Store.open(settings.store_url)
    try:
        actor = Actor(asked.by, asked.role, asked.source)
        feedback = collect_feedback(store, actor, settings.home_folder)
    finally:
        store.close()
    for reason, count in feedback.left_out.items():
        log.info("left out", count=count, reason=reason)
    written = write_feedback(feedback, work.out, find_model(work.model).manifest)
    for reason in written.unread:
        log.info("no tiles", reason=reason)
    log.info("written", slides=written.labelled_slides, tiles=written.labelled_tiles)
    return work.out.name
