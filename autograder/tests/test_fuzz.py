"""Fuzzers for the two readers of what students made: the notebook reader and the protocol decoder.

A fixed number of cases, the same ones each time. Whatever comes, the end is data or a documented exception,
within bounds of memory. (test_submission and test_protocol mutate good examples; here they are grown.)
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.protocol import Caps, Channel, Opaque, ProtocolError, decode, encode, pack, unpack
from autograder.submission import (
    MAX_ANSWER_CHARACTERS,
    MAX_NOTEBOOK_BYTES,
    SubmissionError,
    module_text,
    needed,
    read_notebook,
    solution_cells,
    sources_of,
)

FIXED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**600), 10**600),
    st.floats(),
    st.text(st.characters(codec=None), max_size=20),  # half surrogate pairs among them
)
KEYS = st.sampled_from(
    ["cells", "metadata", "nbgrader", "grade_id", "solution", "source", "outputs", "double"]
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


# The notebook reader ---------------------------------------------------------------------------------

MARKS = st.fixed_dictionaries(
    {}, optional={"grade_id": st.just("double") | ANY_JSON, "solution": st.just(True) | ANY_JSON}
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.fixed_dictionaries({}, optional={"nbgrader": MARKS | ANY_JSON}) | ANY_JSON,
        "source": st.lists(st.text(max_size=9), max_size=3)
        | st.just("%%writefile double.py\nx = 1\n")
        | ANY_JSON,
        "cell_type": ANY_JSON,
        "outputs": ANY_JSON,
    },
)
GOOD = st.fixed_dictionaries(
    {
        "metadata": st.just({"nbgrader": {"grade_id": "double", "solution": True}}),
        "source": st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3) | SCALARS,
    }
)
NOTEBOOKS = st.fixed_dictionaries({"cells": st.lists(GOOD | CELLS, max_size=6) | ANY_JSON}) | ANY_JSON


def look_at(path: Path) -> str:
    """Do with a notebook what grading does; return what came of it."""
    try:
        notebook = read_notebook(path)
    except SubmissionError as error:
        assert str(error).startswith("double.ipynb ") and len(str(error)) < 600
        return "refused"
    cells = solution_cells(notebook)
    sources = sources_of(notebook, ["double", "triple"])
    assert all(type(name) is str and type(text) is str for name, text in cells.items())
    assert all(len(text) <= MAX_ANSWER_CHARACTERS for text in sources.values())
    assert set(needed("double", sources)) <= set(sources) <= {"double", "triple"}
    return "answer" if sources else "no answer"


@pytest.fixture(scope="module")
def seen() -> dict[str, int]:
    return {"refused": 0, "answer": 0, "no answer": 0}


@FIXED
@given(NOTEBOOKS)
def test_any_tree_is_a_notebook_or_a_submission_error(
    tmp_path_factory: pytest.TempPathFactory, seen: dict[str, int], notebook: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "double.ipynb"
    path.write_text(json.dumps(notebook))
    seen[look_at(path)] += 1


def test_the_grown_notebooks_got_everywhere(seen: dict[str, int]) -> None:
    assert min(seen.values()) > 5, seen


@FIXED
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_notebook_or_a_submission_error(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "double.ipynb"
    path.write_bytes(raw)
    assert look_at(path) in ("refused", "no answer")


@FIXED
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_of_a_cell_gives_its_module(text: str) -> None:
    assert len(module_text(text)) <= len(text)
    assert module_text(f"%%writefile double.py\n{text}") == text


@pytest.mark.parametrize(
    "unit",
    [b"[],", b"{},", b'"",', b"1,", b'{"source":[]},', b'{"a":{"a":0}},'],
    ids=lambda unit: unit.decode(),
)
def test_the_dearest_notebook_of_the_largest_size_is_bounded(tmp_path: Path, unit: bytes) -> None:
    """At most sixty times the file, 1.2 GiB."""
    path = tmp_path / "double.ipynb"
    number = (MAX_NOTEBOOK_BYTES - 20) // len(unit)
    path.write_bytes(b'{"cells": [[' + (unit * number)[:-1] + b"]]}")
    assert path.stat().st_size <= MAX_NOTEBOOK_BYTES
    assert look_at(path) == "no answer"
    small = tmp_path / "small" / "double.ipynb"
    small.parent.mkdir()
    small.write_bytes(b'{"cells": [[' + (unit * (number // 20))[:-1] + b"]]}")
    tracemalloc.start()
    try:
        look_at(small)
        assert tracemalloc.get_traced_memory()[1] < 60 * small.stat().st_size
    finally:
        tracemalloc.stop()


# The protocol decoder --------------------------------------------------------------------------------

TAGS = [
    "int",
    "float",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "bytes",
    "array",
    "opaque",
    "stream",
    "task",
    "pickle",
]
DTYPES = ["int8", "float64", "bool", "O", "object", "U8", "int999", "float16"]


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Trees as `encode` makes them, and as it never would."""
    items = st.lists(inner, max_size=4)
    fields = {
        "items": items | st.lists(st.lists(inner, min_size=2, max_size=2), max_size=3) | inner,
        "hex": st.sampled_from(["0x10", "-0xff", "zz", "0x" + "f" * 4000]) | inner,
        "text": st.sampled_from(["nan", "inf", "-inf", "1.0"]) | inner,
        "buffer": st.integers(-2, 4) | inner,
        "dtype": st.sampled_from(DTYPES) | inner,
        "shape": st.lists(st.integers(-1, 9) | st.sampled_from([2**31, 2**62, 2**64]), max_size=4) | inner,
        "type": inner,
        "class": st.sampled_from(["Digest", "Model", "os", "__class__"]) | inner,
        "fields": st.dictionaries(st.text(max_size=3), inner, max_size=2) | inner,
    }
    tagged = st.fixed_dictionaries({"$": st.sampled_from(TAGS) | inner}, optional=fields)
    return items | tagged | st.dictionaries(st.text(max_size=3), inner, max_size=3)


TREES = st.recursive(SCALARS, nodes, max_leaves=25)
BUFFERS = st.lists(st.binary(max_size=64), max_size=4)


def is_data(value: Any) -> bool:
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_data, value))
    if type(value) is dict:
        return all(map(is_data, value)) and all(map(is_data, value.values()))
    if type(value) is numpy.ndarray:
        return value.dtype.kind in "biuf"
    return value is None or type(value) in (bool, int, float, str, bytes, Opaque)


@FIXED
@given(TREES, BUFFERS)
def test_any_tree_decodes_to_data_or_a_protocol_error(tree: Any, buffers: list[bytes]) -> None:
    try:
        value = decode(tree, buffers)
    except ProtocolError as error:
        assert str(error)
        return
    assert is_data(value)


@FIXED
@given(st.binary(max_size=120), st.binary(max_size=40))
def test_any_two_parts_unpack_or_are_a_protocol_error(text: bytes, body: bytes) -> None:
    try:
        header, buffers = unpack(text, body)
    except ProtocolError:
        return
    assert type(header) is dict and b"".join(buffers) == body


@FIXED
@given(
    st.fixed_dictionaries({"header": ANY_JSON, "buffers": st.lists(st.integers(-1, 9)) | ANY_JSON}),
    st.binary(),
)
def test_any_frame_unpacks_or_is_a_protocol_error(frame: Any, body: bytes) -> None:
    try:
        header, buffers = unpack(json.dumps(frame).encode(), body)
    except ProtocolError:
        return
    assert type(header) is dict and b"".join(buffers) == body


@FIXED
@given(st.binary(max_size=80), st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.booleans())
def test_any_bytes_on_the_wire_end_in_data_or_one_of_three_exceptions(
    raw: bytes, header: int, body: int, framed: bool
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack(">4sIQ", b"AGR1", header, body) + raw if framed else raw)
        theirs.close()
        try:
            told, buffers = Channel(ours, Caps(64, 64)).receive(time.monotonic() + 5)
        except (ProtocolError, EOFError):
            return
    assert type(told) is dict and type(buffers) is list


PLAIN = st.recursive(
    SCALARS | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
        | st.frozensets(st.integers() | st.text(max_size=3), max_size=4)
    ),
    max_leaves=20,
)


def alike(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if type(one) is float:
        return one == other or (math.isnan(one) and math.isnan(other))
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if type(one) is dict:
        return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    return bool(one == other)


@FIXED
@given(PLAIN)
def test_what_is_plain_comes_back_as_it_was(value: Any) -> None:
    tree, buffers = encode(value)
    header, back = unpack(*_parts(pack({"value": tree}, buffers)))
    assert alike(decode(header["value"], back), value)


def _parts(frame: bytes) -> tuple[bytes, bytes]:
    _, header, _ = struct.unpack(">4sIQ", frame[:16])
    return frame[16 : 16 + header], frame[16 + header :]


@pytest.mark.parametrize("unit", [b"[],", b'{"$":0},', b"0,", b'"",'], ids=lambda unit: unit.decode())
def test_the_memory_of_a_frame_is_bounded_by_its_size(unit: bytes) -> None:
    """Sixty times: 1 GiB for the largest structure that is read."""
    text = b'{"header": {"value": [' + (unit * 100_000)[:-1] + b']}, "buffers": []}'
    tracemalloc.start()
    try:
        header, buffers = unpack(text, b"")
        with contextlib.suppress(ProtocolError):
            decode(header["value"], buffers)
        assert tracemalloc.get_traced_memory()[1] < 60 * len(text)
    finally:
        tracemalloc.stop()
