"""Drops in a folder and in memory."""

import os
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from fsspec.registry import _registry as loaded
from sqlalchemy import select

from ingest import objects
from ingest.adapters import drop
from ingest.adapters.drop import Drop, from_options
from ingest.objects import Store
from ingest.run import pump
from ingest.sources import Source
from tests.ingest.adapter_contract import items, pages
from tests.ingest.drop_site import Place, ids, lines
from tests.ingest.web import picture
from triage import models
from triage.db import session_scope
from triage.errors import ConfigurationError, InputError

KINDS = ("file", "memory")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(f"file://{tmp_path}/drop" if request.param == "file" else f"memory://{uuid4().hex}")


@pytest.fixture
def folder(tmp_path: Path) -> Place:
    return Place(f"file://{tmp_path}/drop")


def test_posts_and_rejections_name_their_object(place: Place) -> None:
    place.put(a_jsonl=lines("1") + b"broken\n", b_zip=b"no zip")
    page = place.reader().fetch({})
    assert page.posts[0].where == f"{place.url}/a.jsonl:1"
    assert [one.where for one in page.rejected] == [f"{place.url}/a.jsonl:2", f"{place.url}/b.zip"]
    assert not any("object.zip" in one.reason for one in page.rejected)


def test_the_next_reading_has_what_came_or_changed_and_nothing_else(place: Place) -> None:
    place.put(b_jsonl=lines("1"), c_jsonl=lines("2"))
    first = place.reader().fetch({})
    assert (ids(first), first.done, first.live) == (["1", "2"], True, True)
    assert ids(place.reader().fetch(first.checkpoint)) == []
    place.put(a_jsonl=lines("3"), c_jsonl=lines("2", "4"))
    second = place.reader().fetch(first.checkpoint)
    assert ids(second) == ["3", "2", "4"]
    place.files.rm(place.root, recursive=True)
    place.put(z_jsonl=lines("5"))
    third = place.reader().fetch(second.checkpoint)
    assert ids(third) == ["5"]
    assert len(third.checkpoint["read"]) == 1  # of what is gone nothing is kept


def test_what_was_begun_is_read_to_its_end_before_what_came_meanwhile(place: Place) -> None:
    place.put(b_jsonl=lines("1", "2", "3"))
    first = place.reader(page_posts=2).fetch({})
    place.put(a_jsonl=lines("4"))
    assert ids(*pages(place.reader(page_posts=2), first.checkpoint)) == ["3", "4"]


@pytest.mark.usefixtures("database")
def test_pictures_beside_an_object_are_stored_and_others_are_a_problem(place: Place) -> None:
    names = [
        "x.png",
        "deeper/../x.png",
        "../secret.png",
        "/etc/passwd",
        "missing.png",
        "https://a.example/b.png",
    ]
    media = [{"path": name, "alt": name} for name in names]
    place.put(in__a_jsonl=lines("1", media=media), in__x_png=picture(), secret_png=picture())
    pump(place.reader(), "partner")
    with session_scope() as session:
        stored = session.scalars(select(models.PostMedia).order_by(models.PostMedia.position)).all()
        problems = [one.problem or "" for one in stored]
    assert problems[:2] == ["", ""]
    assert [bool(one) for one in problems[2:]] == [True] * 4
    assert "leads outside" in problems[2]


@pytest.mark.usefixtures("database")
def test_pictures_inside_a_zip_are_stored_though_its_copy_is_deleted_later(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(copies))
    item = "".join(
        f"<table><tr><th>{label}</th><td>{value}</td></tr></table>"
        for label, value in (("Linked Media File:", "linked_media/a.png"), ("Text", "words"))
    )
    with ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("index.html", f'<div id="property-photos" class="content-pane">{item}</div>')
        file.writestr("linked_media/a.png", picture())
    place.put(a_zip=(tmp_path / "a.zip").read_bytes(), b_jsonl=lines("1"))
    assert pump(place.reader(page_posts=1), "partner").warnings == 0
    assert len(list(copies.iterdir())) <= 1


def test_what_is_too_large_or_of_no_known_kind_is_named_and_costs_its_neighbours_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put(a_jsonl=lines("1") * 100, b_jsonl=lines("2"), c_exe=b"x", d_png=b"x")
    copied = []
    real = Store.copy
    monkeypatch.setattr(Store, "copy", lambda *given: copied.append(given[1].name) or real(*given))
    page = place.reader(max_bytes=1000).fetch({})
    assert (ids(page), copied) == (["2"], ["b.jsonl"])
    assert ["max_bytes" in one.reason for one in page.rejected] == [True, False]
    assert "of no known kind" in page.rejected[1].reason
    assert place.reader(max_bytes=1000).fetch(page.checkpoint).rejected == ()


def test_an_object_that_changes_while_it_is_read_is_read_the_next_time(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.put(a_jsonl=lines("1"), b_jsonl=lines("2"), c_jsonl=lines("3"))
    listed = Store.list

    def then_changed(store: Store) -> Any:
        found = listed(store)
        place.put(a_jsonl=lines("1") * 10**4)
        place.files.rm(f"{place.root}/b.jsonl")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Store, "list", then_changed)
        first = place.reader().fetch({})
    assert (ids(first), first.done) == (["3"], True)
    assert len(items(pages(place.reader(), first.checkpoint))[0]) == 10**4


def test_what_is_not_handed_out_is_asked_for_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put(a_jsonl=lines("1"), b_jsonl=lines("2"))
    opened = Store._opened

    def denied(store: Store, name: str) -> Any:
        if name == "a.jsonl":
            raise PermissionError("Access Denied")
        return opened(store, name)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_opened", denied)
        first = place.reader().fetch({})
    assert (ids(first), first.done, first.rejected) == (["2"], True, ())
    assert "a.jsonl is not handed out" in first.notices[0]
    assert ids(place.reader().fetch(first.checkpoint)) == ["1"]


def test_hidden_files_links_and_pipes_are_passed_over(folder: Place, tmp_path: Path) -> None:
    folder.put(a_jsonl=lines("1"))
    root = Path(folder.root)
    (tmp_path / "outside.jsonl").write_bytes(lines("secret"))
    (tmp_path / "outside.png").write_bytes(picture())
    (root / ".b.jsonl").write_bytes(lines("2"))
    (root / "c.jsonl").symlink_to(tmp_path / "outside.jsonl")
    (root / "d").symlink_to(tmp_path)
    (root / "x.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(root / "e.jsonl")
    folder.put(f_jsonl=lines("3", media=[{"path": "x.png"}]))
    page = folder.reader().fetch({})
    assert ids(page) == ["1", "3"]
    assert page.posts[1].media[0].content is None


def test_a_page_ends_once_its_copies_take_much_room(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drop, "PAGE_DISK", 1)
    place.put(a_jsonl=lines("1"), b_jsonl=lines("2"))
    assert [ids(page) for page in pages(place.reader())] == [["1"], ["2"]]


def test_more_objects_than_can_be_remembered_are_refused(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "MAX_OBJECTS", 1)
    place.put(a_jsonl=lines("1"), b_jsonl=lines("2"))
    with pytest.raises(InputError, match=r"more than 1\. Move away"):
        place.reader().fetch({})


def test_a_folder_that_is_not_there_or_not_one_is_an_error(folder: Place, tmp_path: Path) -> None:
    folder.put(a_jsonl=lines("1"))
    with pytest.raises(InputError, match="cannot be read"):
        Drop("partner", Store.open(f"file://{tmp_path}/nowhere")).fetch({})
    with pytest.raises(InputError, match="is one object"):
        Drop("partner", Store.open(f"{folder.url}/a.jsonl")).fetch({})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "url"),
        ({"url": "/srv/drops"}, "give one like s3://"),
        ({"url": "https://a.example/drops"}, "web servers do not list"),
        ({"url": "zip://a::file:///b.zip"}, "give one like s3://"),
        ({"url": "ftp://me:S3CRET@a.example/b"}, "holds a password"),
        ({"url": "nothing://a/b"}, "nothing"),
        ({"url": "s3://a/b"}, r"For s3:// install flagpost\[s3\]"),
        ({"url": "memory://a", "max_bytes": 0}, "max_bytes"),
        ({"url": "memory://a", "key": "S3CRET"}, "key"),
    ],
)
def test_options_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], said: str
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(loaded, "s3", raising=False)
    monkeypatch.setattr("ingest.sources._opener", lambda _name: from_options)
    with pytest.raises(ConfigurationError, match=said) as raised:
        Source(name="partner", adapter="drop", **options).open()
    assert "S3CRET" not in str(raised.value)
