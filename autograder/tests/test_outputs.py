"""Outputs that a kernel sends, as they are kept. What forged ones come to is in test_showing.py."""

from __future__ import annotations

from autograder.outputs import Outputs


def test_outputs_are_cleared_updated_and_joined() -> None:
    outputs = Outputs(1000)
    for text in ("a", "b"):
        outputs.take("stream", {"name": "stdout", "text": text})
    outputs.take("display_data", {"data": {"text/plain": "old"}, "transient": {"display_id": "one"}})
    outputs.take("update_display_data", {"data": {"text/plain": "new"}, "transient": {"display_id": "one"}})
    assert [node.get("text") or node.data["text/plain"] for node in outputs.nodes] == ["ab", "new"]
    outputs.take("clear_output", {"wait": True})
    assert len(outputs.nodes) == 2
    outputs.take("stream", {"name": "stdout", "text": "c"})
    assert [node.text for node in outputs.nodes] == ["c"]
    outputs.take("clear_output", {})
    assert outputs.nodes == []
