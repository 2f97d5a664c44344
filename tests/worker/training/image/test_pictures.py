"""Datasets as people hand them in: what is usable is used, the rest is named."""

import shutil
from pathlib import Path

import pytest

from tests.worker.training.made_dataset import make_dataset
from triage.errors import TrainingError
from worker.training.image.listing import divided, listed
from worker.training.image.pictures import Dataset, limited, readable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "data", count=12)


def index(folder: Path, *rows: str, columns: str = "path,label,split") -> Path:
    path = folder / "pictures.csv"
    path.write_text("\n".join([columns, *rows]))
    return path


def rows_of(folder: Path) -> list[str]:
    return [f"{path.relative_to(folder)},{path.parts[-2]},{path.parts[-3]}" for path in folder.rglob("*.png")]


def checked(source: Path) -> Dataset:
    return readable(divided(listed(source)))


def test_a_folder_gives_every_split_and_class(folder: Path) -> None:
    dataset = checked(folder)
    assert dataset.counts() == {name: {"gun": 12, "not_gun": 12} for name in ("train", "validation", "test")}
    assert all((example.label == 1) == ("/gun/" in str(example.path)) for example in dataset.examples)


def test_an_unreadable_picture_is_named_and_left_out(folder: Path) -> None:
    (folder / "train" / "gun" / "bad.jpg").write_text("no picture")
    dataset = checked(folder)
    assert dataset.counts()["train"]["gun"] == 12
    (problem,) = dataset.problems
    assert "train/gun/bad.jpg: not a picture" in problem


def test_more_than_one_in_twenty_unreadable_stops_the_training_and_shows_some(folder: Path) -> None:
    for number in range(5):
        (folder / "train" / "gun" / f"bad{number}.jpg").write_text(f"no picture {number}")
    with pytest.raises(
        TrainingError, match=r"(?s)5 of 77 pictures cannot be used.*bad0\.jpg.*Mend or remove"
    ):
        checked(folder)


def test_a_class_that_is_missing_stops_the_training(folder: Path) -> None:
    shutil.rmtree(folder / "validation" / "not_gun")
    with pytest.raises(TrainingError, match=r"class not_gun in split validation.* add them"):
        checked(folder)


@pytest.mark.parametrize(
    ("name", "advice"), [("empty", "Give a folder with gun/"), ("gone", "Give a dataset")]
)
def test_an_empty_or_missing_folder_is_refused_with_advice(tmp_path: Path, name: str, advice: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match=advice):
        checked(tmp_path / name)


def test_too_few_pictures_to_divide_are_refused_with_how_many_are_needed(folder: Path) -> None:
    for path in (folder / "train" / "gun").glob("1*.png"):
        path.unlink()
    with pytest.raises(TrainingError, match=r"Too few .*: 12 not_gun, 9 gun\. Give 40 or more of each, or"):
        checked(folder / "train")


def test_a_row_with_too_few_cells_is_named(folder: Path) -> None:
    dataset = checked(index(folder, *rows_of(folder), "gun"))
    (problem,) = dataset.problems
    assert "pictures.csv, line 74: it needs a path" in problem
    with pytest.raises(TrainingError, match=r"no usable picture.*pictures\.csv, line 2: it needs a path"):
        listed(index(folder, "gun", columns="label,path"))


def test_a_picture_that_an_index_lists_twice_counts_once_and_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = listed(index(folder, "train/gun/0.png,gun", "./train/gun/0.png,gun", columns="path,label"))
    assert len(dataset.examples) == 1
    assert "1 of its pictures" in " ".join(capsys.readouterr().err.split())


def test_a_copy_in_a_folder_counts_once(folder: Path) -> None:
    shutil.copy(folder / "train" / "gun" / "3.png", folder / "train" / "gun" / "copy.png")
    assert listed(folder).counts()["train"]["gun"] == 12


def test_a_picture_said_to_show_a_gun_and_none_is_refused_by_name(folder: Path) -> None:
    rows = ("train/gun/0.png,gun", "train/gun/0.png,not_gun")
    with pytest.raises(TrainingError, match=r"as gun \(.*train/gun/0\.png\) and as not_gun \(.*gun/0\.png\)"):
        listed(index(folder, *rows, columns="path,label"))
    shutil.copy(folder / "train" / "gun" / "3.png", folder / "train" / "not_gun" / "copy.png")
    with pytest.raises(TrainingError, match=r"as not_gun \(.*copy\.png\) and as gun \(.*gun/3\.png\)"):
        listed(folder)


def test_an_index_names_missing_files_and_bad_rows(folder: Path) -> None:
    bad = ("gone.png,gun,train", "x.png,rifle,train", "x.png,gun,holdout")
    dataset = checked(index(folder, *rows_of(folder), *bad))
    assert len(dataset.examples) == 72
    assert sorted(problem.rsplit("/", 1)[-1][:20] for problem in dataset.problems) == [
        "gone.png: cannot be ",
        "pictures.csv, line 7",
        "pictures.csv, line 7",
    ]


def test_an_index_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("file,class\n")
    with pytest.raises(TrainingError, match="lacks the columns label, path"):
        listed(tmp_path / "bad.csv")


def test_an_index_says_source_kind_and_where_the_guns_are(folder: Path) -> None:
    columns = "path,label,split,fine_class,source_repo,license"
    source = index(folder, "train/gun/0.png,gun,train,pistol,a camera,CC0", columns=columns)
    boxes = (
        "path,cls,xmin,ymin,xmax,ymax",
        "train/gun/0.png,pistol,0.1,0.2,0.5,1.2",
        "train/gun/0.png,knife,0,0,1,1",
    )
    (folder / "boxes.csv").write_text("\n".join(boxes))
    (example,) = listed(source).examples
    assert (example.kind, example.source, example.licence) == ("pistol", "a camera", "CC0")
    assert example.boxes == ((0.1, 0.2, 0.5, 1.0),)  # inside the picture, and the gun's alone


@pytest.mark.parametrize("row", ["train/gun/0.png,gun,left,0,1,1", "train/gun/0.png,gun,0.1,0.2"])
def test_boxes_that_are_no_numbers_are_named(folder: Path, row: str) -> None:
    source = index(folder, *rows_of(folder))
    (folder / "boxes.csv").write_text(f"path,cls,xmin,ymin,xmax,ymax\n{row}\n")
    with pytest.raises(TrainingError, match=r"boxes\.csv, line 2.*fractions, 0 to 1: mend"):
        listed(source)


def test_duplicates_in_two_splits_are_a_leak_that_is_named(folder: Path) -> None:
    rows = ("train/gun/0.png,gun,train,g7", "test/gun/0.png,gun,test,g7")
    with pytest.raises(TrainingError, match=r"Group g7 stands in 2 splits: .*train/gun/0\.png \(train\)"):
        listed(index(folder, *rows, columns="path,label,split,dedup_group"))


def test_equal_files_in_two_splits_of_a_folder_are_a_leak_too(folder: Path) -> None:
    shutil.copy(folder / "train" / "gun" / "3.png", folder / "test" / "gun" / "copy.png")
    with pytest.raises(TrainingError, match=r"stands in 2 splits.*copy\.png \(test\)"):
        listed(folder)


def test_a_dataset_without_splits_is_divided_by_whole_groups(folder: Path) -> None:
    columns = "path,label,dedup_group"
    rows = [f"{name}-{at}.png,{name},{name}{at // 3}" for name in ("gun", "not_gun") for at in range(600)]
    dataset = divided(listed(index(folder, *rows, columns=columns)))
    splits = {example.group: set[str]() for example in dataset.examples}
    for example in dataset.examples:
        splits[example.group].add(example.split)
    assert all(len(found) == 1 for found in splits.values())
    counts = {name: found["gun"] for name, found in dataset.counts().items()}
    assert counts["train"] > 350
    assert counts["validation"] > 40
    assert counts["test"] > 40


def test_a_folder_of_two_classes_needs_no_splits(folder: Path) -> None:
    dataset = listed(folder / "train")
    assert len(dataset.examples) == 24
    assert {example.split for example in dataset.examples} == {""}


def test_a_limit_keeps_so_many_of_each_and_the_same_ones_for_a_seed(folder: Path) -> None:
    dataset = listed(folder)
    few = limited(dataset, 2, seed=1)
    assert few.counts()["test"] == {"gun": 2, "not_gun": 2}
    assert few == limited(dataset, 2, seed=1)
    assert few != limited(dataset, 2, seed=2)
