"""Event logs as people have them: gaps, duplicates, wrong times, other separators."""

from datetime import UTC, datetime

import pytest

from planner.calibration.calibrate import calibrate
from planner.calibration.event_log import read_event_log
from planner.errors import EventLogError
from tests.support.planner_scenarios import single_queue

GOOD = [
    "A,read,2026-01-05T08:00,2026-01-05T08:10,anna",
    "B,read,2026-01-05T08:10,2026-01-05T08:30,anna",
]


def write(tmp_path, lines, header="case,step,start,end,resource"):
    path = tmp_path / "log.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def kinds(log):
    return {finding.kind: finding.message for finding in log.findings}


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        ("C,read,2026-01-05T09:10,2026-01-05T09:00,anna", "order", "line 4, column end: before start"),
        ("C,read,2026-01-32T09:10,2026-01-05T09:00,anna", "unreadable", "line 4, column start: not an ISO time"),
        ("C,read,,2026-01-05T09:00,anna", "gap", "line 4, column start: empty, though there is an end"),
        (",read,2026-01-05T09:00,2026-01-05T09:10,anna", "gap", "line 4, column case: empty"),
        ("C,,2026-01-05T09:00,2026-01-05T09:10,anna", "gap", "line 4, column step: empty"),
        ("C,read,2026-01-05T09:00", "unreadable", "line 4, column all: more or fewer cells"),
        (GOOD[0], "duplicate", "line 4, column all: the same as an earlier line"),
    ],
)
def test_a_wrong_line_is_told_by_line_and_column_and_the_good_ones_stay(tmp_path, line, kind, says):
    log = read_event_log(write(tmp_path, [*GOOD, line]))
    assert list(log.events["case"]) == ["A", "B"]
    assert says in kinds(log)[kind]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column case, step, start, end"),
        ("case,step,start,end\n", "no lines"),
        ("case,step,when\nA,read,now\n", "no column start, end"),
        ("case,step,start,start,end\nA,read,now,now,now\n", "column start is there twice"),
        ("case,step,start,end\nA,read,now,later\n", "no good line; line 2, column start"),
    ],
)
def test_a_file_that_tells_nothing_is_an_error_that_says_why(tmp_path, text, says):
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EventLogError, match=says):
        read_event_log(path)


def test_a_missing_or_binary_file_is_an_error(tmp_path):
    with pytest.raises(EventLogError, match="cannot be read"):
        read_event_log(tmp_path / "nowhere.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00case")
    with pytest.raises(EventLogError, match="UTF-8"):
        read_event_log(tmp_path / "x.csv")


def test_semicolons_other_names_and_zones_are_understood(tmp_path):
    header = "Accession Number;Step;Start;End;Arrived"
    log = read_event_log(
        write(tmp_path, ["A;read;2026-07-06T08:00;2026-07-06T08:30+02:00;2026-07-06T05:50Z"], header),
        "Europe/Copenhagen",
    )
    event = log.events.iloc[0]
    assert event["case"] == "A"
    assert event["start"] == datetime(2026, 7, 6, 6, 0, tzinfo=UTC).timestamp() * 1000
    assert event["end"] - event["start"] == 30 * 60_000
    assert event["start"] - event["queued"] == 10 * 60_000


def test_work_over_a_clock_change_lasts_as_long_as_it_did(tmp_path):
    log = read_event_log(
        write(tmp_path, ["A,read,2026-03-29T01:30,2026-03-29T03:30,x", "B,read,2026-10-25T01:30,2026-10-25T03:30,x"])
    )
    assert ((log.events["end"] - log.events["start"]) / 3_600_000).tolist() == [1, 3]


def test_receipts_that_are_missing_or_too_late_are_taken_from_the_first_event_and_said(tmp_path):
    header = "case,step,start,end,resource,received"
    log = read_event_log(write(tmp_path, [GOOD[0] + ",", GOOD[1] + ",2026-01-06T08:00"], header))
    assert (log.cases["received"] == log.events.groupby("case")["start"].min()).all()
    messages = [finding.message for finding in log.findings if finding.kind == "received"]
    assert any("not told for 1" in message for message in messages)
    assert any("such as B, have events before it" in message for message in messages)


def test_waiting_and_unfinished_work_is_kept(tmp_path):
    header = "case,step,start,end,resource,queued"
    log = read_event_log(
        write(tmp_path, ["A,read,,,,2026-01-05T08:00", "B,read,2026-01-05T08:10,,anna,2026-01-05T08:00"], header)
    )
    assert len(log.events) == 2
    assert log.events["end"].isna().all()
    assert log.findings[0].kind == "received"


def test_one_case_only_is_said_and_cannot_be_calibrated_with(tmp_path):
    log = read_event_log(write(tmp_path, GOOD[:1]))
    assert "one case only (A)" in kinds(log)["few"]
    with pytest.raises(EventLogError, match="one case only"):
        calibrate(log, single_queue())


def test_unknown_steps_are_named_with_what_may_be_meant(tmp_path):
    log = read_event_log(write(tmp_path, [*GOOD, "C,raed,2026-01-05T09:00,2026-01-05T09:10,anna"]))
    found = calibrate(log, single_queue()).findings
    assert any("1 lines with unknown step 'raed' are left out; do you mean 'read'?" in one.message for one in found)
    assert any("too few to fit" in one.message for one in found)
    with pytest.raises(EventLogError, match="no line's step is a step"):
        calibrate(read_event_log(write(tmp_path, [line.replace("read", "dance") for line in GOOD])), single_queue())


def test_cases_that_fit_no_stream_are_an_error_that_names_the_streams(tmp_path):
    log = read_event_log(write(tmp_path, [line + ",nowhere" for line in GOOD], "case,step,start,end,resource,stream"))
    with pytest.raises(EventLogError, match="give a column stream"):
        calibrate(log, single_queue())
