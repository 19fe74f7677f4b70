"""A model in two sentences: what it looks for and has never seen, and how often it is wrong at its threshold."""

from typing import Final, get_args

from models.manifest import Kind, Manifest, Metric
from ui.shell.below import from_below
from ui.shell.language import number, t

_NEVER: Final = ("never shown", "was not shown", "only shown")
_OF_SLIDES: Final = ("bag sensitivity", "bag specificity")
_PLAINLY: Final = {"bags built from test tiles": "tissue of its test patients, put together as if it were slides"}
"""What the bundled model was measured on, for readers of slides."""


def model_sentences(manifest: Manifest) -> tuple[str, str]:
    """What it looks for and never saw; how often it misses and raises in vain. Other makers' words stay theirs."""
    means = from_below(manifest.positive_means).rstrip(".")
    never = next((it for it in manifest.limits if any(sign in it for sign in _NEVER)), None)
    looks = t(
        "It looks for {positive}: {means}.", positive=from_below(manifest.positive), means=means[:1].lower() + means[1:]
    )
    return f"{looks} {from_below(never)}" if never else looks, _wrong(manifest)


def _wrong(manifest: Manifest) -> str:
    """By the slide's threshold where figures of that are told, else by the tile's."""
    misses, raises = (_first(manifest, name) for name in _OF_SLIDES)
    if misses is None or raises is None:
        misses, raises = _first(manifest, "sensitivity at "), _first(manifest, "specificity at ")
    if misses is None or raises is None:
        return t("How often it is wrong is not known: its maker tells no figures. Its scores are not to be relied on.")
    return t(
        "At its threshold it misses about {missed} of 100 that have it and flags about {raised} of 100 that have not"
        " (measured on: {on}).",
        missed=_of_hundred(misses),
        raised=_of_hundred(raises),
        on=_measured_on(misses),
    )


def _measured_on(metric: Metric) -> str:
    """Without the kind of the weights, which the table of all figures names."""
    kind = next((it for it in get_args(Kind) if metric.on.endswith(f", {it}")), None)
    on = metric.on.removesuffix(f", {kind}")
    return t(_PLAINLY[on]) if on in _PLAINLY else from_below(on)


def _first(manifest: Manifest, name: str) -> Metric | None:
    """The first of that name, which is of the weights that are used first; its interval is that of the figure."""
    return next(
        (it for it in manifest.metrics if it.name == name or (name[-1] == " " and it.name.startswith(name))), None
    )


def _of_hundred(share_right: Metric) -> str:
    """How many of 100 are wrong, with the interval."""
    wrong = number(100 * (1 - share_right.value))
    if share_right.low is None or share_right.high is None:
        return wrong
    low, high = number(100 * (1 - share_right.high)), number(100 * (1 - share_right.low))
    return t("{value} ({low} to {high})", value=wrong, low=low, high=high)
