"""`flagpost doctor`: what this installation needs, whether it is there, and what to do if not."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points

from sqlalchemy import func, select

from triage import db, embedded, fleet, queue, readings, schema
from triage.contracts import Contract
from triage.errors import FlagpostError, ServiceUnavailable
from triage.settings import get_settings

ENOUGH_DISK = 2 * 2**30
CLOCK_SECONDS = 5.0


class Check(Contract):
    """One finding."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def examine() -> list[Check]:
    """Look at everything; a check that fails does not keep the others from running."""
    with _services() as startup:
        checks = [startup, _check("database", _database, "Is the server up? See FLAGPOST_DATABASE_URL.")]
        checks.append(_check("schema", _schema, "Run `flagpost migrate`."))
        checks.append(_check("broker", _broker, "Is Redis up? See FLAGPOST_BROKER_URL."))
        checks.append(
            _check("clock", _clock, "Set the clocks of this machine and the database server (NTP).")
        )
    checks.append(_check("disk", _disk, "Make room, or move FLAGPOST_HOME."))
    remedy = "Reinstall Flagpost, or see FLAGPOST_ARTIFACTS and FLAGPOST_SCORERS."
    return checks + [_check(at.name, at.load(), remedy) for at in entry_points(group="flagpost.checks")]


@contextmanager
def _services() -> Iterator[Check]:
    """Run the embedded services while they are examined, where none is configured."""
    with ExitStack() as running:
        began = time.monotonic()
        try:
            running.enter_context(embedded.services())
            found = f"up after {time.monotonic() - began:.1f} s, home {get_settings().home_dir}"
            yield Check(name="services", ok=True, found=found)
        except (FlagpostError, OSError) as error:
            yield Check(name="services", ok=False, found=str(error), remedy="See the logs named here.")


def _check(name: str, look: Callable[[], str], remedy: str) -> Check:
    try:
        return Check(name=name, ok=True, found=look())
    except (FlagpostError, OSError) as error:
        return Check(name=name, ok=False, found=str(error), remedy=remedy)


def _database() -> str:
    with db.session_scope() as session:
        return "PostgreSQL " + str(session.scalar(select(func.current_setting("server_version"))))


def _schema() -> str:
    if get_settings().database_url is None and schema.version() is None:
        return "none yet; `flagpost up` makes it"
    schema.require_newest()
    return f"{schema.version()}, the newest"


def _broker() -> str:
    taken = fleet.queues_taken()
    needed = (
        {queue.SCORE: "worker", queue.READ: "reader"} if readings.switched_on() else {queue.SCORE: "worker"}
    )
    said = [
        f"a {who} listens" if name in taken else f"no {who} yet (`flagpost up`)"
        for name, who in needed.items()
    ]
    return "; ".join(["answers", *said])


def _disk() -> str:
    home = get_settings().home_dir
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if free < ENOUGH_DISK:
        raise ServiceUnavailable(
            f"{free / 2**30:.1f} GiB free under {home}, {ENOUGH_DISK / 2**30:.0f} needed"
        )
    return f"{free / 2**30:.0f} GiB free"


def _clock() -> str:
    with db.session_scope() as session:
        there = session.scalar(select(func.clock_timestamp()))
    apart = abs((datetime.now(UTC) - there).total_seconds()) if there else float("inf")
    if apart > CLOCK_SECONDS:
        raise ServiceUnavailable(f"this machine and the database are {apart:.0f} s apart")
    return f"{apart:.2f} s from the database's"
