"""The trusted web server: what it answers, what it writes down, and clients that mean it harm."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder import calls, server
from autograder.protocol import Channel, ProtocolError
from autograder.sandbox import Bare, Limits, SandboxError
from autograder.server import Server, listener_in
from autograder.site import ORIGIN, Page, Site, each_once, most_at_once
from autograder.tasks import Digest

SOON = 20.0
LONG = Page(seconds=600.0)  # nobody waits for it

pytestmark = pytest.mark.usefixtures("leaves_nothing", "closes_its_sockets")
contained = pytest.mark.parametrize("sandbox", ["bubblewrap"], indirect=True)


def sockets() -> int:
    """How many sockets this process holds."""
    held = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            held += os.readlink(descriptor).startswith("socket:")
    return held


@pytest.fixture
def closes_its_sockets() -> Iterator[None]:
    before = sockets()
    yield
    assert sockets() == before


def serving(**pages: Page) -> Server:
    """A server on this machine, for the pages /NAME."""
    site = Site("key", {f"/{name}": page for name, page in pages.items()})
    return Server(site, socket.create_server(("127.0.0.1", 0)))


def body(served: Server, path: str) -> bytes:
    return Site("key", served._pages).body(path)


def connect(served: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(served.origin.rpartition(":")[2])), SOON)


def client(served: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(served.origin.removeprefix("http://"), timeout=SOON)


def get(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: here", *fields, "", ""]).encode()


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def told(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


# What it answers -------------------------------------------------------------------------------------


def test_pages_come_with_their_status_and_body_over_one_connection() -> None:
    pages = {
        "a": Page(size=300_000),
        "empty": Page(size=0),
        "gone": Page(status=404),
        "bad": Page(status=500),
    }
    with serving(**pages) as served, contextlib.closing(client(served)) as connection:
        for name, page in pages.items():
            connection.request("GET", f"/{name}")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (page.status, body(served, f"/{name}"))
        connection.request("GET", "/unknown")
        assert connection.getresponse().status == 404
    assert [(one.path, one.status) for one in served.ledger] == [
        ("/a", 200),
        ("/empty", 200),
        ("/gone", 404),
        ("/bad", 500),
        ("/unknown", 404),
    ]
    for one in served.ledger[:-1]:
        assert one.ended - one.begun >= pages[one.path[1:]].seconds
    assert most_at_once(served.ledger) == 1


def test_a_cut_body_ends_before_its_end() -> None:
    with serving(a=Page(size=1001, cut=True)) as served, contextlib.closing(client(served)) as connection:
        connection.request("GET", "/a")
        with pytest.raises(http.client.IncompleteRead) as caught:
            connection.getresponse().read()
        assert caught.value.partial == body(served, "/a")[:500]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_it_closes_when_it_is_asked_to_or_the_client_is_old(version: str) -> None:
    with serving(a=Page(size=10)) as served, connect(served) as connection:
        connection.sendall(f"GET /a HTTP/{version}\r\nConnection: Close\r\n\r\n".encode())
        assert told(connection).endswith(b"\r\n\r\n" + body(served, "/a"))


def test_requests_sent_ahead_on_one_connection_are_answered_one_after_the_other() -> None:
    with serving(a=Page(), b=Page()) as served, connect(served) as connection:
        connection.sendall(get("/a") + get("/b") + get("/a", "Connection: close"))
        assert told(connection).count(b"200 OK") == 3
    assert [one.path for one in served.ledger] == ["/a", "/b", "/a"]
    assert most_at_once(served.ledger) == 1


def test_it_sees_how_many_ask_at_the_same_time() -> None:
    with serving(a=LONG) as served, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(served)) for _ in range(20)]
        for connection in connections:
            connection.sendall(get("/a"))
        until(lambda: sum(each._begun is not None for each in tuple(served._connections)) == 20)
    assert len(served.ledger) == most_at_once(served.ledger) == 20


@pytest.mark.parametrize("reset", [False, True])
def test_who_leaves_is_not_waited_for_and_may_ask_elsewhere_at_once(reset: bool) -> None:
    with serving(a=LONG) as served:
        for _ in range(5):
            with connect(served) as one, connect(served) as other:
                one.sendall(get("/a"))
                until(lambda: any(each._begun is not None for each in served._connections))
                turn = threading.Event()
                served._loop.call_soon_threadsafe(turn.wait, SOON)
                if reset:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()
                other.sendall(get("/a"))
                turn.set()  # only now the server reads, both at once
                until(lambda: sum(each._begun is not None for each in served._connections) == 1)
            until(lambda: not served._connections)
    assert len(served.ledger) == 10 and {one.status for one in served.ledger} == {0}
    assert most_at_once(served.ledger) == 1


def test_what_is_under_way_at_the_end_is_in_the_ledger() -> None:
    with serving(a=LONG, b=Page(seconds=0.0)) as served, connect(served) as one, connect(served) as other:
        one.sendall(get("/a"))
        other.sendall(get("/b", "Connection: close"))
        told(other)
    assert sorted((one.path, one.status) for one in served.ledger) == [("/a", 0), ("/b", 200)]


# Clients that mean harm ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\xff\r\n\r\n", b"400"),
        (b"\r\n\r\n\r\n\r\n", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET /a HTTP/2.0\r\n\r\n", b"400"),
        (b"DELETE /a HTTP/1.1\r\n\r\n", b"405"),
        (get("/a", "Content-Length: 5") + b"hello", b"413"),
        (get("/a", "Transfer-Encoding: chunked"), b"413"),
        (get("/a", "X: " + "x" * (1 << 20)), b"431"),
        (b"x" * (1 << 20), b"431"),
        (get("/a") + b"x" * (1 << 20), b"431"),
    ],
)
def test_what_is_no_request_for_a_page_is_refused(sent: bytes, status: bytes) -> None:
    with serving(a=LONG, b=Page()) as served:
        with connect(served) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
            assert told(connection)[:12] in (b"HTTP/1.1 " + status, b"")
        with connect(served) as connection:
            connection.sendall(get("/b", "Connection: close"))
            assert b"200 OK" in told(connection)
    assert [one.status for one in served.ledger if one.path == "/b"] == [200]


def test_who_keeps_silent_or_never_ends_a_request_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_SILENT_SECONDS", 0.2)
    with serving(a=Page(seconds=0.0)) as served, connect(served) as silent, connect(served) as slow:
        with contextlib.suppress(ConnectionError):
            while True:  # a header that never ends, a little at a time
                slow.sendall(b"X")
                time.sleep(0.01)
        assert told(silent) == b""
        assert not served._connections


def test_who_asks_and_never_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_SILENT_SECONDS", 0.2)
    with serving(a=Page(size=20 << 20, seconds=0.0)) as served, connect(served) as connection:
        connection.sendall(get("/a", "Connection: close"))
        until(lambda: served._requests and not served._connections)


def test_more_connections_than_there_is_room_for_are_dropped_and_the_others_served() -> None:
    with serving(a=Page(seconds=0.0)) as served, contextlib.ExitStack() as stack:
        first = stack.enter_context(connect(served))
        crowd = [stack.enter_context(connect(served)) for _ in range(300)]
        dropped = sum(_dropped(connection) for connection in crowd[150:])
        assert dropped == 150 and len(served._connections) <= server._MOST_AT_ONCE
        first.sendall(get("/a", "Connection: close"))
        assert b"200 OK" in told(first)


def _dropped(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_after_too_many_connections_nobody_listens_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 1000)
    made = 0
    with serving(a=LONG) as served, contextlib.suppress(ConnectionError):
        while made < 3000:
            connect(served).close()
            made += 1
    assert 1000 <= made < 3000


@pytest.mark.parametrize(("limit", "value"), [("_MOST_REQUESTS", 3), ("_MOST_BYTES", 3500)])
def test_only_so_much_is_answered(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(server, limit, value)
    with serving(a=Page(size=1000, seconds=0.0)) as served, connect(served) as connection:
        connection.sendall(get("/a") * 100)
        assert told(connection).count(b"200 OK") == 3
    assert len(served.ledger) == 4


def test_a_failure_of_its_own_is_nobodys_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_answer", lambda body, page: b"")
    with pytest.raises(SandboxError, match="own server failed"), serving(a=Page()) as served:
        del served._pages
        with connect(served) as connection:
            connection.sendall(get("/a"))
            told(connection)


# In a box --------------------------------------------------------------------------------------------


def in_box(sandbox: Any, text: str, site: Site, *arguments: Any, **options: Any) -> Any:
    """Call `answer` of this module with the site beside it."""
    settings = calls.Settings(sandbox, start_method=options.pop("start_method", "fork"))
    return calls.call_in_box(settings, "answer", "answer", arguments, SOON, {"answer": text}, site=site)


FETCH = """
from urllib.request import urlopen

def answer(url, *more):
    return urlopen(url, timeout=10).read()
"""


def test_code_in_a_box_can_fetch_and_what_it_asked_is_told(sandbox: Any) -> None:
    site = Site("key", {"/a": Page(size=70_000)})
    run = in_box(sandbox, FETCH, site, site.url("/a"))
    assert run.outcome.value == site.body("/a"), run.outcome
    assert each_once(["/a"], run.outcome.requests) == ""


def test_urls_are_put_in_wherever_they_are_in_the_arguments(sandbox: Any) -> None:
    site = Site("key", {})
    text = "def answer(urls, task): return urls, task.key"
    urls, key = in_box(sandbox, text, site, [{"?": (site.url("/a"),)}], Digest(ORIGIN)).outcome.value
    assert key.startswith("http://127.0.0.1:") and urls == [{"?": (f"{key}/a",)}]


def test_a_proxy_of_this_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    site = Site("key", {"/a": Page()})
    assert in_box(Bare(), FETCH, site, site.url("/a")).outcome.value == site.body("/a")


@contained
def test_there_is_nothing_else_to_connect_to(sandbox: Any) -> None:
    text = """
import socket

def answer(url, outside):
    own = int(url.split(":")[2].split("/")[0])
    told = {}
    for host, port in [("127.0.0.1", own), ("127.0.0.1", outside), ("192.0.2.1", 80), ("2001:db8::1", 80)]:
        try:
            socket.create_connection((host, port), 5).close()
            told[host, port] = "connected"
        except OSError as error:
            told[host, port] = error.strerror
    listening = [line.split()[1] for line in open("/proc/net/tcp") if line.split()[3] == "0A"]
    return [told[place] for place in told], listening == [f"0100007F:{own:04X}"]
"""
    with socket.create_server(("127.0.0.1", 0)) as outside:
        site = Site("key", {})
        run = in_box(sandbox, text, site, site.url("/a"), outside.getsockname()[1])
    refused, unreachable = "Connection refused", "Network is unreachable"
    assert run.outcome.value == (["connected", refused, unreachable, unreachable], True), run.outcome


@contained
def test_the_answer_cannot_hold_or_share_the_servers_socket(sandbox: Any) -> None:
    text = """
import os, socket

def answer(url):
    own = int(url.split(":")[2].split("/")[0])
    held = []
    for name in os.listdir("/proc/self/fd"):
        try:
            with socket.socket(fileno=os.dup(int(name))) as one:
                held.append(one.family == socket.AF_INET)
        except OSError:
            pass
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            other.bind(("127.0.0.1", own))
            other.listen()
            return held, "listening"
        except OSError as error:
            return held, error.strerror
"""
    site = Site("key", {})
    assert in_box(sandbox, text, site, site.url("/")).outcome.value == ([False], "Address already in use")


def test_nothing_listens_once_the_box_is_gone(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def watched(box: Any) -> socket.socket:
        listener = listener_in(box)
        seen["namespace"] = os.stat(f"/proc/{box.root_pid}/ns/net").st_ino
        seen["address"] = listener.getsockname()
        return listener

    monkeypatch.setattr(calls, "listener_in", watched)
    site = Site("key", {"/a": LONG})
    text = "import urllib.request\ndef answer(url): urllib.request.urlopen(url, timeout=1)"
    before = sockets()
    assert in_box(sandbox, text, site, site.url("/a")).outcome.error == "TimeoutError"
    # No process is in the namespace any more and nobody here holds a socket of it: it is gone.
    assert sockets() == before
    if sandbox.name == "bubblewrap":
        assert seen["namespace"] not in namespaces()
        assert seen["namespace"] != os.stat("/proc/self/ns/net").st_ino
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(seen["address"], SOON)


def namespaces() -> set[int]:
    """The network namespaces of all processes."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found.add(os.stat(process / "ns/net").st_ino)
    return found


def test_a_flood_from_the_box_harms_only_the_answer_that_makes_it(sandbox: Any) -> None:
    text = """
import contextlib, resource, socket

def answer(url):
    place = url.split("/")[2].split(":")
    room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 50
    held, refused = [], 0
    for number in range(20_000):
        if len(held) >= min(room, 1000):
            held.pop(0).close()
        try:
            one = socket.create_connection((place[0], int(place[1])), 5)
        except ConnectionError:  # refused, or let go in the queue
            refused += 1
            if refused > 3:
                break
            continue
        held.append(one)
        with contextlib.suppress(OSError):
            one.sendall(b"GET " + b"x" * 3000)
    return number
"""
    site = Site("key", {"/a": Page()})
    run = in_box(sandbox, text, site, site.url("/a"))
    # Not all of its 20,000. How many wait in the kernel's queue when nobody listens any more is chance.
    most = server._MOST_CONNECTIONS + 2 * server._BACKLOG
    assert run.outcome.kind == "value" and run.outcome.value < most, run.outcome
    assert run.outcome.requests == ()
    assert in_box(sandbox, FETCH, site, site.url("/a")).outcome.value == site.body("/a")


# A socket on its way out of the box ------------------------------------------------------------------


def test_a_socket_is_received_or_it_is_said_why_not() -> None:
    ours, theirs = socket.socketpair()
    here, there = Channel(ours), Channel(theirs)
    with contextlib.closing(here), socket.socket() as sent:
        there.send_socket(sent)
        with here.receive_socket(time.monotonic() + SOON) as received:
            assert received.fileno() != sent.fileno() and received.family == sent.family
        theirs.sendall(b"none")
        with pytest.raises(ProtocolError, match="no socket"):
            here.receive_socket(time.monotonic() + SOON)
        with pytest.raises(TimeoutError):
            here.receive_socket(time.monotonic() + 0.05)
        there.close()
        with pytest.raises(EOFError):
            here.receive_socket(time.monotonic() + SOON)


def test_a_box_that_is_gone_makes_no_socket(sandbox: Any) -> None:
    with sandbox.start({}, Limits()) as box:
        box.kill()
        box.wait_empty()
        with pytest.raises(SandboxError, match="no socket for the server"):
            listener_in(box)
