"""The words and figures of this document, each with its definition."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, definition, label
from crm_lib.metrics.rhythm import PURCHASE_DAYS, SHORTEST_DAYS, TIMES
from crm_lib.metrics.targets import CLEAR_MISS
from crm_lib.monitoring.events import COUNTED, RULES

TERMS = ("task", "contact", "task_status", "completion", "answer", "entry", "path", "level", "light", "contribution")


def definitions(
    engagement: Engagement,
    targets: pd.DataFrame,
    floor: float,
    words: tuple[str, ...],
    follow_up_hours: float,
    judged: Collection[str],
    engine: Engine | None = None,
) -> list[tuple[Message, Message]]:
    """(name, definition) of every term, every alert rule that the data allow and each target's figure. `judged`: those
    of the rules that count records which have any; see `events.all_events`."""
    settings: dict[str, Any] = {
        "floor": Value("percent", floor),
        "response": Value("days", engagement.definitions.response_window_days),
        "smallest": engagement.definitions.smallest_base,
        "miss": Value("percent", CLEAR_MISS),
        "n": len(words),
        "words": _of_language(words),
        "minutes": Value("minutes", engagement.definitions.complaint_response_minutes),
        "hours": Value("hours", engagement.definitions.complaint_close_hours),
        "follow_up": Value("hours", follow_up_hours),
        "times": Value("float", TIMES),
        "silent": Value("days", SHORTEST_DAYS),
        "fewest": PURCHASE_DAYS,
    }
    found = [(msg(f"monitoring.term.{name}"), msg(f"monitoring.definition.{name}", **settings)) for name in TERMS]
    found += [
        (msg(f"monitoring.rule.{rule}"), msg(f"monitoring.definition.{rule}", **settings))
        for rule in RULES
        if rule in judged or rule not in COUNTED
    ]
    metrics = [name for name in dict.fromkeys(targets["metric"]) if name in METRICS]
    return found + [(label(name), definition(name, engagement.definitions, engine)) for name in metrics]


def _of_language(words: tuple[str, ...]) -> Value:
    """The words in the script of the reader's language; all of them where it has none."""
    plain = [word for word in words if word.isascii()]
    other = [word for word in words if not word.isascii()]
    return Value("local", {"zh": "、".join(other or plain), "en": ", ".join(plain or other)})
