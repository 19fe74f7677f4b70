"""The data report as one HTML file: what is wrong, how many there are of what, and pictures of it."""

from collections import Counter

import altair as alt
import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from planner.report.look import BLUE, ORANGE, styled, table
from training.data.duplicates import Twins
from training.data.examination import NO_LABEL, Examination, pictures_of
from training.data.findings import Finding, between_patients, between_splits, in_conflict
from training.data.images import decode, encode, resized
from training.data.splits import split_sha256
from training.judging.html import Section, figure_svg, gallery, grid, note, page, picture, said

SHOWN_TILES = 8
"""Pictures of each class and split (A)."""
SHOWN_PX, PAIR_PX = 192, 88
"""Longest side of a picture, and height of two beside each other, px."""
SHOWN_PAIRS = 12
SHOWN_SIZES = 5
SHOWN_ROWS = 40
"""Lines of a table of faults or groups (A)."""
LABELS = {1: "positive", 0: "negative", NO_LABEL: "no label"}
IN_ORDER = ("train", "val", "test")


def report_page(seen: Examination, findings: tuple[Finding, ...], seed: int = 0) -> str:
    """The report. seed: which tiles are shown."""
    shown, pairs = _chosen(seen, np.random.default_rng(seed)), _chosen_pairs(seen)
    rows = [row for found in shown.values() for row in found] + [row for it in pairs for row in (it.first, it.second)]
    images = pictures_of(seen.path, rows)
    sections = [
        Section("What was found", _answer(seen, findings)),
        Section("How many", [*_counts(seen), figure_svg(_chart(seen), "Tiles of each patient")]),
        Section("One picture, two tiles", _pairs(seen, pairs, images)),
        Section("What the tiles look like", _samples(seen, shown, images)),
    ]
    if seen.unreadable:
        sections.append(Section("Images that cannot be read", [_unreadable(seen)]))
    return page(f"Data report: {seen.path.name}", sections)


def _answer(seen: Examination, findings: tuple[Finding, ...]) -> list[Markup]:
    patients = len(np.unique(seen.patients))
    stopping = [it.sentence for it in findings if it.stops]
    looking = [it.sentence for it in findings if not it.stops]
    parts = [said(f"{len(seen):,} tiles of {patients:,} patients, in {len(np.unique(seen.splits))} splits.")]
    if stopping:
        parts += [said("Not fit to train or judge on yet:"), _list(stopping)]
    else:
        parts.append(said("Nothing stops training: no patient is in two splits, and no picture."))
    if looking:
        parts += [said("Worth a look:"), _list(looking)]
    parts.append(note(f"Split hash {split_sha256(seen.patients, seen.splits)}: the same patients in the same splits."))
    return parts


def _counts(seen: Examination) -> list[Markup]:
    parts = [_group(seen, "split", seen.splits)]
    for kind, names in (("site", seen.sites), ("scanner", seen.scanners), ("resolution", _resolutions(seen))):
        parts.append(_group(seen, kind, names) if (names != "").any() else note(f"The file does not say the {kind}."))
    parts.append(_sizes(seen))
    return parts


def _sizes(seen: Examination) -> Markup:
    """The commonest sizes, and the others together."""
    sizes, counts = np.unique(seen.sizes[seen.sizes[:, 0] > 0], axis=0, return_counts=True)
    order = np.argsort(-counts)
    rows = [(f"{sizes[at][1]} x {sizes[at][0]}", f"{counts[at]:,}") for at in order[:SHOWN_SIZES]]
    if len(order) > SHOWN_SIZES:
        others = order[SHOWN_SIZES:]
        rows.append((f"{len(others)} others", f"{int(counts[others].sum()):,}"))
    return grid("By size", ("width x height, px", "tiles"), rows)


def _group(seen: Examination, kind: str, names: npt.NDArray[np.str_]) -> Markup:
    rows = []
    for name in _ordered(names):
        here = names == name
        positive = here & (seen.labels == 1)
        known = int((here & (seen.labels != NO_LABEL)).sum())
        rows.append(
            (
                name or "not said",
                f"{len(np.unique(seen.patients[here])):,}",
                f"{len(np.unique(seen.patients[positive])):,}",
                f"{int(here.sum()):,}",
                f"{int(positive.sum()):,}",
                f"{positive.sum() / known:.1%}" if known else "",
            )
        )
    head = (kind, "patients", "with positive tiles", "tiles", "positive", "share")
    return grid(f"By {kind}", head, rows[:SHOWN_ROWS])


def _chart(seen: Examination) -> dict[str, object]:
    rows = []
    for split in _ordered(seen.splits):
        here = seen.splits == split
        known = here & (seen.labels != NO_LABEL)
        tiles = Counter(seen.patients[here].tolist())
        of_class = Counter(zip(seen.patients[known].tolist(), seen.labels[known].tolist(), strict=True))
        for place, (patient, _) in enumerate(tiles.most_common(), start=1):
            for label in (0, 1):
                row = {"split": split, "n": place, "tiles": of_class[patient, label], "class": LABELS[label]}
                rows.append(row)
    charts = [
        alt.Chart(table([row for row in rows if row["split"] == split]), title=split)
        .mark_bar()
        .encode(
            x=alt.X("n:O", title="patients, most tiles first", axis=alt.Axis(labels=False, ticks=False)),
            y=alt.Y("tiles:Q", title="tiles"),
            color=alt.Color(
                "class:N",
                title=None,
                scale=alt.Scale(domain=[LABELS[0], LABELS[1]], range=[BLUE, ORANGE]),
            ),
        )
        .properties(width=560, height=120)
        for split in _ordered(seen.splits)
    ]
    return styled(alt.vconcat(*charts), "Tiles of each patient, by split and class")


def _pairs(seen: Examination, shown: list[Twins], images: dict[int, bytes]) -> list[Markup]:
    kinds = (
        ("in two splits", between_splits(seen)),
        ("of two patients", between_patients(seen)),
        ("with two labels", in_conflict(seen)),
        ("in all", seen.twins),
    )
    parts = [grid("Pairs of tiles that show one picture", ("pairs", "number"), [(k, f"{len(v):,}") for k, v in kinds])]
    if shown:
        parts.append(gallery([picture(_side_by_side(pair, images), _words(seen, pair)) for pair in shown]))
    parts.append(
        note(
            "Found by perceptual hash and by how grey values go together: also where a tile was saved anew or resized. "
            "Turned or mirrored copies, and tiles that overlap in part, are not found."
        )
    )
    return parts


def _samples(seen: Examination, shown: dict[tuple[str, int], list[int]], images: dict[int, bytes]) -> list[Markup]:
    parts = []
    for (split, label), rows in shown.items():
        parts.append(said(f"{split}, {LABELS[label]}"))
        parts.append(gallery([picture(_png(images[row]), f"patient {seen.patients[row]}") for row in rows]))
    parts.append(note("Drawn at random, each of another patient as far as there are any."))
    return parts


def _unreadable(seen: Examination) -> Markup:
    return grid("By row", ("row", "why"), seen.unreadable[:SHOWN_ROWS])


def _chosen(seen: Examination, rng: np.random.Generator) -> dict[tuple[str, int], list[int]]:
    """Tiles to show by split and label, of as many patients as there are."""
    readable = seen.sizes[:, 0] > 0
    chosen = {}
    for split in _ordered(seen.splits):
        for label in (1, 0):
            rows = rng.permutation(np.flatnonzero(readable & (seen.splits == split) & (seen.labels == label)))
            _, first = np.unique(seen.patients[rows], return_index=True)
            others = np.setdiff1d(np.arange(len(rows)), first)
            if rows.size:
                mixed = np.concatenate([rng.permutation(first), others])
                chosen[split, label] = rows[mixed[:SHOWN_TILES]].tolist()
    return chosen


def _chosen_pairs(seen: Examination) -> list[Twins]:
    """Pairs to show: first what does most harm."""
    harmful = [*between_splits(seen), *in_conflict(seen), *between_patients(seen), *seen.twins]
    return list(dict.fromkeys(harmful))[:SHOWN_PAIRS]


def _words(seen: Examination, pair: Twins) -> str:
    left, right = (
        f"row {row}: {seen.splits[row]}, patient {seen.patients[row]}, {LABELS[int(seen.labels[row])]}"
        for row in (pair.first, pair.second)
    )
    return f"{left} | {right}"


def _png(data: bytes) -> bytes:
    """The image as any browser shows it, no larger than it is shown."""
    pixels = decode(data, "tile")
    return encode(resized(pixels, min(1.0, SHOWN_PX / max(pixels.shape[:2]))))


def _side_by_side(pair: Twins, images: dict[int, bytes]) -> bytes:
    """Both tiles in one picture, at one height."""
    left, right = (decode(images[row], f"row {row}") for row in (pair.first, pair.second))
    left, right = (resized(it, PAIR_PX / it.shape[0]) for it in (left, right))
    return encode(np.hstack([left, np.full((PAIR_PX, 6, 3), 255, np.uint8), right]))


def _resolutions(seen: Examination) -> npt.NDArray[np.str_]:
    return np.array([f"{value:.3g} um per px" if np.isfinite(value) else "" for value in seen.mpp])


def _ordered(names: npt.NDArray[np.str_]) -> list[str]:
    """Names in the order in which they are used: train, val, test, then the others."""
    here = [str(name) for name in np.unique(names)]
    return sorted(here, key=lambda name: (IN_ORDER.index(name) if name in IN_ORDER else len(IN_ORDER), name))


def _list(sentences: list[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(_code(it)) for it in sentences))


def _code(sentence: str) -> Markup:
    """The sentence with what stands in backticks as a command."""
    parts = enumerate(sentence.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(it) if at % 2 else escape(it) for at, it in parts)
