"""Whether the people of a strategy's campaigns belong to the class that the strategy is for."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.review.windows import Windows

LEAST_SHARE = 0.5  # of the people; with fewer, the campaign says more of others than of the class
COLUMNS = ["strategy", "group_id", "people"]
_FOLDER = Path(__file__).parent


def aimed(engine: Engine, found: Windows, groups: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """[strategy, group_id, people]: who was drawn for each strategy's campaigns of the cycle, held out or not, by the
    class fixed at baseline ('' for whoever had none). Empty where no classes are known.

    A customer of two campaigns counts twice: so much does each of them weigh.
    """
    classes = groups[groups["group_id"].str.startswith("class:")]
    mine = effects.loc[effects["strategy"].astype(str) != "", ["campaign_id", "strategy"]]
    if not len(classes) or not len(mine):
        return pd.DataFrame(columns=COLUMNS)
    drawn = engine.run(_FOLDER / "arms.sql", first=found.start, last=found.last)[["campaign_id", "customer_id"]]
    people = drawn.merge(mine, on="campaign_id").merge(classes, on="customer_id", how="left")
    people["group_id"] = people["group_id"].fillna("")
    return people.groupby(["strategy", "group_id"]).size().rename("people").reset_index()[COLUMNS]


def class_share(counted: pd.DataFrame | None, strategy: str, operating_class: str) -> dict[str, float]:
    """people, class_share of a strategy (see `aimed`); 0 and NaN where it had no campaign or no classes are known."""
    if counted is None:
        return {"people": 0, "class_share": nan}
    mine = counted[counted["strategy"] == strategy]
    people = int(mine["people"].sum())
    of_class = int(mine.loc[mine["group_id"] == f"class:{operating_class}", "people"].sum())
    return {"people": people, "class_share": of_class / people if people else nan}


def beside_class(row: dict[str, Any]) -> bool:
    """Whether most people of the strategy's campaigns belonged to other classes."""
    return bool(row["class_share"] < LEAST_SHARE)


def class_words(row: dict[str, Any]) -> dict[str, Value]:
    """share, people and class of a row of `strategy_effects`, for its sentences."""
    share = row["class_share"]
    return {
        "share": Value("percent", None if share != share else float(share)),
        "people": Value("int", int(row["people"])),
        "class": Value("term", f"class.{row['operating_class']}"),
    }


def beside_warnings(rows: Iterable[dict[str, Any]]) -> list[Message]:
    """A sentence for each strategy whose campaigns went mostly to others."""
    return [
        msg("aimed.warning", strategy=row["strategy_label"], **class_words(row)) for row in rows if beside_class(row)
    ]
