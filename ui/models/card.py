"""A model's card in the visitor's language: headings are translated, what its makers wrote stands."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from models.heads.head_manifest import HeadManifest
from models.in_use import Entry
from models.manifest import Manifest, Metric
from training.judging.evaluation import Difference, Evaluation
from training.judging.side_by_side import ModelFindings
from training.shipping.card import from_logit_to_slide
from ui.models.charts import group_name
from ui.shell.badges import Badge, Tone
from ui.shell.below import from_below
from ui.shell.language import number, percent, t

Three = tuple[float, float, float]

FIGURE_NAMES: Final = {
    "auc": "AUC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "calibration error",
    "brier": "Brier score",
}
SMALLER_IS_BETTER: Final = frozenset({"ece", "brier"})
MEANINGS: Final = {
    "auc": "chance that a positive tile is given more than another; 0.5 is a coin",
    "average_precision": "mean precision over the ranks of the positive tiles",
    "balanced_accuracy": "mean of sensitivity and specificity",
    "f1": "harmonic mean of precision and sensitivity",
    "sensitivity": "share of the positive tiles that are called positive",
    "specificity": "share of the other tiles that are not",
    "ece": "how far probabilities are from what comes true, on average",
    "brier": "mean squared error of the probability; smaller is better",
}
STATES: Final = {
    "in use": "in use",
    "in use, never promoted": "in use, never promoted",
    "shadow": "in the shadow",
    "": "not in use",
}
ACTS: Final = {
    "found": "was in use already",
    "imported": "taken in",
    "promoted": "put into use",
    "rolled back": "put into use again",
    "shadow": "put in the shadow",
    "shadow ended": "taken out of the shadow",
}
GATES: Final = {
    "weights": "weights",
    "unseen tiles": "unseen tiles",
    "enough patients": "enough patients",
    "not worse": "not worse",
    "calibrated": "calibrated",
    "card complete": "card complete",
}
_TONES: Final[dict[str, Tone]] = {"in use": "clear", "in use, never promoted": "soon", "shadow": "ample", "": "unknown"}


def state_badge(state: str) -> Badge:
    """What holds for a model now; `state` is as `training.shipping.overview` has it."""
    return Badge(t(STATES[state]), _TONES[state], "")


def what_it_says(manifest: Manifest) -> list[tuple[str, str]]:
    """What the model takes and says, a heading and a text each."""
    side = number(manifest.tile_um)
    view = t(
        "Tiles of {px} x {px} px at {mpp} µm per px ({side} µm a side), shown to the network {network} at {input} px.",
        px=number(manifest.tile_px),
        mpp=number(manifest.mpp, 2),
        side=side,
        network=manifest.network,
        input=number(manifest.input_px),
    )
    around = manifest.surroundings
    if around is not None:
        view = f"{view} {t('The tissue round a tile joins in what it is called.')}"
    return [
        (t("What it is for"), from_below(manifest.intended_use)),
        (t("What positive means"), f"{from_below(manifest.positive)}. {from_below(manifest.positive_means)}"),
        (t("What it looks at"), view),
        (t("What it was trained on"), from_below(manifest.training_data)),
        (t("Licence"), from_below(manifest.licence)),
    ]


def steps_html(manifest: Manifest) -> str:
    """How a network's answer becomes a probability and a slide's score, step by step."""
    steps = "".join(f"<li>{escape(from_below(step.replace('`', '')))}</li>" for step in from_logit_to_slide(manifest))
    name = escape(t("From network to probability"))
    return f'<div class="facts"><small class="name">{name}</small><ol>{steps}</ol></div>'


def what_a_head_says(manifest: HeadManifest) -> list[tuple[str, str]]:
    """The same of a slide head."""
    made_by = manifest.embedded_by
    return [
        (t("What it is for"), from_below(manifest.intended_use)),
        (t("What positive means"), manifest.classes[1]),
        (
            t("What it looks at"),
            t("All tiles of a slide, through the eyes of {model}.", model=made_by.model if made_by else "?"),
        ),
        (t("What it was trained on"), from_below(manifest.training_data)),
        (t("Licence"), from_below(manifest.licence)),
    ]


def files_of_card(manifest: Manifest) -> list[tuple[str, str, str]]:
    """Kind, file and SHA-256 of the weights."""
    return [(kind, file.path, file.sha256) for kind, file in manifest.files.items()]


def metric_rows(metrics: Iterable[Metric]) -> list[tuple[str, str, str, str]]:
    """The figures on a card: name, value, 95% interval, what it was measured on."""
    return [
        (figure_words(it.name), number(it.value, 3), _interval(it.low, it.high), from_below(it.on)) for it in metrics
    ]


def figure_words(name: str) -> str:
    """A figure's name, with the threshold that some carry ("sensitivity at 0.194") left as it is."""
    if name.startswith("bag "):
        return from_below(name)
    known = max((it for it in FIGURE_NAMES.values() if name.startswith(it)), key=len, default="")
    return t(known) + name[len(known) :] if known else name


def evaluation_rows(found: Evaluation) -> list[tuple[str, str, str, str]]:
    """Every figure of an evaluation, with what it means."""
    return [
        (t(said), number(found.figure(name)[0], 3), _interval(*found.figure(name)[1:]), t(MEANINGS[name]))
        for name, said in FIGURE_NAMES.items()
    ]


def group_rows(model: ModelFindings) -> list[tuple[str, ...]]:
    """Figures by group, small ones marked."""
    return [
        (
            group_name(it),
            number(it.n),
            number(it.patients),
            number(it.positives),
            *(_with_ends(value) for value in (it.auc, it.sensitivity, it.specificity)),
            t("small: may be luck") if it.small else "",
        )
        for it in model.groups
    ]


def difference_rows(differences: Sequence[Difference]) -> list[tuple[str, str, str, str]]:
    """One model's figures less the other's, and what may be concluded."""
    return [
        (t(FIGURE_NAMES[it.name]), signed(it.value), f"{signed(it.low)} – {signed(it.high)}", t(verdict(it)))
        for it in differences
    ]


def verdict(it: Difference) -> str:
    """Whether the first model is better, worse, or no different beyond chance."""
    if not it.more_than_chance:
        return "no more than chance"
    return "better" if (it.value > 0) != (it.name in SMALLER_IS_BETTER) else "worse"


def history_rows(entries: Sequence[Entry], when: Sequence[str]) -> list[tuple[str, ...]]:
    """What is on record, the newest first; `when`: each entry's time in words."""
    return [
        (
            at,
            f"{it.name}@{it.version}",
            t("{act}, a gate overridden", act=t(ACTS[it.act])) if it.overridden else t(ACTS[it.act]),
            it.by,
            "; ".join([it.why, *(f"{t(GATES.get(g.name, g.name))}: {g.said}" for g in it.gates if not g.passed)]),
        )
        for it, at in reversed(list(zip(entries, when, strict=True)))
    ]


def short_figures(manifest: Manifest | HeadManifest) -> str:
    """Its first figure."""
    first = next(iter(manifest.metrics), None)
    return t("no figures") if first is None else f"{figure_words(first.name)} {number(first.value, 3)}"


def in_short(found: ModelFindings) -> str:
    """Two sentences on how good a model is."""
    it = found.evaluation
    weakest = min(
        (g for g in found.groups if not g.small and g.auc[0] == g.auc[0]), key=lambda g: g.auc[0], default=None
    )
    said = t(
        "On {n} tiles of {patients} patients it finds {sensitivity} of the positive tiles and passes {specificity} of"
        " the others; its AUC is {auc}.",
        n=number(it.n),
        patients=number(it.patients),
        sensitivity=percent(it.sensitivity),
        specificity=percent(it.specificity),
        auc=_with_ends(it.figure("auc"), 3),
    )
    if weakest is None:
        return said
    return f"{said} " + t(
        "It does least well on {group}: AUC {auc}.", group=group_name(weakest), auc=_with_ends(weakest.auc)
    )


def signed(value: float) -> str:
    """With its sign, to three decimals."""
    if not round(value, 3):
        return number(0, 3)
    return f"{'+' if value > 0 else '−'}{number(abs(value), 3)}"


def _with_ends(value: Three, decimals: int = 2) -> str:
    if value[0] != value[0]:
        return "–"
    first, low, high = (number(one, decimals) for one in value)
    return f"{first} ({low}–{high})"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low, 3)}–{number(high, 3)}"
