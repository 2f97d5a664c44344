"""What every adapter promises. A test class per adapter inherits it and says how to build its source."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.adapter import Adapter, Checkpoint, Page

SIZES = (1, 2, 3, 7, 256)


def pages(adapter: Adapter, checkpoint: Checkpoint | None = None) -> list[Page]:
    """Read to the end, carrying the checkpoint over as the JSON it is stored as."""
    found = [adapter.fetch(checkpoint or {})]
    while not found[-1].done:
        found.append(adapter.fetch(json.loads(json.dumps(found[-1].checkpoint))))
    return found


def items(read: list[Page]) -> tuple[list[Any], list[Any]]:
    """Everything on some pages, in order."""
    return [post for page in read for post in page.posts], [one for page in read for one in page.rejected]


def sound(page: Page) -> bool:
    """Whether every post of a page can be stored, and every item that cannot says where it is and why."""
    whole = all(post.fields.text.strip() or post.media for post in page.posts)
    return whole and all(one.where and one.reason for one in page.rejected)


class AdapterContract:
    """Inherit, build a source of at least seven items, and name the ids of its posts in order."""

    ids: tuple[str, ...]
    rejected: int

    def adapter(self, folder: Path, page_posts: int) -> Adapter:
        """Return the adapter of a source that was written into a folder, or write it there."""
        raise NotImplementedError

    def test_reads_every_post_once_and_in_order(self, tmp_path: Path) -> None:
        posts, rejected = items(pages(self.adapter(tmp_path, 3)))
        assert [post.fields.id for post in posts] == list(self.ids)
        assert len(rejected) == self.rejected

    @pytest.mark.parametrize("size", SIZES)
    def test_reads_the_same_whatever_the_page_size(self, tmp_path: Path, size: int) -> None:
        assert items(pages(self.adapter(tmp_path, size))) == items(pages(self.adapter(tmp_path, 1000)))

    def test_no_page_is_larger_than_asked_for(self, tmp_path: Path) -> None:
        assert all(len(p.posts) + len(p.rejected) <= 2 for p in pages(self.adapter(tmp_path, 2)))

    @pytest.mark.parametrize("size", SIZES)
    def test_goes_on_from_any_checkpoint_in_a_new_process(self, tmp_path: Path, size: int) -> None:
        whole = pages(self.adapter(tmp_path, size))
        for number, page in enumerate(whole[:-1], 1):
            rest = pages(self.adapter(tmp_path, size), json.loads(json.dumps(page.checkpoint)))
            assert items(rest) == items(whole[number:])

    def test_the_same_checkpoint_gives_the_same_page(self, tmp_path: Path) -> None:
        adapter = self.adapter(tmp_path, 2)
        first = adapter.fetch({})
        assert adapter.fetch(first.checkpoint) == adapter.fetch(first.checkpoint)

    def test_a_checkpoint_of_another_source_reads_from_the_start(self, tmp_path: Path) -> None:
        foreign = {"file": "0" * 32, "folder": "0" * 32, "offset": 5, "line": 2, "after": "zzz"}
        read = pages(self.adapter(tmp_path, 100), foreign)
        assert [post.fields.id for post in items(read)[0]] == list(self.ids)

    def test_progress_ends_at_one_and_never_goes_back(self, tmp_path: Path) -> None:
        fractions = [page.fraction for page in pages(self.adapter(tmp_path, 2))]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0
