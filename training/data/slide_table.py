"""A table of slides (CSV) that says of each slide whose it is and what is known of it: for bags, and for cutting tiles.

Columns: `slide` (path, from the table's folder on), `patient`, and where known `label`, `split`, `site`, `scanner`,
`mpp` (um per px, where the slide does not say it) and `annotations` (GeoJSON; else the file beside the slide).
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from inference.slides.find import find_slides
from training.data.splits import refuse_shared_patients
from training.data.tile import Classes, PatientPattern
from training.errors import TileSetError

COLUMNS = ("slide", "patient", "label", "split", "site", "scanner", "mpp", "annotations")


@dataclass(frozen=True)
class SlideEntry:
    """One slide of the table; "" and None where it does not say."""

    slide: Path
    patient: str
    label: int | None = None
    """1: the slide is of the positive class; 0: it is not."""
    split: str = ""
    site: str = ""
    scanner: str = ""
    mpp: float | None = None
    annotations: Path | None = None
    """What was drawn on it, as QuPath's GeoJSON."""


def read_slide_table(path: Path, classes: Classes, patient_of: PatientPattern) -> tuple[SlideEntry, ...]:
    """The slides of a CSV file, commas or semicolons, UTF-8. Whether a slide can be opened shows when it is.

    Raises TileSetError naming the line: a column is missing, a patient is not known or in two splits, a label is no
    class, a number is none, or a slide stands twice.
    """
    lines = _lines(path)
    entries = [_entry(path, number, line, classes, patient_of) for number, line in enumerate(lines, start=2)]
    if not entries:
        raise TileSetError(f"{path}: no slide in it. Give each slide a line under the names of the columns.")
    first: dict[Path, int] = {}
    for number, entry in enumerate(entries, start=2):
        if entry.slide in first:
            raise TileSetError(
                f"{path}: line {number}: slide {entry.slide.name} stands in line {first[entry.slide]} too."
            )
        first[entry.slide] = number
    with_split = [entry for entry in entries if entry.split]
    refuse_shared_patients([it.patient for it in with_split], [it.split for it in with_split], str(path))
    return tuple(entries)


def slides_of_folder(folder: Path, patient_of: PatientPattern) -> tuple[SlideEntry, ...]:
    """The slides in a folder, each with the GeoJSON beside it; the patient is found in the slide's name.

    Raises TileSetError: there is no slide, or no pattern. UnreadableSlideError: the folder cannot be read.
    """
    if patient_of.pattern is None:
        raise TileSetError(
            f"{folder}: nothing says whose the slides are. Give --patient-pattern, which finds the patient in a "
            "slide's name ('.+' if no patient has two slides), or a CSV file with the columns slide and patient."
        )
    slides = find_slides([folder])
    if not slides:
        raise TileSetError(f"{folder}: no slide in it. Name the folder that holds the slides.")
    return tuple(SlideEntry(it, patient_of.patient(it.stem), annotations=annotations_beside(it)) for it in slides)


def annotations_beside(slide: Path) -> Path | None:
    """`NAME.geojson` or `NAME.svs.geojson` beside the slide NAME.svs, if there is one."""
    beside = (slide.with_suffix(".geojson"), slide.with_name(f"{slide.name}.geojson"))
    return next((it for it in beside if it.is_file()), None)


def _lines(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TileSetError(f"{path}: cannot be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise TileSetError(f"{path}: is not text in UTF-8. Save it as CSV UTF-8.") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
    missing = [name for name in ("slide", "patient") if name not in names]
    if missing:
        raise TileSetError(f"{path}: column {missing[0]!r} is missing; a table of slides has {', '.join(COLUMNS)}.")
    reader.fieldnames = names
    return [{name: (line.get(name) or "").strip() for name in COLUMNS} for line in reader]


def _entry(path: Path, number: int, line: dict[str, str], classes: Classes, patient_of: PatientPattern) -> SlideEntry:
    where = f"{path}: line {number}"
    if not line["slide"]:
        raise TileSetError(f"{where}: column 'slide' says nothing. Give the slide's path, or take the line out.")
    patient = patient_of.patient(line["patient"])
    if not patient:
        raise TileSetError(
            f"{where}: the patient of {line['slide']} is not known. Without, splits cannot keep it whole."
        )
    label = classes.label(line["label"])
    if line["label"] and label is None:
        raise TileSetError(
            f"{where}: column 'label' holds {line['label']!r}, which is neither positive nor negative. "
            "Give 0 or 1, or say with --positive and --negative what the names mean."
        )
    slide = path.parent / line["slide"]
    drawn = path.parent / line["annotations"] if line["annotations"] else annotations_beside(slide)
    return SlideEntry(
        slide, patient, label, line["split"], line["site"], line["scanner"], _mpp(line["mpp"], where), drawn
    )


def _mpp(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise TileSetError(f"{where}: column 'mpp' holds {text!r}: give um per px, such as 0.25.") from error
