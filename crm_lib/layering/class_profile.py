"""What the customers of each operating class are like."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from crm_lib import metrics
from crm_lib.engagement import OPERATING_CLASSES, Definitions
from crm_lib.engine import Engine
from crm_lib.handoff import ARTIFACTS
from crm_lib.language import Message, Value, literal, msg, term_or_text
from crm_lib.layering.layers import Layers
from crm_lib.layering.shares import distribution, rows_by
from crm_lib.metrics.carriage import goods_only

_ESTIMATES = ("nps", "profile_completeness")
_NOTHING: tuple[Message | None, float] = (None, math.nan)
_TRAITS = Path(__file__).with_name("traits.sql")


def profile(engine: Engine, layers: Layers, definitions: Definitions) -> pd.DataFrame:
    """One row a class: `distribution` (with medians of those who bought in the data) and customers with a complaint, top category and channels, NPS, completeness.

    complaint_share, with complainers; top_category (by revenue, with top_category_share of the class), stand_out
    (the category with the largest share against that of all customers, stand_out_lift, counted from
    definitions.smallest_base buyers); top_channel, top_join_channel (Messages); nps and profile_completeness with
    _low, _high and _base, nps_words (a Message). NaN or None where the data hold nothing.
    """
    table = distribution(layers, "operating_class").pipe(_medians_of_buyers, layers)
    engine.register("layered", layers.customers[["customer_id", "operating_class"]])
    traits = engine.run(_TRAITS, as_of=layers.as_of, window_start=layers.window_start)
    by_class = table["operating_class"]
    found = {trait: traits[traits["trait"] == trait] for trait in ("category", "channel", "join_channel", "complaint")}
    found["category"] = goods_only(found["category"], "word")
    table["complainers"] = by_class.map(found["complaint"].set_index("operating_class")["customers"])
    if engine.has("tickets"):
        table["complainers"] = table["complainers"].fillna(0)
    table["complainers"] = table["complainers"].astype("float64")
    table["complaint_share"] = table["complainers"] / table["customers"].where(table["customers"] > 0)
    for trait, prefix in (("category", ""), ("channel", "channel"), ("join_channel", "channel")):
        top = _top(found[trait], prefix)
        table[f"top_{trait}"] = pd.Series([top.get(name, _NOTHING)[0] for name in by_class], dtype=object)
        table[f"top_{trait}_share"] = [top.get(name, _NOTHING)[1] for name in by_class]
    stand_out = _stand_out(found["category"], definitions.smallest_base)
    table["stand_out"] = pd.Series([stand_out.get(name, _NOTHING)[0] for name in by_class], dtype=object)
    table["stand_out_lift"] = [stand_out.get(name, _NOTHING)[1] for name in by_class]
    table = table.merge(_estimates(engine, layers, definitions), on="operating_class", validate="one_to_one")
    return table.assign(nps_words=_nps_words(table, definitions.smallest_base))


def _medians_of_buyers(table: pd.DataFrame, layers: Layers) -> pd.DataFrame:
    bought = layers.customers[layers.customers["last_on"].notna()].astype({"recency_days": "float64"})
    medians = (
        bought.groupby("operating_class")[["recency_days", "frequency", "monetary"]].median().add_prefix("median_")
    )
    return table.assign(**medians.reindex(table["operating_class"]).reset_index(drop=True))


def _word(prefix: str, word: str) -> Message:
    return term_or_text(prefix, word) if prefix else literal(word)


def _top(rows: pd.DataFrame, prefix: str) -> dict[str, tuple[Message, float]]:
    """Class -> its word with the greatest weight (then the first by name) and that word's share of the weight."""
    ordered = rows.assign(share=rows["weight"] / rows.groupby("operating_class")["weight"].transform("sum"))
    ordered = ordered.sort_values(["weight", "word"], ascending=[False, True])
    best = rows_by(ordered[ordered["weight"] > 0].drop_duplicates("operating_class"), "operating_class")
    return {name: (_word(prefix, row["word"]), row["share"]) for name, row in best.items()}


def _stand_out(rows: pd.DataFrame, smallest_base: int) -> dict[str, tuple[Message, float]]:
    """Class -> the category whose share of the class's revenue is the greatest multiple of its share of all."""
    if rows.empty or rows["weight"].sum() <= 0:
        return {}
    of_class = rows["weight"] / rows.groupby("operating_class")["weight"].transform("sum")
    of_all = rows.groupby("word")["weight"].transform("sum") / rows["weight"].sum()
    lifted = rows.assign(lift=of_class / of_all.where(of_all > 0))
    lifted = lifted[(lifted["customers"] >= smallest_base) & (lifted["lift"] > 1)]
    best = lifted.sort_values(["lift", "word"], ascending=[False, True]).drop_duplicates("operating_class")
    return {name: (literal(row["word"]), row["lift"]) for name, row in rows_by(best, "operating_class").items()}


def _estimates(engine: Engine, layers: Layers, definitions: Definitions) -> pd.DataFrame:
    """NPS and profile completeness of each class, with interval and base; NaN where there are no answers."""
    window = metrics.window("window", layers.window_start, layers.as_of)
    groups = layers.customers[["customer_id", "operating_class"]].rename(columns={"operating_class": "group_id"})
    table = pd.DataFrame({"operating_class": OPERATING_CLASSES})
    measured = metrics.kpis(engine, window, definitions, groups, _ESTIMATES)
    for name in _ESTIMATES:
        rows = measured[measured["metric"] == name].set_index("group_id").reindex(OPERATING_CLASSES)
        for part in ("value", "low", "high", "base"):
            column = name if part == "value" else f"{name}_{part}"
            table[column] = rows[part].to_numpy("float64")
    return table


def _nps_words(table: pd.DataFrame, smallest_base: int) -> pd.Series:
    """NPS with interval and base; 'not enough answers' below the smallest base, None without any."""
    words: list[Message | None] = []
    for row in table.to_dict("records"):
        base = int(row["nps_base"]) if row["nps_base"] > 0 else 0
        value = Value("float", row["nps"], base, row["nps_low"], row["nps_high"], f"nps.{row['operating_class']}")
        words.append(
            None
            if not base
            else msg("layering.nps", nps=value)
            if base >= smallest_base
            else msg("layering.nps.few", n=base)
        )
    return pd.Series(words, dtype=object)


def artifact(table: pd.DataFrame) -> pd.DataFrame:
    """The handoff `layer_profile` of a `profile`."""
    counted = table["customers"].where(table["customers"] > 0)
    frame = table.assign(mean_frequency=table["orders"] / counted, mean_monetary=table["revenue"] / counted)
    return frame[list(ARTIFACTS["layer_profile"].columns)]
