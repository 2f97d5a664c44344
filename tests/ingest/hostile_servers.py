"""What hostile servers do, each with what the error says."""

import gzip
import os
import socket
import struct
import zlib

from tests.ingest.web import Answer, endless, http, picture, redirect, silent

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(b"\0" * 50_000_000)


def reset(connection: socket.socket) -> None:
    """Close as if the cable had been cut."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def then_reset(data: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.sendall(data)
        reset(connection)

    return answer


HOSTILE: dict[str, tuple[Answer, str]] = {
    # time
    "never answers": (silent, "fell silent"),
    "drips its status line": (endless(b"", b"H", 0.05), "not finished|cannot be read"),
    "drips its headers": (endless(OK + b"X: ", b"a", 0.05), "not finished"),
    "drips its body": (endless(OK + b"Content-Length: 9999\r\n\r\n", b"a", 0.05), "not finished"),
    "drips its chunks": (endless(CHUNKED, b"1\r\na\r\n", 0.05), "not finished"),
    "drips a chunk's extension": (endless(CHUNKED + b"1;", b"a", 0.05), "not finished"),
    "drips bodies that are to be continued": (endless(b"", b"HTTP/1.1 100 C\r\n\r\n", 0.05), "not finished"),
    "falls silent in its headers": (lambda c: (c.sendall(OK), silent(c)), "fell silent"),
    "falls silent in its body": (lambda c: (c.sendall(http(b"a", length=9)), silent(c)), "fell silent"),
    # size
    "never ends its body": (endless(OK + b"\r\n", b"a" * 65536), "more than 100000 bytes"),
    "never ends its chunks": (
        endless(CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        "more than 100000 bytes",
    ),
    "sends chunks of one byte": (endless(CHUNKED, b"1\r\na\r\n" * 9999), "more than"),
    "never ends a chunk's extension": (endless(CHUNKED + b"1;", b"a" * 65536), "cannot be read|more than"),
    "never ends its trailers": (endless(CHUNKED + b"0\r\n", b"X: a\r\n" * 9999), "more than may be read"),
    "never ends its status line": (
        endless(b"HTTP/1.1 200 ", b"a" * 65536),
        "cannot be read|more than may be read",
    ),
    "never ends one header": (endless(OK + b"X: ", b"a" * 65536), "cannot be read|more than may be read"),
    "sends too many headers": (OK + b"X: a\r\n" * 200 + b"\r\n", "cannot be read"),
    "never ends its headers": (endless(OK, b"X: a\r\n" * 9999), "cannot be read|more than may be read"),
    "sends few headers of much": (
        OK + (b"X: " + b"a" * 9000 + b"\r\n") * 50 + b"\r\n",
        "more than may be read",
    ),
    "continues without end": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99), "more than may be read"),
    "says that it sends too much": (http(picture(), length=10**12), "more than 100000 bytes"),
    # compression
    "sends a gzip bomb": (http(BOMB, "Content-Encoding: gzip"), "compressed"),
    "sends a deflate bomb": (
        http(zlib.compress(b"\0" * 50_000_000), "Content-Encoding: deflate"),
        "compressed",
    ),
    "sends gzip in gzip": (http(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"), "compressed"),
    "sends brotli": (http(b"\x0b\x02\x80abc\x03", "Content-Encoding: br"), "compressed"),
    "hides gzip in its transfer": (
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB),
        "no image",
    ),
    # lies about length
    "sends less than it says": (http(picture(), length=9999), "cannot be read"),
    "says two lengths": (http(picture(), "Content-Length: 5"), "cannot be read|no image"),
    "says a length of less than nothing": (endless(http(length=-5), b"a" * 65536), "more than 100000 bytes"),
    "sends chunks that are none": (CHUNKED + b"zz\r\nabc\r\n", "cannot be read"),
    "sends a chunk of less than nothing": (CHUNKED + b"-5\r\nabcde\r\n0\r\n\r\n", "cannot be read|no image"),
    "ends within a chunk": (CHUNKED + b"ff\r\nabc", "cannot be read"),
    # what is no HTTP
    "closes at once": (b"", "cannot be read"),
    "resets at once": (reset, "cannot be read"),
    "resets in its body": (then_reset(http(b"abc", length=100)), "cannot be read"),
    "speaks HTTP/0.9": (b"<html>hello</html>", "cannot be read"),
    "speaks SSH": (b"SSH-2.0-OpenSSH_9.9\r\n", "cannot be read"),
    "sends noise": (os.urandom(4096), "cannot be read|more than|fell silent"),
    "sends a status that is none": (b"HTTP/1.1 abc OK\r\n\r\n", "cannot be read"),
    "sends a status out of range": (b"HTTP/1.1 99999 OK\r\n\r\n", "cannot be read"),
    # what is no picture
    "calls a page a picture": (
        http(b"<html>hello</html>", "Content-Type: image/png"),
        "no image but text/html",
    ),
    "calls JSON a picture": (http(b'{"a": 1}', "Content-Type: image/png"), "no image but application/json"),
    "sends nothing": (http(b"", "Content-Type: image/png"), "empty"),
    "sends no content": (b"HTTP/1.1 204 No Content\r\n\r\n", "answers 204"),
    "switches protocols": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "answers 101"),
    "answers an error with a picture": (http(picture(), status="500 Oops"), "answers 500"),
    # redirects
    "redirects in a circle": (redirect("/a.png"), "more than 5 redirects"),
    "redirects to a file": (redirect("file:///etc/passwd"), "only http and https"),
    "redirects to the metadata": (redirect("http://169.254.169.254/latest/"), "link-local"),
    "redirects to another port here": (redirect("http://127.0.0.1:6379/"), "port 6379"),
    "redirects nowhere": (http(status="302 Found"), "not where to"),
    "redirects to noise": (
        redirect("http://\xff\xfe/".encode("latin-1").decode("latin-1")),
        "not opened|no text",
    ),
    "redirects with a break in it": (
        OK.replace(b"200", b"302") + b"Location: /a\r\n b\r\n\r\n",
        "spaces, control",
    ),
    "redirects with a body without end": (
        endless(b"HTTP/1.1 302 Found\r\nLocation: gopher://a/\r\n\r\n", b"a" * 65536),
        "only http and https",
    ),
}
