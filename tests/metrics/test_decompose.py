import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.metrics.decompose import mix_and_rate, stands_out, totals

COUNTS = st.lists(
    st.tuples(*[st.integers(0, 400)] * 4).map(lambda t: (t[0] + t[1], t[1], t[2] + t[3], t[3])), min_size=1, max_size=8
)


@given(COUNTS)
def test_the_parts_add_up_to_the_whole_change(parts: list[tuple[int, int, int, int]]):
    n0, x0, n1, x1 = (np.array(column, dtype=float) for column in zip(*parts, strict=True))
    found = mix_and_rate(n0, x0, n1, x1)
    if n0.sum() and n1.sum():
        change = x1.sum() / n1.sum() - x0.sum() / n0.sum()
        assert found["contribution"].sum() == pytest.approx(change, abs=1e-9)
        if abs(change) > 1e-6:
            assert found["contribution_share"].sum() == pytest.approx(1)


def test_rate_and_mix_by_hand():
    """Two halves at 20 % and 40 %; the second rises to 60 % and to three quarters of the customers."""
    found = mix_and_rate(*(np.array(a, float) for a in ([50, 50], [10, 20], [25, 75], [5, 45])))
    assert list(found["rate"]) == pytest.approx([0, 0.625 * 0.2])
    # mix: change of share times the distance of the mean rate from the whole's mean rate (30 % and 50 %: 40 %)
    assert list(found["mix"]) == pytest.approx([-0.25 * (0.2 - 0.4), 0.25 * (0.5 - 0.4)])
    assert found["contribution"].sum() == pytest.approx(0.5 - 0.3)


def test_a_part_that_is_new_keeps_its_rate():
    found = mix_and_rate(*(np.array(a, float) for a in ([10, 0], [5, 0], [10, 10], [5, 10])))
    assert found["rate"][1] == 0
    assert found["contribution"].sum() == pytest.approx(0.75 - 0.5)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=8))
def test_totals_add_up(parts: list[tuple[int, int]]):
    before, now = (np.array(column, dtype=float) for column in zip(*parts, strict=True))
    assert totals(before, now)["contribution"].sum() == pytest.approx(now.sum() - before.sum())


def test_a_part_stands_out_only_beyond_its_share_and_with_a_name():
    parts = pd.DataFrame(
        {
            "part": ["a", "b", "", "d"],
            "contribution_share": [0.4, 0.4, 0.9, np.nan],
            "share": [0.2, 0.3, 0.1, 0.1],
        }
    )
    assert list(stands_out(parts)) == [True, False, False, False]
