"""The queue of slides for the AI, its workers, and the slides that were given up, to be tried again."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import streamlit as st

from models.errors import ForrangError
from ui.access.visitor import visitor
from ui.operations.words import WIDE, ago, safe
from ui.shell.below import from_below
from ui.shell.desk import Desk, look
from ui.shell.facts import literal, table
from ui.shell.faults import show_fault
from ui.shell.language import moment, number, t, tn
from ui.shell.memory import remember, remembered
from worklist.jobs.desk import SEEN_WITHIN, JobInfo, Queue, WorkerInfo, jobs, queue_now, retry, workers
from worklist.watching.flow import finished

FIRST: Final = 20
"""Slides given up that are shown at first. A."""
MOST_AT_ONCE: Final = 1000
"""So many are tried again by one press. A."""
AGES: Final = (1, 4, 24)
"""Hours at which the classes of age end."""


def show(desk: Desk) -> None:
    """Shows queue, workers and what was given up."""
    queue = queue_now(desk.store, AGES)
    hour_ago = desk.now_utc - timedelta(hours=1)
    ended = finished(desk.store, hour_ago.replace(minute=0, second=0, microsecond=0))
    done = sum(it.jobs for it in ended if it.state == "done")
    since = desk.now_utc - hour_ago.replace(minute=0, second=0, microsecond=0)
    numbers = (
        (queue.counts["waiting"], t("waiting")),
        (queue.counts["leased"], t("being read")),
        (queue.counts["dead"], t("given up")),
        (queue.counts["cancelled"], t("called off")),
    )
    st.markdown(f"#### {t('Queue')}")
    st.markdown(" · ".join(f"**{number(count)}** {literal(words)}" for count, words in numbers))
    st.caption(literal(" ".join(queue_words(queue, done / (since.total_seconds() / 3600), desk.now_utc))))
    st.html(table((t("Waits or is being read for"), t("Slides")), age_rows(queue)), width=420)
    _show_workers(desk, workers(desk.store))
    if queue.counts["dead"]:
        _show_dead(desk, queue.counts["dead"])


def queue_words(queue: Queue, an_hour: float, now_utc: datetime) -> list[str]:
    """The queue in sentences. an_hour: slides read an hour, of late."""
    said = [t("{n} slides an hour were read of late.", n=number(an_hour))]
    waiting = queue.counts["waiting"] + queue.counts["leased"]
    if waiting and an_hour > 0:
        said.append(t("At that rate the queue is empty in {hours} hours.", hours=number(waiting / an_hour, 1)))
    elif waiting:
        said.append(t("Nothing is being finished: see whether a worker is at work."))
    if queue.oldest_utc is not None:
        said.append(t("The oldest slide came into it {ago}.", ago=ago(queue.oldest_utc, now_utc)))
    return said


def age_rows(queue: Queue) -> list[tuple[str, str]]:
    """How many slides are in the queue for how long."""
    total = queue.counts["waiting"] + queue.counts["leased"]
    edges = [0, *(queue.younger[it] for it in AGES), total]
    names = (t("under 1 hour"), t("1 to 4 hours"), t("4 to 24 hours"), t("over 24 hours"))
    return [(name, number(after - before)) for name, before, after in zip(names, edges, edges[1:], strict=False)]


def worker_rows(found: list[WorkerInfo], desk: Desk) -> list[tuple[str, ...]]:
    """Workers as rows of a table: who is at work, who was asked to stop, and who is silent."""
    zone = desk.policy.calendar.zone
    return [
        (
            it.worker,
            it.model,
            _state(it, desk.now_utc),
            moment(it.started_utc, zone),
            ago(it.seen_utc, desk.now_utc),
        )
        for it in found
    ]


def _state(worker: WorkerInfo, now_utc: datetime) -> str:
    if now_utc - worker.seen_utc > SEEN_WITHIN:
        return t("silent: see whether it still runs")
    return t("asked to stop") if worker.draining else t("at work")


def _show_workers(desk: Desk, found: list[WorkerInfo]) -> None:
    st.markdown(f"#### {t('Workers')}")
    if not found:
        words = t(
            "No worker has been seen lately, so no slide is read. Whoever runs the server starts one:"
            " `forrang worker --stay`, or `forrang serve`, which brings one along."
        )
        st.info(words, icon=":material/info:")
        return
    head = (t("Worker"), t("Model"), t("State"), t("Since"), t("Last sign of life"))
    st.html(table(head, worker_rows(found, desk)), width=WIDE)


def _show_dead(desk: Desk, total: int) -> None:
    title, everything = st.columns([7, 2], vertical_alignment="bottom")
    title.markdown(f"#### {t('Given up')}")
    title.caption(t("Reading these slides failed too often. Mend the cause, then have them tried again."))
    may = visitor().may("manage jobs")
    if may and everything.button(t("Try all again ..."), key="retry_all", width="stretch"):
        dead = jobs(desk.store, ("dead",), MOST_AT_ONCE)
        st.dialog(t("Try them again?"), icon=":material/replay:")(ask_again)([it.job for it in dead])
    count = int(str(remembered("dead shown", FIRST)))
    for job in jobs(desk.store, ("dead",), count):
        _show_job(desk, job, may=may)
    if total > count:
        st.button(t("Show more"), key="more_dead", on_click=remember, args=("dead shown", count + FIRST))


def _show_job(desk: Desk, job: JobInfo, *, may: bool) -> None:
    with st.container(border=True):
        told, when, act = st.columns([7, 2.2, 1.2], vertical_alignment="center")
        reason = from_below(safe(job.reason)) if job.reason else t("no reason was told")
        told.markdown(f"**{literal(safe(Path(job.slide).name))}** · {literal(job.model)}  \n{literal(reason)}")
        when.caption(tn("tried once", "tried {n} times", job.attempts + job.losses))
        if job.due_utc is not None:
            when.caption(t("counts as due {when}", when=moment(job.due_utc, desk.policy.calendar.zone)))
        if may and act.button(t("Try again"), key=f"retry_{job.job}", width="stretch"):
            _retry([job.job])


def ask_again(wanted: list[int]) -> None:
    """What the dialog asks. wanted: numbers of jobs that were given up."""
    st.markdown(tn("{n} slide is read again.", "{n} slides are read again.", len(wanted)))
    st.caption(t("They are tried as if for the first time; what fails again comes back here."))
    if st.button(t("Try again"), type="primary", key="retry_now"):
        _retry(wanted)


def _retry(wanted: list[int]) -> None:
    """wanted: one job at least; none would mean all."""
    if not wanted:
        return
    try:
        again = retry(look().store, wanted, visitor().actor)
    except ForrangError as error:
        show_fault(error)
        return
    st.toast(tn("{n} slide is in the queue again.", "{n} slides are in the queue again.", again))
    st.rerun()
