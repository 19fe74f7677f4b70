"""What a scenario's field is, in words: `steps.reading.times.1.time` is the time of reading by its second rule."""

import re
from typing import Final

_FORMS: Final = (
    (r"specimens\.(?P<of>[^.]+)\.specimens_per_case", "{of}: specimens a case"),
    (r"specimens\.(?P<of>[^.]+)\.blocks_per_specimen", "{of}: blocks a specimen"),
    (r"specimens\.(?P<of>[^.]+)\.slides_per_block", "{of}: slides a block"),
    (r"arrivals\.\*\.per_week", "cases a week"),
    (r"arrivals\.\*\.prevalence", "share of cases with cancer"),
    (r"arrivals\.\*\.growth_per_year", "growth a year"),
    (r"arrivals\.(?P<of>[^.]+)\.per_week", "{of}: cases a week"),
    (r"rosters\.(?P<of>[^.]+)\.hours\.(?P<days>[^.]+)", "{of}: hours {days}"),
    (r"rosters\.(?P<of>[^.]+)\.breaks\.(?P<days>[^.]+)", "{of}: breaks {days}"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<n>\d+)\.count", "{of}, group {n}: how many"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<n>\d+)\.roster", "{of}, group {n}: roster"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<n>\d+)\.absence", "{of}, group {n}: absence"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<n>\d+)\.full_time", "{of}, group {n}: share of full time"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<who>[^.*]+)\.count", "{of}, {who}: how many"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<who>[^.*]+)\.roster", "{of}, {who}: roster"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<who>[^.*]+)\.absence", "{of}, {who}: absence"),
    (r"resources\.(?P<of>[^.]+)\.units\.(?P<who>[^.*]+)\.full_time", "{of}, {who}: share of full time"),
    (r"resources\.(?P<of>[^.]+)\.units\.\*\.absence", "{of}: absence"),
    (r"resources\.(?P<of>[^.]+)\.units\.\*\.speed", "{of}: speed"),
    (r"resources\.(?P<of>[^.]+)\.overtime\.max_minutes", "{of}: longest overtime"),
    (r"resources\.(?P<of>[^.]+)\.overtime\.when_waiting", "{of}: how many waiting begin overtime"),
    (r"resources\.(?P<of>[^.]+)\.downtime\.mean_hours_between", "{of}: hours between breakdowns"),
    (r"resources\.(?P<of>[^.]+)\.downtime\.mean_hours_down", "{of}: hours of a breakdown"),
    (r"steps\.(?P<of>[^.]+)\.time", "{of}: time"),
    (r"steps\.(?P<of>[^.]+)\.times\.(?P<n>\d+)\.time", "{of}: time by rule {n}"),
    (r"steps\.(?P<of>[^.]+)\.order\.rule", "{of}: in which order"),
    (r"steps\.(?P<of>[^.]+)\.order\.ai_head_start_hours", "{of}: hours that a flag moves a case forward"),
    (r"steps\.(?P<of>[^.]+)\.time\.mean", "{of}: mean time"),
    (r"steps\.(?P<of>[^.]+)\.time\.sd", "{of}: spread of the time"),
    (r"steps\.(?P<of>[^.]+)\.time\.unit", "{of}: unit of the time"),
    (r"steps\.(?P<of>[^.]+)\.time\.kind", "{of}: form of the time"),
    (r"steps\.(?P<of>[^.]+)\.departures", "{of}: when the courier goes"),
    (r"steps\.(?P<of>[^.]+)\.trip", "{of}: costs a courier's trip"),
    (r"steps\.(?P<of>[^.]+)\.setup", "{of}: time of a run"),
    (r"steps\.(?P<of>[^.]+)\.per_slide", "{of}: time a slide"),
    (r"steps\.(?P<of>[^.]+)\.count", "{of}: how many"),
    (r"steps\.(?P<of>[^.]+)\.next\.(?P<n>\d+)\.share", "{of}: share that goes on by way {n}"),
    (r"ai\.sensitivity", "AI: sensitivity"),
    (r"ai\.false_positive_fraction", "AI: share flagged without cancer"),
    (r"ai\.unscored", "AI: share left unscored"),
    (r"ai\.failed", "AI: share that fails"),
    (r"costs\.grades\.(?P<of>[^.]+)\.per_hour", "{of}: cost an hour"),
    (r"costs\.grades\.(?P<of>[^.]+)\.overtime_factor", "{of}: cost of overtime, times the usual"),
    (r"costs\.machines_per_year\.(?P<of>[^.]+)", "{of}: cost a year"),
    (r"costs\.per_trip", "cost of a courier's trip"),
    (r"costs\.storage_per_gb_year", "cost of storage, a GB a year"),
    (r"costs\.gb_per_slide", "GB a slide"),
    (r"costs\.retention_years", "years that slides are kept"),
)


def number_words(path: str) -> str:
    """The field at a path as `--set` writes it, with `.value` or without; the path itself where nothing is known of it.

    Rules, ways and groups are counted from 1, in the order of the scenario.
    """
    for pattern, words in _FORMS:
        found = re.fullmatch(pattern, path.removesuffix(".value"))
        if found is not None:
            values = found.groupdict()
            if "n" in values:
                values["n"] = str(int(values["n"]) + 1)
            return words.format(**values)
    return path
