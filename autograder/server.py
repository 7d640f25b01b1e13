"""The trusted web server: it stands outside the box and answers code inside.

    box (network namespace of its own)            harness
      runner --- makes a listening socket -----> takes it over, and runs the server on it
      answer --- http://127.0.0.1:PORT/a ------> waits `seconds`, answers, keeps the ledger

A socket belongs to the network namespace it was made in, whoever holds it. The runner makes it before
any code of the answer has run, sends it out over its own socket and closes its end; so the box still
has no network, nobody needs a privilege, and the answer can reach neither the server's memory nor its
ledger. Whatever a client does is bounded: connections, requests, bytes, and how long it may keep silent.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, cast

from autograder.protocol import ProtocolError
from autograder.sandbox import Box, SandboxError
from autograder.site import Page, Request, Site

_START_SECONDS = 20.0
_SILENT_SECONDS = 30.0  # for the whole head of a request, and for reading an answer
_MOST_HEAD = 16 << 10  # bytes
_BACKLOG = 1024  # connections that may wait to be accepted; who finds no room tries again a second later
_MOST_AT_ONCE = 128  # connections
_MOST_CONNECTIONS = 5000
_MOST_REQUESTS = 5000
_MOST_BYTES = 128 << 20  # of all answers together
_LONGEST_PATH = 200


def listener_in(box: Box) -> socket.socket:
    """Have the runner of a box listen on 127.0.0.1, as code in the box sees it, and take the socket over.

    Call it before anything else is asked of the runner: no code of the answer has run then.

    Raises
    ------
    SandboxError
        If no socket came.
    """
    deadline = time.monotonic() + _START_SECONDS
    try:
        box.channel.send({"listen": True}, deadline=deadline)
        return box.channel.receive_socket(deadline)
    except (OSError, EOFError, ProtocolError) as error:  # TimeoutError is an OSError
        said = box.output().strip() or "it said nothing"
        raise SandboxError(
            f"the runner made no socket for the server ({type(error).__name__}: {error}): {said}"
        ) from None


class Server:
    """Serves a site from a thread of its own; a context manager.

    Parameters
    ----------
    site : Site
    listener : socket.socket
        A listening TCP socket, taken over and closed at the end.

    Attributes
    ----------
    origin : str
        What its urls begin with.
    ledger : tuple of Request
        What was asked, in the order of asking; complete once the context was left.
    """

    def __init__(self, site: Site, listener: socket.socket) -> None:
        self._answers = {path: _answer(site.body(path), page) for path, page in site.pages.items()}
        self._pages = site.pages
        self._listener = listener
        self.origin = "http://{}:{}".format(*listener.getsockname()[:2])
        self.ledger: tuple[Request, ...] = ()
        self._requests: list[Request] = []
        self._connections: set[_Connection] = set()
        self._count: Counter[str] = Counter()
        self._failures: list[dict[str, Any]] = []

    def __enter__(self) -> Server:
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(self._failed)
        self._stopping = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "server")
        self._done: Future[None] = self._thread.submit(self._loop.run_until_complete, self._serve())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        try:
            self._done.result()
        finally:
            self._thread.shutdown()
            self._loop.close()
            self._listener.close()
        self.ledger = tuple(sorted(self._requests, key=lambda request: request.begun))
        if self._failures:
            raise SandboxError(f"the harness's own server failed, not the answer: {self._failures[0]}")

    def _failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take note of an error in a callback, and serve no more: nobody is to wait for an answer."""
        self._failures.append(context)
        self._stopping.set()

    async def _serve(self) -> None:
        accepting = asyncio.create_task(self._accept())
        await self._stopping.wait()
        accepting.cancel()
        await asyncio.wait([accepting])
        for connection in self._connections:
            connection.transport.abort()
        while self._connections:
            await asyncio.sleep(0)

    async def _accept(self) -> None:
        """Let clients in, one after the other; after too many, nobody listens any more."""
        try:
            self._listener.setblocking(False)
            self._listener.listen(_BACKLOG)
            for _ in range(_MOST_CONNECTIONS):
                client, _ = await self._loop.sock_accept(self._listener)
                if len(self._connections) < _MOST_AT_ONCE:
                    await self._loop.connect_accepted_socket(lambda: _Connection(self), client)
                else:
                    client.close()
        except OSError as error:
            self._failed(self._loop, {"message": "no client can be let in", "exception": error})
        self._listener.close()

    # What follows is called by connections, in the server's thread.

    def enter(self, connection: _Connection) -> None:
        """Remember a connection."""
        self._connections.add(connection)

    def leave(self, connection: _Connection) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)

    def find(self, path: str) -> tuple[Page, bytes] | None:
        """The page of that path and all of its answer; None if so much was asked that no more is answered."""
        page = self._pages.get(path, Page(size=0, seconds=0.0, status=404))
        answer = self._answers.get(path) or _answer(b"", page)
        self._count["requests"] += 1
        self._count["bytes"] += len(answer)
        if self._count["requests"] > _MOST_REQUESTS or self._count["bytes"] > _MOST_BYTES:
            return None
        return page, answer

    def note(self, path: str, begun: float | None, status: int) -> None:
        """Enter a request that ends now, perhaps before it was begun."""
        now = time.monotonic()
        self._requests.append(Request(path[:_LONGEST_PATH], now if begun is None else begun, now, status))


class _Connection(asyncio.Protocol):
    """One client: GET after GET, one at a time, until one of the two closes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = bytearray()
        self._path: str | None = None  # of the request under way
        self._begun: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._server.enter(self)
        self._after(_SILENT_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(status=0)
        if self._timer is not None:
            self._timer.cancel()
        self._server.leave(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _MOST_HEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._path is None:
            self._next()

    def _next(self) -> None:
        """Begin the next request, if all of its head is there."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self.transport.is_closing():
            return
        line, *fields = self._received[:end].decode("latin-1").split("\r\n")
        del self._received[: end + 4]
        method, _, rest = line.partition(" ")
        path, _, version = rest.partition(" ")
        named = dict(field.lower().replace(" ", "").split(":", 1) for field in fields if ":" in field)
        if version not in ("HTTP/1.0", "HTTP/1.1"):
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif method != "GET":
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        elif named.get("content-length", "0") != "0" or "transfer-encoding" in named:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._path, self._begun = path, None
            last = version == "HTTP/1.0" or named.get("connection") == "close"
            # A client may give up one request and ask on another connection at once. What both did can
            # be read in the same turn of the loop; a timer comes after all that was read in it.
            self._after(0.0, self._begin, path, last)

    def _begin(self, path: str, last: bool) -> None:
        self._begun = time.monotonic()
        found = self._server.find(path)
        if found is None:
            self.transport.abort()
        else:
            self._after(found[0].seconds, self._respond, *found, last)

    def _respond(self, page: Page, answer: bytes, last: bool) -> None:
        # Noted before it is sent: who has the whole answer may ask again at once.
        self._finish(page.status)
        self.transport.write(answer)
        self._after(_SILENT_SECONDS, self.transport.abort)
        if last or page.cut:
            self.transport.close()
        else:
            self._next()

    def _refuse(self, status: HTTPStatus) -> None:
        self._finish(status=0)
        self.transport.write(_answer(b"", Page(size=0, status=status)))
        self._after(_SILENT_SECONDS, self.transport.abort)
        self.transport.close()

    def _finish(self, status: int) -> None:
        if self._path is not None:
            self._server.note(self._path, self._begun, status)
            self._path = None

    def _after(self, seconds: float, action: Any, *arguments: Any) -> None:
        """Set this connection's one timer."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, action, *arguments)


def _answer(body: bytes, page: Page) -> bytes:
    """All that is sent for a page."""
    head = (
        f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + (body[: len(body) // 2] if page.cut else body)
