"""The protocol: values come back as they were, nothing but data passes, and nothing sent can do harm."""

from __future__ import annotations

import copy
import json
import math
import random
import socket
import struct
import threading
import time
from collections import Counter, OrderedDict, namedtuple
from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from autograder import drivers, tasks
from autograder.protocol import Caps, Channel, Opaque, ProtocolError, Stream, decode, encode, pack, unpack

SMALL = Caps(header=4096, body=4096)
SOON = 20.0  # seconds: no test waits that long unless something is broken
HEAD = struct.Struct(">4sIQ")

NUMBERS = ["bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
NUMBERS += ["float16", "float32", "float64"]

Ends = tuple[Channel, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The harness's channel, and the socket that an attacker would write to."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours, SMALL)
    yield channel, theirs
    channel.close()
    theirs.close()


def there_and_back(value: Any, *, trusted: bool = False) -> Any:
    """Encode, frame, unframe and decode."""
    tree, buffers = encode(value, trusted=trusted)
    frame = pack({"value": tree}, buffers)
    _, header, body = HEAD.unpack(frame[: HEAD.size])
    assert len(frame) == HEAD.size + header + body
    text = frame[HEAD.size : HEAD.size + header]
    header_back, buffers_back = unpack(text, frame[HEAD.size + header :])
    return decode(header_back["value"], buffers_back, trusted=trusted)


def receive(ends: Ends, frame: bytes, close: bool = True) -> Any:
    """What the harness makes of raw bytes: the decoded value of the frame's header."""
    channel, theirs = ends
    theirs.sendall(frame)
    if close:
        theirs.shutdown(socket.SHUT_WR)
    header, buffers = channel.receive(time.monotonic() + SOON)
    return decode(header.get("value"), buffers)


# Values ----------------------------------------------------------------------------------------------

PLAIN = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    2**63,
    -(2**63),
    2**14_000 - 1,
    -(2**14_000) + 1,
    0.0,
    -0.0,
    0.1,
    5e-324,
    math.inf,
    -math.inf,
    "",
    "snow ❄ and \N{PILE OF POO}",
    "a lone surrogate \udce9 and a zero \0",
    b"",
    b"\x00\xff" * 3,
    [],
    (),
    set(),
    frozenset(),
    {},
    [1, [2, (3, [b"four", {5: {6.0, "seven"}}])]],
    {(1, frozenset([2])): [None], None: True, "$": "dict", b"key": {"$": "task"}},
    {"$": "opaque", "type": "t", "text": "x"},
]


def exactly(value: Any) -> Any:
    """Something that is equal only for equal values of equal types all the way down."""
    if isinstance(value, (list, tuple)):
        return (type(value), [exactly(item) for item in value])
    if isinstance(value, (set, frozenset)):
        return (type(value), Counter(map(repr, map(exactly, value))))
    if isinstance(value, dict):
        return (dict, [(exactly(key), exactly(item)) for key, item in value.items()])
    return (type(value), repr(value))


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:30].encode("ascii", "replace"))
def test_plain_values_come_back_with_their_types(value: Any) -> None:
    assert exactly(there_and_back(value)) == exactly(value)


def test_a_nan_comes_back() -> None:
    assert math.isnan(there_and_back([math.nan])[0])


@pytest.mark.parametrize("dtype", [*NUMBERS, ">i4", ">f8", ">u2"])
def test_arrays_come_back(dtype: str) -> None:
    whole = numpy.arange(24).reshape(2, 3, 4).astype(dtype)
    for array in (whole, whole.T, whole[:, ::2, 1:], whole[:0], numpy.asfortranarray(whole), whole[0, 0]):
        back = there_and_back([array])[0]
        assert back.dtype == array.dtype.newbyteorder("=")
        assert back.shape == array.shape
        assert (back == array).all()
    scalar = there_and_back(numpy.array(1, dtype=dtype))
    assert scalar.shape == () and scalar == 1


def test_an_array_that_came_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        there_and_back(numpy.zeros(3))[0] = 1


@pytest.mark.parametrize(
    ("scalar", "plain"),
    [
        (numpy.float64(0.5), 0.5),
        (numpy.float16(0.5), 0.5),
        (numpy.int8(-3), -3),
        (numpy.uint64(2**64 - 1), 2**64 - 1),
        (numpy.bool_(True), True),
    ],
)
def test_numpy_scalars_become_plain_numbers(scalar: Any, plain: Any) -> None:
    assert exactly(there_and_back(scalar)) == exactly(plain)


class MyInt(int): ...


class MyStr(str): ...


class MyList(list): ...


class MyDict(dict): ...


class MyArray(numpy.ndarray): ...


Pair = namedtuple("Pair", "one two")


@pytest.mark.parametrize(
    "value",
    [
        MyInt(1),
        MyStr("a"),
        MyList([1]),
        MyDict(a=1),
        Pair(1, 2),
        OrderedDict(a=1),
        Counter("aab"),
        range(3),
        (number for number in range(3)),
        1j,
        object(),
        len,
        int,
        ValueError("no"),
        numpy.zeros(2).view(MyArray),
        numpy.zeros(2).view(numpy.memmap),
        numpy.ma.masked_array([1, 2], [True, False]),
        numpy.array([object()]),
        numpy.array(["text"]),
        numpy.array([1j]),
        numpy.array([(1, 2)], dtype="i4,i4"),
        numpy.datetime64("2026-01-01"),
        numpy.longdouble(1),
        numpy.dtype("int32"),
        2**14_000,
        -(2**14_000),
        tasks.Digest("key"),
        Stream((1, 2)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_data_comes_back_as_its_description(value: Any) -> None:
    back = there_and_back([value])[0]
    assert type(back) is Opaque
    assert back.type_name == type(value).__name__
    assert len(back.text) <= 200


def test_whatever_came_can_be_written_down() -> None:
    """An int of more than 4300 digits would make repr() raise, in the midst of a report."""
    for value in (2**14_000, 2**14_000 - 1, 10**5000, -(10**6000)):
        assert repr(there_and_back({"result": [value]}))


def test_an_answer_that_holds_itself_ends() -> None:
    value: list[Any] = []
    value.append(value)
    back, depth = there_and_back(value), 0
    while type(back) is list:
        (back,), depth = back, depth + 1
    assert type(back) is Opaque and depth == 61


ran: list[str] = []


class Liar:
    """Claims to be anything, and remembers every time it is asked."""

    __module__ = "numpy"

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        ran.append("__class__")
        return list

    def _lie(self, *arguments: Any) -> Any:
        ran.append("method")
        return True

    __eq__ = __ne__ = __lt__ = __contains__ = __bool__ = __call__ = _lie  # type: ignore[assignment]

    def __hash__(self) -> int:
        ran.append("__hash__")
        return 0

    def __len__(self) -> int:
        ran.append("__len__")
        return 1

    def __iter__(self) -> Iterator[int]:
        ran.append("__iter__")
        return iter([1])

    def __repr__(self) -> str:
        ran.append("__repr__")
        return "[1]"

    def __reduce__(self) -> Any:
        ran.append("__reduce__")
        return (ran.append, ("unpickled",))

    def __getattr__(self, name: str) -> Any:
        ran.append(name)
        return self._lie


class LyingType(type):
    """A class whose class lies about its name, its module and its kind."""

    __module__ = "autograder.tasks"

    def __eq__(cls, other: object) -> bool:
        ran.append("type ==")
        return True

    def __hash__(cls) -> int:
        return hash(list)

    def __instancecheck__(cls, instance: object) -> bool:
        ran.append("isinstance")
        return True


class Impostor(metaclass=LyingType):
    def __repr__(self) -> str:
        raise SystemError("no text for you")


@pytest.mark.parametrize("make", [Liar, Impostor])
def test_no_code_of_the_answer_runs_where_it_is_judged(make: type) -> None:
    """Encoding happens in the box and may run it; from the frame on, nothing does."""
    tree, buffers = encode([make(), {1: make()}])
    frame = json.dumps(tree)
    ran.clear()
    back = decode(json.loads(frame), buffers)
    assert back[0] != 1 and back != [1, {1: 1}] and bool(back[0]) and repr(back) and {back[0]: 1}
    assert type(back[0]) is Opaque and type(back[1][1]) is Opaque
    assert ran == []


# Tasks and streams -----------------------------------------------------------------------------------


def test_tasks_arrive_at_the_runner_as_themselves() -> None:
    task = tasks.UnevenDigest("key", 1, 2, (3, 4))
    back = there_and_back([task, {"inside": task}], trusted=True)
    assert back == [task, {"inside": task}] and back[0](3) == task(3)


def test_a_driver_arrives_at_the_runner_as_itself() -> None:
    driver = drivers.Files("key", (100, 200), 2)
    assert there_and_back([driver], trusted=True) == [driver]


def test_a_stream_can_be_read_once() -> None:
    stream = there_and_back(Stream((1, (2, b"3"))), trusted=True)
    assert iter(stream) is stream
    assert list(stream) == [1, (2, b"3")] and list(stream) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"$": "task", "module": "autograder.tasks", "class": "Digest", "fields": {"key": "k", "rounds": 1}},
        {
            "$": "task",
            "module": "autograder.tasks",
            "class": "chain",
            "fields": {"seed": {"$": "bytes", "buffer": 0}, "rounds": 10**9},
        },
        {"$": "stream", "items": [1, 2]},
    ],
    ids=["task", "function", "stream"],
)
def test_tasks_and_streams_are_refused_from_the_answer(tree: Any) -> None:
    with pytest.raises(ProtocolError, match="unknown mark"):
        decode(tree, [b"x"])


# Hostile trees ---------------------------------------------------------------------------------------

EVIL_TREES: dict[str, Any] = {
    "object without a mark": {},
    "unknown mark": {"$": "pickle", "data": "gASVIgAAAAAAAACMBXBvc2l4"},
    "mark of the wrong type": {"$": ["list"]},
    "mark that is an object": {"$": {"$": "int"}},
    "int without digits": {"$": "int"},
    "int of an int": {"$": "int", "hex": 5},
    "int of a word": {"$": "int", "hex": "zz"},
    "int of a list": {"$": "int", "hex": ["1"]},
    "int too long to write": {"$": "int", "hex": "0x" + "f" * 3600},
    "float of a word": {"$": "float", "text": "1.0"},
    "float of a list": {"$": "float", "text": []},
    "tuple of a word": {"$": "tuple", "items": "ab"},
    "tuple of an object": {"$": "tuple", "items": {"$": "tuple", "items": []}},
    "tuple of nothing": {"$": "tuple"},
    "set of lists": {"$": "set", "items": [[1]]},
    "frozenset of dicts": {"$": "frozenset", "items": [{"$": "dict", "items": []}]},
    "dict of single items": {"$": "dict", "items": [1, 2]},
    "dict of triples": {"$": "dict", "items": [[1, 2, 3]]},
    "dict with a list for a key": {"$": "dict", "items": [[[1], 2]]},
    "dict of a number": {"$": "dict", "items": 7},
    "bytes out of range": {"$": "bytes", "buffer": 2},
    "bytes before the first": {"$": "bytes", "buffer": -1},
    "bytes by a bool": {"$": "bytes", "buffer": False},
    "bytes by a float": {"$": "bytes", "buffer": 0.0},
    "bytes by a word": {"$": "bytes", "buffer": "0"},
    "bytes by a huge index": {"$": "bytes", "buffer": 10**300},
    "array of objects": {"$": "array", "buffer": 0, "dtype": "object", "shape": [1]},
    "array of pointers": {"$": "array", "buffer": 0, "dtype": "O", "shape": [1]},
    "array of text": {"$": "array", "buffer": 0, "dtype": "<U2", "shape": [1]},
    "array of records": {"$": "array", "buffer": 0, "dtype": "i4,i4", "shape": [1]},
    "array of a list of fields": {"$": "array", "buffer": 0, "dtype": [["a", "i4"]], "shape": [1]},
    "array of no type": {"$": "array", "buffer": 0, "dtype": None, "shape": [1]},
    "array of a negative shape": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [-8]},
    "array of two negatives": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [-2, -4]},
    "array of any length": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [-1]},
    "array of a huge shape": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [2**39, 2**39]},
    "array of a shape that wraps": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [2**32, 2**32, 8]},
    "array of nothing, hugely": {"$": "array", "buffer": 1, "dtype": "int8", "shape": [0, 2**39, 2**39]},
    "array of many dimensions": {"$": "array", "buffer": 0, "dtype": "int64", "shape": [1] * 40},
    "array of a bool shape": {"$": "array", "buffer": 0, "dtype": "int64", "shape": [True]},
    "array of a float shape": {"$": "array", "buffer": 0, "dtype": "int64", "shape": [1.0]},
    "array of a number for a shape": {"$": "array", "buffer": 0, "dtype": "int64", "shape": 1},
    "array of too few bytes": {"$": "array", "buffer": 0, "dtype": "int64", "shape": [2]},
    "array of too many bytes": {"$": "array", "buffer": 0, "dtype": "int8", "shape": [7]},
    "array without a shape": {"$": "array", "buffer": 0, "dtype": "int8"},
    "array out of range": {"$": "array", "buffer": 2, "dtype": "int8", "shape": [8]},
    "opaque without a type": {"$": "opaque", "text": "x"},
}
EVIL_BUFFERS = [b"8 bytes.", b""]


@pytest.mark.parametrize("tree", EVIL_TREES.values(), ids=EVIL_TREES.keys())
@pytest.mark.parametrize("wrap", [lambda tree: tree, lambda tree: [1, {"$": "tuple", "items": [tree]}]])
def test_a_hostile_tree_is_refused(tree: Any, wrap: Any) -> None:
    with pytest.raises(ProtocolError):
        decode(wrap(tree), EVIL_BUFFERS)


def test_an_opaque_of_the_wrong_types_is_text_all_the_same() -> None:
    back = decode({"$": "opaque", "type": ["x"] * 1000, "text": {"a": 1}}, [])
    assert type(back.type_name) is str and type(back.text) is str
    assert len(back.type_name) <= 100 and len(back.text) <= 200


@pytest.mark.parametrize("mark", ["list", "tuple", "set", "dict", "frozenset"])
def test_deep_nesting_is_refused(mark: str) -> None:
    tree: Any = 1
    for _ in range(80):
        items = [[tree, tree]] if mark == "dict" else [tree]
        tree = items if mark == "list" else {"$": mark, "items": items}
    with pytest.raises(ProtocolError, match="deeper"):
        decode(tree, [])


@pytest.mark.parametrize("mark", ["set", "frozenset", "dict"])
def test_keys_made_to_collide_are_refused_before_they_are_hashed_together(mark: str) -> None:
    """Multiples of 2**61 - 1 all hash to 0: a set of n of them takes n * n steps to build."""
    keys = [{"$": "int", "hex": hex(number * (2**61 - 1))} for number in range(20_000)]
    items = [[key, None] for key in keys] if mark == "dict" else keys
    with pytest.raises(ProtocolError, match="same hash"):
        decode({"$": mark, "items": items}, [])


def test_an_ordinary_large_answer_is_read() -> None:
    value = [list(range(1_000_000)), {number * 0.5: str(number) for number in range(20_000)}]
    assert there_and_back(value) == value


# Hostile frames --------------------------------------------------------------------------------------


def frame_of(text: bytes, body: bytes = b"", magic: bytes = b"AGR1") -> bytes:
    return HEAD.pack(magic, len(text), len(body)) + text + body


EVIL_FRAMES: dict[str, bytes] = {
    "wrong magic": frame_of(b'{"header": {}, "buffers": []}', magic=b"HTTP"),
    "no JSON": frame_of(b"{'header': 1}"),
    "nothing": frame_of(b""),
    "bytes of no text": frame_of(b"\xff\xfe\xfd\x80"),
    "a pickle": frame_of(b"\x80\x04\x95\n\x00\x00\x00\x00\x00\x00\x00\x8c\x06system\x94."),
    "deep nesting": frame_of(b"[" * 4000),
    "deep objects": frame_of(b'{"a":' * 800),
    "an int of 4000 digits in a list": frame_of(b"[" + b"9" * 4000 + b"]"),
    "a list": frame_of(b"[]"),
    "a number": frame_of(b"1"),
    "null": frame_of(b"null"),
    "no header": frame_of(b'{"buffers": []}'),
    "no buffers": frame_of(b'{"header": {}}'),
    "a list for a header": frame_of(b'{"header": [], "buffers": []}'),
    "an object for buffers": frame_of(b'{"header": {}, "buffers": {}}'),
    "a word for a length": frame_of(b'{"header": {}, "buffers": ["1"]}', b"1"),
    "a bool for a length": frame_of(b'{"header": {}, "buffers": [true]}', b"1"),
    "a float for a length": frame_of(b'{"header": {}, "buffers": [1.0]}', b"1"),
    "a negative length": frame_of(b'{"header": {}, "buffers": [3, -2]}', b"1"),
    "too short buffers": frame_of(b'{"header": {}, "buffers": [1]}', b"22"),
    "too long buffers": frame_of(b'{"header": {}, "buffers": [3]}', b"22"),
    "a huge length": frame_of(b'{"header": {}, "buffers": [' + b"9" * 300 + b"]}", b"22"),
    "a body without buffers": frame_of(b'{"header": {}, "buffers": []}', b"22"),
}


@pytest.mark.parametrize("frame", EVIL_FRAMES.values(), ids=EVIL_FRAMES.keys())
def test_a_hostile_frame_is_refused(ends: Ends, frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        receive(ends, frame)


@pytest.mark.parametrize(("header", "body"), [(4097, 0), (10, 4097), (2**32 - 1, 2**64 - 1)])
def test_a_frame_too_big_is_refused_before_any_of_it_is_read(ends: Ends, header: int, body: int) -> None:
    with pytest.raises(ProtocolError, match="too big"):
        receive(ends, HEAD.pack(b"AGR1", header, body), close=False)


def test_frames_as_big_as_the_caps_are_read(ends: Ends) -> None:
    channel, theirs = ends
    theirs.sendall(pack({"value": {"$": "bytes", "buffer": 0}}, [b"x" * SMALL.body]))
    header, buffers = channel.receive(time.monotonic() + SOON)
    assert decode(header["value"], buffers) == b"x" * SMALL.body


def test_a_frame_cut_anywhere_is_the_end(ends: Ends) -> None:
    whole = pack({"value": [1, 2, 3]}, [b"raw", b""])
    for length in range(len(whole)):
        ours, theirs = socket.socketpair()
        with ours, theirs, pytest.raises(EOFError):
            receive((Channel(ours, SMALL), theirs), whole[:length])


def test_an_end_that_closed_with_something_unread_has_closed(ends: Ends) -> None:
    """The kernel reports it as a reset, which is no reason for another exception."""
    channel, theirs = ends
    channel.send({"never": "read"})
    theirs.close()
    with pytest.raises(EOFError):
        channel.receive(time.monotonic() + SOON)


@pytest.mark.parametrize("length", [0, 3, HEAD.size, HEAD.size + 5])
def test_silence_ends_at_the_deadline(ends: Ends, length: int) -> None:
    ends[1].sendall(pack({"value": 1}, [])[:length])
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        ends[0].receive(started + 0.1)
    assert time.monotonic() >= started + 0.1


def test_a_dripping_frame_ends_at_the_deadline_too(ends: Ends) -> None:
    """Each byte comes well within the deadline, all of them do not."""
    channel, theirs = ends
    stop = threading.Event()

    def drip() -> None:
        for byte in pack({"value": "x" * 400}, []):
            if stop.wait(0.01):
                return
            theirs.sendall(bytes([byte]))

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError):
            channel.receive(time.monotonic() + 0.3)
        assert dripping.is_alive()
    finally:
        stop.set()
        dripping.join()


def test_a_deadline_of_the_past_is_over(ends: Ends) -> None:
    ends[1].sendall(pack({"value": 1}, []))
    with pytest.raises(TimeoutError):
        ends[0].receive(time.monotonic() - 1)


def test_sending_to_an_end_that_does_not_read_ends_at_the_deadline(ends: Ends) -> None:
    with pytest.raises(TimeoutError):
        ends[0].send({"value": 1}, [b"x" * (32 << 20)], time.monotonic() + 0.1)


def test_a_deadline_holds_for_its_own_frame_only(ends: Ends) -> None:
    """After a frame with a deadline, one without waits for as long as it takes."""
    channel, theirs = ends
    theirs.sendall(pack({"value": 1}, []))
    channel.receive(time.monotonic() + 0.05)
    late = threading.Timer(0.2, theirs.sendall, [pack({"value": 2}, [])])
    late.start()
    assert channel.receive() == ({"value": 2}, [])
    late.join()


# Any bytes at all ------------------------------------------------------------------------------------

GOOD = [
    PLAIN,
    [numpy.arange(6).reshape(2, 3), numpy.zeros((0, 2)), numpy.float32(1.5), 2**70, math.nan],
    {"result": [(1, 2.5, "three"), {4: frozenset([5])}], "raw": [b"", b"six"]},
    object(),
]
EVIL_NODES = [
    *(tree for tree in EVIL_TREES.values()),
    *(None, True, -1, 2**64, 1e308, "", "$", "int", [], [[]], {}, {"$": None}),
]


def nodes(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(tree, (list, dict)):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from nodes(tree[key], (*path, key))


def replaced(tree: Any, path: tuple[Any, ...], node: Any) -> Any:
    if not path:
        return node
    changed = copy.copy(tree)
    changed[path[0]] = replaced(tree[path[0]], path[1:], node)
    return changed


def spoilt(frame: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut out, put in, or put somewhere else."""
    raw = bytearray(frame)
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.randrange(len(raw) + 1) for _ in range(2))
        match rng.randrange(4):
            case 0 if raw:
                raw[at % len(raw)] = rng.randrange(256)
            case 1:
                del raw[at : min(to, at + 8)]
            case 2:
                raw[at:at] = rng.randbytes(rng.randint(1, 8))
            case _:
                raw[at:at] = raw[at:to][:16]
    return bytes(raw)


def mutants(rng: random.Random, count: int) -> Iterator[bytes]:
    """Frames spoilt as bytes, as JSON, and as trees."""
    for _ in range(count):
        tree, buffers = encode(rng.choice(GOOD))
        header: dict[str, Any] = {"status": "value", "value": tree}
        match rng.randrange(4):
            case 0:
                yield spoilt(pack(header, buffers), rng)
            case 1:
                text = json.dumps({"header": header, "buffers": [len(buffer) for buffer in buffers]})
                yield frame_of(spoilt(text.encode(), rng), b"".join(buffers))
            case _:
                for _ in range(rng.randint(1, 3)):
                    path = rng.choice(list(nodes(header)))
                    header = replaced(header, path or ("value",), rng.choice(EVIL_NODES))
                yield pack(header, buffers)


def is_data(value: Any) -> bool:
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_data, value))
    if type(value) is dict:
        return all(map(is_data, value)) and all(map(is_data, value.values()))
    if type(value) is numpy.ndarray:
        return value.dtype.kind in "biuf"
    return value is None or type(value) in (bool, int, float, str, bytes, Opaque)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_bytes_come_the_end_is_data_or_one_of_three_exceptions(seed: int) -> None:
    seen: Counter[str] = Counter()
    for frame in mutants(random.Random(seed), 750):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                value = receive((Channel(ours, Caps(1 << 16, 1 << 16)), theirs), frame)
            except (ProtocolError, EOFError, TimeoutError) as error:
                seen[type(error).__name__] += 1
            else:
                assert is_data(value)
                assert isinstance(repr(value), str)
                seen["data"] += 1
    assert min(seen["data"], seen["ProtocolError"], seen["EOFError"]) > 10  # it got everywhere
