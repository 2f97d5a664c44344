"""Whole sources left out of training in turn, on a tiny model."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="needs the train extra: pip install 'flagpost[train]'")
pytest.importorskip("transformers", reason="needs the train extra: pip install 'flagpost[train]'")

from tests.worker.training.text.tiny_text import interrupted, write_base, write_data  # noqa: E402
from worker.training.text import transfer  # noqa: E402
from worker.training.text.fit import Run  # noqa: E402
from worker.training.text.lessons import Choices  # noqa: E402
from worker.training.text.train import Recipe  # noqa: E402


def two_sources(data: Path) -> Path:
    """Give every other caption to a second source."""
    write_data(data)
    for path in (data / f"{name}.csv" for name in ("train", "validation", "test")):
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[2::2] = [line.replace("made here", "made there") for line in lines[2::2]]
        path.write_text("\n".join(lines), encoding="utf-8")
    return data


def test_each_source_is_left_out_once_and_an_interrupted_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, base = two_sources(tmp_path / "data"), write_base(tmp_path / "base")
    recipe = Recipe(str(base), epochs=1, choices=Choices(cases=0))
    monkeypatch.setattr(transfer, "LEAST_VIOLENT", 20)
    whole = transfer.leave_out(data, tmp_path / "whole", recipe)
    assert sorted(fold.sources for fold in whole) == [("made here",), ("made there",)]
    assert [(fold.found, fold.others) for fold in whole] == [(35, 70), (35, 70)]

    with monkeypatch.context() as broken:
        broken.setattr(transfer, "measured", interrupted(transfer.measured, at=2))
        with pytest.raises(KeyboardInterrupt):
            transfer.leave_out(data, tmp_path / "out", recipe)
    with monkeypatch.context() as trained:
        trained.setattr(Run, "_learn", None)  # everything was learned before
        transfer.leave_out(data, tmp_path / "out", recipe)
    reports = [(tmp_path / name / "transfer.json").read_text(encoding="utf-8") for name in ("out", "whole")]
    assert reports[0] == reports[1]
    assert "| made there | 35 | 70 |" in (tmp_path / "out" / "transfer.md").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("out/*/run.pt"))
