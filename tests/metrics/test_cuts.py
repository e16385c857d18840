"""Cut points: every score combination has one segment; fixed thresholds and clusters keep order and ties."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.engagement import Layering
from crm_lib.engine import connect_frames
from crm_lib.layering.segments import SEGMENTS, segment, segment_rules
from crm_lib.metrics.cuts import fixed_scores, kmeans_scores
from crm_lib.metrics.rfm import cut_points, rfm

values = st.lists(st.integers(-5, 40), min_size=1, max_size=50).map(lambda found: np.array(found, dtype=float))


def everyone(found: np.ndarray) -> np.ndarray:
    return np.ones(len(found), dtype=bool)


@pytest.mark.parametrize("scores", range(2, 10))
def test_every_combination_of_scores_has_exactly_one_segment(scores):
    grid = pd.DataFrame(list(product(range(1, scores + 1), repeat=3)), columns=["r_score", "f_score", "m_score"])
    rules = segment_rules(scores)
    fits = sum(
        np.logical_and.reduce([grid[f"{d}_score"].between(rule[f"{d}_from"], rule[f"{d}_to"]) for d in "rfm"]).astype(
            int
        )
        for rule in rules.to_dict("records")
    )
    assert (fits == 1).all()
    assert set(segment(grid, scores)) == set(SEGMENTS.values())


@given(values, st.integers(2, 9))
def test_clusters_keep_order_ties_and_the_scale(found, scores):
    scored = kmeans_scores(found, everyone(found), scores)
    assert scored.min() >= 1
    assert scored.max() <= scores
    order = np.argsort(found, kind="stable")
    assert (np.diff(scored[order]) >= 0).all()
    assert all(len(set(scored[found == value])) == 1 for value in set(found))


@given(values, st.integers(2, 9), st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_rows(found, scores, random):
    order = list(range(len(found)))
    random.shuffle(order)
    counted = found > 0
    assert list(kmeans_scores(found, counted, scores)[order]) == list(
        kmeans_scores(found[order], counted[order], scores)
    )


def test_clusters_are_found_where_they_are():
    found = np.concatenate(
        [np.full(50, 1.0), np.full(3, 2.0), np.full(5, 100.0), np.full(2, 110.0), np.full(1, 1000.0)]
    )
    assert sorted(set(zip(found, kmeans_scores(found, everyone(found), 3), strict=True))) == [
        (1.0, 1), (2.0, 1), (100.0, 2), (110.0, 2), (1000.0, 3),
    ]  # fmt: skip


def test_clusters_are_those_that_the_values_were_drawn_from():
    rng = np.random.default_rng(5)
    drawn = np.repeat([1, 2, 3, 4], [200, 80, 40, 10])
    found = np.array([0, 0, 20, 45, 90])[drawn] + rng.normal(0, 1, len(drawn))
    assert list(kmeans_scores(found, everyone(found), 4)) == list(drawn)


def test_fixed_thresholds_are_reached_or_not():
    found = np.array([0, 1, 2, 4.9, 5, 9])
    assert list(fixed_scores(found, everyone(found), (1, 5))) == [1, 2, 2, 2, 3, 3]
    assert list(fixed_scores(found, found > 1, (1, 5))) == [1, 1, 2, 2, 3, 3]


def test_recency_scores_best_up_to_the_first_threshold():
    day = date(2026, 3, 31)
    days = {"a": 30, "b": 31, "c": 90, "d": 91}
    orders = pd.DataFrame({"order_id": list(days), "customer_id": list(days), "amount": 5.0, "kind": "sale"})
    orders["ordered_on"] = [pd.Timestamp(day) - pd.Timedelta(days=back) for back in days.values()]
    settings = Layering(scores=3, cut="fixed", r_cuts=(30, 90), f_cuts=(2, 3), m_cuts=(1, 10))
    frame = rfm(connect_frames({"orders": orders}), day, settings)
    assert list(frame["r_score"]) == [3, 2, 2, 1]
    assert list(frame["m_score"]) == [2, 2, 2, 2]
    shown = cut_points(frame, "r", settings)
    assert shown[["score", "from", "to"]].values[:3].tolist() == [[3, 30, 30], [2, 31, 90], [1, 91, 91]]


def test_many_different_values_are_clustered_as_few_would_be():
    rng = np.random.default_rng(7)
    drawn = np.repeat([1, 2, 3], [3000, 500, 20])
    found = np.array([0, 10, 300, 9000])[drawn] + rng.uniform(-5, 5, len(drawn))
    assert list(kmeans_scores(found, everyone(found), 3)) == list(drawn)
