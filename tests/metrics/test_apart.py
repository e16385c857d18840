"""A part is apart from the others where it moved otherwise, and by chance no more often than p says."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.metrics.apart import rates_apart, sum_variance, totals_apart

PARTS = 40


def drawn(rng, rates, n):
    hits = rng.binomial(n, rates).astype(float)
    cases = np.full(len(rates), float(n))
    return hits, cases, cases * (hits + 1) / (cases + 2) * (1 - (hits + 1) / (cases + 2))


def test_where_nothing_moved_few_parts_are_apart():
    rng, one = np.random.default_rng(7), pd.Series(0, index=range(PARTS))
    levels = np.linspace(0.1, 0.7, PARTS)
    found = [rates_apart(one, drawn(rng, levels, 200), drawn(rng, levels, 200)) for _ in range(200)]
    assert np.mean(np.concatenate(found) < 0.05) == pytest.approx(0.05, abs=0.01)
    counts = [rng.poisson(levels * 400).astype(float) for _ in range(400)]
    pairs = [totals_apart(one, (x, x), (y, y)) for x, y in zip(counts[::2], counts[1::2], strict=True)]
    assert np.mean(np.concatenate(pairs) < 0.05) == pytest.approx(0.05, abs=0.01)


def test_the_part_that_fell_is_apart_whatever_all_did():
    rng, one = np.random.default_rng(7), pd.Series(0, index=range(PARTS))
    before, now = np.full(PARTS, 0.5), np.full(PARTS, 0.4)
    now[3] = 0.15
    p = rates_apart(one, drawn(rng, before, 200), drawn(rng, now, 200))
    assert p.argmin() == 3
    assert p[3] * PARTS < 0.01
    assert np.delete(p, 3).min() * PARTS > 0.05
    x, y = before * 800, now * 800
    by_total = totals_apart(one, (x, x), (y, y))
    assert by_total.argmin() == 3
    assert by_total[3] * PARTS < 0.01


def test_wholes_are_apart_from_each_other_and_lonely_parts_cannot_be_tested():
    three = np.array([10.0, 90.0, 50.0])
    n = np.full(3, 100.0)
    p = rates_apart(pd.Series(["a", "a", "b"]), (three, n, three), (three[::-1], n, three))
    assert p[2] == 1.0
    assert p[0] == p[1] < 1
    assert totals_apart(pd.Series(["a"]), (n[:1], n[:1]), (three[:1], n[:1]))[0] == 1.0


def test_a_part_without_a_before_is_held_against_the_others_now():
    x0, n0 = np.array([50.0, 0.0]), np.array([100.0, 0.0])
    low, even = (
        rates_apart(pd.Series([0, 0]), (x0, n0, x0), (np.array([50.0, x]), n0 + np.array([0.0, 100.0]), x0 + 1))
        for x in (5.0, 50.0)
    )
    assert low[1] < 0.01
    assert even[1] == pytest.approx(1.0)


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 4), max_size=6))
def test_whatever_comes_p_is_a_probability(rows):
    table = np.array(rows, dtype=float).reshape(-1, 4)
    before, now = ((hits, hits + misses, hits) for hits, misses in (table[:, :2].T, table[:, 2:].T))
    one = pd.Series(0, index=range(len(table)))
    for p in (rates_apart(one, before, now), totals_apart(one, before[::2], now[::2])):
        assert ((p >= 0) & (p <= 1)).all()


def test_a_single_case_may_be_anything():
    nothing = np.array([np.nan])
    alone = sum_variance("average_order_value", np.array([80.0]), np.ones(1), np.ones(1), nothing, nothing)
    assert alone[0] == 6400.0
    counted = sum_variance("orders", np.array([30.0]), np.ones(1), np.array([90.0]), nothing, nothing)
    assert counted[0] == 10.0
