"""How the harness and the runner talk: frames of JSON and raw bytes, never pickle.

    harness (trusted)                                     runner (untrusted, in the sandbox)
        |   frame: magic | header length | body length | JSON header | raw bytes   |
        |--- prepare: which start method, which module ------------------------->  |
        |  <---------------------------------------------------- ready, or why not |
        |--- call: which function, which arguments ------------------------------> |
        |  <-------------------------------------- a value, or an error: data only |

Both ends use this module, but only the harness's side must withstand the other: whatever a frame
holds, decoding it ends in plain data or in a `ProtocolError`, within the limits given.
"""

from __future__ import annotations

import importlib
import json
import math
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

_HEAD = struct.Struct(">4sIQ")
_MAGIC = b"AGR1"
_DTYPES = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "float64",
    ]
)
_MAX_DEPTH = 60
_LARGEST_PLAIN_INT = 2**63
_MOST_INT_BITS = 14_000  # Python refuses to write an int of more than 4300 digits in decimal
_MOST_SAME_HASHES = 64
_TASKS = (  # where the classes are that the harness may send
    "autograder.tasks",
    "autograder.drivers",
    "autograder.drivers_cluster",
    "autograder.drivers_forest",
    "autograder.drivers_lock",
    "autograder.drivers_shared",
)


class ProtocolError(Exception):
    """The other end sent something that is not a frame, or a frame over the limits."""


@dataclass(frozen=True)
class Caps:
    """Largest frame accepted: `header` bytes of JSON, `body` bytes of raw data."""

    header: int = 16 << 20
    body: int = 256 << 20


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not data: the name of its type, and the start of its repr."""

    type_name: str
    text: str

    def __repr__(self) -> str:
        return f"<{self.type_name}: {self.text}>"


@dataclass(frozen=True)
class Stream:
    """An input that the runner hands over as a generator, so that it can be read only once."""

    items: tuple[Any, ...]


def encode(value: Any, *, trusted: bool = False) -> tuple[Any, list[bytes]]:
    """Turn a value into JSON-ready data and raw buffers.

    Parameters
    ----------
    value : object
        None, bool, int (up to 14,000 bits), float, str, bytes, list, tuple, set, dict, numpy arrays and
        scalars of numbers, to any depth up to 60. Anything else, subclasses among it, becomes an
        `Opaque`: exact types leave no room for lying methods.
    trusted : bool
        True only in the harness, for what it sends: tasks of `autograder.tasks`, drivers of
        the modules `autograder.drivers` and `autograder.drivers_...`, and `Stream` pass too.

    Returns
    -------
    tree : JSON-ready data
    buffers : list of bytes
    """
    buffers: list[bytes] = []
    return _encode(value, buffers, trusted, 0), buffers


def _encode(value: Any, buffers: list[bytes], trusted: bool, depth: int) -> Any:
    kind = type(value)
    if depth > _MAX_DEPTH:
        return {"$": "opaque", "type": kind.__name__, "text": f"nested deeper than {_MAX_DEPTH} levels"}
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        if value.bit_length() > _MOST_INT_BITS:
            return {"$": "opaque", "type": "int", "text": f"{value.bit_length():,} bits"}
        return value if abs(value) < _LARGEST_PLAIN_INT else {"$": "int", "hex": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"$": "float", "text": repr(value)}

    def inner(items: Iterable[Any]) -> list[Any]:
        return [_encode(item, buffers, trusted, depth + 1) for item in items]

    if kind is list:
        return inner(value)
    if kind is tuple or kind is set or kind is frozenset:  # `in` would ask a metaclass's __eq__
        return {"$": kind.__name__, "items": inner(value)}
    if kind is dict:
        return {"$": "dict", "items": [inner(pair) for pair in value.items()]}
    if kind is bytes or kind is bytearray:
        buffers.append(bytes(value))
        return {"$": "bytes", "buffer": len(buffers) - 1}
    if trusted and kind is Stream:
        return {"$": "stream", "items": inner(value.items)}
    if trusted and kind.__module__ in _TASKS and is_dataclass(value):
        names = [field.name for field in fields(value)]
        made_of = dict(zip(names, inner(getattr(value, name) for name in names), strict=True))
        return {"$": "task", "module": kind.__module__, "class": kind.__name__, "fields": made_of}
    if kind.__module__ == "numpy":
        return _encode_numpy(value, buffers)
    return _opaque(value)


def _encode_numpy(value: Any, buffers: list[bytes]) -> Any:
    import numpy

    if type(value) is numpy.ndarray and value.dtype.name in _DTYPES:
        buffers.append(value.astype(value.dtype.newbyteorder("="), copy=False).tobytes())
        return {
            "$": "array",
            "buffer": len(buffers) - 1,
            "dtype": value.dtype.name,
            "shape": list(value.shape),
        }
    if isinstance(value, numpy.generic) and value.dtype.name in _DTYPES:
        return _encode(value.item(), buffers, False, 0)
    return _opaque(value)


def _opaque(value: Any) -> dict[str, str]:
    try:
        text = repr(value)[:200]
    except Exception as error:
        text = f"its repr() raised {type(error).__name__}"
    return {"$": "opaque", "type": type(value).__name__[:100], "text": text}


def decode(tree: Any, buffers: list[bytes], *, trusted: bool = False) -> Any:
    """Turn what `encode` made back into a value.

    Parameters
    ----------
    tree, buffers
        From a frame.
    trusted : bool
        True only in the runner, for what the harness sent: tasks are then built and streams opened.

    Raises
    ------
    ProtocolError
        If the tree is not one that `encode` makes.
    """
    try:
        return _decode(tree, buffers, trusted, 0)
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"the answer cannot be read: {type(error).__name__}: {error}") from None


def _decode(tree: Any, buffers: list[bytes], trusted: bool, depth: int) -> Any:
    if depth > _MAX_DEPTH + 2:
        raise ProtocolError(f"the answer is nested deeper than {_MAX_DEPTH} levels")
    if tree is None or type(tree) in (bool, int, float, str):
        return tree

    def inner(items: Any) -> Iterator[Any]:
        if type(items) is not list:
            raise ProtocolError(f"expected a list inside the answer, got {type(items).__name__}")
        return (_decode(item, buffers, trusted, depth + 1) for item in items)

    if type(tree) is list:
        return list(inner(tree))
    tag = tree.get("$")
    if tag == "int":
        if len(tree["hex"]) > _MOST_INT_BITS // 4 + len("-0x"):
            raise ProtocolError(f"the answer holds an int of more than {_MOST_INT_BITS:,} bits")
        return int(tree["hex"], 16)
    if tag == "float":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[tree["text"]]
    if tag == "tuple":
        return tuple(inner(tree["items"]))
    if tag == "set":
        return set(_hashed_apart(inner(tree["items"])))
    if tag == "frozenset":
        return frozenset(_hashed_apart(inner(tree["items"])))
    if tag == "dict":
        pairs = list(inner(tree["items"]))
        _hashed_apart(key for key, _ in pairs)
        return dict(pairs)
    if tag == "bytes":
        return buffers[_index(tree["buffer"], buffers)]
    if tag == "array":
        return _decode_array(tree, buffers)
    if tag == "opaque":
        return Opaque(str(tree["type"])[:100], str(tree["text"])[:200])
    if trusted and tag == "stream":
        return inner(tree["items"])
    if trusted and tag == "task":
        made = {name: _decode(item, buffers, trusted, depth + 1) for name, item in tree["fields"].items()}
        return getattr(importlib.import_module(tree["module"]), tree["class"])(**made)
    raise ProtocolError(f"the answer holds an unknown mark {tag!r}")


def _hashed_apart(keys: Iterable[Any]) -> list[Any]:
    """The keys, once it is seen that few share a hash: a set of n that all do takes n * n steps to build."""
    keys = list(keys)
    most = max(Counter(map(hash, keys)).values(), default=0)
    if most > _MOST_SAME_HASHES:
        raise ProtocolError(f"the answer holds a set or dict in which {most:,} keys have the same hash")
    return keys


def _index(index: Any, buffers: list[bytes]) -> int:
    if type(index) is not int or not 0 <= index < len(buffers):
        raise ProtocolError(f"the answer names buffer {index!r}, but there are {len(buffers)}")
    return index


def _decode_array(tree: dict[str, Any], buffers: list[bytes]) -> Any:
    import numpy

    raw = buffers[_index(tree["buffer"], buffers)]
    shape, name = tree["shape"], tree["dtype"]
    if name not in _DTYPES:
        raise ProtocolError(f"the answer holds an array of dtype {name!r}")
    if (
        type(shape) is not list
        or len(shape) > 32
        or not all(type(n) is int and 0 <= n < 2**40 for n in shape)
    ):
        raise ProtocolError(f"the answer holds an array of shape {shape!r}")
    if math.prod(shape) * numpy.dtype(name).itemsize != len(raw):
        raise ProtocolError(
            f"the answer holds an array of shape {shape} and dtype {name} in {len(raw)} bytes"
        )
    return numpy.frombuffer(raw, dtype=name).reshape(shape)


class Channel:
    """One end of the conversation over a connected socket.

    Parameters
    ----------
    connection : socket.socket
        Taken over, and closed by `close`.
    caps : Caps
        The largest frame that `receive` accepts.
    """

    def __init__(self, connection: socket.socket, caps: Caps | None = None) -> None:
        self._socket = connection
        self._caps = caps or Caps()

    def fileno(self) -> int:
        """The socket's descriptor, for select."""
        return self._socket.fileno()

    def send(
        self, header: dict[str, Any], buffers: list[bytes] | None = None, deadline: float | None = None
    ) -> None:
        """Send one frame; the header must be JSON-ready.

        Raises
        ------
        TimeoutError
            If the other end has not read it all by the moment `deadline` of `time.monotonic`.
        """
        self._limit(deadline)
        self._socket.sendall(pack(header, buffers or []))

    def receive(self, deadline: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """Wait for one frame, until the moment `deadline` of `time.monotonic` if it is given.

        Raises
        ------
        EOFError
            If the other end closed.
        TimeoutError
            If the whole frame has not come by the deadline, however it drips in.
        ProtocolError
            If what came is not a frame within the caps.
        """
        magic, header_length, body_length = _HEAD.unpack(self._exactly(_HEAD.size, deadline))
        if magic != _MAGIC:
            raise ProtocolError("the answer does not begin as a frame does")
        if header_length > self._caps.header or body_length > self._caps.body:
            raise ProtocolError(
                f"the answer is too big: {header_length:,} bytes of structure and {body_length:,} of data; "
                f"at most {self._caps.header:,} and {self._caps.body:,} are read"
            )
        return unpack(self._exactly(header_length, deadline), self._exactly(body_length, deadline))

    def send_socket(self, sent: socket.socket) -> None:
        """Send another socket; the sender keeps its own descriptor of it."""
        socket.send_fds(self._socket, [_MAGIC], [sent.fileno()])

    def receive_socket(self, deadline: float | None = None) -> socket.socket:
        """Wait for a socket that the other end sends with `send_socket`.

        Raises
        ------
        EOFError, TimeoutError
            As `receive`.
        ProtocolError
            If what came is not one socket.
        """
        self._limit(deadline)
        told, descriptors, _, _ = socket.recv_fds(self._socket, len(_MAGIC), 1)
        received = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if told != _MAGIC or len(received) != 1:
            for one in received:
                one.close()
            if not told:
                raise EOFError("the other end closed the connection")
            raise ProtocolError("no socket came where one was to come")
        return received[0]

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self._limit(deadline)
            try:
                part = self._socket.recv(min(count - len(parts), 1 << 20))
            except ConnectionError:  # it closed without having read all that was sent
                part = b""
            if not part:
                raise EOFError("the other end closed the connection")
            parts += part
        return bytes(parts)

    def _limit(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def pack(header: dict[str, Any], buffers: list[bytes]) -> bytes:
    """Build one frame from a JSON-ready header and raw buffers.

    Examples
    --------
    >>> frame = pack({"answer": [1, 2]}, [b"raw"])
    >>> unpack(frame[16:-3], frame[-3:])
    ({'answer': [1, 2]}, [b'raw'])
    """
    lengths = [len(buffer) for buffer in buffers]
    text = json.dumps({"header": header, "buffers": lengths}, allow_nan=False).encode()
    return b"".join([_HEAD.pack(_MAGIC, len(text), sum(lengths)), text, *buffers])


def unpack(text: bytes, body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Read the two parts of a frame, defensively.

    Raises
    ------
    ProtocolError
        If the JSON is not JSON, or the buffers do not add up to the body.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the answer is not JSON: {type(error).__name__}") from None
    if (
        type(frame) is not dict
        or type(frame.get("header")) is not dict
        or type(frame.get("buffers")) is not list
    ):
        raise ProtocolError("the answer has no header")
    lengths = frame["buffers"]
    if not all(type(length) is int and length >= 0 for length in lengths) or sum(lengths) != len(body):
        raise ProtocolError("the answer's buffers do not add up to its body")
    buffers, start = [], 0
    for length in lengths:
        buffers.append(body[start : start + length])
        start += length
    return frame["header"], buffers
