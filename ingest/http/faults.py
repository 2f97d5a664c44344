"""Whatever goes wrong while a server is asked, as an error of ours."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.exceptions import TimeoutError as Urllib3Timeout

from ingest.http.limits import Budget
from triage.errors import FetchError, FetchFailed


@contextmanager
def explained(budget: Budget) -> Iterator[None]:
    """Make an error of ours of whatever a server's bytes make the libraries raise.

    Raises:
        FetchRefused: as it was raised inside.
        FetchFailed: as it was raised inside, or made of anything else.
    """
    try:
        yield
    except FetchError:
        raise
    except (TimeoutError, Urllib3Timeout) as error:
        budget.seconds_left()  # raises, if it is the whole that took too long
        raise FetchFailed(f"{budget.name}: the server fell silent; try again later") from error
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or "TLS failed"
        raise FetchFailed(f"{budget.name}: no safe connection ({why}); check the address") from error
    except Exception as error:  # strangers' bytes make three libraries raise what they like
        why = type(error).__name__
        raise FetchFailed(f"{budget.name}: the answer cannot be read ({why}); try again later") from error
