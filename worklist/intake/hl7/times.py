"""Times as HL7 v2 writes them, read as instants; doubts are said, not hidden."""

import re
from datetime import datetime
from typing import Final

from worklist.calendar import WorkingCalendar
from worklist.intake.moments import Moment, read_moment

ALLOWED: Final = "give YYYYMMDDHHMM[SS[.S]][+ZZZZ], such as 20261120140530+0100"

_TIME: Final = re.compile(
    r"(?P<day>\d{8})(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d(?:\.\d{1,6})?)?)?(?P<zone>[+-]\d{4})?"
)


def read_time(text: str, calendar: WorkingCalendar) -> Moment:
    """Reads an HL7 time of at least day precision; without a zone it is the site's own time.

    Raises ValueError saying what is allowed; the text itself is not repeated, since it may be anything.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"is no date and time; {ALLOWED}")
    day, hour, zone = found["day"], found["hour"], found["zone"]
    iso = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if hour:
        iso += f"T{hour}:{found['minute']}:{found['second'] or '00'}"
        iso += f"{zone[:3]}:{zone[3:]}" if zone else ""
    try:
        return read_moment(iso, calendar)
    except (ValueError, OverflowError):
        raise ValueError(f"is no date and time that there is; {ALLOWED}") from None


def write_time(instant: datetime) -> str:
    """An instant in HL7's form, to the microsecond where it has any, with its zone."""
    text = f"{instant:%Y%m%d%H%M%S}" + (f".{instant.microsecond:06d}" if instant.microsecond else "")
    return text + f"{instant:%z}"
