"""The registry, and the scorers that need no model."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.worker.scorer_contract import ScorerContract
from triage.contracts import Level
from triage.errors import ConfigurationError
from triage.settings import get_settings
from worker import scorers
from worker.scorers.base import Item, Scorer
from worker.scorers.toy import ToyImage, ToyText


class TestToyImage(ScorerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls) -> Scorer:
        return ToyImage()

    def item(self, number: int) -> Item:
        picture = np.zeros((8, 8, 3), np.uint8)
        picture.reshape(-1, 3)[:number, 0] = 255
        return picture

    def test_it_measures_the_share_of_red(self, scorer: Scorer) -> None:
        (score,) = scorer.score([self.item(48)])
        assert score.probability == 0.75
        assert score.level is Level.STRONG


class TestToyText(ScorerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls) -> Scorer:
        return ToyText()

    def item(self, number: int) -> Item:
        return f"number {number}" + " toy-threat" * (number % 2)

    def test_it_finds_its_word(self, scorer: Scorer) -> None:
        levels = [score.level for score in scorer.score(["a toy-threat", "a toy"])]
        assert levels == [Level.STRONG, Level.CLEAR]


def test_a_scorer_is_loaded_once_per_process() -> None:
    assert scorers.load("toy_image") is scorers.load("toy_image")


def test_an_unknown_scorer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'gnu_image'.*gun_image.*violence_text.*FLAGPOST_SCORERS"):
        scorers.load("gnu_image")


def test_only_scorers_of_the_asked_kind_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text,toy_image")
    get_settings.cache_clear()
    assert [scorer.name for scorer in scorers.configured("image")] == ["toy_image"]


def test_a_kind_without_scorer_is_a_wrong_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text")
    get_settings.cache_clear()
    with pytest.raises(ConfigurationError, match="No scorer for images"):
        scorers.configured("image")


def test_no_model_runtime_is_loaded_before_a_scorer_is() -> None:
    """A worker forks after its imports, and ONNX Runtime does not survive a fork."""
    code = (
        "import sys, worker.scorers, worker.scorers.gun_image, worker.runtime, worker.cli, worker.offline\n"
        "assert not {'onnxruntime', 'keras', 'tensorflow', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
