"""A pseudonymised export for research: a folder of Parquet tables, and cleaned copies of the slides where asked for.

Left out: reasons, comments, notes, descriptions, drawn regions, barcodes, paths, hashes of files. The order of the
records is that of the pseudonyms, which says nothing.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from worklist.errors import CleaningError, ExportError
from worklist.people import Actor
from worklist.store.store import Store
from worklist.store.tables import CaseRow, SlideRow, VerdictRow
from worklist.trail.clean_slide import clean_copy
from worklist.trail.identity_guard import mask_identity
from worklist.trail.pseudonyms import keep
from worklist.trail.research_tables import SCHEMAS, Tables
from worklist.trail.site_key import site_hash

_CHUNK: Final = 500
_SLIDES: Final = "slides"
ABOUT: Final = "export.json"


@dataclass(frozen=True)
class Chosen:
    """Which cases are exported; what is None does not matter."""

    accession_numbers: Sequence[str] | None = None
    received_since_utc: datetime | None = None
    signed_out_only: bool = False


@dataclass(frozen=True)
class Exported:
    """What an export holds."""

    cases: int
    slides: int
    scores: int
    verdicts: int
    copied: int
    """Slides whose cleaned file is in it."""
    not_copied: dict[str, str]
    """Pseudonym of a slide, and why its file was left out."""
    unknown: tuple[str, ...]
    """Accession numbers that were asked for and are not in the store."""


def export_research(
    store: Store, actor: Actor, home: Path, out: Path, chosen: Chosen, *, with_slides: bool = False
) -> Exported:
    """Writes an export into a folder that is not there yet, whole or not at all; that it was made is on the trail.

    Raises NotAllowedError, SiteKeyError, and ExportError where the folder is there or nothing was chosen.
    """
    told = {"chosen": len(chosen.accession_numbers or ()), "signed out": chosen.signed_out_only, "files": with_slides}
    store.saw(actor, "export research", details={"what": "begun", **told})
    draft = out.with_name(f".{out.name}.part")
    if out.exists():
        raise ExportError(f"{out}: is there already; name a folder that is not, so that no two exports mix")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        (draft / _SLIDES if with_slides else draft).mkdir(parents=True)
        exported, digest = _write(store, home, draft, chosen, with_slides=with_slides)
        draft.rename(out)
    except OSError as error:
        raise ExportError(f"{out}: {error.strerror}; choose another folder or make room") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    counts = {"cases": exported.cases, "slides": exported.slides, "copied": exported.copied}
    store.saw(actor, "export research", details={"what": "done", "sha256 of cases.parquet": digest, **counts})
    return exported


def _write(store: Store, home: Path, folder: Path, chosen: Chosen, *, with_slides: bool) -> tuple[Exported, str]:
    tables = Tables(site_hash(home))
    found: set[str] = set()
    refused: dict[str, str] = {}

    def copied(slide: SlideRow) -> str | None:
        source = Path(slide.path)
        name = tables.name_for("slide", slide.path)
        file = f"{name}{source.suffix.lower()}"
        if (folder / _SLIDES / file).exists():
            return file
        try:
            clean_copy(source, folder / _SLIDES / file)
        except CleaningError as error:
            refused[name] = str(error)
            return None
        return file

    for case, verdicts in _cases(store, chosen):
        found.add(case.accession_number)
        tables.add(case, verdicts, copied if with_slides else lambda _slide: None)
    if not found:
        raise ExportError("no case was chosen: look at the numbers and dates")
    keep(store, home, tables.used.values())
    for name, schema in SCHEMAS.items():
        records = sorted(tables.records[name], key=lambda it: [str(value) for value in it.values()])
        _write_table(folder / f"{name}.parquet", schema, records)
    exported = Exported(
        **{name: len(tables.records[name]) for name in SCHEMAS},
        copied=len({it["file"] for it in tables.records["slides"] if it["file"]}),
        not_copied=dict(sorted(refused.items())),
        unknown=tuple(sorted(set(chosen.accession_numbers or ()) - found)),
    )
    about = {**asdict(exported), "software": f"Forrang {version('forrang')}", "dates": "moved, by patient"}
    del about["unknown"]
    (folder / ABOUT).write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")
    return exported, sha256((folder / "cases.parquet").read_bytes()).hexdigest()


def _cases(store: Store, chosen: Chosen) -> Iterator[tuple[CaseRow, list[VerdictRow]]]:
    """The chosen cases with all verdicts on their slides, in batches."""
    wanted = select(CaseRow).order_by(CaseRow.id).limit(_CHUNK)
    if chosen.received_since_utc is not None:
        wanted = wanted.where(CaseRow.received_utc >= chosen.received_since_utc)
    if chosen.signed_out_only:
        wanted = wanted.where(CaseRow.signed_out_utc.is_not(None))
    numbers = sorted(set(chosen.accession_numbers)) if chosen.accession_numbers is not None else None
    chunks = [None] if numbers is None else [numbers[at : at + _CHUNK] for at in range(0, len(numbers), _CHUNK)]
    for chunk in chunks:
        last = 0
        while True:
            further = wanted.where(CaseRow.id > last)
            if chunk is not None:
                further = further.where(CaseRow.accession_number.in_(chunk))
            with store.reading() as session:
                cases = session.scalars(further).all()
                of_them = SlideRow.case_id.in_([case.id for case in cases])
                verdicts = session.scalars(select(VerdictRow).join(SlideRow).where(of_them)).all()
            for case in cases:
                own = {slide.id for slide in case.slides}
                yield case, [it for it in verdicts if it.slide_id in own]
            if len(cases) < _CHUNK:
                break
            last = cases[-1].id


def _write_table(path: Path, schema: Any, records: list[dict[str, Any]]) -> None:
    """Writes the records; a patient's number that stands in a text all the same is masked."""
    masked: Callable[[str], str] = lru_cache(maxsize=10_000)(mask_identity)
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    for record in records:
        for name in texts:
            if record[name] is not None:
                record[name] = masked(record[name])
    pq.write_table(pa.Table.from_pylist(records, schema=schema), path)
