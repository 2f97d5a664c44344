from pathlib import Path

import pytest

from ingest.adapters import for_path
from ingest.adapters.csv import CsvAdapter
from ingest.adapters.feed import FeedAdapter
from ingest.adapters.folder import FolderAdapter
from ingest.adapters.jsonl import JsonlAdapter
from ingest.adapters.mail import EmlAdapter, MaildirAdapter, MboxAdapter
from ingest.adapters.meta_return import MetaReturnAdapter
from ingest.adapters.telegram import TelegramAdapter
from triage.errors import InputError


@pytest.mark.parametrize(
    ("names", "path", "kind"),
    [
        (["a.jsonl"], "a.jsonl", JsonlAdapter),
        (["a.ndjson"], "a.ndjson", JsonlAdapter),
        (["a.CSV"], "a.CSV", CsvAdapter),
        (["a.mbox"], "a.mbox", MboxAdapter),
        (["a.eml"], "a.eml", EmlAdapter),
        (["a.xml"], "a.xml", FeedAdapter),
        (["a.rss"], "a.rss", FeedAdapter),
        (["a.atom"], "a.atom", FeedAdapter),
        (["a.zip"], "a.zip", MetaReturnAdapter),
        (["result.json"], "result.json", TelegramAdapter),
        (["result.json", "photos/a.jpg"], ".", TelegramAdapter),
        (["result.json", "result.jpg"], ".", FolderAdapter),
        (["cur/1.host:2,S", "new/2.host", "tmp/3.host"], ".", MaildirAdapter),
        (["a.EML", "notes.txt"], ".", EmlAdapter),
        (["a.jpg", "a.txt"], ".", FolderAdapter),
        ([".hidden"], ".", FolderAdapter),
    ],
)
def test_what_lies_at_a_path_chooses_its_adapter(
    tmp_path: Path, names: list[str], path: str, kind: type[object]
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    adapter, source = for_path(tmp_path / path)
    assert type(adapter) is kind
    assert source == ((tmp_path / path).stem if path != "." else tmp_path.name)


@pytest.mark.parametrize("name", ["posts.json", "posts.txt", "posts"])
def test_a_file_of_no_known_kind_is_refused_with_the_kinds_there_are(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"no known kind: .*result\.json.*\.jsonl.*\.zip"):
        for_path(tmp_path / name)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file or folder"):
        for_path(tmp_path / "posts.jsonl")
