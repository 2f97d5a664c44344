"""From a network's cells to what an analyst is shown: the map cut to the picture, boxes where it is sharp."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker import red_guns
from triage import evidence
from triage.contracts import Level
from triage.evidence import Box
from triage.images import Picture, load
from worker.framing import Framing
from worker.scorers import sighting
from worker.scorers.gun_image import GunImage
from worker.scorers.sighting import Cells

SAMPLES = Path(evidence.__file__).parent / "samples"
SIDE, SIZE, LIKELY = 20, 320, 0.5


def blank(width: int = 320, height: int = 320) -> Picture:
    return np.full((height, width, 3), 128, np.uint8)


def cells(*blobs: tuple[slice, slice, float], ground: float = 0.01) -> Cells:
    made = np.full((SIDE, SIDE), ground)
    for rows, columns, value in blobs:
        made[rows, columns] = value
    return made


def boxes(found: Cells, picture: Picture | None = None) -> tuple[Box, ...]:
    within = sighting.window(blank() if picture is None else picture, Framing.LETTERBOX, SIZE, SIDE)
    return sighting.boxes(found, within, LIKELY)


ONE = (slice(4, 8), slice(2, 6), 0.8)
OTHER = (slice(12, 14), slice(15, 20), 0.9)


def test_one_sharp_place_has_one_box() -> None:
    assert boxes(cells(ONE)) == (Box(0.1, 0.2, 0.3, 0.4),)


def test_two_sharp_places_have_two_boxes_the_higher_first() -> None:
    assert boxes(cells(ONE, OTHER)) == (Box(0.75, 0.6, 1.0, 0.7), Box(0.1, 0.2, 0.3, 0.4))


def test_cells_that_touch_at_a_corner_are_one_place() -> None:
    diagonal = cells((slice(4, 5), slice(4, 5), 0.8), (slice(5, 6), slice(5, 6), 0.8))
    assert boxes(diagonal) == (Box(0.2, 0.2, 0.3, 0.3),)


@pytest.mark.parametrize("ground", [0.01, 0.49, 0.9])
def test_a_flat_map_has_no_box(ground: float) -> None:
    assert boxes(cells(ground=ground)) == ()


def test_a_box_about_nearly_all_of_the_picture_is_left_out() -> None:
    assert boxes(cells((slice(1, 19), slice(1, 19), 0.99))) == ()


def test_of_many_places_the_five_highest_are_kept() -> None:
    many = [(slice(2 * n, 2 * n + 1), slice(0, 1), 0.6 + n / 100) for n in range(9)]
    found = boxes(cells(*many))
    assert [box.top for box in found] == [0.8, 0.7, 0.6, 0.5, 0.4]


def test_what_lies_in_the_bars_has_no_box_and_is_cut_from_the_map() -> None:
    wide = blank(320, 160)  # bars above and below, five cells each
    in_bars = cells((slice(0, 4), slice(0, 20), 0.99))
    assert boxes(in_bars, wide) == ()
    seen = sighting.heat_map(in_bars, sighting.window(wide, Framing.LETTERBOX, SIZE, SIDE))
    assert (seen.rows, seen.columns) == (10, 20)
    assert seen.probabilities.max() == pytest.approx(0.01, abs=0.002)


def test_a_box_that_reaches_into_the_bars_ends_at_the_picture() -> None:
    reaching = cells((slice(4, 7), slice(2, 6), 0.8))
    assert boxes(reaching, blank(320, 160)) == (Box(0.1, 0.0, 0.3, 0.2),)


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows"),
    [(320, 200, 20, 12), (200, 320, 12, 20), (333, 97, 20, 6), (1, 500, 1, 20), (500, 1, 20, 1)],
)
def test_the_map_has_the_shape_of_the_picture_and_keeps_the_peak_wherever_the_bars_end(
    width: int, height: int, columns: int, rows: int
) -> None:
    within = sighting.window(blank(width, height), Framing.LETTERBOX, SIZE, SIDE)
    seen = sighting.heat_map(cells((slice(9, 11), slice(9, 11), 0.8)), within)
    assert (seen.columns, seen.rows) == (columns, rows)
    assert seen.probabilities.max() == pytest.approx(0.8, abs=1 / 255)
    assert seen.peak.part == "middle"


def test_a_squashed_picture_fills_its_square() -> None:
    within = sighting.window(blank(320, 160), Framing.SQUASH, SIZE, SIDE)
    assert sighting.boxes(cells(ONE), within, LIKELY) == (Box(0.1, 0.2, 0.3, 0.4),)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> GunImage:
    return GunImage(red_guns.artifact(tmp_path_factory.mktemp("models") / "gun_image"))


def with_red(picture: Picture, left: int, top: int, right: int, bottom: int) -> Picture:
    picture[top:bottom, left:right] = (255, 0, 0)
    return picture


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640), (160, 160), (300, 120)])
def test_the_evidence_of_a_network_with_a_map_says_where_and_what(
    red: GunImage, width: int, height: int
) -> None:
    left, top, right, bottom = width // 2, height // 4, width * 9 // 10, height * 3 // 4
    (score,) = red.score([with_red(blank(width, height), left, top, right, bottom)])
    seen = evidence.read(score.evidence)
    assert score.level is Level.STRONG
    assert seen.kind
    assert seen.kind.name == "pistol"
    (box,) = seen.boxes
    cell = 16 / 160 * max(width, height)
    assert box.left * width == pytest.approx(left, abs=cell)
    assert box.right * width == pytest.approx(right, abs=cell)
    assert box.top * height == pytest.approx(top, abs=cell)
    assert box.bottom * height == pytest.approx(bottom, abs=cell)
    assert seen.map
    assert seen.map.peak.left * width >= left - cell


def test_a_clear_picture_has_no_sighting(red: GunImage) -> None:
    (score,) = red.score([blank()])
    assert score.level is Level.CLEAR
    assert set(score.evidence) == {"version", "operating_points"}


def test_a_picture_that_is_gun_all_over_has_a_map_and_no_box(red: GunImage) -> None:
    (score,) = red.score([with_red(blank(), 0, 0, 320, 320)])
    assert score.level is Level.STRONG
    assert set(score.evidence) == {"version", "operating_points", "map", "kind"}


def test_pictures_are_framed_as_the_manifest_says(red: GunImage) -> None:
    (reading,) = red.read([with_red(blank(320, 160), 0, 0, 320, 160)])
    assert reading.kinds is not None
    assert reading.kinds[1] == pytest.approx(127 / 2 / 16), "half of the square is grey bars"


def test_the_map_is_calibrated_as_the_score_is(red: GunImage) -> None:
    reddish = blank()
    reddish[...] = (204, 51, 51)  # a logit of 2 everywhere
    (score,) = red.score([reddish])
    seen = evidence.read(score.evidence)
    assert seen.map
    assert score.probability == pytest.approx(0.731, abs=0.001)
    assert seen.map.probabilities == pytest.approx(score.probability, abs=1 / 255)


def test_pictures_in_one_batch_keep_their_own_sightings(red: GunImage) -> None:
    first, second = with_red(blank(), 0, 0, 80, 80), with_red(blank(), 200, 200, 300, 300)
    apart = [red.score([picture])[0].evidence for picture in (first, second)]
    assert [score.evidence for score in red.score([first, second])] == apart
    assert apart[0]["boxes"] != apart[1]["boxes"]


def test_kinds_add_up_to_one(red: GunImage) -> None:
    (reading,) = red.read([with_red(blank(), 0, 0, 320, 160)])
    kinds = red.kinds(reading)
    assert list(kinds) == red_guns.KINDS
    assert sum(kinds.values()) == pytest.approx(1)
    assert max(kinds, key=lambda kind: kinds[kind]) == "pistol"


def test_the_shipped_network_says_all_it_can_about_a_gun() -> None:
    scorer = GunImage()
    (score,) = scorer.score([load(SAMPLES / "media" / "pistol_on_wood.jpg")])
    seen = evidence.read(score.evidence)
    assert score.level.rank >= Level.LIKELY.rank
    assert (seen.map is not None) is scorer.has_map
    assert (seen.kind is not None) is ("kinds" in scorer.manifest.input)
