"""Where every part of the customers falls alike, none is the cause, however unequal chance makes their falls."""

import numpy as np
import pandas as pd

from crm_lib.metrics import decompose

SIZES = {
    "join_channel": (300, 200, 150, 100),
    "main_store": (130,) * 6,
    "city": (250, 250, 250),
    "tier": (400, 200, 150),
}


def drawn(rng: np.random.Generator, falls: dict[str, float]) -> pd.DataFrame:
    """The same customers divided in four ways: half came again before, a tenth less now; `falls` says which part fell by
    how much more."""
    rows = []
    for dimension, sizes in SIZES.items():
        for i, n in enumerate(sizes):
            part = f"{dimension} {i}"
            hits = rng.binomial(n, 0.5), rng.binomial(n, 0.4 - falls.get(part, 0.0))
            rows.append((dimension, part, float(hits[0]), float(n), float(hits[1]), float(n)))
    return pd.DataFrame(rows, columns=["dimension", "part", "x_before", "n_before", "x", "n"])


def named(rng: np.random.Generator, falls: dict[str, float]) -> set[str]:
    both = drawn(rng, falls)
    both = both.assign(base_before=both["n_before"], base=both["n"])
    found = decompose.named("proportion", decompose.contributions("proportion", both), 30)
    return set(found.loc[found["named"].astype(bool), "part"])


def test_a_fall_of_all_is_laid_to_nobody():
    rng = np.random.default_rng(3)
    assert sum(bool(named(rng, {})) for _ in range(200)) <= 30  # 132 before parts were held against each other


def test_the_part_that_fell_further_is_named():
    rng = np.random.default_rng(3)
    found = [named(rng, {"join_channel 2": 0.25}) for _ in range(40)]
    assert sum("join_channel 2" in one for one in found) >= 36
    assert sum(one <= {"join_channel 2"} for one in found) >= 36
