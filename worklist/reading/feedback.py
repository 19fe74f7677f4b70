"""Readers' verdicts as labels to train on: one row a slide, patients kept apart.

A patient is in one split, always, and in the same at every export: the split follows from a keyed hash of the patient.
So a slide whose patient is not known is left out, and so is a file that stands in cases of several patients.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import or_, select

from worklist.people import Actor
from worklist.reading.verdict import counting
from worklist.store.store import Store
from worklist.store.tables import CaseRow, SlideRow, VerdictRow
from worklist.trail.site_key import Purpose, confirm_site_key, keyed

SPLITS: Final = (("train", 0.7), ("val", 0.85), ("test", 1.0))
"""Each split's upper end on the line from 0 to 1 on which the hash puts a patient: 70%, 15% and 15% of patients (A)."""

_LABELS: Final = {"positive": 1, "negative": 0}
_HEX: Final = 16


@dataclass(frozen=True)
class Judged:
    """A slide of a case with one reader's verdict that counts."""

    case: str
    patient_key: str | None
    path: str
    sha256: str | None
    site: str
    scanner: str
    stain: str
    ai_score: float | None
    ai_flagged: bool | None
    model: str | None
    order: int
    """The later verdict has the higher."""
    by: str
    verdict: str
    regions: Mapping[str, Any] | None


@dataclass(frozen=True)
class LabelledSlide:
    """A slide to train on. Its own number, its patient and its readers are told by nothing but keyed hashes."""

    slide: str
    patient: str
    label: int
    """1: read as positive; 0: as negative."""
    split: str
    readers: int
    site: str
    scanner: str
    stain: str
    ai_score: float | None
    """What the AI had said when the last verdict was given."""
    ai_flagged: bool | None
    model: str | None


@dataclass(frozen=True)
class Feedback:
    """What there is to train on, and what was left out."""

    slides: tuple[LabelledSlide, ...]
    """By their hashes."""
    drawn: Mapping[str, tuple[Path, tuple[Mapping[str, Any], ...]]]
    """Of the slides with regions, by their hashes: the file, and each reader's regions."""
    left_out: Mapping[str, int]
    """How many slides, by reason."""


def collect_feedback(store: Store, actor: Actor, home: Path) -> Feedback:
    """All that readers have judged, with the site's key in `home`.

    Raises NotAllowedError, and SiteKeyError where that key is not the store's: another would mix the splits.
    """
    with store.acting(actor, "export feedback") as session:
        confirm_site_key(session, home)
        judged = [
            Judged(
                case.accession_number,
                case.patient_key,
                slide.path,
                slide.sha256,
                case.site,
                slide.scanner or "",
                slide.stain or "",
                verdict.ai_score,
                verdict.ai_flagged,
                verdict.model,
                verdict.id,
                verdict.by,
                verdict.verdict,
                verdict.regions,
            )
            for case, slide, verdict in session.execute(counting())
        ]
        of_judged = SlideRow.id.in_(select(VerdictRow.slide_id))
        same_path = SlideRow.path.in_(select(SlideRow.path).where(of_judged))
        same_bytes = SlideRow.sha256.in_(select(SlideRow.sha256).where(of_judged))
        held = select(SlideRow.path, SlideRow.sha256, CaseRow.patient_key).join(CaseRow)
        wanted = held.where(or_(same_path, same_bytes))
        holding = [(path, sha, patient) for path, sha, patient in session.execute(wanted)]
    files = {path: sha for path, sha, _ in holding if sha}
    owners: defaultdict[str, set[str | None]] = defaultdict(set)
    for path, sha, patient in holding:
        owners[sha or files.get(path, path)].add(patient)
    return label_slides(judged, files, owners, lambda purpose, text: keyed(home, purpose, text))


def label_slides(
    judged: Iterable[Judged],
    files: Mapping[str, str],
    owners: Mapping[str, set[str | None]],
    keyed_hash: Callable[[Purpose, str], str],
) -> Feedback:
    """Labels from verdicts. Pure.

    files: a path's hash, where it is known. owners: whose slides hold a file, judged or not, by the file's hash, else
    its path; None for a patient who is not known. keyed_hash: (purpose, text) to hex digits.
    """
    by_file: defaultdict[str, dict[str, Judged]] = defaultdict(dict)
    for one in sorted(judged, key=lambda it: it.order):
        by_file[one.sha256 or files.get(one.path, one.path)][one.by] = one  # of a reader the latest counts
    slides, drawn, left_out = [], {}, Counter[str]()
    for file, by_reader in by_file.items():
        last = max(by_reader.values(), key=lambda it: it.order)
        labels = {_LABELS.get(it.verdict) for it in by_reader.values()}
        patients = owners[file]
        if reason := _reason(labels, patients):
            left_out[reason] += 1
            continue
        (patient,), (label,) = patients, labels
        assert patient is not None
        assert label is not None
        name = keyed_hash("training", f"slide {file}")[:_HEX]
        slides.append(
            LabelledSlide(
                slide=name,
                patient=keyed_hash("training", f"patient {patient}")[:_HEX],
                label=label,
                split=split_of(keyed_hash("split", patient)),
                readers=len(by_reader),
                site=last.site,
                scanner=last.scanner,
                stain=last.stain,
                ai_score=last.ai_score,
                ai_flagged=last.ai_flagged,
                model=last.model,
            )
        )
        regions = tuple(it.regions for it in by_reader.values() if it.regions is not None)
        if regions:
            drawn[name] = (Path(last.path), regions)
    return Feedback(tuple(sorted(slides, key=lambda it: it.slide)), drawn, dict(left_out))


def split_of(patient_hash: str) -> str:
    """The split of a patient, by a keyed hash in hex digits; another patient's coming or going changes nothing."""
    place = int(patient_hash[:13], 16) / 16**13
    return next(name for name, end in SPLITS if place < end)


def _reason(labels: set[int | None], patients: set[str | None]) -> str | None:
    if None in labels:
        return "a reader was uncertain, or could not assess it"
    if len(labels) > 1:
        return "readers differ"
    if None in patients:
        return "its patient is not known: the order told no patient's number"
    return "its file stands in cases of several patients" if len(patients) > 1 else None
