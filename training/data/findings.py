"""What is wrong with a set of labelled tiles, in sentences: what stops training, and what a person should look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.data.duplicates import Twins
from training.data.examination import NO_LABEL, Examination
from training.data.splits import patients_in_several_splits

FEW_PATIENTS = 10
"""Under this many patients of a class an interval over patients says little (A)."""
UNEVEN = 2.0
"""A class whose share is this many times as high in one split as in another is unevenly split (A)."""
RESOLUTIONS = 1.05
"""Tiles whose um per px differ by more than this factor show tissue at different sizes (A)."""
BLANK = 0.98
"""Part of a tile that is glass from which on it is empty (A)."""
SLIVER = 0.25
"""A tile whose shorter side is under this part of the commonest is a sliver of a slide's edge (A)."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    stops: bool
    """Whether training refuses it, or figures would be false; else somebody should look."""
    sentence: str


def find_faults(seen: Examination) -> tuple[Finding, ...]:
    """Everything that was found, what stops first."""
    found = [*_stops(seen), *_alike(seen), *_split_faults(seen), *_twin_faults(seen), *_to_look_at(seen)]
    return tuple(sorted(found, key=lambda it: not it.stops))


def between_splits(seen: Examination) -> list[Twins]:
    """Pairs of one picture in two splits."""
    return [it for it in seen.twins if seen.splits[it.first] != seen.splits[it.second]]


def between_patients(seen: Examination) -> list[Twins]:
    """Pairs of one picture that two patients are said to have."""
    return [it for it in seen.twins if seen.patients[it.first] != seen.patients[it.second]]


def in_conflict(seen: Examination) -> list[Twins]:
    """Pairs of one picture with two labels."""
    return [it for it in seen.twins if seen.labels[it.first] != seen.labels[it.second]]


def _stops(seen: Examination) -> Iterator[Finding]:
    for count, what in (
        (len(seen.unreadable), "an image that cannot be read"),
        (int((seen.labels == NO_LABEL).sum()), "no label, or one that is neither 0 nor 1"),
        (int((seen.patients == "").sum()), "no patient"),
        (int((seen.splits == "").sum()), "no split"),
    ):
        if count:
            yield _stop(f"{_counted(count, 'tile')} with {what}. `forrang data tiles` leaves such rows out.")
    if len(np.unique(seen.labels[seen.labels != NO_LABEL])) < 2:
        yield _stop("All tiles are of one class: there is nothing to tell apart. Add tiles of the other.")
    if len(np.unique(seen.patients)) < 2:
        yield _stop("All tiles are of one patient: nothing can be said of another. Add patients.")
    crossing = patients_in_several_splits(seen.patients, seen.splits)
    if crossing:
        yield _stop(
            f"{_counted(len(crossing), 'patient')} in more than one split, such as {crossing[0]}: figures would be "
            "too good. `forrang data split` puts each into one.",
        )


def _alike(seen: Examination) -> Iterator[Finding]:
    """Patients whose names differ in last letters only, as those of blocks and sections do: 22549AB and 22549G."""
    splits: dict[str, dict[str, str]] = {}
    for patient, split in dict.fromkeys(zip(seen.patients.tolist(), seen.splits.tolist(), strict=True)):
        if stem := re.fullmatch(r"(.*\d)[A-Za-z]*", patient):
            splits.setdefault(stem[1], {})[patient] = split
    torn = {stem: names for stem, names in splits.items() if len(set(names.values())) > 1}
    if torn:
        names = ", ".join(f"{name} ({split})" for name, split in next(iter(torn.values())).items())
        yield _look(
            f"{_counted(len(torn), 'group')} of patients with names alike in several splits, such as {names}: if they "
            "are parts of one patient, say so with `forrang data tiles --patient-pattern`."
        )


def _split_faults(seen: Examination) -> Iterator[Finding]:
    shares = {}
    for split in _known(seen.splits):
        here = (seen.splits == split) & (seen.labels != NO_LABEL)
        patients = {label: len(np.unique(seen.patients[here & (seen.labels == label)])) for label in (0, 1)}
        shares[split] = float((seen.labels[here] == 1).mean()) if here.any() else 0.0
        if len(np.unique(seen.patients[here])) < 2:
            yield _stop(f"Split {split} has one patient: no interval over patients can be made. Split anew.")
        elif not all(patients.values()):
            yield _stop(f"Split {split} has one class: nothing can be measured on it. Split anew.")
        elif min(patients.values()) < FEW_PATIENTS:
            fewest = min(patients, key=lambda label: patients[label])
            yield _look(
                f"Split {split} has {_counted(patients[fewest], 'patient')} with label {fewest}: its "
                "intervals will be wide.",
            )
    if len(shares) > 1 and min(shares.values()) > 0 and max(shares.values()) / min(shares.values()) >= UNEVEN:
        told = ", ".join(f"{split} {share:.0%}" for split, share in shares.items())
        yield _look(f"The positive share differs between splits: {told}. A threshold may not carry over.")


def _twin_faults(seen: Examination) -> Iterator[Finding]:
    if crossing := between_splits(seen):
        yield _stop(
            f"{_counted(len(crossing), 'pair')} of tiles show one picture in two splits: the model is judged on "
            "what it saw.",
        )
    if conflict := in_conflict(seen):
        yield _look(
            f"{_counted(len(conflict), 'pair')} of tiles show one picture with two labels. Decide which is right."
        )
    if patients := between_patients(seen):
        yield _look(
            f"{_counted(len(patients), 'pair')} of tiles show one picture for two patients: are they one patient?"
        )
    same = len(seen.twins) - len({*between_splits(seen), *in_conflict(seen), *between_patients(seen)})
    if same:
        yield _look(
            f"{_counted(same, 'pair')} of tiles of one patient, split and label show one picture: it counts twice."
        )


def _to_look_at(seen: Examination) -> Iterator[Finding]:
    known = seen.labels != NO_LABEL
    of_patients = set(zip(seen.patients[known].tolist(), seen.labels[known].tolist(), strict=True))
    patients = {patient for patient, _ in of_patients}
    if len(patients) == len(of_patients) > 1 and len({label for _, label in of_patients}) > 1:
        yield _look(
            f"Every patient has one class only: what counts is {len(patients)} patients, not {len(seen)} tiles."
        )
    for kind, groups in (("site", seen.sites), ("scanner", seen.scanners)):
        yield from _confounded(seen, kind, groups)
    mpp = seen.mpp[np.isfinite(seen.mpp)]
    if mpp.size and mpp.max() / mpp.min() > RESOLUTIONS:
        yield _look(f"Tiles are of {mpp.min():.3g} to {mpp.max():.3g} um per px. Cut them anew at one --mpp.")
    read = seen.sizes[:, 0] > 0
    if read.any():
        shorter = seen.sizes.min(axis=1)
        common = int(np.bincount(seen.sizes[read].max(axis=1)).argmax())
        for rows, what in (
            (seen.grey, "grey: no stain to be seen"),
            (read & (seen.glass >= BLANK), "empty glass"),
            (read & (shorter < SLIVER * common), f"narrow, under {SLIVER * common:.0f} px on one side"),
        ):
            if rows.any():
                yield _look(f"{_counted(int(rows.sum()), 'tile')} {'is' if rows.sum() == 1 else 'are'} {what}.")


def _confounded(seen: Examination, kind: str, groups: npt.NDArray[np.str_]) -> Iterator[Finding]:
    names = _known(groups)
    if len(names) < 2:
        return
    for name in names:
        labels = np.unique(seen.labels[(groups == name) & (seen.labels != NO_LABEL)])
        if len(labels) == 1:
            yield _look(f"All tiles of {kind} {name} have label {labels[0]}: a model may learn the {kind} instead.")


def _stop(sentence: str) -> Finding:
    return Finding(stops=True, sentence=sentence)


def _look(sentence: str) -> Finding:
    return Finding(stops=False, sentence=sentence)


def _known(names: npt.NDArray[np.str_]) -> list[str]:
    return [str(name) for name in np.unique(names) if name]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
