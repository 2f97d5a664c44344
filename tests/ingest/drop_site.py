"""A drop on this machine that tests put objects into."""

import json
from typing import Any

import fsspec

from ingest.adapter import Page
from ingest.adapters.drop import Drop
from ingest.objects import Store
from tests.ingest.adapter_contract import items


def lines(*ids: str, **fields: Any) -> bytes:
    return b"".join(json.dumps({"id": one, "text": "text"} | fields).encode() + b"\n" for one in ids)


class Place:
    """A drop that tests put objects into."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.files, self.root = fsspec.core.url_to_fs(url)
        self.files.makedirs(self.root, exist_ok=True)

    def put(self, **named: bytes) -> None:
        """Write objects; `__` in a name stands for a slash, `_` for a dot."""
        for name, data in named.items():
            path = f"{self.root}/{name.replace('__', '/').replace('_', '.')}"
            self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self.files.pipe_file(path, data)

    def reader(self, page_posts: int = 256, **options: Any) -> Drop:
        return Drop("partner", Store.open(self.url), page_posts=page_posts, **options)


def ids(*read: Page) -> list[str]:
    return [post.fields.id for post in items(list(read))[0]]
