"""What the diagnosis already found to be complained of in a part: that comes first in the action on the same part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from crm_lib.language import Message
from crm_lib.metrics.parts import part_name


def known_cause(points: pd.DataFrame, dimension: str, part: str) -> Message | None:
    """The reason and place that the action of a pain point puts first for this part; None where no action names both.

    `points`: handoff `pain_points`.
    """
    whom = part_name(dimension, part).to_json()
    for action in points["action"]:
        said = {node["id"]: node.get("args", {}) for node in _messages(json.loads(action))}
        root, start = said.get("diagnosis.action.root_first"), said.get("diagnosis.action.start")
        if not root or not start or start["dimension"]["value"]["id"] != f"diagnosis.dimension.{dimension}":
            continue
        if whom in _messages(start["part"]):
            return Message.from_json(root["root"]["value"])
    return None


def _messages(node: Any) -> Iterator[dict[str, Any]]:
    """Every message within a message's JSON, itself first."""
    if isinstance(node, dict):
        if "id" in node:
            yield node
        for one in node.values():
            yield from _messages(one)
    elif isinstance(node, list):
        for one in node:
            yield from _messages(one)
