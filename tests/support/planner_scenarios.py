"""Small departments as scenarios: a textbook's queue, and a laboratory with everything in it in a small size."""

from typing import Any

from planner.scenario.scenario import Scenario

HOUR = 60.0
"""Minutes."""


def single_queue(
    *,
    servers: int = 1,
    utilisation: float = 0.8,
    service: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    urgent_share: float = 0.0,
    ai: dict[str, float] | None = None,
    prevalence: float = 0.0,
    days: int = 60,
    warm_up_days: int = 0,
    seed: int = 1,
) -> Scenario:
    """One station round the clock: Poisson arrivals, `servers` alike, exponential service of 10 minutes unless told.

    With `urgent_share` there are two streams, `urgent` (priority 1) and `routine` (0). With `ai` cases are scored.
    """
    time = service or {"kind": "exponential", "mean": 10, "unit": "minutes"}
    assert time["unit"] == "minutes"
    per_week = utilisation * servers * 7 * 24 * HOUR / float(time["mean"] if "mean" in time else time["value"])
    shares = {"urgent": urgent_share, "routine": 1 - urgent_share}
    steps = {"score": {"does": "ai", "next": "read"}} if ai else {}
    return Scenario.model_validate(
        {
            "name": "single-queue",
            "country": None,
            "time_zone": "UTC",
            "days": days,
            "warm_up_days": warm_up_days,
            "follow_up_days": 0,
            "seed": seed,
            "pathways": {"routine": {"priority": 0}, "urgent": {"priority": 1}},
            "arrivals": [
                {
                    "name": name,
                    "pathway": name,
                    "per_week": {"value": share * per_week},
                    "prevalence": {"value": prevalence},
                }
                for name, share in shares.items()
                if share > 0
            ],
            "resources": {"reader": {"units": [{"count": servers}]}},
            "steps": {**steps, "read": {"needs": "reader", "time": time, "order": order or {}, "next": "end"}},
            "ai": ai,
        }
    )


def small_lab(**changes: Any) -> Scenario:
    """Two sites, twelve cases a day: fork and join, overnight runs, a courier, scanners, AI, subspecialties, a loop.

    `changes` are fields of the scenario at its top level, such as `days=3`.
    """
    return Scenario.model_validate({**SMALL_LAB, **changes})


SMALL_LAB: dict[str, Any] = {
    "name": "small-lab-test",
    "days": 14,
    "warm_up_days": 7,
    "follow_up_days": 7,
    "sites": {"north": {}, "south": {}},
    "rosters": {
        "day": {"hours": {"mon-fri": "07:30-15:30"}, "breaks": {"mon-fri": "11:30-12:00"}},
        "late": {"hours": {"mon-fri": "12:00-20:00"}},
    },
    "profiles": {"office": {"rates": {"mon-fri": {"08:00-15:00": 1, "15:00-18:00": 0.4}}}},
    "specimens": {
        "biopsy": {
            "specimens_per_case": {"kind": "choice", "values": [1, 2, 3], "shares": [0.6, 0.3, 0.1]},
            "blocks_per_specimen": {"kind": "geometric", "mean": 1.5},
            "slides_per_block": {"kind": "fixed", "value": 2},
        },
        "resection": {
            "blocks_per_specimen": {"kind": "geometric", "mean": 6},
            "slides_per_block": {"kind": "geometric", "mean": 1.5},
        },
    },
    "pathways": {
        "routine": {"deadline": {"working_days": 7}},
        "cancer": {"priority": 2, "deadline": {"working_days": 4}, "target": 0.9},
    },
    "arrivals": [
        {
            "name": "north-skin",
            "site": "north",
            "specimen": "biopsy",
            "subspecialty": "skin",
            "per_week": {"value": 30},
            "profile": "office",
            "prevalence": {"value": 0.1},
        },
        {
            "name": "south-breast",
            "site": "south",
            "specimen": "resection",
            "pathway": "cancer",
            "subspecialty": "breast",
            "per_week": {"value": 15},
            "profile": "office",
            "growth_per_year": 0.05,
            "prevalence": {"value": 0.4},
        },
        {
            "name": "south-skin",
            "site": "south",
            "specimen": "biopsy",
            "pathway": "cancer",
            "subspecialty": "skin",
            "per_week": {"value": 15},
            "profile": "office",
            "prevalence": {"value": 0.3},
        },
    ],
    "resources": {
        "technician": {
            "units": [
                {"count": 2, "site": "north", "roster": "day", "grade": "technician"},
                {"count": 2, "site": "south", "roster": "day", "full_time": 0.8, "grade": "technician"},
                {"site": "north", "roster": "late", "absence": 0.05, "grade": "technician"},
            ],
            "overtime": {"max_minutes": 60, "when_waiting": 10},
        },
        "processor": {"kind": "machine", "units": [{"site": "north"}, {"site": "south"}]},
        "scanner": {
            "kind": "machine",
            "units": [{"count": 2, "site": "north"}],
            "downtime": {"mean_hours_between": 200, "mean_hours_down": 3},
        },
        "pathologist": {
            "at_shift_end": "pause",
            "units": [
                {
                    "name": "Ane",
                    "site": "north",
                    "roster": "day",
                    "skills": ["skin"],
                    "grade": "pathologist",
                    "age": 61,
                },
                {
                    "name": "Bo",
                    "site": "south",
                    "roster": "day",
                    "skills": ["breast", "skin"],
                    "remote": True,
                    "speed": 1.2,
                },
                {"name": "Cy", "site": "north", "roster": "late", "skills": [], "remote": True, "speed": 0.8},
            ],
        },
    },
    "ai": {"sensitivity": 0.9, "false_positive_fraction": 0.1, "unscored": 0.05, "failed": 0.02},
    "steps": {
        "reception": {
            "needs": "technician",
            "stage": "laboratory",
            "time": {"kind": "triangular", "low": 1, "mode": 2, "high": 5},
            "next": "specimens",
        },
        "specimens": {"does": "split", "into": "specimen", "next": "cut-up"},
        "cut-up": {
            "needs": "technician",
            "stage": "laboratory",
            "time": {"kind": "lognormal", "mean": 3, "sd": 2},
            "times": [{"when": {"specimen": "resection"}, "time": {"kind": "uniform", "low": 10, "high": 30}}],
            "next": "blocks",
        },
        "blocks": {"does": "split", "into": "block", "next": "processing"},
        "processing": {
            "needs": "processor",
            "stage": "laboratory",
            "setup": {"kind": "constant", "value": 10, "unit": "hours"},
            "batch": {"size": 300},
            "starts": {"at": {"mon-fri": "16:30"}},
            "next": "microtomy",
        },
        "microtomy": {
            "needs": "technician",
            "stage": "laboratory",
            "time": {"kind": "erlang", "mean": 3, "stages": 3},
            "next": "slides",
        },
        "slides": {"does": "split", "into": "slide", "next": "staining"},
        "staining": {
            "does": "delay",
            "stage": "laboratory",
            "time": {"kind": "constant", "value": 45},
            "next": [
                {"to": "courier", "when": {"site": "south"}},
                {"to": "scanning", "when": {"site": "north"}},
            ],
        },
        "courier": {
            "does": "delay",
            "stage": "transport",
            "departures": {"at": {"mon-fri": ["10:00", "16:00"]}},
            "time": {"kind": "uniform", "low": 30, "high": 50},
            "to_site": "north",
            "trip": True,
            "next": "scanning",
        },
        "scanning": {
            "needs": "scanner",
            "setup": {"kind": "constant", "value": 2},
            "time": {"kind": "weibull", "scale": 2.2, "shape": 3},
            "batch": {"size": 20, "at_least": 5, "max_wait_hours": 1, "out": "one-by-one"},
            "next": [{"to": "scanning", "share": 0.02}, {"to": "slides-together"}],
        },
        "slides-together": {"does": "join", "of": "slides", "next": "blocks-together"},
        "blocks-together": {"does": "join", "of": "blocks", "next": "specimens-together"},
        "specimens-together": {"does": "join", "of": "specimens", "next": "score"},
        "score": {"does": "ai", "next": "reading"},
        "reading": {
            "needs": "pathologist",
            "by_subspecialty": True,
            "time": {"kind": "lognormal", "mean": 6, "sd": 4},
            "per_slide": {"kind": "constant", "value": 0.5},
            "order": {"rule": "ai", "head_start_hours": 24, "ai_head_start_hours": 12},
            "next": [{"to": "stains", "share": 0.2}, {"to": "end"}],
        },
        "stains": {
            "does": "split",
            "into": "slide",
            "count": {"kind": "choice", "values": [1, 2, 4], "shares": [0.5, 0.3, 0.2]},
            "next": "stain",
        },
        "stain": {
            "does": "delay",
            "stage": "stains",
            "time": {"kind": "empirical", "quantiles": [3, 4, 6, 12], "unit": "hours"},
            "next": "stains-together",
        },
        "stains-together": {"does": "join", "of": "stains", "next": "reading"},
    },
    "costs": {
        "grades": {"technician": {"per_hour": 300}, "pathologist": {"per_hour": 700}},
        "machines_per_year": {"scanner": {"value": 300_000}},
        "per_trip": {"value": 150},
        "storage_per_gb_year": {"value": 0.5},
        "gb_per_slide": {"value": 1.2},
    },
}
"""Slides travel to the northern site, where the scanners are; a case is read where its slides are, or remotely."""
