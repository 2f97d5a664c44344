from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from tests.s3_server import bucket, s3  # noqa: F401 - fixtures
from triage.errors import ConfigurationError, MediaError, ServiceUnavailable
from triage.media import MediaStore


@pytest.fixture(params=["folder", "memory", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "bucket":
        return MediaStore(request.getfixturevalue("bucket"))
    return MediaStore(str(tmp_path / "media") if request.param == "folder" else f"memory://{tmp_path}")


def test_bytes_come_back_by_their_hash(store: MediaStore) -> None:
    digest = store.put(b"picture")
    assert digest == sha256(b"picture").hexdigest()
    assert store.read(digest) == b"picture"


def test_the_same_bytes_are_kept_once(store: MediaStore) -> None:
    assert store.put(b"picture") == store.put(b"picture")
    store.delete(store.put(b"picture"))
    with pytest.raises(MediaError, match="not in the media store"):
        store.read(sha256(b"picture").hexdigest())


def test_deleting_what_is_not_there_is_no_error(store: MediaStore) -> None:
    digest = "0" * 64
    store.delete(digest)
    with pytest.raises(MediaError):
        store.read(digest)


def test_altered_bytes_are_noticed(tmp_path: Path) -> None:
    store = MediaStore(str(tmp_path))
    digest = store.put(b"picture")
    next(path for path in tmp_path.rglob(digest)).write_bytes(b"another")
    with pytest.raises(MediaError, match="altered"):
        store.read(digest)


def test_a_folder_without_unfinished_files_is_left(tmp_path: Path) -> None:
    MediaStore(str(tmp_path)).put(b"picture")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    digest = sha256(b"picture").hexdigest()
    target = tmp_path / digest[:3]
    target.mkdir(parents=True)
    store = MediaStore(str(tmp_path))
    store._write = lambda _path, data: full.write_bytes(data)  # type: ignore[method-assign,assignment]
    with pytest.raises(ServiceUnavailable, match="disk is full"):
        store.put(b"picture")


def test_a_store_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ServiceUnavailable, match="FLAGPOST_MEDIA_URL"):
        MediaStore(str(tmp_path / "file")).put(b"picture")


def test_a_store_that_cannot_be_read_now_is_no_error_of_the_picture(tmp_path: Path) -> None:
    digest = sha256(b"picture").hexdigest()
    (tmp_path / digest[:3] / digest).mkdir(parents=True)
    with pytest.raises(ServiceUnavailable, match="cannot be read"):
        MediaStore(str(tmp_path)).read(digest)


def test_bytes_stored_again_are_young_again(store: MediaStore) -> None:
    digest = store.put(b"picture")
    assert not store.delete(digest, unless_younger=timedelta(hours=1))
    assert store.delete(digest)
    assert store.delete(digest, unless_younger=timedelta(hours=1))  # gone is gone


def test_an_unknown_kind_of_store_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="FLAGPOST_MEDIA_URL"):
        MediaStore("nowhere://bucket")
