"""Whole sources are left out, each picture is measured by a network that saw nothing of its source."""

from pathlib import Path

import pytest

pytest.importorskip("keras", reason="needs the train extra")

from tests.worker.training.made_dataset import make_dataset
from worker.training.image import transfer
from worker.training.image.train import Plan
from worker.training.image.transfer import leave_out

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore:::keras")]


def test_nothing_of_a_source_left_out_is_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make_dataset(tmp_path / "data", count=6)
    rows = ["path,label,split,source_repo"]
    for path in sorted(data.rglob("*.png")):
        source = "left" if int(path.stem) < 3 else "right"
        rows.append(f"{path.relative_to(data)},{path.parts[-2]},{path.parts[-3]},{source}")
    (data / "index.csv").write_text("\n".join(rows))
    seen = []
    fitted = transfer.fitted

    def watched(dataset: transfer.Dataset, *arguments: object, **options: object) -> object:
        seen.append({example.source for example in dataset.examples})
        return fitted(dataset, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer, "fitted", watched)
    monkeypatch.setattr(transfer, "LEAST_GUNS", 5)
    found = leave_out(data, tmp_path / "out", Plan("cnn-v8", epochs=1, seed=1))
    assert [fold.sources for fold in found] == [("left",), ("right",)]
    assert seen == [{"right"}, {"left"}]
    assert "| mean |" in (tmp_path / "out" / "transfer.md").read_text()
