"""The files of labelled tiles that pages offer: those in the site's own folder, and those that feedback made."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import streamlit as st

from training.data.tile_facts import SplitFacts, tile_facts
from training.errors import TrainingError
from ui.shell.facts import literal
from ui.shell.language import number, t
from ui.shell.memory import remember, remembered

FEEDBACK = "feedback"


def tiles_folder(home: Path) -> Path:
    """Where the site puts its tile files."""
    return home / "tiles"


def tile_files(home: Path) -> list[Path]:
    """All of them, by name; files that are no tile files are left out."""
    places = (tiles_folder(home), home / FEEDBACK)
    return [it for place in places for it in sorted(place.glob("*.parquet")) if _has_pictures(it)]


def ask_tiles_and_split(home: Path, key: str) -> tuple[Path, str] | None:
    """Asks for a tile file and one of its splits; None where there is none."""
    left, right = st.columns([3, 1])
    with left:
        tiles = ask_tiles(home, key)
    if tiles is None:
        return None
    with right:
        return tiles, _ask_split(tiles, key)


def ask_tiles(home: Path, key: str) -> Path | None:
    """Asks for one of them, and says what is in it; says where to put one where there is none."""
    there = {it.name: it for it in tile_files(home)}
    if not there:
        place = literal(str(tiles_folder(home)))
        st.info(
            t(
                "No labelled tiles are here yet. Researchers make them of what readers drew, under *Feedback*; or"
                " whoever runs the server puts files of tiles into {folder}: `forrang data tiles ... --out`.",
                folder=place,
            ),
            icon=":material/dataset:",
        )
        return None
    before = remembered("tile file", None)
    index = list(there).index(str(before)) if before in there else 0
    name = st.selectbox(t("Labelled tiles"), list(there), index=index, key=f"{key} tiles")
    remember("tile file", name)
    try:
        facts = _facts(there[name], there[name].stat().st_mtime_ns)
    except (TrainingError, OSError) as error:
        st.error(literal(str(error)), icon=":material/error:")
        return None
    st.caption(facts_words(facts))
    return there[name]


def _ask_split(path: Path, key: str) -> str:
    """Asks which split to judge on; `test` where the file has one."""
    names = list(_facts(path, path.stat().st_mtime_ns))
    return st.selectbox(
        t("Judged on the split"), names, index=names.index("test") if "test" in names else 0, key=f"{key} split"
    )


def facts_words(facts: Mapping[str, SplitFacts]) -> str:
    """Each split in a few words."""
    return " · ".join(
        t(
            "{split}: {tiles} tiles, {positives} positive, {patients} patients",
            split=split,
            tiles=number(it.tiles),
            positives=number(it.positives),
            patients=number(it.patients),
        )
        for split, it in facts.items()
    )


@st.cache_data(show_spinner=False, max_entries=32)
def _facts(path: Path, changed_ns: int) -> Mapping[str, SplitFacts]:  # noqa: ARG001  part of the cache's key
    return tile_facts(path)


@st.cache_data(show_spinner=False, max_entries=256)
def _columns(path: Path, changed_ns: int) -> tuple[str, ...]:  # noqa: ARG001  likewise
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowInvalid):
        return ()


def has_places(path: Path) -> bool:
    """Whether the file says where on its slide each tile lies."""
    return {"x", "y"} <= set(_columns(path, path.stat().st_mtime_ns))


def _has_pictures(path: Path) -> bool:
    try:
        return "png" in _columns(path, path.stat().st_mtime_ns)
    except OSError:
        return False
