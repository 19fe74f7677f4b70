"""The models' pages as Streamlit runs them: each role sees and may do what is its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from models.registry import Model
from tests.support.cases import case
from tests.support.people import SYSTEM
from training import torch_extra
from training.errors import TrainingError
from ui.models import training
from ui.models.runs.record import RUN, Asked, GatesFound, Judge, runs_folder, write_whole
from worklist.people import Role
from worklist.store.store import Store

PATIENCE_S = 90


def page(role: Role, view: str = "registry", model: str = "") -> AppTest:
    app = AppTest.from_string("from ui.models.page import show\nshow()\n", default_timeout=PATIENCE_S)
    app.session_state["remembered role"] = role
    app.query_params["view"] = view
    if model:
        app.query_params["model"] = model
    return app.run()


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.error, app.info)
    blocks = [block.value for kind in kinds for block in kind]
    return "\n".join([*blocks, *(block.proto.body for block in app.get("html"))])


def views(app: AppTest) -> list[str]:
    (choice,) = [it for it in app.button_group if it.key == "models view"]
    return list(choice.options)


def buttons(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("pathologist", ["Registry", "Compare", "Label next"]),
        ("coordinator", ["Registry", "Compare", "Watch", "Feedback"]),
        ("manager", ["Registry", "Compare", "Watch", "Feedback"]),
        ("researcher", ["Registry", "Compare", "Train", "Watch", "Feedback", "Label next"]),
        ("admin", ["Registry", "Compare", "Watch", "Feedback"]),
    ],
)
def test_each_role_sees_its_own_views(store: Store, role: Role, seen: list[str]) -> None:
    app = page(role, "train")
    assert not app.exception
    assert views(app) == seen
    assert ("Train a tile model" in words(app)) == (role == "researcher"), "an address opens no view by itself"


def test_everybody_reads_the_card_and_only_some_act_on_it(
    store: Store, tiles: Path, shelved: Callable[..., Model]
) -> None:
    shelved("1.0.0")
    acting = {"Try it in the shadow …", "Ask the gates"}
    assert not acting & buttons(page("researcher", model="tiny-dark@1.0.0")), "the only version of a name is in use"
    shelved("1.1.0")
    for role, may in (("pathologist", False), ("manager", False), ("researcher", True), ("admin", True)):
        app = page(role, model="tiny-dark@1.0.0")  # type: ignore[arg-type]
        assert not app.exception
        assert "Not for clinical use." in words(app)
        assert (acting <= buttons(app)) == may


def _bundled_version() -> str:
    from models.registry import find_model

    return find_model("idc-screen").manifest.version


def test_what_the_gates_found_is_shown_and_an_override_asks_for_a_reason(
    store: Store, home: Path, tiles: Path, shelved: Callable[..., Model]
) -> None:
    from models.in_use import Gate
    from models.shelf import manifest_hash
    from ui.models.runs.record import GATES, OUTCOME, Outcome

    first, second = shelved("1.0.0"), shelved("1.1.0")
    folder = runs_folder(home) / "20261122T120000-gates-aaaaaa"
    folder.mkdir(parents=True)
    work = Judge(model="tiny-dark@1.0.0", tiles=tiles, split="test")
    write_whole(folder / RUN, Asked(work=work, by="maja", role="researcher", source="test", at_utc=store.now()))
    write_whole(folder / OUTCOME, Outcome(state="done", said="tiny-dark@1.0.0", at_utc=store.now()))
    gates = (Gate(name="calibrated", passed=False, said="<b>off</b> by 0.2"),)
    found = GatesFound(
        model="tiny-dark@1.0.0",
        manifest_sha256=manifest_hash(first),
        against_sha256=manifest_hash(second),
        gates=gates,
    )
    write_whole(folder / GATES, found)
    app = page("researcher", model="tiny-dark@1.0.0")
    assert "&lt;b&gt;off&lt;/b&gt; by 0.2" in words(app)
    assert "✗\N{NO-BREAK SPACE}refused" in words(app)
    app.button("use").click().run()
    assert not app.exception
    confirm = app.button("confirm use")
    assert confirm.label == "Override and put into use"
    assert confirm.disabled


def test_a_machine_without_torch_says_what_to_install(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise TrainingError("training needs torch: pip install 'forrang[torch]'")

    monkeypatch.setattr(torch_extra, "require_torch", missing)
    monkeypatch.setattr(training, "require_torch", missing)
    app = page("researcher", "train")
    assert not app.exception
    assert "pip install" in words(app)
    assert "Train" not in buttons(app)


def test_without_tiles_it_is_said_where_they_go(store: Store) -> None:
    said = words(page("researcher", "train"))
    assert "No labelled tiles are here yet" in said
    assert "forrang data tiles" in said


def test_a_name_that_is_taken_cannot_be_trained(store: Store, tiles: Path, shelved: Callable[..., Model]) -> None:
    app = page("researcher", "train")
    assert not app.exception
    assert "Train" in buttons(app)
    version = next(it for it in app.text_input if it.label == "Version")
    version.set_value(_bundled_version()).run()
    assert "Choose another version" in words(app)
    assert "Train" not in buttons(app)


def test_views_without_anything_say_what_brings_something(store: Store) -> None:
    assert "Researchers have lists of such slides made" in words(page("pathologist", "suggestions"))
    assert "There is one model only" in words(page("manager", "compare"))
    assert "No verdict in this time" in words(page("manager", "feedback"))
    assert "No model has scored a slide here yet" in words(page("manager", "watch"))


def test_the_watch_is_looked_at_once_a_visit_and_is_on_the_trail(store: Store) -> None:
    from sqlalchemy import func, select

    from worklist.store.tables import AuditRow

    store.add_cases([case("26-1")], SYSTEM)
    app = page("manager", "watch")
    app.run()

    def looked() -> int | None:
        with store.reading() as session:
            wanted = select(func.count()).select_from(AuditRow).where(AuditRow.details.contains("models"))
            return session.scalar(wanted)

    assert looked() == 1
    app.button("watch again").click().run()
    assert looked() == 2
