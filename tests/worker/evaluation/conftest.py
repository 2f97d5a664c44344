"""A drawn dataset, and a second artifact to compare the shipped one with."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worker.training.made_dataset import make_dataset
from worker import manifest
from worker.framing import Framing
from worker.manifest import SHIPPED

Altered = Callable[..., Path]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twelve drawn pictures of each split and class."""
    return make_dataset(tmp_path / "data", count=12)


@pytest.fixture
def other_framing() -> dict[str, Any]:
    """What a manifest says of a network's input, with the other framing."""
    said = manifest.load("gun_image").manifest.input
    squashed = said.get("framing", Framing.SQUASH) == Framing.SQUASH
    return {**said, "framing": str(Framing.LETTERBOX if squashed else Framing.SQUASH)}


@pytest.fixture
def altered(tmp_path: Path) -> Altered:
    """Make a copy of a shipped artifact whose manifest says other things."""

    def make(name: str = "gun_image", **changes: Any) -> Path:
        folder = tmp_path / f"altered-{name}-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(SHIPPED / name, folder)
        file = folder / "manifest.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
        return folder

    return make
