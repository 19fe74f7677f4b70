"""Two models side by side: their figures on the same tiles, their curves, and in what they differ by their cards."""

import streamlit as st

from models.manifest import Manifest
from models.registry import Model
from models.shelf import manifest_hash
from training.shipping.overview import overview
from ui.models import card
from ui.models.choice import COMPARED, preset
from ui.models.findings import draw_curves, found_of, offer_to_judge
from ui.models.run_list import show_runs
from ui.models.runs.record import all_runs
from ui.shell.below import from_below
from ui.shell.desk import Desk
from ui.shell.facts import literal, table
from ui.shell.language import moment, number, t
from worklist.settings import Settings


def show(desk: Desk) -> None:
    """Asks for two models and compares them."""
    lines = {it.model.manifest.label: it for it in overview()}
    if len(lines) < 2:
        st.info(
            t(
                "There is one model only. Researchers train another one under *Train*, or whoever runs the server takes"
                " one in: `forrang models import`."
            ),
            icon=":material/balance:",
        )
        return
    labels = list(lines)
    in_use = next((at for at, it in enumerate(lines.values()) if it.state.startswith("in use")), 0)
    first, second = st.columns(2)
    asked = st.query_params.get("model", "")
    preset(COMPARED, labels, "" if asked == labels[in_use] else asked, labels[(in_use + 1) % len(labels)])
    one = first.selectbox(t("Model"), labels, key=COMPARED)
    other = second.selectbox(t("Against"), labels, index=in_use, key="compared with")
    if one == other:
        st.info(t("Choose two different models."), icon=":material/balance:")
        return
    _compare(desk, lines[one].model, lines[other].model)


def _compare(desk: Desk, one: Model, other: Model) -> None:
    home = Settings().home_folder
    there = found_of(all_runs(home, desk.now_utc), (manifest_hash(one), manifest_hash(other)))
    if there:
        names = [f"{it.tiles}, {it.split}" for _, it in there]
        at = st.selectbox(t("Judged on"), range(len(there)), format_func=lambda n: names[n], key="comparison chosen")
        run, findings = there[at]
        st.caption(literal(f"{run.asked.by}, {moment(run.asked.at_utc, desk.policy.calendar.zone)}"))
        head = (
            t("figure"),
            t("{one} less {other}", one=one.manifest.label, other=other.manifest.label),
            t("95% interval, patients paired"),
            t("so it is"),
        )
        st.html(table(head, card.difference_rows(findings.differences)))
        draw_curves(findings, key=run.id)
    else:
        st.caption(t("The two were not judged on the same tiles yet: figures of different tiles do not compare."))
    offer_to_judge(desk, (one.manifest.label, other.manifest.label))
    show_runs(desk, home, ("figures",), of=one.manifest.label, news_only=True)
    st.markdown(f"**{t('By their cards')}**")
    st.html(table(("", one.manifest.label, other.manifest.label), card_rows(one.manifest, other.manifest)))
    if _judged_alike(one.manifest, other.manifest):
        st.caption(t("Both were made from the same split of patients, so the figures on their cards compare."))


def card_rows(one: Manifest, other: Manifest) -> list[tuple[str, str, str]]:
    """What the two cards say, line by line; a figure on the first's default weights stands beside the other's."""
    rows = [
        (name, say(one), say(other))
        for name, say in (
            (t("network"), lambda it: it.network),
            (t("tile"), lambda it: f"{number(it.tile_px)} px, {number(it.mpp, 2)} µm/px"),
            (t("threshold"), lambda it: number(it.threshold.value, 3)),
            (t("slide threshold"), lambda it: number(it.slide_rule.threshold.value, 3)),
            (t("trained on"), lambda it: from_below(it.training_data)),
        )
    ]
    theirs = _first_figures(other)
    rows += [
        (card.figure_words(name), value, theirs.get(name, "–"))
        for name, value in _first_figures(one).items()
        if " at " not in name
    ]
    return rows


def _first_figures(manifest: Manifest) -> dict[str, str]:
    """Each figure's first value, by its name, with its interval."""
    found: dict[str, str] = {}
    for name, (_, value, ends, _on) in zip(
        (it.name for it in manifest.metrics), card.metric_rows(manifest.metrics), strict=True
    ):
        found.setdefault(name, f"{value} ({ends})" if ends else value)
    return found


def _judged_alike(one: Manifest, other: Manifest) -> bool:
    """Whether the figures on their cards were measured on the same tiles, of the same split of patients."""
    splits = {it.data and it.data.split_sha256 for it in (one, other)}
    return None not in splits and len(splits) == 1 and {it.on for it in one.metrics} == {it.on for it in other.metrics}
