"""Keys that a home makes for itself, where nobody gave it one."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def own_key(path: Path, make: Callable[[], str]) -> str:
    """Read a key of this home; make it at first use, readable to its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        with suppress(FileExistsError):  # another process was faster: its key counts
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()
