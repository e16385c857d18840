"""What the matching came to: records, merges by rule, and in which sources the customers stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import pairwise

import pandas as pd

from crm_lib.identity.resolution import CONTACTS, RULES


def match_frames(resolved: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> dict[str, pd.DataFrame]:
    """Frames 'records', 'merges' and 'overlap' of `ingest.account.FRAMES`.

    resolved: record_id, source, customer_id, rule, match_probability; labels: source -> words in each language, in declared order.
    """
    records = resolved[["record_id", "source", "customer_id", "rule"]]
    merging = [rule for rule in RULES if rule not in ("first", "none")]
    counts = records["rule"].value_counts()
    sure = resolved.groupby("rule")["match_probability"].mean()
    doubted = resolved.loc[resolved["rule"].isin(CONTACTS) & resolved["match_probability"].lt(1), "rule"].value_counts()
    merges = pd.DataFrame(
        {
            "rule": merging,
            "records": [int(counts.get(rule, 0)) for rule in merging],
            "mean_probability": [float(sure[rule]) if rule in sure else None for rule in merging],
            "one_list": [int(doubted.get(rule, 0)) for rule in merging],
        }
    )
    return {"records": records, "merges": merges, "overlap": _overlap(records, labels)}


def _overlap(records: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    order = {source: i for i, source in enumerate(labels)}
    sources: dict[str, set[str]] = defaultdict(set)
    for customer, source in zip(records["customer_id"], records["source"], strict=True):
        if isinstance(customer, str):
            sources[customer].add(source)
    sets = Counter(tuple(sorted(names, key=order.__getitem__)) for names in sources.values())
    counts = sorted(sets.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        (" + ".join(names), {lang: " + ".join(labels[n][lang] for n in names) for lang in ("zh", "en")}, count)
        for names, count in counts
    ]
    return pd.DataFrame(rows, columns=["sources", "label", "customers"])


_BANDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


def review_frame(pairs: pd.DataFrame) -> pd.DataFrame:
    """Frame 'review': pairs that wait for a person, by band of probability [at_least, below)."""
    given = pairs["probability"].tolist() if len(pairs) else []
    rows = [
        (low, high, sum(low <= one < high or (high == 1 and one == 1) for one in given))
        for low, high in pairwise(_BANDS)
    ]
    return pd.DataFrame([row for row in rows if row[2]], columns=["at_least", "below", "pairs"])
