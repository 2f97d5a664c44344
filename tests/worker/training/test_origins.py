"""What a card says about its data comes from the dataset's own index."""

from pathlib import Path

from worker.training.origins import LEAST, Origin, by_kind, by_source, read_origins
from worker.training.pictures import Example

ROWS = """path,source_repo,license,fine_class
a.jpg,here/guns,CC BY 4.0,pistol
b.jpg,here/guns,CC BY 4.0,rifle
c.jpg,there/phones,,phone
"""


def examples(folder: Path, *names: str) -> list[Example]:
    return [Example(folder / name, int(name in ("a.jpg", "b.jpg")), "test") for name in names]


def test_pictures_are_counted_by_source_and_those_unlisted_as_not_stated(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text(ROWS)
    found = by_source(
        examples(tmp_path, "a.jpg", "b.jpg", "c.jpg", "z.jpg", "y.jpg", "x.jpg"), read_origins(tmp_path)
    )
    assert found == [
        ("not stated", "not stated", 3),
        ("here/guns", "CC BY 4.0", 2),
        ("there/phones", "not stated", 1),
    ]


def test_a_folder_without_an_index_has_no_origins(tmp_path: Path) -> None:
    assert read_origins(tmp_path) == {}


def test_shares_are_told_for_kinds_with_enough_pictures_alone(tmp_path: Path) -> None:
    many = examples(tmp_path, *["a.jpg"] * LEAST, *["c.jpg"] * (LEAST - 1))
    origins = {tmp_path / "a.jpg": Origin(kind="pistol"), tmp_path / "c.jpg": Origin(kind="phone")}
    flagged = [number < LEAST / 2 for number in range(len(many))]
    assert by_kind(many, flagged, origins) == [("gun", "pistol", LEAST, 0.5)]
