"""The registry: every model with its card, figures, curves, groups and record, and what may be done with it."""

import streamlit as st

from models.errors import ForrangError
from models.heads.head_registry import SlideHead, list_heads
from models.in_use import read_history
from models.registry import user_folder
from training.shipping.card_page import card_page
from training.shipping.overview import Line, overview
from ui.models import card
from ui.models.choice import MODEL, preset
from ui.models.findings import show_findings_of
from ui.models.putting_into_use import may_come_into_use, show_acts, show_gates
from ui.shell.badges import badge_html
from ui.shell.below import from_below
from ui.shell.desk import Desk
from ui.shell.facts import literal, pairs, table
from ui.shell.faults import show_fault
from ui.shell.language import moment, t
from ui.shell.memory import remember, remembered


def show(desk: Desk) -> None:
    """Shows the list of models, and the card of the one that is chosen."""
    lines = {it.model.manifest.label: it for it in overview()}
    heads = {it.manifest.label: it for it in list_heads()}
    listed, told = st.columns([1.15, 3], gap="large")
    with listed:
        label = _choose(lines, heads)
    with told:
        if label in heads:
            _show_head(heads[label])
        elif label is not None:
            _show_model(desk, lines[label])


def _choose(lines: dict[str, Line], heads: dict[str, SlideHead]) -> str | None:
    labels = [*lines, *heads]
    if not labels:
        words = t("No model is here. Whoever runs the server takes one in: `forrang models import`.")
        st.info(words, icon=":material/deployed_code:")
        return None
    asked = st.query_params.get("model", str(remembered("model", "")))
    in_use = next((label for label, it in lines.items() if it.state.startswith("in use")), labels[0])
    captions = [f"{t(card.STATES[it.state])} · {card.short_figures(it.model.manifest)}" for it in lines.values()]
    captions += [f"{t('slide head')} · {card.short_figures(it.manifest)}" for it in heads.values()]
    preset(MODEL, labels, asked, in_use)
    label = st.radio(
        t("Models"),
        labels,
        captions=[literal(it) for it in captions],
        format_func=literal,
        key=MODEL,
    )
    remember("model", label)
    st.query_params["model"] = label
    return label


def _show_model(desk: Desk, line: Line) -> None:
    manifest = line.model.manifest
    title, get = st.columns([5, 1.4], vertical_alignment="center")
    badge = badge_html(card.state_badge(line.state))
    title.html(f'<div class="facts"><h3 style="padding:0">{manifest.label} {badge}</h3></div>')
    get.download_button(
        t("Card as a page"),
        lambda: card_page(manifest),
        f"{manifest.name}-{manifest.version}.html",
        "text/html",
        key=f"card {manifest.label}",
        on_click="ignore",
    )
    show_acts(desk, line.model, line.state)
    names = [t("What it says"), t("Where it fails"), t("Figures"), t("Curves and groups"), t("Record")]
    may = may_come_into_use(line.state)
    says, limits, figures, curves, record, *gates = st.tabs([*names, t("Put into use")] if may else names)
    with says:
        st.html(pairs(card.what_it_says(manifest)))
        st.html(card.steps_html(manifest))
        with st.expander(t("Files")):
            st.html(table((t("kind"), t("file"), "SHA-256"), card.files_of_card(manifest)))
    with limits:
        st.markdown("\n".join(f"- {literal(from_below(it))}" for it in manifest.limits))
    with figures:
        _show_metrics(card.metric_rows(manifest.metrics))
    with curves:
        show_findings_of(desk, line.model)
    with record:
        _show_record(desk, manifest.name)
    for tab in gates:
        with tab:
            show_gates(desk, line.model)


def _show_head(head: SlideHead) -> None:
    manifest = head.manifest
    st.html(f'<div class="facts"><h3 style="padding:0">{manifest.label}</h3></div>')
    st.caption(
        t("A slide head makes one score of all of a slide's tiles. Worklists use the tile model's own slide rule.")
    )
    says, limits, figures = st.tabs([t("What it says"), t("Where it fails"), t("Figures")])
    says.html(pairs(card.what_a_head_says(manifest)))
    limits.markdown("\n".join(f"- {literal(from_below(it))}" for it in manifest.limits))
    with figures:
        _show_metrics(card.metric_rows(manifest.metrics))


def _show_metrics(rows: list[tuple[str, str, str, str]]) -> None:
    if not rows:
        st.info(t("No figure was measured."))
        return
    st.html(table((t("figure"), t("value"), t("95% interval, by patient"), t("measured on")), rows))
    st.caption(t("Intervals: a bootstrap over patients, each with all their tiles."))


def _show_record(desk: Desk, name: str) -> None:
    try:
        entries = [it for it in read_history(user_folder()) if it.name == name]
    except ForrangError as error:
        show_fault(error)
        return
    if not entries:
        st.caption(t("Nothing is on record of this name: it came with Forrang and was never changed."))
        return
    when = [moment(it.at_utc, desk.policy.calendar.zone) for it in entries]
    head = (t("when"), t("model"), t("act"), t("by"), t("why"))
    st.html(table(head, card.history_rows(entries, when)))
