"""What ships beside every model: a card for people, one for programs, and plots."""

import json

import pytest

from worker import manifest
from worker.manifest import SHIPPED

NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/manifest.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_has_both_cards_of_its_version_and_plots(name: str) -> None:
    told = manifest.load(name).manifest
    card = json.loads((SHIPPED / name / "card.json").read_text(encoding="utf-8"))
    assert card["version"] == told.version
    assert card["metrics"]["test"] == told.metrics["test"]
    assert (SHIPPED / name / "CARD.md").read_text(encoding="utf-8").startswith(f"# {name} {told.version}\n")
    plots = {path.name for path in (SHIPPED / name / "plots").iterdir()}
    assert {"precision_recall.png", "reliability.png", "confusion.png"} <= plots


@pytest.mark.train
@pytest.mark.parametrize(("name", "kind"), [("gun_image", "image"), ("violence_text", "text")])
def test_a_shipped_card_is_what_the_code_writes(name: str, kind: str) -> None:
    pytest.importorskip("sklearn", reason="needs the train extra")
    from importlib import import_module

    markdown = import_module(f"worker.training.{kind}.card").markdown
    card = json.loads((SHIPPED / name / "card.json").read_text(encoding="utf-8"))
    assert (SHIPPED / name / "CARD.md").read_text(encoding="utf-8") == markdown(card)
