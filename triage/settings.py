"""Every setting of Flagpost. Each is read from `FLAGPOST_<NAME>`, a `.env` file or a secret file."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from triage.errors import ConfigurationError

SECRETS = Path("/run/secrets")
MIB = 2**20


def _names(given: object) -> object:
    """Read `a, b` as two names."""
    return (
        tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given
    )


def _ports(given: object) -> object:
    """Read `80, 443` as two numbers."""
    return _names(str(given)) if isinstance(given, str | int) else given


Url = Annotated[str | None, BeforeValidator(lambda given: given or None)]
"""An address; empty text is the same as none."""


class Settings(BaseSettings):
    """Settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix="FLAGPOST_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    home: Path = Path("~/.local/share/flagpost")
    """Folder that holds all state of one machine: embedded databases, media, keys."""

    data: Path = Path("../shared/data")
    """Folder with the training and benchmark data. Never committed, never needed to run."""

    database_url: Url = None
    """PostgreSQL by URL, such as `postgresql://user@host/flagpost`. Empty: the embedded one in `home`."""

    broker_url: Url = None
    """Redis (or RabbitMQ) by URL. Empty: the embedded Redis under `home`."""

    media_url: Url = None
    """Where pictures are kept: a folder or an fsspec URL like `s3://bucket/prefix`. Empty: `home`/media."""

    author_key: str | None = None
    """Secret key of the author pseudonyms, 32 characters or more. Empty: one is made in `home`/secrets."""

    handle_key: str | None = None
    """X25519 public key (64 hex digits) that seals author handles. Empty: one is made in `home`/secrets."""

    policy: Path | None = None
    """Policy file to use instead of the one that ships with Flagpost."""

    sources: Path | None = None
    """File of the sources that `flagpost ingest` reads, in TOML; see docs/sources/README.md."""

    intake_host: str = "127.0.0.1"
    """Address that the intake listens on; see docs/sources/intake.md."""

    intake_port: int = Field(8643, ge=0, le=65535)
    """Port that the intake listens on. 0: any free one."""

    intake_max_bytes: int = Field(64 * MIB, ge=1024)
    """Largest body of one request to the intake. Bodies under way hold four times as much memory at most, or
    once for each source that sends where those are more than four."""

    intake_max_posts: int = Field(1000, ge=1, le=1000)
    """Most posts in one request to the intake."""

    intake_max_pending: int = Field(100_000, ge=1)
    """The intake sends posts away for a while (429) when more than these wait for their scores."""

    intake_seconds: float = Field(30, gt=0, le=3600)
    """Longest that the body of one request to the intake may take to arrive."""

    intake_gather_ms: float = Field(5, ge=0, le=1000)
    """Milliseconds that the intake waits for more posts to store in the same transaction."""

    artifacts: Path | None = None
    """Folder of model artifacts to use instead of the ones that ship with Flagpost."""

    scorers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ("gun_image", "violence_text")
    """Scorers that a worker runs, by name or as `module:Class`, separated by commas."""

    reader: str = "auto"
    """What reads the words in pictures, in a process of its own: `rapidocr` (the extra `ocr`), your own as
    `module:Class`, `off`, or `auto`: `rapidocr` where it is installed, else off. The same on every host."""

    batch_size: int = Field(64, ge=1, le=1000)
    """Posts in one queue message; also the most pictures or captions handed to a model at once."""

    worker_processes: int = Field(0, ge=0)
    """Worker processes that `flagpost up` and `flagpost run` start. 0: one per core."""

    runtime: Literal["onnx", "tensorflow"] = "onnx"
    """What runs the networks. `tensorflow`, for GPU workers that have it, runs those with a `model.keras`;
    the others stay on ONNX Runtime."""

    model_threads: int = Field(1, ge=1)
    """Threads that a model may use inside one worker process."""

    max_attempts: int = Field(3, ge=1)
    """Times that a post, or a picture to read, may take its worker down before it is set aside as failed."""

    pending_after_seconds: int = Field(300, ge=10)
    """A post still pending this long after it was stored or last tried is queued again by beat; the reader is
    rung again when pictures wait and none was begun for as long."""

    max_line_bytes: int = Field(4 * MIB, ge=1024)
    """Longest line read from a JSONL file; a longer one is rejected without being held in memory."""

    max_caption_bytes: int = Field(1 * MIB, ge=1024)
    """Longest caption stored, in UTF-8 bytes; a longer one is rejected."""

    max_media_bytes: int = Field(32 * MIB, ge=1024)
    """Largest picture file stored."""

    max_image_pixels: int = Field(100_000_000, ge=1)
    """Most pixels a picture may have before it is decoded (a decompression bomb has more)."""

    fetch_http: bool = False
    """Fetch from `http://` addresses, too. Whoever is on the way can read and change what comes."""

    fetch_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ports)] = (80, 443)
    """Ports that may be fetched from, separated by commas."""

    fetch_seconds: float = Field(30, gt=0, le=3600)
    """Longest that fetching one address may take, all together."""

    fetch_per_second: float = Field(5, gt=0, le=1000)
    """Requests a second that one process sends to one host, on average."""

    egress_proxy: Url = None
    """HTTP proxy that everything is fetched through, such as `http://proxy:3128`: see docs/fetcher.md."""

    user_agent: str | None = None
    """How Flagpost names itself to servers it fetches from. Empty: `Flagpost/` and the version."""

    unflagged_hours: int = Field(24, ge=1)
    """Hours after its scoring until a post that no rule flagged is purged."""

    dismissed_days: int = Field(30, ge=1)
    """Days until a dismissed case and its post are purged; also a failed post and a rejected item."""

    deleted_cases: Literal["keep", "purge"] = "keep"
    """A post that its source deletes is purged. `keep`: but not while its case is open or escalated."""

    tombstone_days: int = Field(365, ge=1)
    """Days in which a post that its source deleted is not stored again; a keyed hash of its id is kept."""

    review_days: int = Field(30, ge=1)
    """Days until an open case should have been decided. It is kept until it is, however long that takes."""

    escalated_days: int = Field(365, ge=1)
    """Days until an escalated case must be purged or its keeping renewed."""

    console_host: str = "127.0.0.1"
    """Address that the console listens on."""

    console_port: int = Field(8642, ge=0, le=65535)
    """Port that the console listens on. 0: any free one."""

    console_secure_cookies: bool = False
    """Send the session cookie over HTTPS only. Set it wherever the console is not on this machine alone."""

    session_minutes: int = Field(60, ge=1)
    """Minutes without a click until an analyst is logged out."""

    log_json: bool = False
    """Write logs as JSON lines instead of coloured text."""

    log_level: str = "INFO"
    """Least severe level that is logged."""

    @property
    def home_dir(self) -> Path:
        """`home` with `~` resolved, as an absolute path."""
        return self.home.expanduser().absolute()


@lru_cache
def get_settings() -> Settings:
    """Return this process's settings, read once.

    Raises:
        ConfigurationError: a setting has a value it cannot have; the message names it.

    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"FLAGPOST_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"A setting is wrong: {wrong}. See docs/settings.md.") from error
