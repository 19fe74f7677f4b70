"""What `forrang plan ... --json` says: one object, with fields that scripts may rely on."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from planner.experiments.compare import Comparison
from planner.measures.figures import FigureKey
from planner.measures.intervals import Estimate
from planner.replications.replicate import Experiment
from planner.scenario.check import Finding

Record = dict[str, Any]


def as_json(record: Mapping[str, object]) -> str:
    """One line of JSON; what is no number (nan, infinity) is null."""
    return json.dumps(plain(record), ensure_ascii=False, allow_nan=False)


def run_record(experiment: Experiment, headline: Sequence[str], findings: Sequence[Finding]) -> Record:
    """A run.

    `scenario` {name, title, hash}, `seed`, `replications`, `wanted`, `interruption`, `engine`, `software`; `headline`
    and `notes`, sentences; `findings` [{field, message, level}]; `figures` [{measure, by, group, detail, mean, low,
    high, n}], whose names are those of `planner.measures.figures`. Low and high end the 95% t interval.
    """
    return {
        **_made(experiment),
        "headline": list(headline),
        "notes": list(experiment.notes),
        "findings": [vars(finding) for finding in findings],
        "figures": [_figure(key) | vars(found) for key, found in experiment.estimates.items()],
    }


def comparison_record(comparison: Comparison) -> Record:
    """A comparison.

    `base` and each of `others` begin as a run does. Each of the others has also `pairs`; `verdict`, sentences;
    `figures` [{measure, by, group, detail, base, other, change: {mean, low, high, n}}]; `stages` [{stage, wait, work,
    total}] in hours a case, other less base; `changes` [{path, before, after}] in the scenario.
    """
    return {
        "base": _made(comparison.base),
        "others": [
            {
                **_made(against.other),
                "pairs": against.pairs,
                "verdict": list(against.verdict),
                "figures": [
                    _figure(one.key) | {"base": vars(one.base), "other": vars(one.other), "change": vars(one.change)}
                    for one in against.figures
                ],
                "stages": against.stages,
                "changes": against.changes,
            }
            for against in comparison.others
        ],
    }


def _made(experiment: Experiment) -> Record:
    scenario = experiment.scenario
    return {
        "scenario": {"name": scenario.name, "title": scenario.title, "hash": experiment.scenario_hash},
        "seed": experiment.seed,
        "replications": len(experiment.summaries),
        "wanted": experiment.wanted,
        "interruption": experiment.interruption,
        "engine": experiment.engine,
        "software": experiment.software,
    }


def _figure(key: FigureKey) -> Record:
    return key._asdict()


def plain(value: Any) -> Any:
    """Data classes and named tuples as objects, days and paths as texts, nan as null."""
    if isinstance(value, FigureKey) or hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Estimate) or (is_dataclass(value) and not isinstance(value, type)):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.repr}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
