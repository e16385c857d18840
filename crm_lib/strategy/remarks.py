"""What the data do not allow, in one sentence each."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import delivered
from crm_lib.strategy.needs import contacts_recorded


def remarks(engine: Engine, engagement: Engagement, customers: pd.DataFrame) -> list[Message]:
    """Missing tables, customers who may not be contacted, and what was known."""
    found = [msg("strategy.remark.baseline", baseline=engagement.cycle.baseline)]
    if not engine.has("interactions"):
        found.append(msg(f"strategy.remark.{'no_interactions' if engine.has('campaign_members') else 'no_contacts'}"))
    elif not contacts_recorded(engine, engagement):
        window = Value("days", engagement.definitions.active_window_days)
        found.append(msg("strategy.remark.short_contacts", window=window))
    if engine.has("campaign_members") and not delivered(engine, "campaign_members"):
        found.append(msg("strategy.remark.no_responses", n=engine.count("campaign_members")))
    if engine.has("interactions") and not delivered(engine, "interactions"):
        found.append(msg("strategy.remark.no_answers", n=engine.count("interactions")))
    missing = {"tickets": "no_tickets", "surveys": "no_surveys", "order_lines": "no_lines"}
    found += [msg(f"strategy.remark.{remark}") for table, remark in missing.items() if not engine.has(table)]
    if not engagement.scope:
        found.append(msg("strategy.remark.no_scope"))
    excluded = int((~customers["reachable"]).sum())
    if excluded:
        found.append(msg("strategy.remark.excluded", n=excluded, all=len(customers)))
    else:
        known = bool(customers["may_contact"].notna().any())
        found.append(msg(f"strategy.remark.{'nobody_excluded' if known else 'no_permission'}"))
    return found
