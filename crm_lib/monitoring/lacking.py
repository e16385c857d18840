"""Which required field customer records lack most, and how many cells keep a target of completeness from being met."""

from __future__ import annotations

from math import ceil
from typing import Any

import pandas as pd

from crm_lib.engagement import Engagement
from crm_lib.engine import Engine
from crm_lib.frames import rows
from crm_lib.language import Message, Value, msg, term
from crm_lib.metrics import delivered_fields

METRIC = "profile_completeness"
COLUMNS = ["target_id", "field", "missing", "people", "cells", "needed"]


def lacking_fields(
    engine: Engine, engagement: Engagement, readings: pd.DataFrame, groups: pd.DataFrame
) -> pd.DataFrame:
    """One row a target of completeness that is not on track.

    Columns: target_id, field (the one missing most often; of equals the first that the settings name), missing (in it),
    people (on record at the end of the level's months), cells (missing in all delivered fields), needed (how many of them
    to fill until the target is met, nobody new joining).
    """
    behind = readings[readings["metric"].eq(METRIC) & readings["status"].isin(["bad", "watch"])]
    fields = delivered_fields(engine, engagement.definitions)
    found = [_row(engine, row, fields, groups) for row in rows(behind)] if fields else []
    return pd.DataFrame([row for row in found if row["cells"]], columns=COLUMNS)


def _row(engine: Engine, row: Any, fields: tuple[str, ...], groups: pd.DataFrame) -> dict[str, Any]:
    empty = ", ".join(f"CASE WHEN {name} IS NULL THEN 1 ELSE 0 END AS {name}" for name in fields)
    asked = f"SELECT customer_id AS customer, {empty} FROM customers WHERE joined_on IS NULL OR joined_on <= $ends_on"
    people = engine.sql(asked, ends_on=row.ends_on.date())
    if row.group_id != "all":
        people = people[people["customer"].isin(groups.loc[groups["group_id"] == row.group_id, "customer_id"])]
    missing = people[list(fields)].sum()
    cells, all_cells = int(missing.sum()), len(people) * len(fields)
    worst = max(fields, key=lambda name: missing[name])  # the first of equals
    needed = max(0, ceil(round(row.target * all_cells - (all_cells - cells), 6)))
    counts = {"missing": int(missing[worst]), "people": len(people), "cells": cells, "needed": needed}
    return {"target_id": row.target_id, "field": worst} | counts


def lacking_words(row: Any, target: float) -> Message:
    return msg(
        "monitoring.finding.lacking",
        field=term(f"column.customers.{row.field}"),
        n=int(row.missing),
        share=Value("percent", row.missing / row.people, base=int(row.people)),
        part=Value("percent", row.missing / row.cells, base=int(row.cells)),
        needed=int(row.needed),
        goal=Value("percent", float(target)),
    )


def lacking_do(row: Any) -> Message:
    return msg("monitoring.finding.do_field", field=term(f"column.customers.{row.field}"))
