"""Where a model saw a gun in a picture, and what it looks like: the worker writes it, the console reads it.

It explains a score and decides nothing. In a score's evidence (docs/evidence.md) it stands as

    "map": {"rows": 2, "columns": 3, "cells": "00001fff8e00"}, "boxes": [[0.31, 0.2, 0.7, 0.62]],
    "kind": {"name": "pistol", "probability": 0.83}
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, ValidationError, model_validator

from triage.contracts import Contract, Probability

ACROSS, DOWN = ("left", "middle", "right"), ("upper", "middle", "lower")

WORDS = {
    "smg": "submachine gun",
    "other": "something else",
    "direct": "a direct threat",
    "veiled": "a veiled threat",
    "conditional": "a threat with a condition",
    "wish": "a wish of harm or death",
    "glorification": "praise of violence",
    "gun display": "a weapon shown as a threat",
}
"""Kinds whose names need explaining."""


class Box(NamedTuple):
    """A rectangle in a picture: its edges as fractions of the picture's width and height, 0 to 1."""

    left: Probability
    top: Probability
    right: Probability
    bottom: Probability

    @property
    def area(self) -> float:
        """Its share of the picture, 0 to 1."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def part(self) -> str:
        """The ninth of the picture that its middle lies in, such as `upper left`."""
        across = ACROSS[min(2, int(1.5 * (self.left + self.right)))]
        down = DOWN[min(2, int(1.5 * (self.top + self.bottom)))]
        return across if across == down else f"{down} {across}"

    def __str__(self) -> str:
        left, top, right, bottom = (round(100 * edge) for edge in self)
        return f"{self.part} ({left} to {right} % across, {top} to {bottom} % down)"


class HeatMap(Contract):
    """The probability of a gun in each of rows x columns equal parts of a picture, upright."""

    rows: int = Field(ge=1)
    columns: int = Field(ge=1)
    cells: str = Field(pattern="^[0-9a-f]+$")
    """Two hex digits a cell, row by row from the upper left: 00 is 0, ff is 1."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if len(self.cells) != 2 * self.rows * self.columns:
            raise ValueError(f"{len(self.cells)} hex digits for {self.rows} x {self.columns} cells")
        return self

    @classmethod
    def of(cls, probabilities: NDArray[np.float64]) -> Self:
        """Pack probabilities, (rows, columns), each to the nearest 1/255."""
        rows, columns = probabilities.shape
        return cls(
            rows=rows, columns=columns, cells=np.rint(255 * probabilities).astype(np.uint8).tobytes().hex()
        )

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The cells, (rows, columns), 0 to 1."""
        return np.frombuffer(bytes.fromhex(self.cells), np.uint8).reshape(self.rows, self.columns) / 255

    @property
    def peak(self) -> Box:
        """The highest cell."""
        row, column = divmod(int(self.probabilities.argmax()), self.columns)
        edges = column / self.columns, row / self.rows, (column + 1) / self.columns, (row + 1) / self.rows
        return Box(*edges)


class Kind(Contract):
    """What a picture looks most like, of the kinds that the model knows."""

    name: str
    probability: Probability

    @property
    def words(self) -> str:
        """The name, written out."""
        return WORDS.get(self.name, self.name)


class Sighting(Contract):
    """What a score has of all this: nothing for a clear picture, no places from a model without a map."""

    model_config = ConfigDict(extra="ignore")  # the evidence holds more than this

    map: HeatMap | None = None
    boxes: tuple[Box, ...] = ()
    """Sharp places, the highest first."""
    kind: Kind | None = None

    @property
    def where(self) -> str:
        """The places in words; empty where the model has no map."""
        if self.boxes:
            return "; ".join(map(str, self.boxes))
        return f"in no sharp place, most in the {self.map.peak.part}" if self.map else ""

    def evidence(self) -> dict[str, Any]:
        """Return what is there, as it stands in a score's evidence."""
        return self.model_dump(mode="json", exclude_defaults=True)


def read(evidence: Mapping[str, Any]) -> Sighting:
    """Return the sighting in a score's evidence; empty where there is none, or none that can be read.

    Older models and other people's scorers write other evidence: that must not cost an analyst the page.
    """
    try:
        return Sighting.model_validate(evidence)
    except ValidationError:
        return Sighting()
