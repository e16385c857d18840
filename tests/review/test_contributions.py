"""Contributions add up to the gap, whatever the metric and however the customers are divided."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.contributions import (
    COLUMNS,
    attributes,
    contributions,
    explained,
    lagging,
    largest,
    picture,
    sharpest,
    telling,
    unrecorded,
    with_labels,
)
from crm_lib.review.levels import levels
from crm_lib.review.remarks import contribution_words
from crm_lib.review.titles import contribution_title
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, BASELINE, START, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NO_GROUPS = pd.DataFrame({"group_id": pd.Series(dtype=str), "customer_id": pd.Series(dtype=str)})
METRICS = ("revenue", "orders", "active_customers", "average_order_value", "revenue_per_customer", "repurchase_rate")


def missed(metric, target, group="all"):
    return pd.DataFrame([{"target_id": "t", "metric": metric, "group_id": group, "target": target}])


def customers(channels):
    return pd.DataFrame([{"customer_id": who, "join_channel": channel} for who, channel in channels.items()])


def found_for(frames, metric, target, group="all", groups=NO_GROUPS):
    engine = connect_frames(frames, AS_OF)
    parts = contributions(engine, WINDOWS, SHOP.definitions, missed(metric, target, group), attributes(engine), groups)
    members = None if group == "all" else groups[groups["group_id"] == group]
    return parts, levels(engine, WINDOWS.after, SHOP.definitions, members, [metric])


purchases = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", None]),
        st.dates(BASELINE - timedelta(days=80), AS_OF),
        st.sampled_from([-20.0, 5.0, 80.0, 300.0]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=20)
@given(purchases, st.lists(st.floats(0.05, 400), min_size=len(METRICS), max_size=len(METRICS)))
def test_contributions_sum_to_the_gap(rows, targets):
    """A target for every metric, of the same purchases."""
    frames = {"orders": orders(rows), "customers": customers({"a": "store", "b": "app", "c": None})}
    engine = connect_frames(frames, AS_OF)
    asked = pd.concat([missed(metric, target) for metric, target in zip(METRICS, targets, strict=True)])
    asked["target_id"] = asked["metric"]
    parts = contributions(engine, WINDOWS, SHOP.definitions, asked, attributes(engine), NO_GROUPS)
    level = levels(engine, WINDOWS.after, SHOP.definitions, None, METRICS).set_index("metric")["value"]
    wanted = dict(zip(METRICS, targets, strict=True))
    assert list(parts.columns) == COLUMNS
    for (metric, _), dimension in parts.groupby(["target_id", "dimension"]):
        if dimension["contribution"].notna().all():
            assert dimension["contribution"].sum() == pytest.approx(level[metric] - wanted[metric], abs=1e-6)
            assert dimension["share"].sum() == pytest.approx(1)


def two_channels():
    """Forty customers of the store come again within a month, forty of the app do not."""
    rows = [(f"s{i}", START + timedelta(days=back)) for i in range(40) for back in (1, 11)]
    rows += [(f"a{i}", START + timedelta(days=1)) for i in range(40)]
    known = customers({f"s{i}": "store" for i in range(40)} | {f"a{i}": "mini_program" for i in range(40)})
    return {"orders": orders(rows), "customers": known}


def test_the_part_that_misses_is_named_with_its_share():
    parts, _ = found_for(two_channels(), "repurchase_rate", 0.75)
    by_channel = parts[parts["dimension"] == "join_channel"].set_index("part")
    assert by_channel.loc["mini_program", "contribution"] == pytest.approx((0 - 0.75 * 40) / 80)
    assert by_channel.loc["mini_program", "share_of_gap"] == pytest.approx(1.5)
    assert by_channel.loc["store", "share_of_gap"] == pytest.approx(-0.5)
    top = telling(parts, 30)
    assert (top["dimension"], top["part"]) == ("join_channel", "mini_program")
    assert telling(parts, 41) is None
    assert set(sharpest(parts, "t", 30)["dimension"]) == {"join_channel"}
    said = catalogue("en").text(contribution_title(SHOP, parts, "t"))
    assert "150.0%" in said
    assert "50.0%" in said


def test_the_customers_of_a_class_are_taken_apart_by_channel_alone():
    """Each class moves by itself, since it was formed by what its customers did before."""
    groups = pd.DataFrame({"group_id": "class:core", "customer_id": [f"s{i}" for i in range(40)]})
    parts, level = found_for(two_channels(), "repurchase_rate", 2.0, "class:core", groups)
    assert "operating_class" not in set(parts["dimension"])
    channel = parts[parts["dimension"] == "join_channel"]
    assert channel["contribution"].sum() == pytest.approx(level["value"].iloc[0] - 2.0)


def both_spans(again_now):
    """Forty customers a channel in both spans. Before, half of those of the store came again, and none of the app's;
    now `again_now` of each do."""
    rows = []
    for first, again in ((BASELINE - timedelta(days=40), {"s": 20, "a": 0}), (START + timedelta(days=1), again_now)):
        rows += [(f"{who}{i}", first) for who in "sa" for i in range(40)]
        rows += [(f"{who}{i}", first + timedelta(days=9)) for who in "sa" for i in range(again[who])]
    known = customers({f"s{i}": "store" for i in range(40)} | {f"a{i}": "mini_program" for i in range(40)})
    return {"orders": orders(rows), "customers": known}


def test_a_part_that_was_always_low_is_no_place_of_the_gap():
    parts, _ = found_for(both_spans({"s": 20, "a": 0}), "repurchase_rate", 0.4)
    by_channel = parts[parts["dimension"] == "join_channel"].set_index("part")
    assert by_channel["before"].to_dict() == {"store": 0.5, "mini_program": 0.0}
    assert by_channel["share_of_gap"].to_dict() == pytest.approx({"store": 0.5, "mini_program": 0.5})
    assert telling(parts, 30) is None
    behind = lagging(parts, 30)
    assert (behind["part"], behind["others"]) == ("mini_program", 0.5)
    assert behind["closing"] == pytest.approx(0.25 / 0.15)
    assert lagging(parts, 41) is None
    assert picture(parts, 30)["y"] == ("before", "after")
    said = catalogue("en").text(contribution_title(SHOP, parts, "t"))
    assert "stand at 0.0% where the others are at 50.0% (0.0% before the start)" in said


def test_a_part_that_fell_is_the_place_of_the_gap():
    parts, _ = found_for(both_spans({"s": 4, "a": 0}), "repurchase_rate", 0.3)
    top = telling(parts, 30)
    assert (top["part"], top["before"], top["value"]) == ("store", 0.5, pytest.approx(0.1))
    assert top["share_of_gap"] == pytest.approx((0.1 - 0.5 - 0.05) * 0.5 / (0.05 - 0.3))
    assert picture(parts, 30)["y"] == ("share_of_gap", "share")
    said = catalogue("en").text(contribution_title(SHOP, parts, "t"))
    assert "(50.0% before, 10.0% now)" in said


def test_a_fall_that_chance_explains_has_no_place():
    parts, _ = found_for(both_spans({"s": 2, "a": 1}), "repurchase_rate", 0.3)
    few = parts.assign(p=0.04)  # one in 25, of two parts looked at
    assert telling(few, 30) is None
    assert lagging(parts, 30) is None
    assert contribution_title(SHOP, few, "t").id == "review.title.parts.even"


def test_one_part_alone_is_not_drawn():
    rows = [(f"c{i}", date(2026, 4, 10)) for i in range(30)]
    frames = {"orders": orders(rows), "customers": customers({f"c{i}": "app" for i in range(30)})}
    parts, _ = found_for(frames, "revenue", 9000.0)
    assert len(parts)
    assert sharpest(parts, "t", 5).empty
    both = pd.concat([parts, parts.assign(dimension="main_channel"), parts.assign(dimension="main_channel", part="b")])
    assert set(sharpest(both, "t", 5)["dimension"]) == {"main_channel"}


def test_small_parts_are_taken_together():
    rows = [(f"c{i}", date(2026, 4, 10)) for i in range(30)]
    frames = {"orders": orders(rows), "customers": customers({f"c{i}": f"channel {i:02d}" for i in range(30)})}
    parts, _ = found_for(frames, "revenue", 9000.0)
    by_channel = parts[parts["dimension"] == "join_channel"]
    assert len(by_channel) == 13
    assert "other" in set(by_channel["part"])


def test_nothing_missed_nothing_explained():
    parts, _ = found_for({"orders": orders([("a", BASELINE)])}, "repurchase_rate", 0.5)
    assert len(parts) == 0
    assert explained(missed("repurchase_rate", 0.5), parts) == ""
    assert contribution_title(SHOP, parts, "").id == "review.title.parts.none"
    assert len(with_labels(SHOP, largest(parts, 3))) == 0


def test_what_cannot_be_taken_apart_is_not_called_met():
    none, some = pd.DataFrame(), pd.DataFrame({"target_id": ["t"]})
    assert contribution_words(none, none).id == "review.text.contributions.none"
    assert contribution_words(none, some).id == "review.text.contributions.unsplit"
    assert contribution_words(some, some).id == "review.text.contributions"


def test_the_inputs_stay_as_they_are():
    frames = two_channels()
    engine = connect_frames(frames, AS_OF)
    target, traits = missed("repurchase_rate", 0.75), attributes(engine)
    kept = target.copy(), traits.copy()
    contributions(engine, WINDOWS, SHOP.definitions, target, traits, NO_GROUPS)
    pd.testing.assert_frame_equal(target, kept[0])
    pd.testing.assert_frame_equal(traits, kept[1])


@pytest.mark.parametrize("word", ["未知", "其他", None])
def test_a_gap_where_nobody_wrote_down_the_channel_asks_to_record_it(word):
    frames = two_channels()
    blank = frames["customers"].assign(
        join_channel=lambda known: known["join_channel"].replace("mini_program", word).astype(object)
    )
    parts, _ = found_for(frames | {"customers": blank}, "repurchase_rate", 0.75)
    mine = parts[parts["dimension"] == "join_channel"]
    assert telling(mine, 30) is None
    assert unrecorded(mine, 30)["share_of_gap"] == pytest.approx(1.5)
    title = contribution_title(SHOP, mine, "t")
    assert title.id == "review.title.parts.unrecorded"
    assert "150.0%" in catalogue("zh").text(title)
