"""Whether a part can listen where it is told to."""

import socket

from triage.errors import PortTaken


def free_port(part: str, host: str, port: int) -> int:
    """Return the port that a part will listen on; find out now, not after everything else has started.

    Raises:
        PortTaken: another program listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"The {part} cannot listen on {host}:{port}: {error.strerror}. "
                f"Choose another with --port (0: any free one) or FLAGPOST_{part.upper()}_PORT."
            ) from error
        return int(probe.getsockname()[1])
