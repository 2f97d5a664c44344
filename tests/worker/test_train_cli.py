"""`flagpost train` where it cannot start: each time it says what to do."""

from importlib.util import find_spec
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from triage.errors import ConfigurationError
from worker.cli import register

app = typer.Typer()
register(app)


@pytest.mark.skipif(find_spec("keras") is not None, reason="the train extra is installed")
def test_training_without_its_extra_says_how_to_get_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train", "image", "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, ConfigurationError)
    assert "pip install 'flagpost[train]'" in str(done.exception)
