"""The shipped caption model behind its scorer."""

import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.scorer_contract import TOLERANCE, ScorerContract
from triage.contracts import Level
from triage.errors import ArtifactError
from worker import manifest
from worker.scorers.base import Item, Scorer
from worker.scorers.violence_text import ViolenceText

THREAT = "I am coming to your house tonight and I will shoot you and your whole family"
HARMLESS = "Grandma's lemon cake again, this time with blueberries on top"
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
PLACES = ("lunch", "school", "the lake", "work")


@cache
def shared() -> ViolenceText:
    return ViolenceText()


@cache
def probability(caption: str) -> float | None:
    """What a caption gets when it is alone."""
    return shared().score([caption])[0].probability


@pytest.fixture(scope="module")
def scorer() -> ViolenceText:
    return shared()


class TestViolenceText(ScorerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def scorer(cls) -> Scorer:
        return ViolenceText()

    def item(self, number: int) -> Item:
        """Captions of 5 to 200 words, so that batches mix lengths and windows."""
        start = THREAT if number % 3 == 0 else HARMLESS
        return f"{number}: {start}" + f" and then we went to {PLACES[number % 4]}" * (number * number % 40)


@pytest.mark.parametrize(
    "caption",
    [
        THREAT,
        "someone should put a bullet in that judge's head",
        "You're dead. I know where you live and I'm bringing my knife",
        "we need to round them all up and kill every last one of them",
    ],
)
def test_a_threat_is_flagged(scorer: ViolenceText, caption: str) -> None:
    (score,) = scorer.score([caption])
    assert score.level.rank >= Level.LIKELY.rank


@pytest.mark.parametrize(
    "caption",
    [
        HARMLESS,
        "Opening day! Got my first buck this morning with grandpa's old rifle",
        "That boss fight killed me like ten times but I finally beat the game",
        "Police say a man was arrested after a shooting downtown on Friday",
        "Sharpened all my kitchen knives today, the tomatoes never stood a chance",
        "this traffic is going to be the death of me",
        "RTL שלום לכולם and emoji 🎂🎉",
    ],
)
def test_a_harmless_caption_is_not_flagged(scorer: ViolenceText, caption: str) -> None:
    (score,) = scorer.score([caption])
    assert score.level.rank < Level.LIKELY.rank


def test_who_is_named_does_not_change_the_score(scorer: ViolenceText) -> None:
    first, second = scorer.score(
        [
            f"I will find you {name}, see {link}"
            for name, link in (("@jo", "http://a.example"), ("@mohammed_99", "https://b.example/x?y"))
        ]
    )
    assert first.probability == pytest.approx(second.probability, abs=TOLERANCE)


def test_skin_tone_does_not_change_the_score(scorer: ViolenceText) -> None:
    first, second = scorer.score(["see you soon 👊🏻", "see you soon 👊🏿"])
    assert first.probability == pytest.approx(second.probability, abs=TOLERANCE)


def test_a_threat_deep_in_a_long_caption_is_found_and_its_place_recorded(scorer: ViolenceText) -> None:
    filler = "a lovely afternoon by the lake with cake and @friends 🎂 "
    caption = filler * 120 + f"{THREAT}. " * 3 + filler * 120
    long, short = scorer.score([caption, filler * 240])
    assert long.level.rank >= Level.LIKELY.rank > short.level.rank
    start, end = long.evidence["window"]
    assert "shoot you" in caption[start:end]
    assert end - start < len(caption) / 10


def test_a_short_caption_is_one_window(scorer: ViolenceText) -> None:
    (score,) = scorer.score([HARMLESS])
    assert score.evidence["window"] == [0, len(HARMLESS)]
    assert json.loads(score.model_dump_json())["evidence"]["version"] == 1


@pytest.mark.parametrize("caption", ["", " \n\t", "\u200d", "\ufe0f"])
def test_a_caption_without_words_is_an_error_not_a_score(scorer: ViolenceText, caption: str) -> None:
    wordless, neighbour = scorer.score([caption, THREAT])
    assert wordless.error == "the caption holds no words; score the post without it"
    assert neighbour.error is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANY_TEXT)
def test_any_text_is_scored_or_an_error_and_spares_its_neighbours(caption: str) -> None:
    before, hostile, after = shared().score([THREAT, caption, HARMLESS])
    assert (hostile.probability is None) != (hostile.error is None)
    assert before.probability == pytest.approx(probability(THREAT), abs=TOLERANCE)
    assert after.probability == pytest.approx(probability(HARMLESS), abs=TOLERANCE)
    if hostile.error is None:
        start, end = hostile.evidence["window"]
        assert 0 <= start < end <= len(caption)


@pytest.mark.parametrize("character", ["a", "\ud800", "\x00", "\u202e", "ש", "🔪", "\u0301", "[CLS]", "(-,"])
def test_a_hundred_kilobytes_of_one_character_spare_their_neighbours(
    scorer: ViolenceText, character: str
) -> None:
    caption = character * (100_000 // len(character.encode("utf-8", "surrogatepass")))
    hostile, after = scorer.score([caption, THREAT])
    assert (hostile.probability is None) != (hostile.error is None)
    assert after.probability == pytest.approx(probability(THREAT), abs=TOLERANCE)


def test_a_caption_too_long_to_be_read_whole_is_never_clear(scorer: ViolenceText) -> None:
    prose = " ".join(f"{number} days by the lake with cake and friends" for number in range(4000))
    long, short = scorer.score([prose, prose[:20_000]])
    assert long.level.rank >= Level.UNSURE.rank > short.level.rank
    assert long.evidence["out_of_scope"].startswith("the caption is too long; ")
    assert "out_of_scope" not in short.evidence


@pytest.mark.parametrize(
    "caption",
    [
        "<p>I will kill you tomorrow</p>",
        "I will <b>kill</b> you tomorrow",
        '<div><span class="a">I will kill you tomorrow</span></div>',
        "I will &#107;ill you&nbsp;tomorrow",
        "&lt;p&gt;I will kill you tomorrow&lt;/p&gt;",
    ],
)
def test_html_does_not_hide_a_threat(scorer: ViolenceText, caption: str) -> None:
    marked, plain = scorer.score([caption, "I will kill you tomorrow"])
    assert marked.level is plain.level
    words = [caption[start:end] for start, end, _ in marked.evidence["words"]]
    assert any(word in ("kill", "&#107;ill") for word in words)


@pytest.mark.parametrize("sign", "-_/<>•")
def test_a_long_run_of_a_sign_does_not_drown_a_threat(scorer: ViolenceText, sign: str) -> None:
    (score,) = scorer.score([f"I will kill you tomorrow {sign * 50}"])
    assert score.level.rank >= Level.LIKELY.rank


def test_a_caption_of_a_hundred_kilobytes_needs_little_memory() -> None:
    code = """if True:
        import resource
        from worker.scorers.violence_text import ViolenceText
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        scorer = ViolenceText()
        scorer.score(["a word " * 100] * 64)
        before = peak()
        assert scorer.score(["they will all pay. " * 5300])[0].probability is not None
        assert peak() - before < 150, f"{peak() - before} MiB"
    """
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})


def test_a_broken_tokenizer_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "violence_text"
    shutil.copytree(manifest.load("violence_text").folder, folder)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    artifact = manifest.write(folder, manifest.load("violence_text").manifest)
    with pytest.raises(ArtifactError, match=r"tokenizer\.json is no usable tokenizer.*Restore the file"):
        ViolenceText(artifact)


def test_an_altered_model_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "violence_text"
    shutil.copytree(manifest.load("violence_text").folder, folder)
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(1000)
        file.write(b"altered")
    with pytest.raises(ArtifactError, match=r"model\.onnx was altered"):
        ViolenceText(manifest.load("violence_text", folder))


@pytest.mark.data
def test_the_shipped_model_keeps_its_floor_on_every_third_test_caption(
    scorer: ViolenceText, data_dir: Path
) -> None:
    with gzip.open(data_dir / "text" / "test.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(islice(csv.DictReader(file), 0, None, 3))
    scores = scorer.score([row["text"] for row in rows])
    violent = [row["label"] == "1" for row in rows]
    found = [score.level.rank >= Level.LIKELY.rank for score in scores]
    assert average_precision(violent, [score.probability or 0 for score in scores]) >= 0.74
    assert sum(f and v for f, v in zip(found, violent, strict=True)) >= 0.7 * sum(violent)
    assert sum(f and not v for f, v in zip(found, violent, strict=True)) <= 0.03 * (len(rows) - sum(violent))


def average_precision(truth: list[bool], scores: list[float]) -> float:
    """Mean, over the true rows in order of their score, of the precision down to each."""
    ranked = [label for _, label in sorted(zip(scores, truth, strict=True), key=lambda pair: -pair[0])]
    hits = [at for at, label in enumerate(ranked, 1) if label]
    return sum(number / at for number, at in enumerate(hits, 1)) / len(hits)
