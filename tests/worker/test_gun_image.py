"""The shipped gun_image model: consistent on any picture, and good enough on pictures it never saw."""

import csv
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.worker.scorer_contract import ScorerContract
from triage.contracts import Level, Score
from triage.errors import ArtifactError
from triage.images import load
from worker import manifest
from worker.manifest import SHIPPED
from worker.scorers.base import Item, Scorer
from worker.scorers.gun_image import GunImage

ARTIFACT = SHIPPED / "gun_image"
SAMPLE = 300
"""Pictures of each class that the floors are checked on; drawn once, by seed."""


class TestGunImage(ScorerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls) -> Scorer:
        return GunImage()

    def item(self, number: int) -> Item:
        """Coarse noise of any size."""
        noise = np.random.default_rng(number).integers(0, 256, (5, 8, 3), np.uint8)
        return noise.repeat(20 + number, axis=0).repeat(30, axis=1)


def test_threads_do_not_change_scores() -> None:
    item = TestGunImage().item(3)
    one, two = (GunImage(threads=threads).score([item])[0].probability for threads in (1, 2))
    assert one == pytest.approx(two, abs=1e-4)


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(ARTIFACT, tmp_path / "gun_image")
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(5000)
        file.write(b"altered")
    with pytest.raises(ArtifactError, match="was altered"):
        GunImage(manifest.load("gun_image", folder))


def test_the_card_tells_the_figures_of_the_manifest() -> None:
    card = (ARTIFACT / "CARD.md").read_text()
    shipped = manifest.load("gun_image").manifest
    for figure in (*dict(shipped.operating_points).values(), shipped.metrics["test"]["roc_auc"]):
        assert f"{figure:.4f}" in card
    for promise in ("never scores persons", "a gun alone flags nothing", "decided on by a person"):
        assert promise in " ".join(card.split())


def test_it_loads_in_a_worker_process_forked_after_the_imports() -> None:
    code = (
        "import multiprocessing, numpy\n"
        "from worker.scorers import load, gun_image\n"
        "def score(_): return load('gun_image').score([numpy.zeros((9, 9, 3), numpy.uint8)])[0].probability\n"
        "print(multiprocessing.get_context('fork').Pool(2).map(score, range(4)))"
    )
    printed = subprocess.check_output([sys.executable, "-c", code], timeout=120)
    here = GunImage().score([np.zeros((9, 9, 3), np.uint8)])[0].probability
    assert json.loads(printed) == [pytest.approx(here)] * 4


@pytest.mark.data
class TestFloors:
    """Thresholds come from validation data; these pictures are from the test split."""

    @pytest.fixture(scope="class")
    @classmethod
    def scores(cls, data_dir: Path) -> dict[str, list[Score]]:
        with (data_dir / "images" / "index.csv").open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
        scorer = GunImage()
        found = {}
        for label in ("gun", "not_gun"):
            paths = sorted(row["path"] for row in rows if row["label"] == label)
            chosen = random.Random(20261121).sample(paths, SAMPLE)
            found[label] = scorer.score([load(data_dir / "images" / path) for path in chosen])
        return found

    def test_guns_rank_above_the_rest(self, scores: dict[str, list[Score]]) -> None:
        guns, others = (
            np.array([score.probability for score in scores[label]]) for label in ("gun", "not_gun")
        )
        wins = (guns[:, None] > others).mean() + (guns[:, None] == others).mean() / 2
        assert wins >= 0.96  # this share is the ROC AUC

    def test_likely_finds_most_guns_with_few_false_alarms(self, scores: dict[str, list[Score]]) -> None:
        flagged = {
            label: np.mean([score.level.rank >= Level.LIKELY.rank for score in found])
            for label, found in scores.items()
        }
        assert flagged["gun"] >= 0.85
        assert flagged["not_gun"] <= 0.05
