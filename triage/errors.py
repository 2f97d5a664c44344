"""Every error Flagpost raises on purpose. Each message names the item and says what to do.

FlagpostError
├── ConfigurationError      a setting or a policy file is wrong
├── NotApproved             nobody answers for reading this source now
├── ServiceUnavailable      database, broker or media store cannot be reached
├── PortTaken               another program listens on the address we want
├── RequestRefused          the intake does not take a request
├── InputError              something handed in is not what it should be
│   ├── PostRejected        one post (a line, a file) cannot be stored
│   ├── MediaError          one picture cannot be read or is refused
│   ├── TextError           one text cannot be scored
│   └── FetchError          something outside was not fetched
│       ├── FetchRefused    we do not open this address; never try it again
│       └── FetchFailed     the server did not answer as it should; it may be tried again
├── ArtifactError           a model folder is missing, altered or of the wrong kind
├── TrainingError           a dataset cannot be trained on
└── ReviewError             a review step is not allowed now
    ├── LoginFailed         wrong name or password, or account closed or locked
    └── CaseConflict        somebody else decided or claimed the case first
"""


class FlagpostError(Exception):
    """Base of all errors that Flagpost raises on purpose."""


class ConfigurationError(FlagpostError):
    """A setting or a policy file is wrong."""


class NotApproved(FlagpostError):
    """Nobody answers for reading this source now; the message says how to record that somebody does."""


class ServiceUnavailable(FlagpostError):
    """The database, the broker or the media store cannot be reached."""


class PortTaken(FlagpostError):
    """Another program listens on the address we want."""


class RequestRefused(FlagpostError):
    """The intake does not take a request as a whole; nothing of it was stored."""

    def __init__(self, status: int, message: str, what_to_do: str, retry_after: int | None = None) -> None:
        """Make the error.

        Args:
            status: the HTTP status of the answer.
            message: what is wrong.
            what_to_do: how the sender can mend it.
            retry_after: seconds after which the same request may be taken, where waiting helps.
        """
        super().__init__(message)
        self.status = status
        self.what_to_do = what_to_do
        self.retry_after = retry_after


class InputError(FlagpostError):
    """Something handed in is not what it should be."""


class PostRejected(InputError):
    """One post cannot be stored; the message names the line or file and the reason."""


class MediaError(InputError):
    """One picture cannot be read or is refused; its neighbours go on."""


class TextError(InputError):
    """One text cannot be scored; its neighbours go on."""


class FetchError(InputError):
    """Something outside was not fetched. Messages show host and file name, never the whole address."""


class FetchRefused(FetchError):
    """We do not open this address, or where it leads; trying again changes nothing."""


class FetchFailed(FetchError):
    """The server did not answer as it should: too late, too much, something else. It may be tried again."""

    WORTH_ANOTHER_TRY = frozenset({408, 425, 429, *range(500, 600)})
    """RFC 9110, RFC 8470 (425) and RFC 6585 (429)."""

    def __init__(
        self,
        message: str,
        status: int | None = None,
        retry_after: float | None = None,
        *,
        for_good: bool = False,
    ) -> None:
        """Make the error.

        Args:
            message: what went wrong, with what.
            status: the HTTP status, if there was an answer.
            retry_after: seconds to wait before the next attempt, if the server or our own limits ask for it.
            for_good: whether another attempt would bring the same, whatever the status.
        """
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.passing = not for_good and (status is None or status in self.WORTH_ANOTHER_TRY)
        """Whether it may go well later."""


class ArtifactError(FlagpostError):
    """A model folder is missing, altered or of the wrong kind."""


class TrainingError(FlagpostError):
    """A dataset cannot be trained on."""


class ReviewError(FlagpostError):
    """A review step is not allowed now."""


class LoginFailed(ReviewError):
    """Wrong name or password, or the account is closed or locked for a while."""


class CaseConflict(ReviewError):
    """Somebody else decided or claimed the case first."""
