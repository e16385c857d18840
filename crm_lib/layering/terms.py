"""The definitions (口径) of every measure that the layering report uses."""

from __future__ import annotations

from crm_lib import metrics
from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.layering.layers import Layers
from crm_lib.layering.rules import axis_word

TERMS = (
    "customer",
    "purchase",
    "window",
    "buyer",
    "revenue",
    "margin",
    "recency",
    "frequency",
    "monetary",
    "score",
    "value",
    "potential",
    "dormant",
    "top_share",
    "gini",
    "at_stake",
    "completeness",
    "distinct",
    "freshness",
)
BY_COVER = ("recency", "score", "dormant")
_SHARED = {"profile_completeness": "customers", "nps": "surveys"}


def glossary(engine: Engine, layers: Layers, definitions: Definitions) -> list[tuple[Message, Message]]:
    """(term, definition) in reading order, with the settings in the words."""
    settings: dict[str, Value | Message] = {
        "window": Value("days", layers.settings.window_days),
        "since": Value("date", layers.window_start),
        "until": Value("date", layers.as_of),
        "scores": Value("int", layers.settings.scores),
        "axis": axis_word(layers),
        "dormant_days": Value("days", layers.settings.dormant_days),
        "top": Value("percent", layers.settings.top_share),
    }
    told = {name: f"{name}.text.covered" for name in BY_COVER} if layers.says_cover else {}
    own = [
        (msg(f"layering.def.{name}", **settings), msg(f"layering.def.{told.get(name, f'{name}.text')}", **settings))
        for name in TERMS
    ]
    shared = [name for name, table in _SHARED.items() if engine.has(table)]
    return own + [(metrics.label(name), metrics.definition(name, definitions)) for name in shared]
