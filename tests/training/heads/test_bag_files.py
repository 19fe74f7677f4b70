"""Bags go into a Parquet file and come back as they were, and a file that would mislead is refused."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.heads.head_manifest import EmbeddedBy
from training.data.bag_set import BagSet
from training.errors import BagSetError
from training.heads.bag_files import read_bags, write_bags

MADE_BY = EmbeddedBy(model="idc-screen@1.0.0", weights_sha256="a" * 64, tensor="view")


def bags(*sizes: int, split: str) -> BagSet:
    rng = np.random.default_rng(len(sizes))
    made = tuple(rng.normal(size=(size, 3)).astype(np.float32) for size in sizes)
    names = np.array([f"{split}{number}" for number in range(len(sizes))])
    return BagSet(made, np.arange(len(sizes)) % 2, names, names)


def columns() -> dict[str, list[object]]:
    return {
        "bag": ["a", "a", "b"],
        "patient": ["p", "p", "q"],
        "label": [1, 1, 0],
        "split": ["train", "train", "test"],
        "embedding": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
    }


def write(path: Path, **changed: list[object]) -> Path:
    pq.write_table(pa.table({**columns(), **changed}), path)
    return path


def test_bags_of_any_sizes_come_back_as_they_were(tmp_path: Path) -> None:
    splits = {"train": bags(4, 1, 7, split="t"), "test": bags(2, 3, split="v")}
    write_bags(tmp_path / "bags.parquet", splits, MADE_BY)
    found, made_by = read_bags(tmp_path / "bags.parquet")
    assert made_by == MADE_BY
    assert list(found) == ["train", "test"]
    for split, expected in splits.items():
        assert found[split].names.tolist() == expected.names.tolist()
        assert found[split].labels.tolist() == expected.labels.tolist()
        assert all(np.array_equal(a, b) for a, b in zip(found[split].bags, expected.bags, strict=True))


def test_a_file_that_somebody_else_wrote_is_read_whatever_the_order_of_its_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "bags.parquet", bag=["a", "b", "a"], patient=["p", "q", "p"], label=[1, 0, 1])
    table = pq.read_table(path).set_column(3, "split", pa.array(["train", "test", "train"]))
    pq.write_table(table, path)
    found, made_by = read_bags(path)
    assert made_by is None
    assert found["train"].bags[0].tolist() == [[1, 2], [5, 6]]
    assert found["test"].bags[0].tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": [1, 0, 0]}, "bag a has more than one label"),
        ({"label": [1, 1, 2]}, "only 0 and 1"),
        ({"label": [1, 1, None]}, "only 0 and 1"),
        ({"patient": ["p", "q", "q"]}, "bag a has more than one patient"),
        ({"patient": ["p", "p", "p"]}, "more than one split"),
        ({"embedding": [[1.0, 2.0], [3.0], [5.0, 6.0]]}, "lengths"),
        ({"embedding": [[1.0, float("nan")], [3.0, 4.0], [5.0, 6.0]]}, "bag a"),
    ],
)
def test_what_would_mislead_is_refused(tmp_path: Path, changed: dict[str, list[object]], said: str) -> None:
    with pytest.raises(BagSetError, match=said):
        read_bags(write(tmp_path / "bags.parquet", **changed))


def test_a_file_that_is_none_lacks_a_column_or_is_empty_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bags.parquet"
    with pytest.raises(BagSetError, match=r"bags\.parquet"):
        read_bags(path)
    pq.write_table(pa.table({"bag": ["a"]}), path)
    with pytest.raises(BagSetError, match="'patient' is missing"):
        read_bags(path)
    pq.write_table(pa.table(columns()).slice(0, 0), path)
    with pytest.raises(BagSetError, match="no bag"):
        read_bags(path)
