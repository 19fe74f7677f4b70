"""The newest forecasts of the open cases, as they were kept; to make new ones is `worklist.forecast`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from worklist.store.store import Store
from worklist.store.tables import CaseRow, ForecastRow


@dataclass(frozen=True)
class KeptForecast:
    """The newest forecast of an open case."""

    accession_number: str
    late_probability: float
    """That the case misses its deadline, 0 to 1."""
    deadline_utc: datetime
    made_utc: datetime
    scenario_hash: str


def kept_forecasts(store: Store) -> list[KeptForecast]:
    """The newest forecasts of the open cases, the most likely to be late first."""
    wanted = (
        select(CaseRow.accession_number, CaseRow.deadline_utc, ForecastRow)
        .join(ForecastRow, ForecastRow.case_id == CaseRow.id)
        .where(CaseRow.signed_out_utc.is_(None))
        .order_by(ForecastRow.late_probability.desc(), CaseRow.deadline_utc, CaseRow.accession_number)
    )
    with store.reading() as session:
        return [
            KeptForecast(number, row.late_probability, deadline, row.made_utc, row.scenario_hash)
            for number, deadline, row in session.execute(wanted)
        ]


def forecast_of(store: Store, accession_number: str) -> KeptForecast | None:
    """The newest forecast of one case; None where there is none."""
    wanted = select(CaseRow.deadline_utc, ForecastRow).join(ForecastRow, ForecastRow.case_id == CaseRow.id)
    with store.reading() as session:
        found = session.execute(wanted.where(CaseRow.accession_number == accession_number)).first()
    if found is None:
        return None
    deadline, row = found
    return KeptForecast(accession_number, row.late_probability, deadline, row.made_utc, row.scenario_hash)
