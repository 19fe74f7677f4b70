"""Bags in one Parquet file: a row an instance, so that bags of any sizes lie in one table.

Columns: `bag` (its name), `patient`, `label` (0 or 1), `split`, `embedding` (a list of float32, all of one length).
The file's metadata says which tile model the embeddings were made by, where one was.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
from pydantic import ValidationError

from models.heads.head_manifest import EmbeddedBy
from training.data.bag_set import BagSet
from training.data.splits import patients_in_several_splits
from training.errors import BagSetError

COLUMNS = ("bag", "patient", "label", "split", "embedding")
_EMBEDDED_BY = b"forrang.embedded_by"


def write_bags(path: Path, splits: dict[str, BagSet], embedded_by: EmbeddedBy | None) -> None:
    """Writes the bags of all splits, and which model made their embeddings."""
    tables = [_table(bags, split) for split, bags in splits.items() if len(bags)]
    metadata = {_EMBEDDED_BY: embedded_by.model_dump_json().encode()} if embedded_by else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(tables).replace_schema_metadata(metadata), path)


def _table(bags: BagSet, split: str) -> pa.Table:
    sizes = [len(bag) for bag in bags.bags]
    instances = np.concatenate(bags.bags)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(instances.reshape(-1)), instances.shape[1])
    per_bag = {"bag": bags.names, "patient": bags.patients, "label": bags.labels}
    columns = {name: pa.array(np.repeat(values, sizes)) for name, values in per_bag.items()}
    return pa.table({**columns, "split": pa.array([split] * len(instances)), "embedding": vectors})


def read_bags(path: Path) -> tuple[dict[str, BagSet], EmbeddedBy | None]:
    """The bags of every split of a file, in the file's order, and which model made their embeddings.

    Raises BagSetError: the file cannot be read or lacks a column, embeddings differ in length, a bag has two labels,
    patients or splits, a label is neither 0 nor 1, or a patient is in more than one split.
    """
    table, embedded_by = _read(path)
    embeddings = _embeddings(table, path)
    names, patients, splits = (
        np.asarray(table[name].cast(pa.string()).to_pylist(), np.str_) for name in ("bag", "patient", "split")
    )
    labels = _labels(table, path)
    _, first, bag_of = np.unique(names, return_index=True, return_inverse=True)
    for what, values in (("label", labels), ("patient", patients), ("split", splits)):
        crossing = np.flatnonzero(values != values[first][bag_of])
        if crossing.size:
            raise BagSetError(f"{path}: bag {names[crossing[0]]} has more than one {what}. Give each bag one.")
    crossed = patients_in_several_splits(patients, splits)
    if crossed:
        raise BagSetError(
            f"{path}: patient {crossed[0]} (and {len(crossed) - 1} more) is in more than one split. "
            "Put each patient into one split, else the figures are too good."
        )
    order = np.argsort(bag_of, kind="stable")
    parts = np.split(embeddings[order], np.cumsum(np.bincount(bag_of))[:-1])
    in_file_order = np.argsort(first)
    at = first[in_file_order]
    bags = BagSet(tuple(parts[i] for i in in_file_order), labels[at], patients[at], names[at])
    of_bag = splits[at]
    return {str(split): bags.take(of_bag == split) for split in dict.fromkeys(of_bag.tolist())}, embedded_by


def _read(path: Path) -> tuple[pa.Table, EmbeddedBy | None]:
    try:
        table = pq.read_table(path)
        said = (table.schema.metadata or {}).get(_EMBEDDED_BY)
        embedded_by = EmbeddedBy.model_validate_json(said) if said else None
    except (OSError, pa.ArrowInvalid, ValidationError) as error:
        raise BagSetError(f"{path}: cannot be read as a file of bags ({error}). Check the path.") from error
    missing = [column for column in COLUMNS if column not in table.column_names]
    if missing:
        raise BagSetError(f"{path}: column {missing[0]!r} is missing; a file of bags has {', '.join(COLUMNS)}.")
    if not table.num_rows:
        raise BagSetError(f"{path}: holds no bag. Write at least two, one of each label.")
    return table, embedded_by


def _embeddings(table: pa.Table, path: Path) -> npt.NDArray[np.float32]:
    lists = table["embedding"].combine_chunks()
    values = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), np.float32)
    lengths = np.unique(np.asarray(pa.compute.list_value_length(lists)))
    if len(lengths) != 1 or not lengths[0] > 0:
        raise BagSetError(f"{path}: column 'embedding' holds vectors of lengths {lengths.tolist()[:5]}; all need one.")
    return values.reshape(len(lists), int(lengths[0]))


def _labels(table: pa.Table, path: Path) -> npt.NDArray[np.int64]:
    found = table["label"].to_pylist()
    if not set(found) <= {0, 1}:
        odd = next(value for value in found if value not in (0, 1))
        raise BagSetError(f"{path}: column 'label' must hold only 0 and 1, and holds {odd!r}.")
    return np.asarray(found, np.int64)
