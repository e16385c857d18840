"""Next product: published rules, the null model against simulation, planted pairs, and what is said without any."""

from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from crm_lib.engagement import Definitions, Layering
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering import products as p
from crm_lib.layering.layers import layer
from crm_lib.layering.products.counts import MOST_ITEMS

DAY = date(2026, 3, 31)
# The toy example of mlxtend's user guide: five baskets, 11 item sets at support .6.
TOY = [
    ["Milk", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Dill", "Onion", "Nutmeg", "Kidney Beans", "Eggs", "Yogurt"],
    ["Milk", "Apple", "Kidney Beans", "Eggs"],
    ["Milk", "Unicorn", "Corn", "Kidney Beans", "Yogurt"],
    ["Corn", "Onion", "Kidney Beans", "Ice cream", "Eggs"],
]


def shop(baskets, level="category"):
    """Engine and layers of baskets [(customer, days back, [item])], one order each."""
    rows = [(f"o{i:05d}", who, back, item) for i, (who, back, items) in enumerate(baskets) for item in items]
    lines = pd.DataFrame(
        {
            "order_id": [r[0] for r in rows],
            "line_no": range(len(rows)),
            "customer_id": pd.Series([r[1] for r in rows], dtype=object),
            "ordered_on": pd.to_datetime([DAY - timedelta(days=r[2]) for r in rows]),
            {"product": "product_name"}.get(level, level): pd.Series([r[3] for r in rows], dtype=object),
            "amount": 10.0,
            "kind": pd.Series(["sale"] * len(rows), dtype=object),
        }
    )
    orders = lines.groupby("order_id", as_index=False).agg(
        customer_id=("customer_id", "first"),
        ordered_on=("ordered_on", "first"),
        amount=("amount", "sum"),
        kind=("kind", "first"),
    )
    engine = connect_frames({"orders": orders, "order_lines": lines}, DAY)
    return engine, layer(engine, DAY, Layering(), Definitions())


def test_mlxtends_toy_example():
    engine, layers = shop([(f"c{i}", 5, items) for i, items in enumerate(TOY)])
    counts = p.count(engine, layers)
    assert counts.all_baskets == 5
    rules = p.basket_rules(counts).set_index(["bought", "offer"])
    onion = rules.loc[("Onion", "Eggs")]
    assert (onion["support"], onion["confidence"], onion["lift"]) == pytest.approx((0.6, 1.0, 1.25))
    assert rules.loc[("Eggs", "Onion"), "confidence"] == pytest.approx(0.75)
    hot = pd.DataFrame(
        [{item: item in basket for item in sorted({each for found in TOY for each in found})} for basket in TOY]
    )
    sets = p.itemsets(hot, 0.6)
    assert len(sets) == 11
    support = dict(zip(sets["itemsets"], sets["support"], strict=True))
    assert support[frozenset({"Onion", "Kidney Beans", "Eggs"})] == pytest.approx(0.6)
    pairs = {items: s for items, s in support.items() if len(items) == 2}
    assert {k: pytest.approx(v) for k, v in pairs.items()} == {
        items: rules.loc[tuple(items), "support"] for items in pairs
    }


def by_hand(weights, size, chosen):
    """Chance that a draw of `size` items, each set by the product of its weights, holds all of `chosen`."""
    total = sum(np.prod([weights[i] for i in s]) for s in combinations(range(len(weights)), size))
    with_all = [s for s in combinations(range(len(weights)), size) if set(chosen) <= set(s)]
    return sum(np.prod([weights[i] for i in s]) for s in with_all) / total


def test_the_null_model_is_the_weighted_draw_without_repetition():
    weights, sizes = np.array([0.4, 1.0, 2.0, 0.7, 1.3]), np.array([0, 7, 5, 3, 2, 1.0])
    totals = np.array([sum(n * by_hand(weights, d, [i]) for d, n in enumerate(sizes) if d) for i in range(5)])
    expected, _ = p.pairs_by_chance(totals, sizes)
    for i, j in combinations(range(5), 2):
        hand = sum(n * by_hand(weights, d, [i, j]) for d, n in enumerate(sizes) if d > 1)
        assert expected[i, j] == pytest.approx(hand, rel=1e-4)
        assert expected[j, i] == expected[i, j]
    pairs = sum(n * d * (d - 1) for d, n in enumerate(sizes))
    assert expected.sum() == pytest.approx(pairs), "everyone's pairs are shared out, none more or less"


def baskets_of(seed, planted=0.0, customers=200):
    """Customers who differ in how much they buy and in nothing else; `planted`: share of a's baskets that gain b."""
    rng, items = np.random.default_rng(seed), np.array(list("abcdef"))
    found = []
    for i in range(customers):
        for _ in range(1 + rng.poisson(rng.gamma(1.0, 3.0))):
            chosen = set(rng.choice(items, rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1]), replace=False))
            if "a" in chosen and rng.random() < planted:
                chosen.add("b")
            found.append((f"c{i:04d}", int(rng.integers(0, 360)), sorted(chosen)))
    return found


def test_who_buys_more_of_everything_makes_no_rule_and_a_planted_pair_does():
    false = 0
    for seed in range(3):
        counts = p.count(*shop(baskets_of(seed)))
        false += len(p.certain(p.basket_rules(counts))) + len(p.certain(p.customer_rules(counts)))
    assert false <= 2, "both directions of at most one pair in three shops"
    counts = p.count(*shop(baskets_of(1, planted=0.3)))
    sure = p.certain(p.basket_rules(counts))
    assert set(sure.iloc[0][["bought", "offer"]]) == {"a", "b"}
    naive = p.customer_rules(p.count(*shop(baskets_of(2))))
    everyone = naive[naive["operating_class"] == "all"]
    assert (everyone["lift"] > 1.05).mean() > 0.8, "lift alone would call nearly every pair related"


def test_counts_by_hand_and_by_layer():
    engine, layers = shop(
        [
            ("x", 10, ["a"]),
            ("x", 5, ["b"]),
            ("y", 9, ["a", "b"]),
            ("z", 3, ["a"]),
            ("z", 300, ["c"]),
            (None, 2, ["a", "c"]),
        ]
    )
    counts = p.count(engine, layers)
    rules = p.customer_rules(counts)
    ab = rules[(rules["operating_class"] == "all") & (rules["bought"] == "a") & (rules["offer"] == "b")].iloc[0]
    assert (ab["units"], ab["both"], ab["earlier"], ab["later"], ab["open_customers"], ab["mean_days"]) == (
        3,
        2,
        1,
        0,
        1,
        5,
    )
    by_class = rules[rules["operating_class"] != "all"].groupby(["bought", "offer"])["both"].sum()
    everyone = rules[rules["operating_class"] == "all"].set_index(["bought", "offer"])["both"]
    assert dict(by_class) == dict(everyone), "the layers add up to all customers"
    baskets = p.basket_rules(counts)
    assert baskets["both"].sum() == 2 * 2


def test_the_order_of_rows_does_not_matter():
    baskets = baskets_of(3, customers=60)
    engine, layers = shop(baskets)
    other = dict(zip(("engine", "layers"), shop(baskets), strict=True))
    lines = other["engine"].sql("SELECT * FROM order_lines").sample(frac=1, random_state=1)
    orders = other["engine"].sql("SELECT * FROM orders")
    again = connect_frames({"orders": orders, "order_lines": lines}, DAY)
    one, two = p.customer_rules(p.count(engine, layers)), p.customer_rules(p.count(again, layers))
    pd.testing.assert_frame_equal(one, two)


def test_pairs_do_not_blow_up():
    engine, layers = shop([(f"c{i}", 5, [f"item {i % 97:02d}", f"item {i % 89:02d}!"]) for i in range(400)])
    counts = p.count(engine, layers)
    assert (len(counts.items), counts.sold) == (MOST_ITEMS, 97 + 89)
    assert any("product.basis.capped" in str(word.id) for word in p.basis(counts))


@pytest.mark.parametrize(
    ("baskets", "level"),
    [
        ([], None),
        ([("a", 5, ["only"])], None),
        ([("a", 5, [None]), ("b", 5, [None])], None),
        ([("a", 5, ["x"]), ("b", 5, ["y"])], "category"),
        ([("a", 5, ["x", "y", "z"])], "category"),
    ],
)
def test_hardly_any_data_speak_in_both_languages(baskets, level):
    if not baskets:
        engine = connect_frames({}, DAY)
        layers = layer(engine, DAY, Layering(), Definitions())
    else:
        engine, layers = shop(baskets)
    counts = p.count(engine, layers)
    assert (counts.level if counts else None) == level
    words = [p.missing(30)]
    if counts:
        rules, baskets_rules = p.customer_rules(counts), p.basket_rules(counts)
        table = p.offers(counts, rules, 30)
        assert set(table["rests_on"]) == {"none"}
        assert p.finding(counts, table) is None
        assert len(p.bundles(engine, layers, counts, 30)) == 0
        rows = p.offer_rows(table)
        words += [
            *p.basis(counts),
            p.offers_title(table),
            p.baskets_title(counts, baskets_rules),
            *rows["words"],
            *rows["reason"],
        ]
    for language in ("zh", "en"):
        assert all(catalogue(language).text(word) for word in words)


@pytest.mark.parametrize("level", ["brand", "product"])
def test_without_categories_brands_or_products_are_paired(level):
    counts = p.count(*shop([(f"c{i}", 5, ["x", "y"]) for i in range(3)], level))
    assert counts.level == level


def test_offers_fall_back_to_what_most_buy_where_no_pair_is_sure():
    engine, layers = shop([(f"c{i:03d}", 5 + i % 300, [("a", "b")[i % 3 == 0]]) for i in range(200)])
    table = p.offers(p.count(engine, layers), p.customer_rules(p.count(engine, layers)), 30)
    used = table[table["buyers"] >= 30]
    assert set(used["rests_on"]) == {"popular"}
    assert set(used["offer"]) == {"a"}
    assert (used["open_customers"] > 0).all()


def test_an_offer_of_all_customers_is_no_evidence_of_the_layer():
    table = pd.DataFrame(
        {
            "operating_class": ["core", "potential", "ordinary"],
            "rests_on": ["layer", "everyone", "popular"],
            "bought": ["a", "a", None],
            "offer": ["b", "c", "d"],
            "open_customers": [64, 395, 9],
            "confidence": 0.5,
            "units": 90,
            "against_chance": 1.2,
            "q": 0.01,
            "mean_days": 30.0,
        }
    )
    told = catalogue("en").text(p.offers_title(table))
    assert told.startswith("64 customers")
    assert "For 395 more only the data of all customers" in told
    assert p.finding(None, table).headline.args["open"].value == 64
    borrowed = table[table["rests_on"] != "layer"]
    assert p.offers_title(borrowed).id == "product.title.offers_borrowed"
    assert p.finding(None, borrowed) is None


def test_three_in_one_basket_beyond_chance():
    rng = np.random.default_rng(4)
    baskets = [(f"c{i:03d}", int(rng.integers(0, 300)), ["a", "b", "c"]) for i in range(60)]
    baskets += [
        (f"c{i:03d}", int(rng.integers(0, 300)), list(rng.choice(list("abcdef"), 2, replace=False))) for i in range(300)
    ]
    baskets += [(f"d{i:03d}", 5, list(rng.choice(list("abcdef"), 3, replace=False))) for i in range(60)]
    engine, layers = shop(baskets)
    found = p.bundles(engine, layers, p.count(engine, layers), 30)
    assert found["items"].tolist() == [["a", "b", "c"]]
    assert found["against_chance"].iloc[0] > 2


def test_freight_is_never_an_item():
    engine, layers = shop([(f"c{i}", 5, ["tips", "tubes", "运费"]) for i in range(40)])
    assert set(p.count(engine, layers).items) == {"tips", "tubes"}
