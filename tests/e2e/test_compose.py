"""compose.yaml without Docker: its very commands and health checks, run as processes on this machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.e2e.processes import free_port, until
from tests.ingest.intake_site import approve, configure, new_secret
from tests.made import post, store, tally
from triage import embedded, fleet, queue
from triage.settings import Settings, get_settings

pytestmark = pytest.mark.usefixtures("database")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("flagpost")}
BIN = Path(sys.executable).parent


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], list[str]]]:
    """Turn a command of the file into one for this machine: other folders, ports and programs."""
    broker, console, intake = free_port(), free_port(), free_port()
    swaps = {"/state": str(tmp_path), "8642": str(console), "8643": str(intake), "0.0.0.0": "127.0.0.1"}
    configure(tmp_path, monkeypatch, new_secret())
    approve()

    def translate(command: Any) -> list[str]:
        parts = (
            ["/bin/sh", "-c", command[1].replace("$$", "$")] if command[0] == "CMD-SHELL" else list(command)
        )
        parts = parts[1:] if parts[0] == "CMD" else parts
        for old, new in swaps.items():
            parts = [part.replace(old, new) for part in parts]
        return parts

    monkeypatch.setenv("PATH", f"{BIN}:{Path(embedded.redis_server()).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOSTNAME", socket.gethostname())
    monkeypatch.setenv("FLAGPOST_DATABASE_URL", embedded.database_url())
    monkeypatch.setenv("FLAGPOST_SCORERS", "toy_text,toy_image")
    monkeypatch.setenv("FLAGPOST_READER", "rapidocr")
    with fleet.running("redis", [*translate(SERVICES["redis"]["command"]), "--port", str(broker)]):
        monkeypatch.setenv("FLAGPOST_BROKER_URL", f"redis://127.0.0.1:{broker}/0")
        get_settings.cache_clear()
        queue.app.cache_clear()
        yield translate


def healthy(command: list[str]) -> Callable[[], bool]:
    return lambda: subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


def test_every_service_becomes_healthy_and_a_post_goes_through(here: Callable[[Any], list[str]]) -> None:
    subprocess.run(here(OURS["migrate"]["command"]), check=True, capture_output=True, timeout=60)
    with ExitStack() as stack:
        for name in ("worker", "reader", "beat", "console", "intake"):
            part = stack.enter_context(fleet.running(name, here(OURS[name]["command"])))
            until(healthy(here(OURS[name]["healthcheck"]["test"])), part)
        ids = store(post(1))
        queue.enqueue(ids)
        until(lambda: tally(*ids).pending == 0)
        assert tally(*ids).scored == 1


def test_a_worker_that_is_not_there_is_not_healthy(here: Callable[[Any], list[str]]) -> None:
    assert not healthy(here(OURS["worker"]["healthcheck"]["test"]))()


def test_both_kinds_of_worker_are_behind_a_profile() -> None:
    assert (OURS["worker"]["profiles"], OURS["worker-gpu"]["profiles"]) == (["cpu"], ["gpu"])
    assert OURS["worker-gpu"]["gpus"] == "all"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_can_change_nothing_but_their_state(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["volumes"] in (["state:/state"], ["state:/state", "./sources:/sources:ro"])


def test_secrets_come_as_files_whose_names_are_settings() -> None:
    known = {f"flagpost_{name}" for name in Settings.model_fields}
    for service in OURS.values():
        assert set(service["secrets"]) <= known
        assert not [name for name in service["environment"] if "KEY" in name or "PASSWORD" in name]


def test_the_image_does_not_run_as_root() -> None:
    instructions = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in instructions if line.startswith("USER")] == ["USER 10001"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_image_is_built_with_packages_that_are_pinned(name: str) -> None:
    build = OURS[name]["build"]
    packages = build["args"]["PACKAGES"] if isinstance(build, dict) else "default"
    assert OURS[name]["image"] == {"default": "flagpost"}.get(packages, f"flagpost-{packages}")
    assert "--hash=sha256:" in (ROOT / "requirements" / f"{packages}.txt").read_text()
