"""`flagpost score`: real commands, toy scorers."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.conftest import flagpost
from tests.worker.made_pictures import encoded, half_red
from worker.cli import register

app = typer.Typer()
register(app)


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_image,toy_text")


def score(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return flagpost("score", *map(str, arguments), stdin=stdin)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two good pictures, two broken ones, and a hidden file."""
    folder = tmp_path / "album"
    (folder / "inner").mkdir(parents=True)
    (folder / "b.png").write_bytes(encoded(half_red()))
    (folder / "inner" / "c.jpg").write_bytes(encoded(half_red(), "JPEG"))
    (folder / "text.jpg").write_text("I am no picture.")
    (folder / "empty.gif").touch()
    (folder / ".hidden").write_text("left behind by a file manager")
    return folder


def test_a_folder_is_walked_sorted_and_bad_files_become_error_lines(album: Path) -> None:
    done = score("--images", album)
    found = lines(done.stdout)
    names = ["b.png", "empty.gif", "inner/c.jpg", "text.jpg"]
    assert [line["item"] for line in found] == [str(album / name) for name in names]
    assert found[0] == {
        "item": str(album / "b.png"),
        "scorer": "toy_image",
        "version": "1",
        "probability": 0.5,
        "flagged": True,
    }
    assert "empty file" in found[1]["error"]
    assert "not a picture" in found[3]["error"]
    assert done.returncode == 1


def test_files_keep_the_order_they_were_given_in(album: Path) -> None:
    chosen = [album / "inner" / "c.jpg", album / "b.png"]
    done = score("--images", *chosen)
    assert [line["item"] for line in lines(done.stdout)] == [str(path) for path in chosen]
    assert done.returncode == 0
    assert done.stderr == ""


def test_texts_are_strings_or_objects_and_a_bad_line_spares_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAGPOST_MAX_LINE_BYTES", "4096")
    rows = [
        b'\xef\xbb\xbf"hello"',
        b'{"id": "t1", "text": "a toy-threat", "lang": "en"}',
        b"",
        b"{broken",
        b'{"id": 7}',
        b'"\xff\xfe"',
        b'"' + b"x" * 5000 + b'"',
        b"[" * 3000,
        '"\\ud800 lone, and ماذا 🔫"'.encode(),
    ]
    file = tmp_path / "texts.jsonl"
    file.write_bytes(b"\r\n".join(rows))
    done = score("--texts", file)
    found = lines(done.stdout)
    assert [line["item"] for line in found] == [1, "t1", 4, 5, 6, 7, 8, 9]
    assert [line.get("flagged") for line in found] == [False, True, None, None, None, None, None, False]
    complaints = [
        "line 4: not JSON",
        "line 5: needs",
        "line 6: not UTF-8",
        "line 7: longer than 4096",
        "line 8: not JSON",
    ]
    for line, complaint in zip(found[2:7], complaints, strict=True):
        assert line["error"].startswith(complaint)
    assert done.returncode == 1


def test_texts_come_from_standard_input_and_go_to_a_file(tmp_path: Path) -> None:
    output = tmp_path / "scores.jsonl"
    done = score("--texts", "-", "--output", output, stdin='"a toy-threat"\n"a toy"\n')
    assert done.returncode == 0
    assert done.stdout == ""
    assert [line["flagged"] for line in lines(output.read_text())] == [True, False]


def test_more_items_than_a_batch_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_BATCH_SIZE", "4")
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(f'{{"id": {number}, "text": "hello"}}\n' for number in range(25)))
    done = score("--texts", file)
    assert [line["item"] for line in lines(done.stdout)] == list(range(25))


def test_an_empty_file_has_no_lines_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    done = score("--texts", tmp_path / "none.jsonl")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--images",),
        ("a.jpg",),
        ("--images", "gone.jpg"),
        ("--texts", "gone.jsonl"),
        ("--texts", "."),
        ("--texts", "-", "-"),
        ("--images", "--texts", "."),
        ("--images", ".", "--output", "gone/scores.jsonl"),
    ],
)
def test_misuse_is_named_and_exits_with_2(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["score", *arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr


def test_an_unknown_scorer_exits_with_2(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_SCORERS", "gnu_image")
    done = score("--images", album)
    assert done.returncode == 2
    assert "No scorer is named 'gnu_image'" in " ".join(done.stderr.split())


def test_help_shows_examples() -> None:
    assert "flagpost score --texts captions.jsonl" in score("--help").stdout
