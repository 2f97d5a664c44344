"""A real Chromium before a real console."""

import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from triage import fleet

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update"]
QUIET += ["--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium: install the package chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=QUIET) as browser,
    ):
        yield browser


@pytest.fixture
def console() -> Iterator[str]:
    """The address of a running console."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with fleet.running("console", fleet.console_command("127.0.0.1", port)) as part:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not answers(f"{address}/healthz"):
            part.require_running()
            assert time.monotonic() < deadline, part.log.read_text()
            time.sleep(0.05)
        yield address


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except urllib.error.URLError:
        return False


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, chromium: Browser, console: str) -> Iterator[Page]:
    """A browser window; fails where anything is asked of another host, or the page breaks its own rules."""
    context = chromium.new_context(java_script_enabled=request.param, base_url=console)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert asked
    assert [url for url in asked if not url.startswith(f"{console}/")] == []
    assert [text for text in complaints if not text.startswith("Failed to load resource")] == []
