"""The words and figures of this document, each with its definition."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg, term
from crm_lib.metrics import rhythm
from crm_lib.metrics.definitions import METRICS, definition, label
from crm_lib.strategy.needs import LEAST_GAP, MOST_OVERALL
from crm_lib.strategy.queries import HALF_YEAR_DAYS, MONTH_DAYS
from crm_lib.strategy.strategy_table import LEANING, LEAST_BEYOND

TERMS = (
    "notable",
    "response",
    "leaning",
    "contacts_per_week",
    "load",
    "rhythm",
    "value_at_risk",
    "band",
    "month_contacts",
    "served",
)


def definitions(
    engagement: Engagement,
    needs: pd.DataFrame,
    plan: pd.DataFrame,
    working_days: int,
    engine: Engine | None = None,
) -> list[tuple[Message, Message]]:
    """(name, definition) of every need shown, every term used, and each strategy's figure."""
    settings: dict[str, Any] = {
        "window": Value("days", engagement.layering.window_days),
        "half_year": Value("days", HALF_YEAR_DAYS),
        "month": Value("days", MONTH_DAYS),
        "active": Value("days", engagement.definitions.active_window_days),
        "response": Value("days", engagement.definitions.response_window_days),
        "smallest": engagement.definitions.smallest_base,
        "fewest": rhythm.PURCHASE_DAYS,
        "times": Value("float", rhythm.TIMES),
        "shortest": Value("days", rhythm.SHORTEST_DAYS),
        "working_days": working_days,
        "leaning": LEANING,
        "beyond": Value("percent", LEAST_BEYOND),
        "gap": Value("float", 100 * LEAST_GAP),
        "most": Value("percent", MOST_OVERALL),
        "fields": Value("list", [term(f"column.customers.{name}") for name in engagement.definitions.complete_fields]),
    }
    shown = list(dict.fromkeys(needs["need"]))
    found = [(msg(f"strategy.need.{need}"), msg(f"strategy.definition.{need}", **settings)) for need in shown]
    asked = "" if engagement.definitions.contact_unknown else "_agreed"
    found.append((msg("strategy.term.reachable"), msg(f"strategy.definition.reachable{asked}")))
    found += [(msg(f"strategy.term.{name}"), msg(f"strategy.definition.{name}", **settings)) for name in TERMS]
    metrics = [name for name in dict.fromkeys(plan["metric"]) if name in METRICS]
    return found + [(label(name), definition(name, engagement.definitions, engine)) for name in metrics]
