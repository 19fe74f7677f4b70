"""Training a tile model: what to train on and how, asked in a form; the runs, followed while they go on."""

import shutil

import streamlit as st

from models.errors import ForrangError
from models.registry import list_models
from training.errors import TrainingError
from training.tiles.options import RECIPES, Description
from training.torch_extra import require_torch
from ui.access.visitor import visitor
from ui.models.choice import go_to
from ui.models.run_list import show_runs
from ui.models.runs.record import Run, Train, refuse_taken_name
from ui.models.runs.start import start
from ui.models.tile_files import ask_tiles, has_places
from ui.models.training_form import Answers, next_version, options_of, recipe_options
from ui.shell.desk import Desk
from ui.shell.facts import literal
from ui.shell.faults import show_fault
from ui.shell.language import t
from worklist.settings import Settings

ROOM_GB = 1.0
"""Free space below which a warning is given: a model with its checkpoint takes some 0.2 GB. A."""


def show(desk: Desk) -> None:
    """Shows the form and the runs."""
    try:
        require_torch()
    except TrainingError as error:
        st.info(literal(str(error)), icon=":material/deployed_code:")
    else:
        with st.container(border=True):
            _ask(desk)
    show_runs(desk, Settings().home_folder, ("train",), _offer_card)


def _ask(desk: Desk) -> None:
    home = Settings().home_folder
    st.markdown(f"**{t('Train a tile model')}**")
    tiles = ask_tiles(home, "train")
    if tiles is None:
        return
    models = list_models()
    recipes = sorted(it.stem for it in RECIPES.glob("*.yaml"))
    starts = {"auto": t("ImageNet, where it is installed"), "random": t("random weights")}
    starts |= {it.manifest.label: it.manifest.label for it in models if "torch" in it.manifest.files}
    first = st.columns(4)
    recipe = first[0].selectbox(t("Recipe"), recipes, key="recipe")
    name = first[1].text_input(t("Name of the model"), value=recipe, key=f"name {recipe}", max_chars=64)
    version = first[2].text_input(
        t("Version"), value=next_version(name, models), key=f"version {name} {next_version(name, models)}", max_chars=64
    )
    begin = first[3].selectbox(t("Starts from"), list(starts), format_func=lambda it: starts[it], key="begins with")
    plain = recipe_options(recipe, tiles, home)
    second = st.columns(4)
    epochs = second[0].number_input(t("Epochs, at most"), 1, 200, plain.fit.epochs, key=f"epochs {recipe}")
    patience = second[1].number_input(
        t("Stop after epochs without gain"),
        0,
        50,
        plain.fit.patience or 0,
        key=f"patience {recipe}",
        help=t("0: never stop early."),
    )
    rate = second[2].number_input(
        t("Learning rate"), 1e-6, 0.1, plain.fit.learning_rate, step=1e-4, format="%.6f", key=f"learning rate {recipe}"
    )
    batch = second[3].number_input(t("Tiles a step"), 2, 4096, plain.fit.batch, key=f"batch {recipe}")
    fits = 1 + len(plain.mixed_with)
    all_fits = fits > 1 and st.checkbox(
        t("Average {n} fits, as the recipe does: better, and {n} times as long", n=fits), value=True, key="all fits"
    )
    with st.expander(t("For its card"), icon=":material/badge:"):
        told = st.text_input(
            t("What it is trained on"),
            key="trained on",
            max_chars=1000,
            placeholder=t("Whose slides, from when, read by whom"),
            help=t("Without it and the licence the gates do not let the model into use."),
        )
        licence = st.text_input(t("Licence of the tiles and the weights"), key="licence", max_chars=300)
        limits = st.text_area(
            t("Where it fails, one a line"), value="\n".join(Description().limits), key="limits", max_chars=4000
        )
    answers = Answers(
        tiles=tiles,
        recipe=recipe,
        name=name.strip(),
        version=version.strip(),
        start=begin,
        epochs=int(epochs),
        patience=int(patience),
        learning_rate=float(rate),
        batch=int(batch),
        all_fits=all_fits,
        has_places=has_places(tiles),
        training_data=told,
        licence=licence,
        limits=limits,
    )
    try:
        options = options_of(answers, home)
        refuse_taken_name(options)
    except TrainingError as error:
        show_fault(error)
        return
    go, words = st.columns([1, 4], vertical_alignment="center")
    if shutil.disk_usage(home).free < ROOM_GB * 1e9:
        words.warning(t("The disk is nearly full: the run may not be able to write its checkpoints."))
    else:
        words.caption(t("It trains behind all else on this machine, and goes on when this page is closed."))
    if go.button(t("Train"), type="primary", key="train", width="stretch"):
        try:
            start(desk.store, home, visitor().actor, Train(options=options))
        except ForrangError as error:
            show_fault(error)
        else:
            st.rerun()


def _offer_card(run: Run) -> None:
    if run.outcome is None:
        return
    compare, card = t("Compare it with the one in use"), t("Its card and gates")
    with st.container(horizontal=True):
        for words, view in ((compare, "compare"), (card, "registry")):
            if st.button(words, key=f"{view} {run.id}", on_click=go_to, args=(view, run.outcome.said)):
                st.rerun()
