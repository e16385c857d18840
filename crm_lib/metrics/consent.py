"""What asks for contacts holds once consent is verified where nearly nobody's is known, and leaves out who refused."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.language import Finding, Message, msg

NEARLY_ALL = 0.9


def consent_unknown(engine: Engine) -> bool:
    """Whether nobody knows of nearly all customers on record if they may be contacted."""
    if not engine.has("customers"):
        return True
    query = "SELECT COUNT(*) AS n, COUNT(may_contact) AS known FROM customers"
    row = engine.fact(query).iloc[0]
    return bool(row["n"] - row["known"] >= NEARLY_ALL * row["n"])


def refused(engine: Engine) -> frozenset[str]:
    """Customers who refused marketing contact."""
    if not engine.has("customers"):
        return frozenset()
    found = engine.fact("SELECT customer_id FROM customers WHERE NOT may_contact")
    return frozenset(found["customer_id"].astype("str"))


def once_verified(action: Message, unknown: bool) -> Message:
    return msg("metric.once_consent", action=action) if unknown else action


def after_consent(engine: Engine, found: Finding | None, listed: pd.Series) -> Finding | None:
    """The finding with what consent lays on its action, for the customers whom that asks to contact (`listed`). Its
    numbers leave out who `refused`; so many are told."""
    if found is None or found.action is None or listed.empty:
        return found
    if consent_unknown(engine):
        return replace(found, action=once_verified(found.action, unknown=True))
    known = engine.sql("SELECT customer_id, may_contact FROM customers").set_index("customer_id")["may_contact"]
    consent = known.reindex(listed.unique()).astype("boolean")
    counts = {"refused": int((~consent).sum()), "unknown": int(consent.isna().sum())}
    told = "_".join(name for name, n in counts.items() if n)
    if not told:
        return found
    return replace(found, action=msg(f"metric.minding.{told}", action=found.action, n=len(consent), **counts))
