"""The eight RFM segments: a table of rules that covers every combination of three scores exactly once."""

from __future__ import annotations

from itertools import product

import pandas as pd

from crm_lib.frames import texts

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


def segment(frame: pd.DataFrame, scores: int) -> pd.api.extensions.ExtensionArray:
    """Segment of each row by its r_score, f_score and m_score."""
    high = [frame[f"{part}_score"].to_numpy() >= lowest_high_score(scores) for part in "rfm"]
    ends = (False, True)
    names = [SEGMENTS[r, f, m] for r, f, m in product(ends, ends, ends)]
    return texts(names, 4 * high[0] + 2 * high[1] + high[2])
