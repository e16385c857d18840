"""Where a rate of all customers became worse: the parts of them that make up most of the change since a year ago."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Definitions
from crm_lib.engine import Engine
from crm_lib.language import Message, Value, msg
from crm_lib.metrics import METRICS, intervals, kpis, label
from crm_lib.metrics.decompose import contributions, leading, named
from crm_lib.review.contributions import DIMENSIONS, LARGEST, NOT_KNOWN, part_label
from crm_lib.review.windows import Windows, periods_of, spans

SIDES = {"year_ago": "_before", "after": ""}
_SEPARATOR = "\x1f"
COLUMNS = ["metric", "dimension", "part", "share", "contribution_share", "x_before", "n_before", "x", "n"]


def where(
    engine: Engine, found: Windows, definitions: Definitions, changes: pd.DataFrame, traits: pd.DataFrame
) -> pd.DataFrame:
    """COLUMNS of all parts of the dimension in which a proportion that is clearly worse than a year ago fell apart from the
    rest; `named` says which. No row for a metric whose change is spread."""
    worse = changes[(changes["group_id"] == "all") & (changes["yoy_verdict"] == "worse")]
    names = [name for name in worse["metric"] if METRICS[name].estimate == "proportion"]
    split = [name for name in DIMENSIONS if name in traits]
    parts = [_parts(traits, name, definitions.smallest_base) for name in split] if names else []
    groups = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    told = [_told(engine, found, definitions, name, groups) for name in names if len(groups)]
    told = [rows for rows in told if len(rows)]
    return pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=[*COLUMNS, "named"])


def _parts(traits: pd.DataFrame, dimension: str, least: int) -> pd.DataFrame:
    """[group_id, customer_id] of the largest values; the smaller ones and what nobody wrote down have no name."""
    sizes = traits[dimension].value_counts().reset_index().sort_values(["count", dimension], ascending=[False, True])
    large = set(sizes.loc[sizes["count"] >= least, dimension].head(LARGEST)) - {NOT_KNOWN}
    part = traits[dimension].where(traits[dimension].isin(large), "")
    return pd.DataFrame({"group_id": dimension + _SEPARATOR + part, "customer_id": traits["customer_id"]})


def _told(engine: Engine, found: Windows, definitions: Definitions, metric: str, groups: pd.DataFrame) -> pd.DataFrame:
    named_spans = {name: span for name, span in spans(found, metric, definitions).items() if name in SIDES}
    if set(named_spans) != set(SIDES):
        return pd.DataFrame()
    measured = kpis(engine, periods_of(named_spans), definitions, groups, [metric])
    keys = measured["group_id"].str.partition(_SEPARATOR)
    both = keys[[0, 2]].set_axis(["dimension", "part"], axis=1).drop_duplicates(ignore_index=True)
    for period, side in SIDES.items():
        own = measured[measured["period"] == period]
        sums = own[["numerator", "denominator", "base"]].fillna(0.0).reset_index(drop=True)
        both = both.assign(**{f"{name}{side}": sums[column] for name, column in zip("xn", sums, strict=False)})
        both[f"base{side}"] = sums["base"]
    both = both[(both["n"] > 0) | (both["n_before"] > 0)].reset_index(drop=True)
    parts = named("proportion", contributions("proportion", both), definitions.smallest_base)
    first = leading(parts)
    if first.empty:
        return pd.DataFrame()
    mine = parts[parts["dimension"] == first["dimension"].iloc[0]]
    return mine.assign(metric=metric)[[*COLUMNS, "named"]]


def where_words(parts: pd.DataFrame) -> list[Message]:
    """A sentence for each metric of `where`."""
    return [_sentence(metric, rows) for metric, rows in parts.groupby("metric", sort=False)]


def _sentence(metric: object, rows: pd.DataFrame) -> Message:
    own, rest = rows[rows["named"].astype(bool)], rows[~rows["named"].astype(bool)]
    labels = [part_label(str(d), str(p)) for d, p in zip(own["dimension"], own["part"], strict=True)]
    n = float(own["n"].sum())
    low, high = intervals.wilson(own["x"].sum(), n)
    return msg(
        "review.where",
        metric=label(str(metric)),
        dimension=msg(f"review.dimension.{own['dimension'].iloc[0]}"),
        parts=Value("list", labels),
        share=Value("percent", n / float(rows["n"].sum())),
        all=round(float(rows["n"].sum())),
        contribution=Value("percent", float(own["contribution_share"].sum())),
        before=_level(own, "_before"),
        after=Value("percent", float(own["x"].sum()) / n, round(n), float(low), float(high)),
        rest_before=_level(rest, "_before"),
        rest_after=_level(rest, ""),
    )


def _level(rows: pd.DataFrame, side: str) -> Value:
    n = float(rows[f"n{side}"].sum())
    return Value("percent", float(rows[f"x{side}"].sum()) / n if n else None)
