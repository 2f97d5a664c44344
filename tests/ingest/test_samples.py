"""The sample posts: drawn pictures, written captions, sorted rightly by the models."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ingest.adapters import for_path
from tests.conftest import ROOT, flagpost
from tests.ingest.adapter_contract import items, pages
from tools.samples.draw import DRAWINGS, draw

SAMPLES = ROOT / "triage" / "samples"
EXPECTED: dict[str, dict[str, bool]] = json.loads((SAMPLES / "expected.json").read_text())


def test_every_sample_is_a_post_with_its_pictures_and_an_expected_outcome() -> None:
    adapter, source = for_path(SAMPLES / "posts.jsonl")
    posts, rejected = items(pages(adapter))
    assert rejected == []
    assert source == "posts"
    assert [post.fields.id for post in posts] == list(EXPECTED["flagged"])
    media = [medium for post in posts for medium in post.media]
    assert all(medium.content.path.is_file() and medium.alt.startswith("Drawn: ") for medium in media)
    assert {medium.name for medium in media} == set(EXPECTED["guns"])
    assert {f"media/{name}.jpg" for name in DRAWINGS} == set(EXPECTED["guns"])


def test_the_samples_stay_small_and_most_are_harmless() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 1_000_000
    flagged = list(EXPECTED["flagged"].values())
    assert 3 <= sum(flagged) < len(flagged) / 2


@pytest.mark.parametrize("name", ["pistol_on_wood", "sea"])
def test_the_script_draws_the_shipped_pictures(tmp_path: Path, name: str) -> None:
    with Image.open(draw(name, tmp_path)) as drawn, Image.open(SAMPLES / "media" / f"{name}.jpg") as shipped:
        difference = np.abs(np.asarray(drawn, np.int16) - np.asarray(shipped, np.int16))
    assert difference.mean() < 2  # another Pillow may round otherwise


def test_the_shipped_model_sees_the_drawn_guns_and_only_those() -> None:
    done = flagpost("score", "--images", str(SAMPLES / "media"))
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    seen = {f"media/{Path(line['item']).name}": line["flagged"] for line in lines}
    assert seen == EXPECTED["guns"]


@pytest.mark.usefixtures("database")
def test_the_shipped_models_flag_the_dangerous_samples_and_no_other() -> None:
    done = flagpost("run", str(SAMPLES / "posts.jsonl"), "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    wanted = {name for name, dangerous in EXPECTED["flagged"].items() if dangerous}
    count = len(EXPECTED["flagged"])
    assert (figures["stored"], figures["scored"], figures["failed"]) == (count, count, 0)
    assert figures["flagged"] == len(wanted)
    cases: list[dict[str, Any]] = json.loads(flagpost("cases", "--json").stdout)
    assert {case["external_id"] for case in cases if case["rule"] != "unsure-sample"} == wanted
