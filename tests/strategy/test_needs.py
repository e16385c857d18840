"""Needs are shares of the class's customers with base and interval; they stand out only against all customers."""

import pandas as pd
import pytest

from crm_lib import strategy
from crm_lib.language import catalogue
from crm_lib.strategy.needs import NEEDS
from crm_lib.strategy.strategy_table import leaning
from crm_lib.strategy.words import all_words
from tests.strategy import shop


def needs_of(layers: pd.DataFrame, changes: dict | None = None, **frames: pd.DataFrame) -> pd.DataFrame:
    engine, engagement = shop.engine(**frames), shop.engagement(**(changes or {}))
    customers = strategy.customers(engine, engagement, layers)
    found = strategy.needs(engine, engagement, customers, strategy.categories(engine, engagement))
    return found.set_index(["operating_class", "need"])


LAYERS = shop.layers({"core": 40, "ordinary": 40})
CORE, ORDINARY = (LAYERS[LAYERS["operating_class"] == name]["customer_id"].tolist() for name in ("core", "ordinary"))


def test_a_need_stands_out_where_its_whole_interval_lies_above_all_customers():
    rows = [shop.order(id, n, discount=10.0) for id in CORE for n in (10, 20)]
    rows += [shop.order(id, n, discount=0.0) for id in ORDINARY for n in (10, 20)]
    rows += [shop.order("stranger", 200)]
    found = needs_of(LAYERS, orders=shop.orders(rows), customers=shop.everyone(LAYERS))
    core = found.loc[("core", "discount")]
    assert (core["share"], core["base"], core["overall"], core["gap"]) == (1.0, 40, 0.5, 0.5)
    assert core["notable"]
    assert core["low"] == pytest.approx(40 / (40 + 1.959963984540054**2))  # Wilson's lower bound of 40 of 40
    assert not found.loc[("ordinary", "discount"), "notable"]
    assert found.loc[("ordinary", "few_orders"), "share"] == 0


@pytest.mark.parametrize(("others", "notable"), [(1140, False), (1240, True)])
def test_a_share_hardly_above_all_customers_stands_out_of_nothing(others: int, notable: bool):
    layers = shop.layers({"core": 4000, "ordinary": 4000})
    bare = {f"ordinary-{n:02d}" for n in range(others)} | {f"core-{n:02d}" for n in range(1000)}
    assert bare <= set(layers["customer_id"])
    rows = [shop.order(id, 10, discount=0.0 if id in bare else 10.0) for id in layers["customer_id"]]
    core = needs_of(layers, orders=shop.orders(rows), customers=shop.everyone(layers)).loc[("core", "discount")]
    assert core["low"] > core["overall"]
    assert bool(core["notable"]) == notable


def test_what_nearly_everyone_does_is_no_need_of_one_class():
    """Of orders with many lines nearly all hold one with a discount."""
    layers = shop.layers({"core": 600, "ordinary": 600})
    bare = {f"ordinary-{n:02d}" for n in range(60)}
    rows = [shop.order(id, 10, discount=0.0 if id in bare else 10.0) for id in layers["customer_id"]]
    core = needs_of(layers, orders=shop.orders(rows), customers=shop.everyone(layers)).loc[("core", "discount")]
    assert core["low"] > core["overall"] == 0.95
    assert not core["notable"]


def test_too_few_customers_never_stand_out():
    layers = shop.layers({"core": 3, "ordinary": 60})
    rows = [shop.order(id, 10, discount=10.0 if id.startswith("core") else 0.0) for id in layers["customer_id"]]
    frames = {"orders": shop.orders(rows), "customers": shop.everyone(layers)}
    assert needs_of(layers, **frames).loc[("core", "discount"), "notable"]
    many = {"definitions": {"smallest_base": 30}}
    assert not needs_of(layers, many, **frames).loc[("core", "discount"), "notable"]


def test_what_the_rule_of_the_class_brings_about_is_no_need_of_it():
    layers = shop.layers({"core": 40, "dormant": 40})
    rows = [shop.order(id, n) for id in layers["customer_id"] if id.startswith("core") for n in (10, 20)]
    rows += [shop.order("stranger", 200)]
    found = needs_of(layers, orders=shop.orders(rows), customers=shop.everyone(layers))
    assert found.loc[("dormant", "few_orders"), "share"] == 1
    assert not found.loc[("dormant", "few_orders"), "notable"]
    assert found.loc[("core", "few_orders"), "overall"] == 0  # it hides the need of no other class
    assert catalogue("en").text(all_words("few_orders")) == "all but dormant customers"
    assert catalogue("en").text(all_words("discount")) == "all customers"
    flat = found.reset_index()
    read = strategy.needs_table(flat, 2).set_index(["operating_class", "need"])["reading"]
    assert read["dormant", "few_orders"] == "by_rule"  # not "no difference", whatever its gap
    assert ("dormant", "few_orders") not in strategy.compared_needs(flat, 2).set_index(
        ["operating_class", "need"]
    ).index


def test_the_lapsed_category_is_compared_with_the_same_category_of_all():
    lines = [("core-00", 200, "hair"), ("core-01", 200, "hair"), ("core-01", 10, "hair"), ("core-00", 10, "skin")]
    lines += [("ordinary-00", 200, "hair"), ("ordinary-00", 10, "hair"), ("ordinary-01", 200, "skin")]
    frame = pd.DataFrame([shop.order(id, n, category=c, order_id=f"o{i}") for i, (id, n, c) in enumerate(lines)])
    frames = {"orders": shop.orders([]), "customers": shop.everyone(LAYERS)}
    assert "lapsed_category" not in needs_of(LAYERS, order_lines=frame, **frames).index.get_level_values("need")
    old = pd.DataFrame([shop.order("stranger", 359, category="skin", order_id="old")])
    found = needs_of(LAYERS, order_lines=pd.concat([frame, old], ignore_index=True), **frames)
    core = found.loc[("core", "lapsed_category")]
    assert (core["detail"], core["hits"], core["base"], core["overall"]) == ("hair", 1, 2, 1 / 3)


def test_complaints_detractors_and_gaps_in_the_record_are_counted_by_customer():
    tickets = pd.DataFrame(
        [
            {
                "ticket_id": f"t{i}",
                "customer_id": id,
                "kind": kind,
                "opened_at": pd.Timestamp(shop.day(5)),
                "reason": why,
            }
            for i, (id, kind, why) in enumerate(
                [
                    ("core-00", "complaint", "late"),
                    ("core-00", "complaint", "late"),
                    ("core-01", "complaint", "broken"),
                    ("core-02", "inquiry", "hours"),
                ]
            )
        ]
    )
    surveys = pd.DataFrame(
        [
            {"survey_id": "s1", "customer_id": "core-00", "answered_on": shop.day(30), "nps": 2},
            {"survey_id": "s2", "customer_id": "core-00", "answered_on": shop.day(3), "nps": 9},
            {"survey_id": "s3", "customer_id": "core-01", "answered_on": shop.day(3), "nps": 6},
        ]
    )
    customers = shop.everyone(
        LAYERS, name="x", phone=["1"] * 79 + [None], gender="f", birth_date=shop.day(9000), city="y"
    )
    found = needs_of(LAYERS, tickets=tickets, surveys=surveys, customers=customers, orders=shop.orders([]))
    assert found.loc[("core", "complained")][["hits", "base", "detail"]].tolist() == [2, 40, "late"]
    assert found.loc[("core", "detractor")][["hits", "base"]].tolist() == [1, 2]
    assert found.loc[("ordinary", "incomplete")][["hits", "base", "detail"]].tolist() == [1, 40, "phone"]
    assert found.loc[("core", "incomplete")][["hits", "detail"]].tolist() == [0, ""]


def test_missing_tables_leave_their_needs_out_and_nothing_fails():
    found = needs_of(LAYERS, customers=shop.everyone(LAYERS))
    # no prices, no rhythm, no field delivered, no order half a year ago
    assert set(found.index.get_level_values("need")) == {"small_basket"}
    assert set(found.index.get_level_values("need")) <= set(NEEDS)
    assert not found["notable"].any()


@pytest.mark.parametrize(("oldest", "told"), [(178, False), (179, True)])
def test_half_a_year_is_told_only_of_data_that_reach_back_so_far(oldest, told):
    rows = [shop.order(id, 10) for id in LAYERS["customer_id"]] + [shop.order("stranger", oldest)]
    found = needs_of(LAYERS, orders=shop.orders(rows), customers=shop.everyone(LAYERS))
    assert (("core", "few_orders") in found.index) == told


def test_leanings_compare_the_mix_and_a_silent_class_shows_what_it_bought_before():
    layers = shop.layers({"core": 3, "dormant": 3})
    lines = [(f"core-0{i}", 10, "skin", 300.0) for i in range(3)] + [("core-00", 10, "hair", 100.0)]
    lines += [(f"dormant-0{i}", 200, "hair", 50.0) for i in range(3)]
    frame = pd.DataFrame([shop.order(id, n, a, category=c, order_id=f"o{i}") for i, (id, n, c, a) in enumerate(lines)])
    engine, engagement = shop.engine(order_lines=frame, customers=shop.everyone(layers)), shop.engagement()
    strategy.customers(engine, engagement, layers)
    found = strategy.preferences(engagement, strategy.categories(engine, engagement)).set_index(
        ["operating_class", "category"]
    )
    assert found.loc[("core", "skin"), "share"] == pytest.approx(0.9)
    assert found.loc[("core", "skin"), "index"] == pytest.approx(0.9 / (900 / 1150) * 100)
    assert pd.isna(found.loc[("core", "hair"), "index"])  # one buyer
    assert found.loc[("dormant", "hair")][["share", "silent"]].tolist() == [1.0, True]
    assert found.groupby("operating_class")["share"].sum().tolist() == pytest.approx([1.0, 1.0])


def test_a_class_is_told_by_what_it_leans_to_not_by_what_all_buy():
    mix = pd.DataFrame({"category": ["skin", "hair", "nails"], "share": [0.6, 0.3, 0.1], "index": [95.0, 150.0, 160.0]})
    assert leaning(mix)["category"].tolist() == ["hair"]  # 0.1 beyond its share among all, nails 0.0375
    assert leaning(mix.assign(index=[101.0, 99.0, 119.0])).empty
    assert leaning(mix.assign(share=[0.96, 0.02, 0.02])).empty  # less than a hundredth of its spending beyond
