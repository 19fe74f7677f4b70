"""What a tile file holds is told without its pictures."""

from pathlib import Path

from tests.training.conftest import tile_rows, write_rows
from training.data.tile_facts import SplitFacts, tile_facts


def test_a_tile_file_is_told_split_by_split(tmp_path: Path) -> None:
    facts = tile_facts(write_rows(tile_rows(), tmp_path / "tiles.parquet"))
    assert list(facts) == ["train", "val", "test"]
    assert facts["test"] == SplitFacts(tiles=48, positives=24, patients=4)
