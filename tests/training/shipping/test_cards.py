"""The card says in words and as a page what the manifest says, and nothing in it runs or is fetched."""

from pathlib import Path

from models.manifest import Manifest
from tests.models.conftest import example_values
from training.shipping.card import missing_from_card, write_card
from training.shipping.card_page import card_page, write_cards

TRACE = {
    "tiles_sha256": "a" * 64,
    "split_sha256": "b" * 64,
    "patients": {"train": 6, "test": 4},
    "tiles": {"train": 72, "test": 48},
}


def manifest(**changes: object) -> Manifest:
    return Manifest.model_validate(example_values() | changes)


def test_words_and_page_hold_everything_a_reader_asks_for() -> None:
    shown = manifest(data=TRACE, unsure={"low": 0.2, "high": 0.6, "coverage": 0.9, "n": 12})
    for text in (write_card(shown), card_page(shown)):
        for part in (
            *("small@1.2.0", "Tests. Not for clinical use.", "The tile looks like tumour.", "Apache-2.0"),
            *("16 x 16 px at 4 um per pixel", "0.880-0.920", "by hand, for a test.", "0" * 64),
            *("a" * 64, "b" * 64, "0.2000 to 0.6000", "90% of each class", "12 patients"),
        ):
            assert part in text, part


def test_the_page_draws_the_figures_and_holds_no_script(tmp_path: Path) -> None:
    shown = manifest(training_data="<script>alert(1)</script>", licence="a & b")
    words, page = write_cards(shown, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "a &amp; b" in text
    assert "`" not in text
    assert words.read_text(encoding="utf-8") == write_card(shown)


def test_a_model_without_figures_says_so() -> None:
    bare = manifest(metrics=[])
    assert "None were measured." in write_card(bare)
    assert "No figure was measured." in card_page(bare)
    assert [text.partition(":")[0] for text in missing_from_card(bare)] == ["metrics", "metrics"]
