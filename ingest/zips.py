"""ZIP files from strangers: looked at before anything is read, never unpacked to disk."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from stat import S_ISLNK
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from triage.errors import InputError, MediaError

MAX_MEMBERS = 200_000
ENCRYPTED = 0x1
"""Bit of a member's flags."""


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A picture inside a ZIP file, unpacked into memory when its post is stored."""

    path: Path
    name: str

    def read(self, limit: int) -> bytes:
        """See `ingest.adapter.Content`."""
        try:
            stat = self.path.stat()
            archive = _archive(self.path, stat.st_size, stat.st_mtime_ns)
            size = archive.getinfo(self.name).file_size
            if size <= limit:
                return archive.read(self.name)  # zipfile stops at the size that was declared
        except Exception as error:  # zipfile answers hostile bytes with a dozen exception types
            raise MediaError(f"it cannot be unpacked ({type(error).__name__})") from error
        raise MediaError(f"the file has {size} bytes, more than {limit} (FLAGPOST_MAX_MEDIA_BYTES)")


@lru_cache(maxsize=1)
def _archive(path: Path, _size: int, _changed: int) -> ZipFile:
    """Keep the last ZIP file open: to read its list of files for each picture would take far longer."""
    return ZipFile(path)


def open_zip(path: Path) -> ZipFile:
    """Open a ZIP file if every member may be read.

    Raises:
        InputError: it is damaged, holds too many members, or one that is encrypted, has a name that leads
            out of the folder it would be unpacked to, or is packed in a way whose size is not bounded.
    """
    try:
        archive = ZipFile(path)
    except Exception as error:  # as above
        raise InputError(f"{path} is no ZIP file, or a damaged one ({type(error).__name__}).") from error
    problem = _problem(archive.infolist())
    if problem:
        archive.close()
        raise InputError(f"{path} is refused: {problem}.")
    return archive


def _problem(members: list[ZipInfo]) -> str | None:
    if len(members) > MAX_MEMBERS:
        return f"it holds {len(members)} files, more than {MAX_MEMBERS}"
    if len({one.filename for one in members}) < len(members):
        return "two of its files have the same name"
    found = ((one.filename, _member_problem(one)) for one in members)
    return next((f"the file {name[:200]!r} {problem}" for name, problem in found if problem), None)


def _member_problem(one: ZipInfo) -> str | None:
    name = one.orig_filename.replace("\\", "/")
    if name.startswith("/") or ":" in name.split("/", 1)[0] or ".." in PurePosixPath(name).parts:
        return "has a name that leads out of its folder"
    if one.flag_bits & ENCRYPTED:
        return "is encrypted; unpack it with its password and pack it again without one"
    if one.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return "is packed by a method other than deflate; pack it again"
    if S_ISLNK(one.external_attr >> 16):
        return "is a link"
    return None
