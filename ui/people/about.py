"""The page about Forrang: what it is, what it is not, and the versions of what it consists of."""

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import streamlit as st

from models.registry import list_models
from ui.shell.below import from_below
from ui.shell.facts import heading, pairs, table
from ui.shell.language import t

PACKAGES: Final = ("forrang", "onnxruntime", "openslide-python", "openslide-bin", "streamlit", "sqlalchemy", "torch")


def show() -> None:
    """Shows the page."""
    st.html(heading(t("About Forrang"), t("Danish for precedence: what comes before what")))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(pairs(what_it_is()))
    with right:
        st.html(table((t("Part"), t("Version")), versions()))
        st.html(table((t("Model"), t("Version"), t("Licence")), models()))


def what_it_is() -> list[tuple[str, str]]:
    """Headings, each with what is so."""
    return [
        (
            t("What it is"),
            t(
                "Forrang puts the pathology cases that cannot wait first: by their deadlines, and raised where a model"
                " finds something on their slides. It simulates the same department for those who plan it, and"
                " compares models for those who train them."
            ),
        ),
        (
            t("What it is not"),
            t(
                "It is no medical device and makes no diagnosis. It is research and operations software: not for"
                " clinical use until a hospital has qualified it."
            ),
        ),
        (
            t("What the AI may do"),
            t(
                "It only raises cases. No score takes a case off the list or behind its clinical place, except that"
                " others are raised past it. A slide without a score keeps its clinical place and says why."
            ),
        ),
        (
            t("What is kept of you"),
            t(
                "Your login, and on the audit trail each case that you open and each act of yours. Cookies carry your"
                " sign-in and your choice of language, and nothing goes to any other server."
            ),
        ),
        (
            t("Licence"),
            t("Apache 2.0, without warranty; parts by others keep their own licences. Models have licences of theirs."),
        ),
    ]


def versions() -> list[tuple[str, str]]:
    """Each part of the software with its version."""
    return [(name, _version(name)) for name in PACKAGES] + [("Python", sys.version.split()[0])]


def models() -> list[tuple[str, str, str]]:
    """Each model here with its version and licence, once, however many copies of it there are."""
    here = {it.manifest.label: it.manifest for it in list_models()}
    return [(it.name, it.version, from_below(it.licence)) for it in here.values()]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return t("not installed")
