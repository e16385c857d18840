"""The eight RFM segments: a table of rules that covers every combination of three scores exactly once."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Recent, frequent, high spend -> segment. High is a score above the middle of the scale.
SEGMENTS: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "important_value",
    (True, False, True): "important_growth",
    (False, True, True): "important_keep",
    (False, False, True): "important_win_back",
    (True, True, False): "general_value",
    (True, False, False): "general_growth",
    (False, True, False): "general_keep",
    (False, False, False): "general_win_back",
}
_NAMES = [f"{dimension}_{end}" for dimension in "rfm" for end in ("from", "to")]


def lowest_high_score(scores: int) -> int:
    """The lowest score above the middle of 1..scores: 4 of 5, 3 of 4."""
    return (scores + 1) // 2 + 1


def segment_rules(scores: int) -> pd.DataFrame:
    """One row a segment, in the order of `SEGMENTS`: segment, r_from, r_to, f_from, f_to, m_from, m_to (inclusive)."""
    high = lowest_high_score(scores)
    ranges = {True: (high, scores), False: (1, high - 1)}
    rows = [(name, *(end for part in key for end in ranges[part])) for key, name in SEGMENTS.items()]
    return pd.DataFrame(rows, columns=["segment", *_NAMES])


def segment(frame: pd.DataFrame, scores: int) -> np.ndarray:
    """Segment of each row by its r_score, f_score and m_score."""
    found = np.full(len(frame), "", dtype=object)
    for rule in segment_rules(scores).to_dict("records"):
        fits = np.ones(len(frame), dtype=bool)
        for part in "rfm":
            fits &= frame[f"{part}_score"].between(rule[f"{part}_from"], rule[f"{part}_to"]).to_numpy()
        found[fits] = rule["segment"]
    return found
