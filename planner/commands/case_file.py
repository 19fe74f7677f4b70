"""The cases of a run, one row each, written to Parquet for whoever wants to reckon for themselves."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from planner.engine.compile import compile_scenario
from planner.engine.futures import draw_futures
from planner.engine.run import simulate
from planner.errors import RunError
from planner.measures.records import case_records
from planner.replications.replicate import Experiment


def write_cases(experiment: Experiment, path: Path, on_progress: Callable[[int, int, str], None]) -> None:
    """Simulates the run's replications again, which gives the same, and writes their cases; whole or not at all.

    Raises RunError where the file cannot be written.
    """
    compiled = compile_scenario(experiment.scenario)
    unfinished = path.with_name(f".{path.name}.unfinished")
    writer = None
    try:
        for done, summary in enumerate(experiment.summaries, 1):
            futures = draw_futures(compiled, experiment.seed, summary.replication)
            cases = case_records(compiled, futures, simulate(compiled, futures), summary.replication)
            table = pa.Table.from_pandas(cases, preserve_index=False)
            writer = writer or pq.ParquetWriter(unfinished, table.schema)
            writer.write_table(table)
            on_progress(done, len(experiment.summaries), "")
        if writer:
            writer.close()
            unfinished.replace(path)
    except OSError as error:
        raise RunError(
            f"{path}: the records could not be written: {error.strerror}; name a folder that is there"
        ) from error
    finally:
        if writer:
            writer.close()
        unfinished.unlink(missing_ok=True)
