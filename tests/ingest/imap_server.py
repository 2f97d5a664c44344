"""A small IMAP server on this machine: the commands that reading a mailbox needs, over TLS, and faults."""

import contextlib
import re
import socket
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import BinaryIO

USER, PASSWORD = 'tips "line" \\ one', 'S3CRET pass"word\\ of café'
Fault = Callable[[str], bytes | None]
"""From a command to what is said in place of its answer; b"" hangs, None answers as usual."""


@dataclass
class MailServer:
    """One mailbox. Its mails are known by uid; tests may change everything while it runs."""

    mails: dict[int, bytes]
    validity: int = 1
    folder: bytes = b'"INBOX"'
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    sizes: dict[int, int] = field(default_factory=dict)
    """Sizes that it claims, where they are not the true ones."""
    fault: Fault = lambda _: None
    port: int = 0
    commands: list[str] = field(default_factory=list)
    """All that was asked, logins without their secrets."""
    sent: int = 0

    @contextmanager
    def serving(self, tls: ssl.SSLContext) -> Iterator["MailServer"]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            Thread(target=self._accept, args=(listener, tls), daemon=True).start()
            try:
                yield self
            finally:
                listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket, tls: ssl.SSLContext) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            Thread(target=self._talk, args=(connection, tls), daemon=True).start()

    def _talk(self, plain: socket.socket, tls: ssl.SSLContext) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(20)
            with tls.wrap_socket(plain, server_side=True) as connection:
                file = connection.makefile("rb")
                self._say(connection, self.fault("GREETING") or b"* OK ready\r\n")
                while line := file.readline():
                    tag, _, command = line.decode().strip().partition(" ")
                    if not self._answer(connection, file, tag, command):
                        return

    def _say(self, connection: ssl.SSLSocket, answer: bytes) -> None:
        self.sent += len(answer)
        connection.sendall(answer)

    def _answer(self, connection: ssl.SSLSocket, file: BinaryIO, tag: str, command: str) -> bool:
        name = command.removeprefix("UID ").split(" ")[0].upper()
        self.commands.append(command if name not in ("LOGIN", "AUTHENTICATE") else name)
        said = self.fault(command)
        if said == b"":
            file.read(1)  # until the other side has had enough
            return False
        if said is None:
            said = getattr(self, f"_{name.lower()}")(connection, file, command)
        self._say(connection, said.replace(b"TAG", tag.encode()))
        return name != "LOGOUT"

    def _capability(self, *_: object) -> bytes:
        return f"* CAPABILITY {self.capabilities}\r\nTAG OK done\r\n".encode()

    def _logout(self, *_: object) -> bytes:
        return b"* BYE\r\nTAG OK done\r\n"

    def _authenticate(self, connection: ssl.SSLSocket, file: BinaryIO, _command: str) -> bytes:
        self._say(connection, b"+ \r\n")
        given = b64decode(file.readline()).decode()
        return self._welcome(given == f"\0{USER}\0{PASSWORD}", given)

    def _login(self, _connection: ssl.SSLSocket, _file: BinaryIO, command: str) -> bytes:
        user, password = (re.sub(r"\\(.)", r"\1", one) for one in re.findall(r'"((?:\\.|[^"\\])*)"', command))
        return self._welcome((user, password) == (USER, PASSWORD.replace("é", "e")), command)

    def _welcome(self, known: bool, given: str) -> bytes:
        """Repeat what was given, as no server should."""
        shown = given.replace("\0", " ")
        return b"TAG OK done\r\n" if known else f"TAG NO [AUTHENTICATIONFAILED] wrong: {shown}\r\n".encode()

    def _examine(self, _connection: ssl.SSLSocket, _file: BinaryIO, command: str) -> bytes:
        if command.partition(" ")[2].encode() != self.folder:
            return b"TAG NO [NONEXISTENT] no such mailbox\r\n"
        return (
            f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] valid\r\n"
            f"* FLAGS (\\Seen)\r\nTAG OK [READ-ONLY] done\r\n"
        ).encode()

    def _fetch(self, _connection: ssl.SSLSocket, _file: BinaryIO, command: str) -> bytes:
        uids = sorted(self.mails)
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            return self._body(int(found[1]), int(found[2]))
        if not (found := re.fullmatch(r"FETCH (\d+):(\d+) \(UID( RFC822\.SIZE)?\)", command)):
            return b"TAG BAD what is this?\r\n"
        lines = ["* 1 FETCH (FLAGS (\\Seen))"]  # somebody else reads a mail meanwhile
        for number in range(int(found[1]), int(found[2]) + 1):
            uid = uids[number - 1]
            size = f" RFC822.SIZE {self.sizes.get(uid, len(self.mails[uid]))}" if found[3] else ""
            lines.append(f"* {number} FETCH (UID {uid}{size})")
        return "\r\n".join([*lines, "TAG OK done\r\n"]).encode()

    def _body(self, uid: int, limit: int) -> bytes:
        if uid not in self.mails:
            return b"TAG OK nothing\r\n"
        body = self.mails[uid][:limit]
        head = f"* {sorted(self.mails).index(uid) + 1} FETCH (UID {uid} BODY[]<0> {{{len(body)}}}\r\n"
        return head.encode() + body + b")\r\nTAG OK done\r\n"
