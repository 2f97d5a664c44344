"""Signatures of the Standard Webhooks specification 1.0 (https://www.standardwebhooks.com), symmetric, `v1`.

    webhook-signature: v1,<base64 of HMAC-SHA256 over "webhook-id.webhook-timestamp.body">

Its library (`standardwebhooks`) takes a body as one text; ours hold pictures, and are hashed as they arrive.
"""

import hmac
import re
import time
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
WINDOW = 300
"""Seconds that a sender's clock may differ from ours; also how long an old message can be sent again."""
KEY_BYTES = range(24, 65)
MAX_SIGNATURES = 8
_ID = re.compile(r"[!-~]{1,200}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def key_of(secret: str) -> bytes:
    """Return the key that a secret in its usual form stands for.

    Raises:
        ValueError: it is of another form; the message does not show it.
    """
    secret = secret.strip()
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(
            f"it must be {PREFIX} and {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes in base64; "
            f'make one with: echo "{PREFIX}$(openssl rand -base64 32)"'
        )
    return key


class Seal:
    """What a message's headers claim, checked against its body while that arrives, piece by piece."""

    def __init__(self, headers: Mapping[str, str], keys: Sequence[bytes]) -> None:
        self.id = headers.get("webhook-id", "")
        self._timestamp = headers.get("webhook-timestamp", "")
        self._signatures = headers.get("webhook-signature", "").split(" ")
        self.problem = self._look()
        """Why the message is not authentic, as far as is known."""
        begin = f"{self.id}.{self._timestamp}.".encode("latin-1", "replace")
        self._macs = [hmac.new(key, begin, "sha256") for key in keys]

    def update(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        for mac in self._macs:
            mac.update(piece)

    def close(self) -> str | None:
        """Return why the message is not authentic, None where it is; call it after the last piece."""
        if self.problem is None and not self._signed():
            self.problem = "no signature fits"
        return self.problem

    def _look(self) -> str | None:
        if not _ID.fullmatch(self.id) or not _TIMESTAMP.fullmatch(self._timestamp):
            return "headers are missing or malformed"
        if abs(time.time() - int(self._timestamp)) > WINDOW:
            return "the timestamp is too far from our time"
        return "too many signatures" if len(self._signatures) > MAX_SIGNATURES else None

    def _signed(self) -> bool:
        """Compare each signature with what each key makes of the body, in a time that tells nothing."""
        made = [b"v1," + b64encode(mac.digest()) for mac in self._macs]
        given = [signature.encode("latin-1", "replace") for signature in self._signatures]
        return any(hmac.compare_digest(one, other) for one in made for other in given)
