"""The outputs of a shown cell, built anew from what an untrusted kernel said: text and pictures, capped.

A kernel's messages are a student's to forge, and a feedback page is opened by others, so only text and
pictures pass: no HTML, no SVG, no script, whatever they are called.
"""

from __future__ import annotations

import base64
import binascii
import html
import sys
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

_MAX_OUTPUTS = 200
_ALT_CHARACTERS = 1000
_IMAGES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


class Outputs:
    """The outputs of one cell, built anew from what a kernel sent: text and pictures, within a size.

    Parameters
    ----------
    max_bytes : int
        What is kept; the rest is dropped, and `full` says so.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.nodes: list[NotebookNode] = []
        self.execution_count: int | None = None
        self.full = False
        self.size = 0
        self._clear_first = False
        self._shown: dict[str, list[NotebookNode]] = {}

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Take one message of the kernel; what is not made as it should be is left out."""
        if kind == "execute_input" and isinstance(content.get("execution_count"), int):
            self.execution_count = min(max(int(content["execution_count"]), 0), 10**6)  # True is an int, too
        elif kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self._clear()
        elif kind == "stream":
            self._stream(content)
        elif kind in ("display_data", "execute_result", "update_display_data"):
            self._display(kind, content)
        elif kind == "error":
            name = self._fit(_text(content.get("ename"))[:200])
            value = self._fit(_text(content.get("evalue"))[:2000])
            lines = content.get("traceback") if isinstance(content.get("traceback"), list) else []
            told = self._fit("\n".join(map(_text, lines))).split("\n") if lines else [f"{name}: {value}"]
            self._add(nbformat.v4.new_output("error", ename=name, evalue=value, traceback=told))

    def _stream(self, content: dict[str, Any]) -> None:
        name, text = content.get("name"), self._fit(_text(content.get("text")))
        if name not in ("stdout", "stderr") or not text:
            return
        last = self.nodes[-1] if self.nodes and not self._clear_first else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self._add(nbformat.v4.new_output("stream", name=name, text=text))

    def _display(self, kind: str, content: dict[str, Any]) -> None:
        data, transient = content.get("data"), content.get("transient")
        shown = self._data(data) if isinstance(data, dict) else {}
        name = transient.get("display_id") if isinstance(transient, dict) else None
        if kind == "update_display_data":
            for node in self._shown.get(name, []) if isinstance(name, str) else []:
                node.data = shown
        elif shown:
            node = nbformat.v4.new_output("display_data", shown)
            self._add(node)
            if isinstance(name, str):
                self._shown.setdefault(name, []).append(node)

    def _data(self, data: dict[str, Any]) -> dict[str, str]:
        """What is shown of a bundle: a picture that is one, with its text as its description; or the text."""
        text = self._fit(_text(data.get("text/plain")))
        for kind, magic in _IMAGES.items():
            if not isinstance(data.get(kind), str):
                continue
            try:
                picture = base64.b64decode("".join(data[kind].split()), validate=True)
            except (binascii.Error, ValueError):
                continue
            encoded = base64.b64encode(picture).decode()
            if picture.startswith(magic) and self._fit(encoded) == encoded:
                # nbconvert drops the description of a PNG, and Formgrader gives <img> a red border.
                image = (
                    f'<img alt="{html.escape(text[:_ALT_CHARACTERS])}" '
                    'style="max-width:100%;height:auto;border:0;margin:8px 0" '
                    f'src="data:{kind};base64,{encoded}">'
                )
                return {"text/html": image, "text/plain": text or "a picture"}
        return {"text/plain": text} if text else {}

    def _fit(self, text: str) -> str:
        """As much of `text` as there is room for; the room is used up by it."""
        data = text.encode("utf-8", "replace")
        room = self.max_bytes - self.size
        self.full = self.full or len(data) > room
        self.size += min(len(data), room)
        return data[:room].decode("utf-8", "ignore")

    def _add(self, node: NotebookNode) -> None:
        if self._clear_first:
            self._clear()
        if len(self.nodes) < _MAX_OUTPUTS:
            self.nodes.append(node)
        else:
            self.full = True

    def _clear(self) -> None:
        self.nodes.clear()
        self._shown.clear()
        self._clear_first = False


def _text(value: Any) -> str:
    """A text, in which tracebacks do not tell where the grader's machine keeps its Python."""
    text = value if isinstance(value, str) else ""
    for place in (sys.prefix, sys.base_prefix):
        text = text.replace(f"{place}/lib/", "lib/")
    return text
