"""Which customers a model learns from where there are more than it needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

MOST_ROWS = 200_000  # cases learnt from, over all cut-offs


def sampled(frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The frames themselves, or of more than `MOST_ROWS` rows together those of the customers whose hash is lowest.

    A customer is in all frames or in none, and is chosen whatever the order of rows and whoever else is there.
    """
    if sum(map(len, frames)) <= MOST_ROWS:
        return list(frames)
    hashes = [pd.util.hash_array(frame["customer_id"].to_numpy(object), categorize=False) for frame in frames]
    cut = np.partition(np.concatenate(hashes), MOST_ROWS)[MOST_ROWS]
    return [frame[found < cut].reset_index(drop=True) for frame, found in zip(frames, hashes, strict=True)]
