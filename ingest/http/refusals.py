"""What a server's refusal means, and what to do about it."""

from collections.abc import Mapping

from ingest.http.rates import retry_after
from triage.errors import FetchFailed

DENIED = (401, 403, 422)
"""What servers answer that want a token, or another one."""
TOO_MANY = 429
NOTHING_THERE = (404, 410)


def refusal(
    name: str, status: int, headers: Mapping[str, str], instead: str = "", advice: str | None = None
) -> FetchFailed:
    """Return the error of an answer that is not the one asked for; it carries the wait that is asked for.

    Args:
        name: the address as messages show it.
        status: of the answer.
        headers: of the answer.
        instead: what it is in place of, such as ` instead of a feed`.
        advice: what to do; by default what its status suggests.
    """
    seconds = retry_after(headers)
    advice = advice or _advice(status, seconds)
    return FetchFailed(f"{name}: the server answers {status}{instead}; {advice}", status, seconds)


def _advice(status: int, seconds: float | None) -> str:
    if status == TOO_MANY or (seconds and (status in DENIED or status in FetchFailed.WORTH_ANOTHER_TRY)):
        return f"wait {seconds:.0f} s" if seconds else "wait, and ask it less often"
    if status in DENIED:
        return "it wants a token that may read this, or an agreement"
    if status in FetchFailed.WORTH_ANOTHER_TRY:
        return "try again later"
    return "check the address" if status in NOTHING_THERE else "check the address and the options"
