"""Contacts counted for strategies that were with customers on none of their lists: one rule of when they are told."""

from __future__ import annotations

import pandas as pd

from crm_lib.language import Value

LEAST = 0.1  # of the contacts; fewer are not told


def off_list(contacts: pd.DataFrame) -> tuple[int, Value] | None:
    """How many of `contacts` [contacts, off_list] and their share of all; None where they are too few to be told."""
    strangers, every = int(contacts["off_list"].sum()), int(contacts["contacts"].sum())
    if not every or strangers < LEAST * every:
        return None
    return strangers, Value("percent", strangers / every, base=every, name="off_list")
