"""Cohorts: the counts by hand, laws on any orders, guards, and the break that is planted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering import cohorts as c

AS_OF = date(2026, 3, 31)


def engine(orders, joined=None):
    """orders: (customer, day, amount); joined: {customer: (day or None, channel)}."""
    frame = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(orders))],
            "customer_id": pd.Series([row[0] for row in orders], dtype=object),
            "ordered_on": pd.to_datetime([row[1] for row in orders]),
            "amount": [float(row[2]) for row in orders],
            "kind": pd.Series(["sale" if row[2] >= 0 else "refund" for row in orders], dtype=object),
        }
    )
    frames = {"orders": frame}
    if joined:
        frames["customers"] = pd.DataFrame(
            {
                "customer_id": list(joined),
                "joined_on": pd.to_datetime([day for day, _ in joined.values()]),
                "join_channel": pd.Series([channel for _, channel in joined.values()], dtype=object),
            }
        )
    return connect_frames(frames, AS_OF)


def test_by_hand():
    found = c.cohorts(
        engine(
            [
                ("old", "2025-12-01", 5),
                ("a", "2026-01-05", 10),
                ("a", "2026-01-20", 10),
                ("a", "2026-03-31", 7),
                ("b", "2026-01-31", 3),
                ("b", "2026-02-01", 4),
                ("b", "2026-02-03", -1),
                ("d", "2026-02-28", 9),
                ("r", "2026-02-01", -9),
                (None, "2026-02-01", 90),
            ],
            {"old": ("2020-01-01", "store"), "a": ("2026-01-05", "store"), "b": ("2026-01-02", None)},
        ),
        AS_OF,
        smallest_base=1,
    )
    cells = found.cells.assign(month=found.cells["cohort"].dt.month)
    january = cells[cells["month"] == 1].set_index("age")
    assert list(january["active"]) == [2, 1, 1]
    assert list(january["returned"]) == [0, 1, 2]
    assert list(january["revenue"]) == [23, 3, 7]
    assert list(january["retention"]) == [1, 0.5, 0.5]
    assert found.existing == 1
    assert set(cells["month"]) == {1, 2}
    assert list(cells[cells["month"] == 2]["active"].dropna()) == [1, 0]


def test_a_period_that_is_not_over_is_empty_and_not_zero():
    opened = engine([("a", "2026-01-05", 10), ("b", "2026-02-05", 10)])
    cells = c.cohorts(opened, date(2026, 3, 30), 1).cells
    first = cells[cells["cohort"] == "2026-01-01"].set_index("age")
    assert list(first["active"].isna()) == [False, False, True]
    assert first.loc[1, "active"] == 0
    own = c.cohorts(opened, date(2026, 2, 27), 1)
    assert list(own.sizes["customers"]) == [1]


day = st.dates(date(2025, 1, 1), AS_OF)
order = st.tuples(st.sampled_from([*"abcdefgh"]) | st.none(), day, st.integers(-50, 200).map(lambda n: n / 4))


@settings(max_examples=6)
@given(st.lists(order, max_size=40))
def test_laws(orders):
    found = c.cohorts(engine([(a, str(d), n) for a, d, n in orders]), AS_OF, 1)
    cells = found.cells
    buyers = {a for a, _, n in orders if a and n > 0}
    assert cells.loc[cells["age"] == 0, "customers"].sum() == len(buyers)
    first = {a: min(d for b, d, n in orders if b == a and n > 0).replace(day=1) for a in buyers}
    since = sum(n for a, d, n in orders if a in first and d >= first[a])
    assert cells["revenue"].sum() == pytest.approx(since)
    known = cells[cells["finished"]]
    assert (known["active"] <= known["customers"]).all()
    assert (known["returned"].diff().fillna(0)[known["age"] > 0] >= 0).all()
    assert (known.loc[known["age"] == 0, "active"] == known.loc[known["age"] == 0, "customers"]).all()
    shuffled = c.cohorts(engine([(a, str(d), n) for a, d, n in orders[::-1]]), AS_OF, 1)
    pd.testing.assert_frame_equal(cells, shuffled.cells)
    curve = c.curve(found)
    assert curve["share"].between(0, 1).all()
    assert curve.loc[curve["measure"] == "returned", "share"].diff().dropna().ge(-1e-12).all()


def shop(share_of, n=60, months=12, channel=lambda i: "store"):
    """n new customers a month since 2025-01, told by days of joining; share_of(month, channel) come back a month later."""
    rng, orders, joined = np.random.default_rng(7), [("old", "2024-12-31", 1)], {"old": ("2020-01-01", "store")}
    for m in range(months):
        start = pd.Timestamp("2025-01-01") + pd.DateOffset(months=m)
        for i in range(n):
            name, through = f"m{m}c{i}", channel(i)
            joined[name] = (str(start.date()), through)
            orders.append((name, str(start.date()), 10))
            if rng.random() < share_of(m, through):
                orders.append((name, str((start + pd.DateOffset(months=1)).date()), 10))
    return engine(orders, joined)


def test_a_planted_break_is_found_with_its_month_size_and_channel():
    opened = shop(lambda m, ch: 0.2 if m >= 8 and ch == "app" else 0.6, 100, channel=lambda i: ("store", "app")[i % 2])
    found = c.cohorts(opened, AS_OF, 30)
    split = c.turning_point(found)
    assert split.sure
    assert split.since == pd.Timestamp("2025-09-01")
    assert split.until is None
    assert split.low < -0.2 < split.high
    by = c.break_by_channel(found, split)
    assert by.iloc[0]["channel"] == "app"
    assert by.iloc[0]["difference"] == pytest.approx(-0.4, abs=0.1)
    finding = c.finding(found, split)
    assert finding.severity == "high"
    assert {catalogue(name).text(finding.headline) for name in ("zh", "en")}


def test_a_month_that_did_not_go_on_is_not_told_as_since_then():
    found = c.cohorts(shop(lambda m, ch: 0.15 if m in (8, 9) else 0.5, 100), AS_OF, 30)
    split = c.turning_point(found)
    assert (split.since, split.until) == (pd.Timestamp("2025-09-01"), pd.Timestamp("2025-10-01"))
    assert split.customers == 200
    assert split.share == pytest.approx(0.15, abs=0.06)
    assert split.after_share == pytest.approx(0.5, abs=0.1)
    finding = c.finding(found, split)
    assert finding.severity == "medium"
    words = catalogue("en").text(finding.headline), catalogue("en").text(finding.evidence)
    assert words[0].startswith("New customers of Sep 2025 to Oct 2025 came back less often: ")
    assert words[1].startswith("It did not go on")
    assert catalogue("zh").text(finding.headline).startswith("2025年9月至2025年10月的新客")
    assert c.break_by_channel(found, split)["customers"].sum() == 200
    still = c.finding(found, replace(split, ended=False))
    assert still.severity == "high"
    assert still.evidence.id == "cohort.finding.evidence.open"


def test_the_two_ends_of_retention_are_of_the_same_cohorts():
    """The oldest cohort stays, the others do not: an average of whoever is as old would show retention rise."""
    orders = [(f"c{m}-{i}", f"2025-{m:02d}-05", 10) for m in range(4, 13) for i in range(40)]
    orders += [(who, f"2025-{m:02d}-20", 10) for who, day, _ in orders if day[5:7] == "04" for m in range(5, 13)]
    orders += [("old", "2025-01-01", 1)]
    found = c.cohorts(engine(orders), AS_OF, 30)
    title = c.triangle_title(found, c.curve(found))
    assert title.args["n"].value == 3
    assert title.args["share"].value == pytest.approx(1 / 3)
    assert title.args["last_age"].value.args["n"].value == 9


def test_a_cohort_below_the_smallest_base_is_not_counted_in_a_title():
    sizes = dict.fromkeys(range(4, 13), 40) | {5: 20}
    orders = [(f"c{m}-{i}", f"2025-{m:02d}-05", 10) for m, size in sizes.items() for i in range(size)]
    orders += [(who, "2025-12-20", 10) for who, _, _ in orders] + [("old", "2025-01-01", 1)]
    found = c.cohorts(engine(orders), AS_OF, 30)
    title = c.triangle_title(found, c.curve(found))
    assert [title.args[name].value for name in ("n", "customers")] == [3, 120]
    assert title.args["last_age"].value.args["n"].value == 8
    few = c.cohorts(engine([order for order in orders if order[0][:2] in ("c4", "c5", "c6", "ol")]), AS_OF, 30)
    assert c.triangle_title(few, c.curve(few)).id == "cohort.title.one"


def test_where_nothing_changed_no_break_is_claimed():
    claimed = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        sure = c.turning_point(c.cohorts(shop(lambda m, ch, rng=rng: 0.5, 40, 6), AS_OF, 30))
        claimed.append(sure.sure)
    assert sum(claimed) <= 2


def test_data_without_days_of_joining_begin_with_doubtful_cohorts():
    orders = [(f"m{m}c{i}", f"2025-{m:02d}-05", 10) for m in range(1, 8) for i in range(40)]
    found = c.cohorts(engine(orders), AS_OF, 30)
    assert list(found.sizes["doubtful"]) == [True] * 3 + [False] * 4
    assert c.as_old(found)[1]["cohort"].min() == pd.Timestamp("2025-04-01")
    told = next(word for word in c.basis(found) if word.id == "cohort.basis.doubtful").args
    assert (told["n"].value, told["customers"].value) == (3, 120)
    share = c.curve_title(found, c.curve(found)).args["share"]
    assert share.base == 160, "all whom the curve watches, not those of its oldest cohort"


def test_few_new_customers_a_month_are_taken_by_quarter():
    orders = [(f"m{m}c{i}", f"2025-{m:02d}-05", 10) for m in range(1, 13) for i in range(12)]
    orders.append(("old", "2024-10-01", 1))
    found = c.cohorts(
        engine(orders, {"old": ("2020-01-01", "store")} | {o[0]: (o[1], "store") for o in orders[:-1]}), AS_OF, 30
    )
    assert found.step == 3
    assert list(found.sizes["customers"]) == [36] * 4
    assert not found.sizes["few"].any()


@pytest.mark.parametrize("orders", [[], [("a", "2026-03-31", 5)], [("a", "2026-01-05", -5)], [(None, "2026-01-05", 5)]])
def test_hardly_any_data_speak_in_both_languages(orders):
    found = c.cohorts(engine(orders), AS_OF, 30)
    split = c.turning_point(found)
    assert split is None
    assert c.finding(found, split) is None
    curve = c.curve(found)
    words = [
        *c.basis(found),
        c.triangle_title(found, curve),
        c.curve_title(found, curve),
        c.compared_title(found, split),
    ]
    for language in ("zh", "en"):
        assert all(catalogue(language).text(word) for word in words)
    assert len(c.triangle(found)) == 0
