"""What each choice of a recipe brings, on a tiny model."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'flagpost[train]'")

from typer.testing import CliRunner  # noqa: E402

from tests.worker.training.text.tiny_text import interrupted, write_base, write_data  # noqa: E402
from worker.training.cli import commands  # noqa: E402
from worker.training.text import variants  # noqa: E402
from worker.training.text.train import Recipe  # noqa: E402


def test_every_choice_is_changed_in_turn_and_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, data = tmp_path / "out", write_data(tmp_path / "data")
    options = ("--epochs", "1", "--cases", "0", "--base", str(write_base(tmp_path / "base")), "--variants")
    command = ["text", "--data", str(data), "--out", str(out), *options]
    with monkeypatch.context() as broken:
        broken.setattr(variants, "measured", interrupted(variants.measured, at=3))
        assert CliRunner().invoke(commands, command).exit_code != 0
    kept = {path: path.stat().st_mtime_ns for path in out.glob("*/found.json")}
    assert [path.parent.name for path in sorted(kept)] == ["as-trained", "focal-loss"]
    assert (out / "no-hard-negatives" / "run.pt").is_file()

    done = CliRunner().invoke(commands, command)
    assert done.exit_code == 0, done.output
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "what was measured stays"
    found = json.loads((out / "variants.json").read_text(encoding="utf-8"))
    assert list(found) == [name for name, _ in variants.variants(Recipe())]
    assert all(0 <= row["suite"] <= 1 for row in found.values())
    assert f"| focal loss | {found['focal loss']['average_precision']:.4f} |" in done.stdout
    assert not list(out.glob("*/run.pt"))
