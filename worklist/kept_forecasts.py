"""The newest forecasts of the open cases, as they were kept; to make new ones is `worklist.forecast`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

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


def newest_forecast_utc(store: Store) -> datetime | None:
    """When the newest forecast of the list was made; None where none is kept."""
    with store.reading() as session:
        return session.execute(select(func.max(ForecastRow.made_utc))).scalar()


def chances_of(store: Store, accession_numbers: Sequence[str], since_utc: datetime) -> dict[str, float]:
    """How likely each of some cases misses its deadline, 0 to 1, where that was foreseen since then."""
    wanted = (
        select(CaseRow.accession_number, ForecastRow.late_probability)
        .join(ForecastRow, ForecastRow.case_id == CaseRow.id)
        .where(CaseRow.accession_number.in_(accession_numbers), ForecastRow.made_utc >= since_utc)
    )
    with store.reading() as session:
        return {row.accession_number: row.late_probability for row in session.execute(wanted)}


def forecast_of(store: Store, accession_number: str) -> KeptForecast | None:
    """The newest forecast of one case; None where there is none."""
    wanted = select(CaseRow.deadline_utc, ForecastRow).join(ForecastRow, ForecastRow.case_id == CaseRow.id)
    with store.reading() as session:
        found = session.execute(wanted.where(CaseRow.accession_number == accession_number)).first()
    if found is None:
        return None
    deadline, row = found
    return KeptForecast(accession_number, row.late_probability, deadline, row.made_utc, row.scenario_hash)
