"""A model in two sentences, from its manifest's own figures."""

from models.manifest import Metric
from models.registry import find_model
from ui.case.model_card import model_sentences

SURE = (
    Metric(name="bag sensitivity", value=0.822, low=0.72, high=0.92, on="bags"),
    Metric(name="bag specificity", value=0.574, low=0.35, high=0.75, on="bags"),
    Metric(name="sensitivity at 0.19", value=0.87, low=0.84, high=0.9, on="tiles, onnx-int8"),
    Metric(name="specificity at 0.19", value=0.84, low=0.81, high=0.87, on="tiles, onnx-int8"),
    Metric(name="sensitivity at 0.19", value=0.5, on="tiles, onnx-fp32"),
)
MANIFEST = find_model("idc-screen").manifest.model_copy(update={"metrics": SURE})


def test_the_bundled_model_says_what_it_looks_for_never_saw_and_how_often_it_is_wrong() -> None:
    looks, wrong = model_sentences(MANIFEST)
    assert looks.startswith("It looks for invasive ductal carcinoma: the 0.2 x 0.2 mm of tissue looks like")
    assert "It was never shown other organs than breast" in looks
    assert wrong == (
        "At its threshold it misses about 18 (8 to 28) of 100 that have it and flags about 43 (25 to 65) of 100 that"
        " have not (measured on: bags)."
    )


def test_what_it_was_measured_on_is_told_without_the_kind_of_its_weights() -> None:
    wrong = model_sentences(find_model("idc-screen").manifest)[1]
    assert wrong.endswith("(measured on: tissue of its test patients, put together as if it were slides).")
    tiles = tuple(it for it in MANIFEST.metrics if not it.name.startswith("bag"))
    assert "(measured on: tiles)" in model_sentences(MANIFEST.model_copy(update={"metrics": tiles}))[1]


def test_without_figures_of_slides_those_of_tiles_are_told_and_without_any_it_says_so() -> None:
    tiles = tuple(it for it in MANIFEST.metrics if not it.name.startswith("bag"))
    assert "misses about 13 (10 to 16)" in model_sentences(MANIFEST.model_copy(update={"metrics": tiles}))[1]
    bare = (Metric(name="AUC", value=0.9, on="test"),)
    assert "not known" in model_sentences(MANIFEST.model_copy(update={"metrics": bare}))[1]
    alone = (
        Metric(name="bag sensitivity", value=0.9, on="x"),
        Metric(name="bag specificity", value=0.8, low=0.7, high=0.9, on="x"),
    )
    assert "misses about 10 of 100" in model_sentences(MANIFEST.model_copy(update={"metrics": alone}))[1]
