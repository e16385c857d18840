"""Where nearly nobody's consent is known, what asks for contacts holds once it is verified."""

from __future__ import annotations

from dataclasses import replace

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


def once_verified(action: Message, unknown: bool) -> Message:
    return msg("metric.once_consent", action=action) if unknown else action


def after_consent(engine: Engine, found: Finding | None) -> Finding | None:
    """The finding, its action only once consent is verified where that is unknown."""
    if found is None or found.action is None:
        return found
    return replace(found, action=once_verified(found.action, consent_unknown(engine)))
