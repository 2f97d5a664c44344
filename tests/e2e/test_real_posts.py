"""`flagpost run` on posts of real pictures and texts of the test splits: does it flag what it should?"""

import csv
import gzip
import json
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import flagpost

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("database")]
EACH = 100
Row = dict[str, str]


def write_posts(data: Path, folder: Path) -> Path:
    """Write three groups: guns with violent texts, guns with talk of guns, and tweets as they were."""
    draw = random.Random(20)
    pictures = [row for row in rows(data / "images" / "index.csv") if row["split"] == "test"]
    texts = rows(data / "text" / "test.csv.gz")
    guns = draw.sample([row["path"] for row in pictures if row["label"] == "gun"], 2 * EACH)
    violent = draw.sample([row["text"] for row in texts if row["label"] == "1"], EACH)
    about_guns = draw.sample([row["text"] for row in texts if row["group"] == "gun_topic"], EACH)
    tweets = draw.sample([row for row in pictures if row["post_text"]], EACH)
    groups = {
        "threat": zip(guns[:EACH], violent, strict=True),
        "hunter": zip(guns[EACH:], about_guns, strict=True),
        "tweet": ((row["path"], row["post_text"]) for row in tweets),
    }
    path = folder / "posts.jsonl"
    with path.open("w") as file:
        for group, posts in groups.items():
            for number, (picture, text) in enumerate(posts):
                name = f"{group}-{number}.jpg"
                shutil.copy(data / "images" / picture, folder / name)
                post = {"source": "real", "id": f"{group}-{number}", "text": text, "media": [{"path": name}]}
                file.write(json.dumps(post) + "\n")
    return path


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_threats_with_guns_are_flagged_and_hunters_and_everyday_tweets_are_not(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "off")  # reading a hundred pictures' words has tests of its own
    done = flagpost("run", str(write_posts(data_dir, tmp_path)), "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["scored"], figures["failed"], figures["rejected"]) == (3 * EACH, 0, 0)

    cases = json.loads(flagpost("cases", "--json").stdout)
    flagged = Counter(case["external_id"].partition("-")[0] for case in cases if case["action"] == "flag")
    assert sum(flagged.values()) == figures["flagged"]
    assert flagged["threat"] >= 0.65 * EACH, flagged
    assert flagged["hunter"] <= 0.03 * EACH, flagged
    assert flagged["tweet"] <= 0.03 * EACH, flagged
