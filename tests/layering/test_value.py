"""Pyramid and 20/80, value at risk, the one page, movement of revenue, density, predicted spend."""

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.engagement import OPERATING_CLASSES, Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.language import Value, catalogue
from crm_lib.layering import at_risk, flow_title, one_page, page_remarks, revenue_flow
from crm_lib.layering.at_risk import at_risk_finding, at_risk_title, beyond_rhythm
from crm_lib.layering.call_lists import overlap_of_lists
from crm_lib.layering.flows import top_flows
from crm_lib.layering.layers import layer
from crm_lib.layering.moving import between, directions, matrix
from crm_lib.layering.one_page import rule_of_thumb
from crm_lib.layering.pyramid import SINGLE, _grouped, _top_share, _with_interval, pyramid, pyramid_title, top_shares
from crm_lib.layering.rules import segment_words
from crm_lib.layering.shares import distribution, quadrant_density, rfm_grid, top_share
from crm_lib.layering.titles import grid_title, movement_title, quadrants_title

DAY = date(2026, 3, 31)
D = Definitions()
OWNERS = {name: Value("text", "x") for name in OPERATING_CLASSES}


def engine(rows, known_until=DAY):
    """rows: (customer, days before DAY, amount)."""
    frame = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(rows))],
            "customer_id": pd.Series([row[0] for row in rows], dtype=object),
            "ordered_on": pd.to_datetime([DAY - timedelta(days=row[1]) for row in rows]),
            "amount": [float(row[2]) for row in rows],
            "kind": pd.Series(["sale" if row[2] >= 0 else "refund" for row in rows], dtype=object),
        }
    )
    return connect_frames({"orders": frame}, known_until)


def opened(rows, **options):
    found = engine(rows)
    return found, layer(found, DAY, Layering(**options), D)


row = st.tuples(
    st.sampled_from([*"abcdefghij"]) | st.none(), st.integers(0, 500), st.integers(-40, 300).map(lambda n: n / 4)
)
rows = st.lists(row, max_size=40)


@settings(max_examples=10)
@given(rows)
def test_the_pyramid_holds_every_buyer_once(found):
    _, layers = opened(found)
    table = pyramid(layers)
    assert table["customers"].sum() == len(layers.buyers)
    assert table["revenue"].sum() == pytest.approx(layers.buyers["monetary"].sum())
    assert catalogue("zh").text(pyramid_title(layers, table))
    for each in top_shares(layers).to_dict("records"):
        assert each["share"] == pytest.approx(top_share(layers, {"revenue": "monetary"}[each["measure"]]))


def test_the_interval_of_the_top_share_covers_the_truth_as_often_as_it_says():
    # Lognormal, sigma 1: the top fifth has 1 - F(F^-1(.8) - sigma) = .5629 of the whole (Lorenz curve of the lognormal)
    rng, hits = np.random.default_rng(3), 0
    for _ in range(60):
        _, low, high = _with_interval(np.sort(rng.lognormal(0, 1, 400))[::-1], 0.2)
        hits += low <= 0.5629 <= high
    assert 0.83 <= hits / 60 <= 1


def test_groups_of_neighbours_change_the_share_of_a_large_list_by_nothing_to_speak_of():
    values = np.sort(np.random.default_rng(1).lognormal(0, 1.5, 50_000))[::-1]
    means, sizes = _grouped(values)
    assert len(means) == 2 * SINGLE
    assert (means * sizes).sum() == pytest.approx(values.sum())
    exact = values[:10_000].sum() / values.sum()
    assert _top_share(means, sizes[None, :], 0.2)[0] == pytest.approx(exact, abs=1e-4)
    assert _with_interval(values, 0.2) == _with_interval(values, 0.2)


def test_who_is_beyond_the_own_rhythm():
    # big buys every 30 days, quiet for 70; often buys daily, quiet for 10 (below the shortest); two has no rhythm
    big = [("big", 70 + 30 * i, 500) for i in range(4)]
    often = [("often", 10 + i, 400) for i in range(5)]
    found, layers = opened([*big, *often, ("two", 5, 9), ("two", 60, 9), ("dormant", 300, 900)], top_share=0.6)
    frame = beyond_rhythm(found, layers).set_index("customer_id")
    assert frame.loc["big", "gap_days"] == 30
    assert dict(frame["beyond"]) == {"big": True, "often": False, "two": False}
    assert not frame.loc["two", "judged"]
    table = at_risk(frame.reset_index()).set_index("operating_class")
    assert table.loc["core", "revenue_at_risk"] == 2000
    assert table.loc["core", "to_call"] == 1
    assert at_risk(frame.reset_index().assign(refused=True))["to_call"].sum() == 0
    assert table.loc["core", "revenue_share"] == pytest.approx(2000 / 4000)
    assert at_risk_finding(table.reset_index(), layers) is None, "too few to conclude anything"
    for language in ("zh", "en"):
        assert catalogue(language).text(at_risk_title(table.reset_index(), 30))


def test_the_one_page_gives_every_customer_the_class_that_the_layers_give():
    rng = np.random.default_rng(2)
    found = [(f"c{rng.integers(0, 120):03d}", int(rng.integers(0, 420)), int(rng.integers(5, 300))) for _ in range(500)]
    _, layers = opened(found)
    page = one_page(layers, OWNERS)
    assert list(page["operating_class"]) == ["dormant", "core", "potential", "ordinary"]
    assert page["customers"].sum() == len(layers.customers)
    assert page["share"].sum() == pytest.approx(1)
    for language in ("zh", "en"):
        words = [
            catalogue(language).text(message) for message in [*page["question"], *page["care"], *page_remarks(layers)]
        ]
        assert all(words)


def test_the_rule_of_thumb_says_how_well_it_does():
    # 40 who bought often of late against 60 who did not: the number of purchases tells them apart
    busy = [(f"a{i:02d}", back, 10) for i in range(40) for back in (300, 5, 15, 25)]
    calm = [(f"b{i:02d}", back, 10) for i in range(60) for back in (300, 150, 120)]
    rich = [(f"c{i:02d}", 5, 9000) for i in range(30)]
    _, layers = opened([*busy, *calm, *rich], top_share=0.2, potential_share=0.3)
    purchases, caught, right = rule_of_thumb(layers)
    frame = layers.customers[layers.customers["operating_class"].isin(["potential", "ordinary"])]
    named, truth = frame["recent_purchases"] >= purchases, frame["operating_class"] == "potential"
    assert purchases >= 1
    assert caught.value == pytest.approx((named & truth).sum() / truth.sum())
    assert right.value == pytest.approx((named & truth).sum() / named.sum())


@settings(max_examples=10)
@given(rows, st.integers(1, 300), st.integers(0, 200))
def test_movement_between_any_two_days_keeps_customers_and_money(found, apart, back):
    second = DAY - timedelta(days=back)
    first, opened_engine = second - timedelta(days=apart), engine(found)
    moved = between(opened_engine, first, second, Layering(), D)
    table = matrix(moved)
    now, then = (layer(opened_engine, day, Layering(), D, "revenue").customers for day in (second, first))
    known = table[table["before"] != "new"]
    assert dict(known.groupby("before")["customers"].sum()) == dict(
        then["operating_class"].value_counts().reindex(OPERATING_CLASSES, fill_value=0)
    )
    assert dict(table.groupby("after")["customers"].sum()) == dict(
        now["operating_class"].value_counts().reindex(OPERATING_CLASSES, fill_value=0)
    )
    money = pd.Series(0.0, index=OPERATING_CLASSES)
    for frame, end, column in ((then, "before", "revenue_then"), (now, "after", "revenue_now")):
        expected = money.add(frame.groupby("operating_class")["monetary"].sum(), fill_value=0)
        got = table[table["before"] != "new"] if end == "before" else table
        assert got.groupby(end)[column].sum().sort_index().tolist() == pytest.approx(expected.sort_index().tolist())
    flow = revenue_flow(table)
    assert (flow["revenue_then"] > 0).all()
    assert catalogue("zh").text(flow_title(flow, layer(opened_engine, first, Layering(), D)))


def test_days_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not before"):
        between(engine([]), DAY, DAY, Layering(), D)


def test_the_greatest_flows_by_revenue():
    flow = pd.DataFrame(
        [
            ("core", "dormant", 70.0, 1),
            ("core", "ordinary", 90.0, 9),
            ("ordinary", "core", 30.0, 2),
            ("core", "core", 900.0, 5),
        ],
        columns=["before", "after", "revenue_then", "customers"],
    )
    assert list(top_flows(flow, True)["after"]) == ["ordinary", "dormant"]
    assert list(top_flows(flow, False)["revenue_then"]) == [30.0]


@settings(max_examples=10)
@given(rows)
def test_cells_of_the_quadrant_hold_everybody_placed(found):
    _, layers = opened(found)
    cells = quadrant_density(layers)
    assert cells["customers"].sum() == layers.buyers["potential"].notna().sum()
    told = quadrants_title(layers, distribution(layers, "quadrant"))
    if "nurture" in told.args:
        assert told.args["nurture"].value == cells.loc[cells["quadrant"] == "nurture", "customers"].sum()
    assert cells[["potential_rank", "value_rank"]].stack().between(0, 1).all()
    assert not cells.duplicated(["potential_rank", "value_rank", "quadrant"]).any()


def test_predicted_spend_is_a_part_of_potential_only_where_it_is_given():
    found = engine([("a", 5, 10), ("b", 5, 10), ("c", 5, 10)])
    without = layer(found, DAY, Layering(), D)
    given_spend = layer(found, DAY, Layering(), D, predicted_spend=pd.Series({"a": 5.0, "b": 50.0}))
    assert "spend" not in without.parts
    assert "spend" in given_spend.parts
    potential = given_spend.customers.set_index("customer_id")["potential"]
    assert potential["b"] > potential["a"]
    assert potential["c"] == without.customers.set_index("customer_id").loc["c", "potential"]


@pytest.mark.parametrize("found", [[], [("a", 0, 5)], [("a", 5, -5)], [("a", 400, 5)], [(None, 3, 5)]])
def test_hardly_any_data_speak(found):
    opened_engine, layers = opened(found)
    table = at_risk(beyond_rhythm(opened_engine, layers))
    page = one_page(layers, OWNERS)
    messages = [
        pyramid_title(layers, pyramid(layers)),
        at_risk_title(table, 30),
        *page["question"],
        *page_remarks(layers),
    ]
    for language in ("zh", "en"):
        assert all(catalogue(language).text(message) for message in messages)


def test_lists_that_name_the_same_customer_say_so():
    five, none = list("bcdef"), pd.Series([], dtype=object)
    lists = {"fallen": pd.Series(["a", *five]), "silent": pd.Series([*five, "g"]), "dormant": none}
    assert overlap_of_lists(lists) is None, "each holds nearly all of them"
    lists |= {"leaving": pd.Series([f"h{i}" for i in range(7)])}
    said = catalogue("en").text(overlap_of_lists(lists))
    assert "name 14 different customers, of whom 5 stand" in said
    assert "high value" not in said, "an empty list is none"
    assert overlap_of_lists({"fallen": pd.Series(["a"]), "silent": pd.Series(["a", "b"])}) is None, "hardly any"
    assert overlap_of_lists({"fallen": pd.Series(["a"])}) is None


def test_directions_share_those_known_then():
    """19.9 % in the finding and 17.8 % in the table were one count on two bases."""
    moved = pd.DataFrame({"direction": ["down", "same", "same", "up", "new"]}).assign(
        revenue_then=1.0, spend_before=1.0, spend_since=1.0
    )
    table = directions(moved).set_index("direction")
    assert dict(table["share"].drop("new")) == {"up": 0.25, "same": 0.5, "down": 0.25}
    assert math.isnan(table.loc["new", "share"])


@pytest.mark.parametrize(
    ("up", "down", "kind"), [(411, 423, "alike"), (304, 497, "down"), (90, 40, "up"), (9, 9, "even")]
)
def test_more_fallen_than_risen_is_said_beyond_chance_only(up, down, kind):
    rows = [("up", up), ("same", 500), ("down", down), ("new", 3)]
    _, layers = opened([("a", 5, 9)])
    said = movement_title(pd.DataFrame(rows, columns=["direction", "customers"]), layers)
    assert said.id == f"layering.title.movement_{kind}"
    assert all(catalogue(language).text(said) for language in ("zh", "en"))


def test_the_grids_title_is_what_its_cells_show():
    rows = [(f"c{i:02}", 1 + i + k * 3, 10.0 * (i + 1)) for i in range(60) for k in range(1 + (60 - i) // 9)]
    _, layers = opened(rows)
    cells = rfm_grid(layers)
    best = cells[(cells["r_score"] == 5) & (cells["f_score"] == 5)]
    said = grid_title(layers, cells)
    assert said.args["mean"].value == pytest.approx(best["mean_monetary"].iloc[0])


def test_names_of_segments_say_from_how_many_days_on_a_customer_counts_as_late():
    """Where people buy every week, 'at risk' may be four days ago."""
    _, layers = opened([(f"c{i:02}", i % 10, 10.0) for i in range(60)])
    said = segment_words(layers)
    low = layers.buyers.loc[layers.buyers["r_score"] < 4, "recency_days"].min()
    assert said.args["days"].value == low
    assert f"R is low from {low} days since the last purchase on" in catalogue("en").text(said)
