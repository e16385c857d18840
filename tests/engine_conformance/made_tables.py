"""Canonical tables made to find where engines differ: ties, nulls, refunds, cents, midnights, the hours that daylight
saving skips and repeats, leap days, turns of the year, and words that sort differently by locale than by bytes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from crm_lib.tables import TABLES, Column

KNOWN = date(2026, 3, 31)
WORDS = ("a", "B", "_b", "b", "Z_1", "Z1", "z", "é", "上海", "北京", "O'Neil", "back\\slash", "小程序", " ")
DAYS = (
    *(date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 12, 31), date(2025, 1, 1)),
    *(date(2025, 3, 30), date(2025, 10, 26), date(2026, 1, 1), date(2026, 3, 31), date(2026, 4, 1)),
)
TIMES = ((0, 0, 0, 0), (0, 0, 0, 1), (1, 30, 0, 0), (2, 30, 0, 0), (12, 0, 0, 500_000), (23, 59, 59, 999_999))
IDS = tuple(f"{word}{n}" for n in range(4) for word in WORDS[:8])


def made_tables(rows: int = 240, seed: int = 7) -> dict[str, pd.DataFrame]:
    """A frame for each canonical table; every twentieth of the values that may be missing is."""
    dice = random.Random(seed)
    return {name: pd.DataFrame(_rows(table.columns, name, rows, dice)) for name, table in TABLES.items()}


def _rows(columns: tuple[Column, ...], table: str, rows: int, dice: random.Random) -> dict[str, list[Any]]:
    own = {"customers": "customer_id", "orders": "order_id", "tickets": "ticket_id", "interactions": "interaction_id"}
    own |= {"surveys": "survey_id", "loyalty": "entry_id", "campaigns": "campaign_id", "visits": "visit_id"}
    count = {"customers": len(IDS), "campaigns": 5, "campaign_members": 5 * len(IDS)}.get(table, rows)
    made: dict[str, list[Any]] = {}
    for column in columns:
        if column.name == own.get(table):
            ids = IDS if table == "customers" else [f"{WORDS[i % 8]}{i}" for i in range(count)]
            made[column.name] = list(ids)
        else:
            draw = _draw(column, dice)
            may_miss = not column.required
            made[column.name] = [None if may_miss and dice.random() < 0.05 else draw() for _ in range(count)]
    if table == "campaign_members":
        made["customer_id"] = [IDS[i % len(IDS)] for i in range(count)]
        made["campaign_id"] = [f"{WORDS[n]}{n}" for n in range(5) for _ in IDS]
    return made


def _draw(column: Column, dice: random.Random) -> Callable[[], Any]:
    if column.name == "customer_id":
        return lambda: dice.choice(IDS)
    if column.values:
        return lambda: dice.choice(column.values)
    if column.low is not None and column.high is not None:
        return lambda: dice.randint(int(column.low or 0), int(column.high or 0))
    return {
        "VARCHAR": lambda: dice.choice(WORDS),
        "BIGINT": lambda: dice.randint(0, 5),
        "DECIMAL(18,2)": lambda: (
            dice.choice([Decimal("0.01"), Decimal("0.10"), Decimal("33.33"), Decimal("-5.05")])
            * dice.choice([1, 1, 3, 100_000_007])
        ),
        "DECIMAL(18,3)": lambda: Decimal(dice.randint(0, 4000)) / 1000,
        "DATE": lambda: _day(dice),
        "TIMESTAMP": lambda: datetime.combine(_day(dice), datetime.min.time()).replace(
            **dict(zip(("hour", "minute", "second", "microsecond"), dice.choice(TIMES), strict=True))
        ),
        "BOOLEAN": lambda: dice.random() < 0.5,
    }[column.type]


def _day(dice: random.Random) -> date:
    return dice.choice(DAYS) if dice.random() < 0.5 else KNOWN - timedelta(days=dice.randint(-20, 760))
