"""From a host name to its addresses, once: what is checked here is what is connected to."""

import socket
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Thread
from typing import TypeAlias

from ingest.http.addresses import Rules, Target, check
from ingest.http.limits import Budget
from ingest.http.networks import Address
from triage.errors import FetchFailed

Resolve: TypeAlias = Callable[[str, int], list[str]]
"""Host name and port to IP addresses. Raises OSError if there are none."""


def system(host: str, port: int) -> list[str]:
    """Ask the system's resolver.

    Raises:
        OSError: the name has no address, or nobody answers.
    """
    found = socket.getaddrinfo(host.encode(), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def addresses(target: Target, rules: Rules, budget: Budget, resolve: Resolve) -> list[Address]:
    """Return the addresses of a host, each of them checked.

    Raises:
        FetchRefused: one of them may not be connected to.
        FetchFailed: there is none, or the answer took too long.
    """
    if target.address:
        return [target.address]
    found = lookup(resolve, target.host, target.port, budget)
    check(found, target, rules)
    return found


def lookup(resolve: Resolve, host: str, port: int, budget: Budget) -> list[Address]:
    """Return the addresses of a name, unchecked.

    They are asked for in a thread: the system's resolver takes its time and knows no deadline.

    Raises:
        FetchFailed: there is none, or the answer took too long.
    """
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(resolve(host, port))
        except Exception as error:  # handed over to whoever waits
            answer.set_exception(error)

    Thread(target=ask, name="resolve", daemon=True).start()
    try:
        return [ip_address(text) for text in answer.result(budget.seconds_left())]
    except OSError as error:  # TimeoutError is one, too
        message = f"{budget.name}: no address was found for its host; check the name, or try again later"
        raise FetchFailed(message) from error
