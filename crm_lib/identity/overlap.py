"""What the matching came to: records, merges by rule, and in which sources the customers stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import pandas as pd

from crm_lib.identity.resolve import RULES


def match_frames(resolved: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> dict[str, pd.DataFrame]:
    """Frames 'records', 'merges' and 'overlap' of `ingest.account.FRAMES`.

    resolved: record_id, source, customer_id, rule; labels: source -> words in each language, in declared order.
    """
    records = resolved[["record_id", "source", "customer_id", "rule"]]
    merging = [rule for rule in RULES if rule not in ("first", "none")]
    counts = records["rule"].value_counts()
    merges = pd.DataFrame({"rule": merging, "records": [int(counts.get(rule, 0)) for rule in merging]})
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
