"""The format in which a score says where and what: written and read by one module, tolerant of older ones."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from triage import evidence, heatmap
from triage.evidence import Box, HeatMap, Kind, Sighting

SEEN = Sighting(
    map=HeatMap(rows=2, columns=3, cells="00001fff8e00"),
    boxes=(Box(0.3, 0.2, 0.7, 0.6),),
    kind=Kind(name="pistol", probability=0.83),
)


def test_what_was_written_is_read_again_after_json() -> None:
    stored = {"version": 1, "operating_points": {}, **SEEN.evidence()}
    assert stored["boxes"] == [[0.3, 0.2, 0.7, 0.6]]
    assert stored["map"] == {"rows": 2, "columns": 3, "cells": "00001fff8e00"}
    assert evidence.read(json.loads(json.dumps(stored))) == SEEN


def test_nothing_seen_adds_nothing_to_the_evidence() -> None:
    assert Sighting().evidence() == {}


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"version": 1, "operating_points": {"likely": 0.5}},
        {"window": [0, 12]},
        {"map": {"rows": 0, "columns": 0, "cells": ""}},
        {"map": {"rows": 1, "columns": 1, "cells": "zz"}},
        {"boxes": [[0.1, 0.2, 0.3]]},
        {"boxes": "none"},
        {"kind": "pistol"},
    ],
)
def test_older_or_other_evidence_is_an_empty_sighting(found: dict[str, object]) -> None:
    assert evidence.read(found) == Sighting()


def test_a_map_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValidationError, match="2 hex digits for 2 x 2 cells"):
        HeatMap(rows=2, columns=2, cells="00")


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20))
def test_a_map_keeps_each_probability_to_half_a_step(rows: list[list[float]]) -> None:
    probabilities = np.array(rows)
    assert np.abs(HeatMap.of(probabilities).probabilities - probabilities).max() <= 0.5 / 255 + 1e-9


@pytest.mark.parametrize(
    ("box", "part"),
    [
        (Box(0, 0, 0.2, 0.2), "upper left"),
        (Box(0.4, 0.4, 0.6, 0.6), "middle"),
        (Box(0.8, 0.4, 1, 0.6), "middle right"),
        (Box(0.1, 0.9, 0.9, 1), "lower middle"),
        (Box(1, 1, 1, 1), "lower right"),
    ],
)
def test_a_place_has_a_name(box: Box, part: str) -> None:
    assert box.part == part


def test_places_are_said_in_words() -> None:
    assert SEEN.where == "middle (30 to 70 % across, 20 to 60 % down)"
    assert SEEN.model_copy(update={"boxes": ()}).where == "in no sharp place, most in the lower left"
    assert Sighting().where == ""


def test_the_layer_is_clear_below_its_floor_and_coloured_above() -> None:
    probabilities = np.zeros((10, 10))
    probabilities[:, 5:] = 0.9
    probabilities[:, :5] = 0.2
    seen = Sighting(map=HeatMap.of(probabilities))
    opacity = np.asarray(heatmap.layer(seen, (100, 50), floor=0.25))[..., 3]
    assert opacity.shape == (50, 100)
    assert opacity[:, :40].max() == 0
    assert opacity[:, 60:].min() > 100


def test_the_colours_get_lighter_all_the_way() -> None:
    red, green, blue, _ = np.moveaxis(
        np.asarray(heatmap.colour(np.linspace(0, 1, 50)[None].astype(np.float32), 0)), -1, 0
    ).astype(float)
    luminance = (0.2126 * red + 0.7152 * green + 0.0722 * blue)[0]
    assert (np.diff(luminance) > 0).all()


@pytest.mark.parametrize("size", [(1, 1), (640, 3), (2, 640)])
def test_a_layer_fits_any_picture(size: tuple[int, int]) -> None:
    assert heatmap.layer(SEEN, size, 0.1).size == size
