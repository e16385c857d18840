from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import handoff
from crm_lib.engagement import OPERATING_CLASSES, Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering import class_profile as profiles
from crm_lib.layering import shares as spread
from crm_lib.layering.findings import dormancy, headline, prospects_words, unattributed
from crm_lib.layering.layers import QUADRANTS, artifact, layer, top_cut
from crm_lib.layering.moving import directions, falls_by_channel, growth, growth_by_class, matrix, moves
from crm_lib.layering.moving_findings import cause_words, falls_title, movement
from crm_lib.layering.rules import attributed_words, basis, movement_words, refunds_words
from crm_lib.layering.titles import movement_title

DAY, EARLIER = date(2026, 3, 31), date(2025, 12, 31)
D = Definitions()


def engine(rows, members=()):
    """rows: (customer, days back, amount); a negative amount is a refund. members: (customer, days back or None)."""
    orders = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(rows))],
            "customer_id": pd.Series([row[0] for row in rows], dtype=object),
            "ordered_on": [pd.Timestamp(DAY) - pd.Timedelta(days=row[1]) for row in rows],
            "amount": [row[2] for row in rows],
            "kind": ["sale" if row[2] >= 0 else "refund" for row in rows],
            "margin": [row[3] if len(row) > 3 else None for row in rows],
        }
    ).astype({"order_id": object, "kind": object, "margin": "float64", "amount": "float64"})
    lines = orders.assign(line_no=1, category=[("skin", "hair", "nails")[row[1] % 3] for row in rows], channel="store")
    frames = {"orders": orders, "order_lines": lines.drop(columns="margin")}
    if members:
        joined = [None if back is None else pd.Timestamp(DAY) - pd.Timedelta(days=back) for _, back in members]
        frames["customers"] = pd.DataFrame(
            {"customer_id": [id for id, _ in members], "joined_on": pd.to_datetime(joined)}
        )
    frames["orders"]["ordered_on"] = pd.to_datetime(frames["orders"]["ordered_on"])
    frames["order_lines"]["ordered_on"] = pd.to_datetime(frames["order_lines"]["ordered_on"])
    return connect_frames(frames, DAY)


customer = st.sampled_from([f"c{i}" for i in range(12)])
row = st.tuples(customer | st.none(), st.integers(0, 800), st.integers(-50, 300).map(lambda cents: cents / 4))
rows = st.lists(row, max_size=40)


@given(rows, st.integers(2, 9), st.integers(1, 400))
@settings(max_examples=15)
def test_every_customer_is_in_one_class_and_sums_are_kept(found, scores, dormant_days):
    setting = Layering(scores=scores, dormant_days=dormant_days)
    layers = layer(engine(found), DAY, setting, D)
    frame = layers.customers
    named = {id for id, _, _ in found if id}
    assert list(frame["customer_id"]) == sorted(named)
    assert set(frame["operating_class"]) <= set(OPERATING_CLASSES)
    assert set(frame["quadrant"]) <= set(QUADRANTS)
    inside = [(id, amount) for id, back, amount in found if id and back < 365]
    for by in spread.GROUPINGS:
        table = spread.distribution(layers, by)
        assert table["customers"].sum() == len(named)
        assert table["revenue"].sum() == pytest.approx(sum(amount for _, amount in inside))
        assert table["orders"].sum() == sum(amount > 0 for _, amount in inside)
    nobody = sum(amount for id, back, amount in found if not id and back < 365)
    assert layers.revenue_without == pytest.approx(nobody)
    assert layers.revenue == pytest.approx(sum(amount for _, amount in inside) + nobody)


@given(rows, st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_the_order_of_rows_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    one, other = (artifact(layer(engine(given_rows), DAY, Layering(), D)) for given_rows in (found, shuffled))
    pd.testing.assert_frame_equal(one, other)


@given(rows)
@settings(max_examples=10)
def test_moves_keep_every_customer_and_what_they_spent(found):
    opened = engine(found)
    now = layer(opened, DAY, Layering(), D)
    before = layer(opened, EARLIER, Layering(), D, now.axis)
    moved = moves(opened, now, before)
    assert list(moved["customer_id"]) == list(now.customers["customer_id"])
    assert matrix(moved)["customers"].sum() == len(moved)
    assert directions(moved)["customers"].sum() == len(moved)
    assert moved["revenue_then"].sum() == pytest.approx(before.customers["monetary"].sum())
    recent = sum(amount for id, back, amount in found if id and back < 90)
    assert moved["spend_since"].sum() == pytest.approx(recent)
    known_then = set(before.customers["customer_id"])
    assert set(moved.loc[moved["before"] == "new", "customer_id"]) == set(now.customers["customer_id"]) - known_then


@given(st.lists(st.integers(0, 8).map(float), min_size=1, max_size=40), st.floats(0.05, 0.95))
def test_a_cut_never_separates_equal_values_and_gives_at_least_its_share(found, share):
    values = np.array(found)
    reached = (values >= top_cut(values, share)).mean()
    assert reached >= share - 1e-9
    fewer = (values > top_cut(values, share)).mean()
    assert fewer < share


def test_the_classes_by_hand():
    opened = engine(
        [("big", 10, 1000), ("big", 100, 900), ("lapsed", 200, 5000), ("quiet", 20, 10), ("quiet", 170, 10), ("rising", 5, 30),
         ("rising", 15, 30), ("rising", 300, 5)],
        members=[("never", 30), ("long_ago", 500), ("no_date", None)],
    )  # fmt: skip
    layers = layer(opened, DAY, Layering(top_share=0.5, potential_share=0.25, scores=3), D)
    found = layers.customers.set_index("customer_id")
    assert dict(found["operating_class"]) == {
        "big": "core",
        "lapsed": "dormant",
        "long_ago": "dormant",
        "never": "ordinary",
        "no_date": "dormant",
        "quiet": "ordinary",
        "rising": "potential",
    }
    assert found.loc["lapsed", "quadrant"] == "cross_sell"
    assert layers.value_cut == 1900
    assert found.loc["never", "recency_days"] is pd.NA


def test_dormant_begins_on_the_day_the_setting_says():
    layers = layer(engine([("a", 180, 5), ("b", 179, 5)]), DAY, Layering(dormant_days=180), D)
    assert list(layers.customers["operating_class"] == "dormant") == [True, False]


def test_margin_is_the_value_axis_where_it_is_known_and_fills_the_rest_at_the_mean():
    opened = engine([("a", 1, 90, 45), ("b", 1, 10, 10), ("c", 1, 5, None)])
    layers = layer(opened, DAY, Layering(), D)
    assert layers.axis == "margin"
    assert list(layers.customers["value"]) == pytest.approx([45, 10, 5 * 0.55])
    poorer = layer(engine([("a", 1, 90, 45), ("b", 1, 30, None)]), DAY, Layering(), D)
    assert poorer.axis == "revenue"
    assert list(poorer.customers["value"]) == [90, 30]


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_tiny_and_equal_data(n, tmp_path):
    opened = engine([(f"c{i}", 10, 100) for i in range(n)])
    now = layer(opened, DAY, Layering(), D)
    assert list(now.customers["operating_class"]) == ["core"] * n
    assert now.customers[["r_score", "f_score", "m_score"]].eq(1).all(axis=None)
    before = layer(opened, EARLIER, Layering(), D, now.axis)
    moved = moves(opened, now, before)
    assert list(moved["direction"]) == ["new"] * n
    assert len(growth(opened, now).customers) == 0
    table = profiles.profile(opened, now, D)
    handoff.write(tmp_path, "layers", artifact(now))
    handoff.write(tmp_path, "layer_profile", profiles.artifact(table))
    assert len(handoff.read(tmp_path, "layers")) == n
    assert list(handoff.read(tmp_path, "layer_profile")["customers"]) == [n, 0, 0, 0]
    assert len(spread.pareto(now)) == (101 if n else 0)
    assert spread.gini(now) == pytest.approx(0) if n else np.isnan(spread.gini(now))
    assert spread.quadrant_density(now)["customers"].sum() == n


def test_nothing_but_refunds_is_no_revenue():
    now = layer(engine([("a", 10, -100)]), DAY, Layering(), D)
    assert list(now.customers["operating_class"]) == ["dormant"]
    assert spread.measures(now) == {}
    assert spread.distribution(now, "operating_class")["revenue_share"].isna().all()


def test_pareto_and_gini_by_hand():
    now = layer(engine([("a", 1, 60), ("b", 1, 20), ("c", 1, 10), ("d", 1, 10), ("e", 1, 0.25)]), DAY, Layering(), D)
    assert spread.top_share(now) == pytest.approx(60 / 100.25)
    curve = spread.pareto(now).set_index("customer_share")["value_share"]
    assert curve[0.4] == pytest.approx(80 / 100.25)
    assert curve[1.0] == pytest.approx(1)
    values = [60, 20, 10, 10, 0.25]
    differences = sum(abs(a - b) for a in values for b in values) / 25
    assert spread.gini(now) == pytest.approx(differences / (2 * sum(values) / 5))


def test_growth_compares_the_longest_span_that_the_data_allow():
    annual = growth(
        *_opened([("a", 729, 100), ("a", 10, 150), ("b", 500, 100), ("b", 10, 149), ("c", 10, 500), ("d", 400, 90)])
    )
    assert (annual.kind, annual.days, annual.compared, annual.fell) == ("annual", 365, 3, 1)
    assert list(annual.customers["customer_id"]) == ["a"]
    assert growth_by_class(annual)["customers"].sum() == 1
    season = growth(*_opened([("a", 454, 100), ("a", 89, 200)]))
    assert (season.kind, season.days, len(season.customers)) == ("season", 90, 1)
    assert season.before_until == date(2025, 3, 31)
    halves = growth(*_opened([("a", 99, 100), ("a", 49, 200)]))
    assert (halves.kind, halves.days, len(halves.customers)) == ("halves", 50, 1)
    assert growth(*_opened([])).kind == "none"


def _opened(given_rows):
    opened = engine(given_rows)
    return opened, layer(opened, DAY, Layering(), D)


def test_inputs_stay_as_they_were():
    opened, now = _opened([("a", 1, 60), ("b", 200, 20), (None, 3, 7)])
    before = now.customers.copy(deep=True)
    earlier = layer(opened, EARLIER, Layering(), D)
    moved = moves(opened, now, earlier)
    kept = moved.copy(deep=True)
    spread.quadrant_density(now), spread.pareto(now), spread.segment_table(now), spread.rfm_grid(now)
    matrix(moved), directions(moved), profiles.profile(opened, now, D), artifact(now), growth(opened, now)
    pd.testing.assert_frame_equal(now.customers, before)
    pd.testing.assert_frame_equal(moved, kept)


def test_who_fell_is_told_by_channel_of_joining_only_beyond_chance():
    def moved(shop, web):
        falls = ["down"] * shop + ["same"] * (50 - shop) + ["down"] * web + ["same"] * (50 - web)
        return pd.DataFrame({"customer_id": [f"c{i}" for i in range(100)], "before": "core", "direction": falls})

    channels = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(100)], "join_channel": ["store"] * 50 + ["web"] * 50}
    )
    opened = connect_frames({"customers": channels})
    table = falls_by_channel(opened, moved(30, 10))
    assert list(table["fell"]) == [30, 10]
    assert cause_words(table, 30).id == "layering.cause.channel"
    assert falls_title(table, 30).args["rest"].value == 0.2
    assert cause_words(falls_by_channel(opened, moved(12, 10)), 30).id == "layering.cause.none"
    assert cause_words(table, 60).id == "layering.cause.unknown"


def test_a_second_curve_is_drawn_only_where_it_differs():
    def curves(margins):
        frame = pd.DataFrame({"frequency": 1, "monetary": [100.0, 50.0, 10.0], "margin": margins})
        return set(spread.pareto(SimpleNamespace(customers=frame, buyers=frame))["measure"])

    assert curves([50.0, 25.0, 5.0]) == {"revenue"}
    assert curves([5.0, 45.0, 5.0]) == {"revenue", "margin"}


def test_who_never_bought_is_told_apart_and_not_counted_as_dormant():
    opened = engine(
        [("lapsed", 300, 50), ("big", 10, 1000), ("quiet", 20, 10)],
        members=[("asked", 30), ("asked_long_ago", 500), ("no_date", None)],
    )
    layers = layer(opened, DAY, Layering(), D)
    finding = dormancy(layers)
    texts = [catalogue("en").text(part) for part in (finding.headline, finding.evidence, prospects_words(layers))]
    assert ": 1, which is 33.3% (n = 3) of those who have bought" in texts[0]
    assert "3 of 6 on record without a purchase" in texts[1]
    assert texts[2].startswith("3 of those on record (50.0%)")
    table = spread.distribution(layers, "operating_class").set_index("operating_class")
    assert table["prospects"].sum() == 3
    assert table.loc["dormant", "prospects"] == 2
    figures = {label.id: value.value for label, value in headline(layers, layers, moves(opened, layers, layers))}
    assert figures["layering.figure.prospects"] == 3
    assert figures["layering.figure.dormant_share"] == pytest.approx(1 / 3)


def test_dormant_customers_who_brought_nothing_in_the_window_are_said_to_have_brought_nothing():
    opened = engine([("lapsed", 300, 50), ("big", 10, 1000), ("quiet", 20, 10)])
    texts = []
    for window_days in (365, 180):
        finding = dormancy(layer(opened, DAY, Layering(window_days=window_days, dormant_days=180), D))
        texts.append(catalogue("en").text(finding.evidence))
    assert texts[0].startswith("They still brought CN¥50 within the window of 365 days")
    assert texts[1].startswith("Within the window of 180 days they brought no net revenue.")


def test_the_dormant_to_be_called_are_those_who_did_not_refuse():
    layers = layer(engine([("rich", 300, 900), ("large", 310, 800), ("b", 10, 10)]), DAY, Layering(top_share=0.6), D)
    assert dormancy(layers).action.args["valuable"].value == 2
    assert dormancy(layers, {"rich"}).action.args["valuable"].value == 1


def test_where_everybody_bought_nobody_is_a_prospect():
    layers = layer(engine([("a", 300, 50), ("b", 10, 10)]), DAY, Layering(), D)
    assert prospects_words(layers) is None
    assert spread.distribution(layers, "operating_class")["prospects"].isna().all()
    only = layer(engine([], members=[("a", 500)]), DAY, Layering(), D)
    assert dormancy(only) is None


def test_what_a_class_buys_is_that_of_those_who_bought():
    never = [(f"n{i}", 300) for i in range(9)]
    opened = engine([("a", 200, 40), ("b", 210, 60), ("b", 215, 60)], members=[*never, ("a", 300), ("b", 300)])
    layers = layer(opened, DAY, Layering(), D)
    dormant = profiles.profile(opened, layers, D).set_index("operating_class").loc["dormant"]
    assert dormant["customers"] == 11
    assert dormant[["median_frequency", "median_monetary"]].tolist() == [1.5, 80.0]


def test_one_share_is_told_once():
    rows = [(f"c{i:02}", 10, 10 * (i + 1)) for i in range(40)]
    for last, told in ((rows[-1], False), (("c39", 200, 400), True)):  # a dormant one is in the top, not in the core
        opened = engine([*rows[:-1], last])
        layers = layer(opened, DAY, Layering(), D)
        figures = [label.id for label, _ in headline(layers, layers, moves(opened, layers, layers))]
        assert ("layering.figure.top_share" in figures) == told


def test_evidence_of_the_dormant_leaves_out_what_is_nobody():
    layers = layer(engine([("lapsed", 300, 5), ("big", 10, 1000), ("quiet", 20, 10)]), DAY, Layering(), D)
    said = catalogue("en").text(dormancy(layers).evidence)
    assert said == "They still brought CN¥5 within the window of 365 days."


def test_refunds_of_who_bought_nothing_are_told_where_they_part_two_sums():
    opened = engine(
        [("lapsed", 300, 50), ("big", 10, 1000), ("quiet", 20, 10), ("returned", 200, -20)],
        members=[("returned", 500), ("asked", 500)],
    )
    layers = layer(opened, DAY, Layering(), D)
    classes = spread.distribution(layers, "operating_class").set_index("operating_class")
    assert classes.loc["dormant", "revenue"] == 30
    for language, amounts in (("en", ("CN¥50", "-CN¥20", "CN¥30")), ("zh", ("¥50", "-¥20", "¥30"))):
        said = catalogue(language).text(dormancy(layers).evidence)
        assert all(amount in said for amount in amounts)
    evidence = dormancy(layers).evidence.args
    assert (evidence["dormant"].value, evidence["returned"].value) == (2, 1), "asked gave nothing back"
    told = refunds_words(layers)
    assert {name: value.value for name, value in told.args.items()} == {"refunds": -20, "revenue": 1040, "buyers": 1060}
    assert told in basis(opened, layers)
    plain = layer(engine([("lapsed", 300, 50), ("big", 10, 1000)], members=[("asked", 500)]), DAY, Layering(), D)
    assert refunds_words(plain) is None
    assert dormancy(plain).evidence.id == "layering.finding.dormant.never"


def test_orders_without_a_customer_are_purchases_as_everywhere():
    rows = [("a", 10, 100), (None, 20, 50), (None, 15, -50), (None, 5, 0), ("a", 12, -10)]
    layers = layer(engine(rows), DAY, Layering(), D)
    assert (layers.orders, layers.orders_without) == (2, 1)
    found = unattributed(layers)
    assert found.headline.args["share"].value == 0.5
    assert found.evidence.args["n"].value == 1
    returned = layer(engine([("a", 10, 100), (None, 15, -50)]), DAY, Layering(), D)
    assert unattributed(returned) is None
    assert attributed_words(returned).id == "layering.attributed"


@pytest.mark.parametrize(
    ("up", "down", "kind"), [(10, 10, "even"), (411, 423, "alike"), (304, 497, "down"), (60, 10, "up")]
)
def test_movement_says_whether_falls_and_rises_differ_by_more_than_chance(up, down, kind):
    moved = pd.DataFrame({"direction": ["up"] * up + ["down"] * down + ["same"] * 50})
    sums = ["revenue_then", "spend_before", "spend_since"]
    moved = moved.assign(customer_id="", before="potential", after="ordinary", **dict.fromkeys(sums, 1.0))
    layers = layer(engine([("a", 10, 100)]), DAY, Layering(), D)
    falls = pd.DataFrame({"known": [], "fell": []})
    assert movement(moved, falls, layers, layers).evidence.args["balance"].value.id == f"layering.balance.{kind}"
    assert movement_title(directions(moved), layers).id == f"layering.title.movement_{kind}"


def test_spans_have_the_length_that_is_said():
    opened = engine([(f"c{i}", back, 10) for i in range(40) for back in (100, 10)])
    now, before = (layer(opened, day, Layering(window_days=365), D) for day in (DAY, EARLIER))
    known = next(one for one in movement_words(now, before) if one.id == "layering.movement.how").args
    assert (known["before"].value - known["history"].value).days + 1 == known["known"].value
    moved = moves(opened, now, before)
    evidence = movement(moved, falls_by_channel(opened, moved), before, now).evidence
    assert evidence.args["window"].value == known["known"].value
    for words, one in (("both days included", movement_words(now, before)[0]), ("up to that day", evidence)):
        assert words in catalogue("en").text(one)
