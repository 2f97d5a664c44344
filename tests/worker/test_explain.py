"""`flagpost explain`: the real command, with a network for which guns are red, and with the shipped one."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import flagpost
from tests.worker import red_guns
from tests.worker.made_pictures import encoded
from worker.scorers.gun_image import GunImage


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return red_guns.artifact(tmp_path / "models" / "gun_image").folder


@pytest.fixture(autouse=True)
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a picture of a red thing on the right and one of nothing."""
    folder = tmp_path / "album"
    (folder / "inner").mkdir(parents=True)
    image = Image.new("RGB", (400, 200), "grey")
    (folder / "nothing.png").write_bytes(encoded(image))
    image.paste((255, 0, 0), (240, 50, 360, 150))
    (folder / "red.png").write_bytes(encoded(image))
    (folder / "inner" / "red.jpg").write_bytes(encoded(image, "JPEG"))
    (folder / "text.jpg").write_text("I am no picture.")
    monkeypatch.chdir(folder)
    return folder


def explain(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = flagpost("explain", *map(str, arguments))
    assert done.returncode == code, done.stderr
    return done


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_it_says_how_probable_where_and_what(model: Path) -> None:
    shown = " ".join(explain("red.png", "--artifact", model).stdout.split())
    for words in (
        "99 % strong",
        "unsure from 20 % · likely from 50 % · strong from 90 %",
        "By default a gun alone flags nothing",
        "On the test pictures 87.5% of guns and 1.2% of others reach it.",
        "middle right (60 to 90 % across, 30 to 70 % down)",
        "smg",
        "red.heat.png",
    ):
        assert words in shown, words


def test_it_writes_a_heat_map_of_the_place(model: Path, album: Path) -> None:
    explain("red.png", "--artifact", model)
    sheet = np.asarray(Image.open(album / "red.heat.png").convert("RGB")).astype(int)
    assert sheet.shape[1] == 640
    assert sheet.shape[0] > 320, "a legend is below the picture"
    bare = np.asarray(Image.open("red.png").convert("RGB").resize((640, 320))).astype(int)
    changed = np.abs(sheet[:320] - bare).max(axis=-1) > 20
    assert changed[120:200, 420:540].all(), "the gun is coloured"
    assert not changed[:, :300].any(), "the rest is as it was"


def test_machines_get_a_line_for_each_picture(model: Path) -> None:
    first, second = rows(explain("red.png", "nothing.png", "--json", "--artifact", model).stdout)
    assert (first["item"], first["level"], first["heat_map"]) == ("red.png", "strong", "red.heat.png")
    assert first["boxes"] == [[0.6, 0.3, 0.9, 0.7]]
    assert list(first["kinds"]) == sorted(first["kinds"], key=first["kinds"].get, reverse=True)
    assert first["thresholds"] == {"unsure": 0.2, "likely": 0.5, "strong": 0.9}
    assert first["map"]["columns"] == 10
    assert (second["level"], second["boxes"]) == ("clear", [])


@pytest.mark.parametrize("as_json", [False, True])
def test_an_unreadable_picture_is_named_and_the_rest_go_on(model: Path, as_json: bool) -> None:
    options = ["--artifact", str(model), *(["--json"] if as_json else [])]
    done = explain("gone.png", "text.jpg", "red.png", *options, code=1)
    complaints = done.stdout if as_json else done.stderr
    assert "gone.png" in complaints
    assert "No such file" in complaints
    assert "not a picture" in complaints
    assert "red.heat.png" in done.stdout


def test_pictures_of_the_same_name_get_heat_maps_of_their_own(model: Path, album: Path) -> None:
    found = rows(explain("red.png", "inner/red.jpg", "--json", "--artifact", model).stdout)
    assert [row["heat_map"] for row in found] == ["red.heat.png", "red.heat-2.png"]
    assert (album / "red.heat-2.png").is_file()


def test_the_heat_map_goes_where_it_is_told(model: Path, album: Path) -> None:
    explain("red.png", "--out", "inner/seen.png", "--artifact", model)
    assert (album / "inner" / "seen.png").is_file()
    assert not (album / "red.heat.png").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("red.png", "nothing.png", "--out", "seen.png"),
        ("red.png", "--out", "seen.jpg"),
        ("red.png", "--out", "gone/seen.png"),
        ("red.png", "--out", "red.png"),
        ("red.png", "--artifact", "gone"),
    ],
)
def test_misuse_is_named_and_exits_with_2(arguments: tuple[str, ...], album: Path) -> None:
    before = sorted(album.rglob("*"))
    assert explain(*arguments, code=2).stderr
    assert sorted(album.rglob("*")) == before


def test_a_folder_without_a_model_is_named(album: Path) -> None:
    done = explain("red.png", "--artifact", album, code=2)
    assert "manifest.json is missing" in " ".join(done.stderr.split())


def test_the_shipped_model_explains_as_much_as_it_can(album: Path) -> None:
    (row,) = rows(explain("red.png", "--json").stdout)
    assert 0 < row["probability"] < 1
    assert (album / "red.heat.png").exists() is GunImage().has_map
    assert (row["map"] is not None) is GunImage().has_map


def test_help_shows_examples() -> None:
    assert "flagpost explain photo.jpg --out seen.png" in explain("--help").stdout
