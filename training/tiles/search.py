"""A search for a better recipe, over Optuna: on train and val only, kept in a folder, and gone on with after a kill."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import optuna
import structlog
import yaml
from optuna.storages.journal import JournalFileBackend, JournalStorage
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from training.data.tile_set import TileSet, read_tiles
from training.errors import TrainingError
from training.tiles.options import TrainOptions
from training.tiles.runs import complete, fit_network
from training.tiles.watching import Showing

log = structlog.get_logger()
STUDY = "search.log"
BEST = "best-recipe.yaml"
UNHURRIED_TRIALS, UNHURRIED_EPOCHS = 4, 2
"""Nothing is cut short before so many trials, nor before so many epochs: medians of less say little (A)."""


class Range(BaseModel):
    """Numbers from `low` to `high`, evenly or on a log scale."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float
    high: float
    log: bool = False


Choices = Annotated[list[str | int | float | bool | None], Field(min_length=1)]
Space = dict[str, Range | Choices]


@dataclass(frozen=True)
class Found:
    """The best recipe of a search."""

    trials: int
    """Finished ones, those cut short included."""
    auc: float
    """On validation, by patient or as `fit.choose_by` says; the best of many, so a little too good."""
    values: dict[str, Any]
    """Field to value."""
    recipe: Path


def read_space(path: Path) -> Space:
    """A search space: field, with dots, to `{low, high, log}` or a list of choices. Raises TrainingError."""
    try:
        return TypeAdapter(Space).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise TrainingError(
            f"{path}: this is no search space ({error}). It has lines as `fit.learning_rate: {{low: 0.0001, "
            "high: 0.001, log: true}}` or `input_px: [64, 96]`."
        ) from error


def search(options: TrainOptions, space_file: Path, trials: int) -> Found:
    """Fit with values out of the space until so many trials are done, counting those of earlier calls.

    A trial that is behind the median of the others is cut short; one that was killed is begun again. The best recipe is
    written to `options.out / "best-recipe.yaml"`, to be given to `forrang train tiles --recipe`.

    Raises TrainingError: the space names a field that recipes do not have, or a value that they do not take, or no
    trial came to an end.
    """
    space = read_space(space_file)
    data = read_tiles(options.tiles, ("train", "val"), options.tile_px)
    options.out.mkdir(parents=True, exist_ok=True)
    study = _study(options)
    for name, kind in space.items():
        _with_values(options, {name: kind.low if isinstance(kind, Range) else kind[0]})
    while _done(study) < trials:
        trial = study.ask()
        values = {name: _suggest(trial, name, kind) for name, kind in space.items()}
        _try(study, trial, _with_values(options, values), data, number=_done(study) + 1)
    if not study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)):
        raise TrainingError(f"{space_file}: none of {trials} trials came to an end. Try one of its recipes by itself.")
    best = study.best_trial
    recipe = options.out / BEST
    chosen = _with_values(options, best.params).model_dump(mode="json", exclude={"tiles", "out"})
    recipe.write_text(yaml.safe_dump(chosen, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return Found(_done(study), float(best.value or 0.0), dict(best.params), recipe)


def _study(options: TrainOptions) -> optuna.Study:
    """The study that is kept in the folder; what was under way when it was killed is put first again."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = JournalStorage(JournalFileBackend(str(options.out / STUDY)))
    earlier = [study.study_name for study in storage.get_all_studies()]
    kept = len(storage.get_all_trials(storage.get_study_id_from_name(options.name))) if options.name in earlier else 0
    study = optuna.create_study(
        study_name=options.name,
        storage=storage,
        direction="maximize",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=options.fit.seed + kept),
        pruner=optuna.pruners.MedianPruner(UNHURRIED_TRIALS, UNHURRIED_EPOCHS),
    )
    for trial in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        study.enqueue_trial(trial.params)
    return study


def _try(
    study: optuna.Study, trial: optuna.Trial, options: TrainOptions, data: dict[str, TileSet], *, number: int
) -> None:
    options = complete(options)
    try:
        with _Pruning(trial) as watcher:
            fitted, _ = fit_network(options, data["train"], data["val"], watcher=watcher)
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        log.info("trial cut short", trial=number, **trial.params)
        return
    except TrainingError as error:  # as of a loss that ran away: these values are bad, others need not be
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        log.warning("trial failed", trial=number, reason=str(error), **trial.params)
        return
    auc = max(fitted.validation_auc)
    study.tell(trial, auc)
    log.info("trial", trial=number, validation_auc=round(auc, 4), **trial.params)


class _Pruning(Showing):
    """Tells the study of every epoch, and stops a trial that is behind."""

    def __init__(self, trial: optuna.Trial) -> None:
        super().__init__()
        self._trial = trial

    def end_epoch(self, epoch: int, loss: float, auc: float) -> None:
        """Raises TrialPruned: it is not worth going on."""
        super().end_epoch(epoch, loss, auc)
        self._trial.report(auc, epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned


def _done(study: optuna.Study) -> int:
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return len(study.get_trials(deepcopy=False, states=states))


def _suggest(trial: optuna.Trial, name: str, kind: Range | Choices) -> Any:
    if isinstance(kind, Range):
        return trial.suggest_float(name, kind.low, kind.high, log=kind.log)
    return trial.suggest_categorical(name, kind)


def _with_values(options: TrainOptions, values: dict[str, Any]) -> TrainOptions:
    """The options with these fields changed; a name with dots means a field within a field."""
    told = options.model_dump()
    for name, value in values.items():
        *parts, last = name.split(".")
        place: Any = told
        for part in parts:
            place = place.get(part) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last not in place:
            raise TrainingError(f"search space: a recipe has no field {name!r}. See training/tiles/options.py.")
        place[last] = value
    try:
        return TrainOptions.model_validate(told)
    except ValidationError as error:
        fault = error.errors()[0]
        raise TrainingError(f"search space: {'.'.join(map(str, fault['loc']))}: {fault['msg']}.") from error
