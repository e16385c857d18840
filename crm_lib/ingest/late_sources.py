"""Sources that begin later than another of the same table: what lies before is not the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pandas as pd

from crm_lib.engagement import Source

NEAR_DAYS = 31  # begins so soon after another are one; a source that ends so near to a begin is replaced by it
MATERIAL = 0.05  # of the table's rows since it began, from which a source changes what is counted
STRAY = 0.005  # of a source's rows that stand alone before its begin: slips of the date
COLUMNS = ["table", "source", "label", "first_on", "since", "share"]


def late_sources(frames: Mapping[str, pd.DataFrame], sources: Iterable[Source], until: date) -> pd.DataFrame:
    """COLUMNS of the sources that begin later than their table, as known at the end of `until`; by table and day.

    `frames`: `account.FRAMES`. `since` is the table's first day, `share` that of the table's rows since the source
    began. Not those that take another's place, nor those that the engagement says began with their business.
    """
    declared = {source.name for source in sources if source.new_business}
    files = frames["files"].drop_duplicates("source").set_index("source")
    labels = files["label"].to_dict()
    days = frames["days"].assign(day=pd.to_datetime(frames["days"]["day"]))
    days = days[(days["day"] <= pd.Timestamp(until)) & days["source"].isin(files.index)]
    days = days.assign(table=days["source"].map(files["table"]))
    found = []
    alone = days.groupby("table")["source"].transform("nunique") == 1
    for table, own in days[~alone].groupby("table", sort=True):
        spans = pd.DataFrame({"min": _begins(own), "max": own.groupby("source")["day"].max()})
        spans = spans.sort_values("min", kind="stable")
        for name, span in spans.iterrows():
            others, recent = spans.drop(index=name), own[own["day"] >= span["min"]]
            taken = (others["max"] - span["min"]).dt.days.abs() <= NEAR_DAYS
            share = recent.loc[recent["source"] == name, "rows"].sum() / recent["rows"].sum()
            late = (span["min"] - spans["min"].min()).days > NEAR_DAYS
            if late and share >= MATERIAL and not taken.any() and name not in declared:
                found.append((table, name, labels[name], span["min"].date(), spans["min"].min().date(), float(share)))
    return pd.DataFrame(found, columns=COLUMNS).sort_values(["table", "first_on", "source"], ignore_index=True)


def _begins(days: pd.DataFrame) -> pd.Series:
    """First day of each source, but for STRAY of its rows that lie far before the others."""
    ordered = days.groupby(["source", "day"], as_index=False)["rows"].sum()
    share = ordered.groupby("source")["rows"].cumsum() / ordered.groupby("source")["rows"].transform("sum")
    most = ordered[share > STRAY].groupby("source")["day"].min()
    near = ordered["day"] >= ordered["source"].map(most) - pd.Timedelta(days=NEAR_DAYS)
    return ordered[near].groupby("source")["day"].min()
