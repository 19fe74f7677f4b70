"""What the demo gets while its list is looked at: a forecast of it, plans that are simulated and compared, the slides
that were still on the scanner, and a model fitted anew on feedback.

`python -m ui.demo MODEL TIME [served]` makes it, on the store that the settings name.
TIME: when the demo began, ISO 8601. served: the app runs meanwhile, with a worker.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow.parquet as pq

from models.in_use import Hand
from models.registry import Model, find_model, list_models
from planner.questions.question import Kind, Question
from planner.scenario.load import change, dump_scenario, load_scenario
from planner.shelf import shelf, take
from training.shipping.recalibration import recalibrate
from ui.models.runs.record import Look
from ui.models.runs.start import start
from worklist.demo.later import PACE_S, arrive_all, read_what_waits, scan_the_rest
from worklist.people import Actor
from worklist.planning import FUTURES, ask_planner, save_plan
from worklist.reading.feedback import collect_feedback
from worklist.reading.feedback_files import write_feedback
from worklist.settings import Settings
from worklist.store.store import Store
from worklist.trail.log import configure_logs

BASE: Final = "small-lab"
OWN: Final = "small-lab-one-more-reader"
REPLICATIONS: Final = 10
MANAGER: Final = Actor("madsr", "manager", "app demo")
RESEARCHER: Final = Actor("rikket", "researcher", "app demo")


def furnish(model: str, begun_utc: datetime, *, served: bool) -> None:
    """Makes all of it. Raises ForrangError.

    served: whether the app runs meanwhile, with a worker beside it; else this scores, and the last wait.
    """
    store = Store.open()
    try:
        last = scan_the_rest(store, begun_utc)
        foresee(store)
        ask_plans(store)
        if not served:
            read_what_waits(store, model)
        fit_anew(store, model)
        arrive_all(store, last, PACE_S if served else 0.0)
    finally:
        store.close()


def foresee(store: Store) -> None:
    """Has it foreseen which cases of the new list will be late, in a process of its own.

    Slides that have not come yet would be taken for work that the laboratory has still to do.
    """
    _ask(store, "forecast", BASE, replications=FUTURES)


def ask_plans(store: Store) -> None:
    """Puts a plan of the manager's own on the shelf, has both simulated and compared, in a process of their own."""
    if OWN in shelf():
        return
    base = load_scenario(BASE)
    units = base.resources["pathologist"].units
    more = units[-1].model_copy(update={"name": "one more", "full_time": 1.0, "age": 35})
    told = base.model_dump(mode="json")["resources"]["pathologist"]
    told["units"].append(more.model_dump(mode="json"))
    own = change(
        base, {"name": OWN, "title": "A small laboratory, one more pathologist", "resources.pathologist": told}
    )
    save_plan(store, MANAGER, OWN, dump_scenario(own))
    _ask(store, "run", BASE)
    _ask(store, "run", OWN)
    _ask(store, "compare", BASE, OWN)


def _ask(store: Store, kind: Kind, *names: str, replications: int = REPLICATIONS) -> None:
    question = Question(
        kind=kind,
        scenarios=tuple(take(name).text for name in names),
        titles=names,
        asked_by=MANAGER.name,
        asked_utc=datetime.now(UTC),
        replications=replications,
    )
    ask_planner(store, MANAGER, question)


def fit_anew(store: Store, model: str) -> Model | None:
    """The model's next version, its probabilities and thresholds fitted to what the demo's readers drew.

    It is on the shelf beside the one in use, and the two are being compared. None where it was made before, or where
    too few have been read.
    """
    settings = Settings()
    base = find_model(model)
    version = f"{base.manifest.version}-demo"
    if any(it.manifest.label == f"{base.manifest.name}@{version}" for it in list_models()):
        return None
    out = settings.home_folder / "feedback" / "readers.parquet"
    written = write_feedback(collect_feedback(store, RESEARCHER, settings.home_folder), out, base.manifest)
    judge_on = None if written.tiles is None else _split_to_judge_on(written.tiles)
    if written.tiles is None or judge_on is None:
        return None
    why = "fitted to the demo's drawn slides; says nothing of real ones"
    hand = Hand(by=RESEARCHER.name, at_utc=datetime.now(UTC), why=why)
    made = recalibrate(base, written.tiles, hand, fit_on="train", judge_on=judge_on, version=version)
    labels = (made.manifest.label, base.manifest.label)
    start(store, settings.home_folder, RESEARCHER, Look(models=labels, tiles=written.tiles, split=judge_on))
    return made


def _split_to_judge_on(tiles: Path) -> str | None:
    """One with tiles of both classes; none if the lots of the few patients fell badly."""
    table = pq.read_table(tiles, columns=["split", "label"])
    splits, labels = np.array(table["split"]), np.array(table["label"])
    both = [name for name in ("test", "val", "train") if len(set(labels[splits == name])) == 2]
    return both[0] if "train" in both and both[0] != "train" else None


if __name__ == "__main__":
    configure_logs(Settings().log_format)
    furnish(sys.argv[1], datetime.fromisoformat(sys.argv[2]), served=sys.argv[3:] == ["served"])
