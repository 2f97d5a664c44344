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


@pytest.mark.train
@pytest.mark.skipif(find_spec("keras") is None, reason="needs the train extra")
def test_training_without_weights_to_start_from_is_misuse(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["train", "image", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 2
    assert "--from-scratch" in done.output
