"""Real words in drawn pictures, read by the real reader."""

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.worker.drawn_text import HARMLESS, THREAT, landscape, written
from triage.errors import ArtifactError, ConfigurationError
from triage.evidence import Box
from triage.settings import get_settings
from triage.wording import Line, PictureText
from worker import readers, reading
from worker.readers import rapid
from worker.readers.rapid import RapidReader, padded


@cache
def reader() -> RapidReader:
    return RapidReader()


def line(text: str, left: float, top: float, height: float = 0.05) -> Line:
    return Line(text=text, box=Box(left, top, left + 0.2, top + height), confidence=0.9)


def test_written_lines_are_read_with_their_places() -> None:
    found = reading.in_reading_order(reader().read(written(*THREAT)))
    assert [line.text for line in found] == list(THREAT)
    assert all(line.confidence > 0.9 for line in found)
    tops = [line.box.top for line in found]
    assert tops == pytest.approx([(30 + number * 72) / 480 for number in range(3)], abs=0.03)
    assert all(0 <= line.box.left < 0.06 for line in found)
    assert all(0.4 < line.box.right <= 1 for line in found)


def test_a_picture_without_words_is_read_as_nothing() -> None:
    assert reader().read(landscape()) == []
    assert not PictureText.of([]).has_words


@pytest.mark.parametrize("shape", [(1, 1), (20, 1280), (1280, 20), (3, 200), (40, 40)])
def test_pictures_of_any_shape_are_read(shape: tuple[int, int]) -> None:
    assert isinstance(reader().read(np.full((*shape, 3), 128, np.uint8)), list)


def test_a_strip_is_padded_so_that_it_cannot_take_all_memory_and_places_stay() -> None:
    strip = written("stand in the hall", size=(1280, 75), height=30)
    assert padded(strip).shape == (320, 1280, 3)
    assert padded(np.zeros((1280, 20, 3), np.uint8)).shape == (1280, 320, 3)
    assert padded(strip[:, :300]).shape == (75, 300, 3)
    (found,) = reader().read(strip)
    assert found.text == "stand in the hall"
    assert 0 <= found.box.top < found.box.bottom <= 1
    assert found.box.bottom - found.box.top > 0.3


def test_lines_are_ordered_by_rows_and_rows_from_the_left() -> None:
    lines = [line("four", 0.5, 0.3), line("two", 0.5, 0.11), line("three", 0.1, 0.29), line("one", 0.1, 0.1)]
    assert [line.text for line in reading.in_reading_order(lines)] == ["one", "two", "three", "four"]


def test_rows_that_touch_stay_rows() -> None:
    lines = [line("b", 0.1, 0.15), line("a", 0.5, 0.1), line("c", 0.5, 0.2)]
    assert [line.text for line in reading.in_reading_order(lines)] == ["a", "b", "c"]


def test_loading_and_reading_is_silent_and_opens_no_connection() -> None:
    code = """if True:
        import sys
        def refuse(event, arguments):
            if event in ("socket.connect", "socket.getaddrinfo"):
                raise SystemExit(f"{event} {arguments}")
        sys.addaudithook(refuse)
        from tests.worker.drawn_text import written, landscape
        from worker import readers
        readers.check()
        assert readers.load().read(written("hello there"))
        readers.load().read(landscape())
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ},
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wheel_with_other_models_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rapid.MODELS, "Det", "PP-OCRv99.onnx")
    with pytest.raises(ArtifactError, match=r"PP-OCRv99\.onnx is missing\. Install"):
        RapidReader.check()


def test_a_missing_library_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rapid, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"flagpost\[ocr\].*FLAGPOST_READER=off"):
        RapidReader.check()


def test_an_unknown_reader_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "eyes")
    with pytest.raises(ConfigurationError, match=r"No reader is named 'eyes'.*FLAGPOST_READER"):
        readers.version()


def test_a_reader_without_a_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAGPOST_READER", "pathlib:Path")
    with pytest.raises(ConfigurationError, match="'pathlib:Path' has no `version`"):
        readers.version()


@pytest.mark.parametrize("name", ["eyes", "pathlib:Path"])
def test_a_scoring_worker_with_a_wrong_reader_stops_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from worker.app import _check_what_is_needed

    monkeypatch.setenv("FLAGPOST_READER", name)
    get_settings.cache_clear()
    with pytest.raises(SystemExit, match="error: "):
        _check_what_is_needed()


def test_a_better_reader_gives_a_score_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.made import score
    from triage.wording import PictureText

    versions = iter(("one", "two"))
    monkeypatch.setattr(readers, "version", lambda: next(versions))
    found = [reading.with_source(score(), PictureText.of([]), "a" * 64).version for _ in range(2)]
    assert found == ["1, read by one", "1, read by two"]


def test_small_print_of_a_large_picture_is_read() -> None:
    large = Image.fromarray(written(*HARMLESS, size=(2400, 1800), height=48))
    from tests.worker.made_pictures import encoded
    from triage import images

    picture = images.decode(encoded(large), max_side=reading.SIDE)
    assert [line.text for line in reading.in_reading_order(reader().read(picture))] == list(HARMLESS)
