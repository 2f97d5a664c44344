"""Certificates of our own for servers on this machine."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

from ingest.http.wire import trusting


class Keys(NamedTuple):
    authority: Path
    certificate: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        return trusting(str(self.authority))


def make(folder: Path, host: str) -> Keys:
    """Make a certificate for a host; it is its own authority."""
    made = Keys(folder / "cert.pem", folder / "cert.pem", folder / "key.pem")
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-days", "2"]
    subprocess.run(
        [*new, *names, "-keyout", made.key, "-out", made.certificate], check=True, capture_output=True
    )
    return made
