"""What every adapter promises, of drops in a folder, in memory and in a bucket."""

from pathlib import Path
from uuid import uuid4

import pytest

from ingest.adapters.drop import Drop
from ingest.objects import Store
from ingest.run import pump
from tests.ingest.adapter_contract import AdapterContract
from tests.ingest.drop_site import Place, lines
from tests.ingest.tips import known_as, letter
from tests.ingest.web import picture
from tests.s3_server import bucket, s3  # noqa: F401 - fixtures
from triage.errors import InputError


class DropContract(AdapterContract):
    ids = ("1", "2", "3", "4", known_as(letter(5)), "6", "7")
    rejected = 3
    place: Place

    def fill(self) -> None:
        self.place.put(
            a_jsonl=lines("1", "2") + b"broken\n" + lines("3"),
            b__c_csv=b"id,text\n4,text\n",
            b__d_eml=letter(5),
            e_json=b"{}",
            f_ndjson=lines("6", "7"),
            g_zip=b"no zip",
            h_png=picture(),
        )

    def adapter(self, _folder: Path, page_posts: int) -> Drop:
        return self.place.reader(page_posts)


class TestFolderContract(DropContract):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.place = Place(f"file://{tmp_path}/drop")
        self.fill()


class TestMemoryContract(DropContract):
    @pytest.fixture(autouse=True)
    def _place(self) -> None:
        self.place = Place(f"memory://{uuid4().hex}")
        self.fill()


class TestBucketContract(DropContract):
    @pytest.fixture(autouse=True)
    def _place(self, bucket: str) -> None:  # noqa: F811
        self.place = Place(bucket)
        self.fill()


def test_a_bucket_that_is_away_or_unknown_is_an_error(bucket: str) -> None:  # noqa: F811
    with pytest.raises(InputError, match=r"cannot be read: .*does not exist"):
        Drop("partner", Store.open("s3://no-such-bucket/a")).fetch({})


@pytest.mark.usefixtures("database")
def test_a_bucket_is_read_with_its_pictures(bucket: str) -> None:  # noqa: F811
    place = Place(bucket)
    place.put(a_jsonl=lines("1", media=[{"path": "x.png"}]), x_png=picture())
    assert pump(place.reader(), "partner").warnings == 0
    place.put(b_jsonl=lines("2"))
    summary = pump(place.reader(), "partner")
    assert (summary.posts, summary.stored) == (1, 1)
