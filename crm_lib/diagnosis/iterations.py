"""What the previous cycle's review asked this one to take up."""

from __future__ import annotations

import json

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.language import Message, literal, msg, term_or_text


def iteration_table(engagement: Engagement, iterations: pd.DataFrame | None) -> pd.DataFrame:
    """[subject, decision, message, owner (Messages), due] of the previous cycle's iteration list; empty without one."""
    columns = ["subject", "decision", "message", "owner", "due"]
    if iterations is None:
        return pd.DataFrame(columns=columns)
    rows = [
        {
            "subject": _kind(str(row["subject"])),
            "decision": term_or_text("decision", row["decision"]),
            "message": _said(row["message"]),
            "owner": engagement.owner_label(row["owner"] if isinstance(row["owner"], str) else None),
            "due": row["due"],
        }
        for row in iterations.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=columns)


def _kind(subject: str) -> Message:
    """What an entry is about, of 'strategy:<id>' and such: which one, its words say."""
    kind = subject.partition(":")[0]
    return term_or_text("diagnosis.subject", kind) if ":" in subject else literal(subject)


def _said(message: object) -> Message:
    """A message kept as JSON, or plain words."""
    if not isinstance(message, str) or not message:
        return msg("diagnosis.none")
    try:
        return Message.from_json(json.loads(message))
    except (ValueError, TypeError, KeyError):
        return literal(message)
