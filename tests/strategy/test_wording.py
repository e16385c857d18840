"""Words that fit the trade and the figure: proposals for companies, status of counts, months of baselines, contacts."""

import pandas as pd

from crm_lib import strategy
from crm_lib.language import catalogue, msg
from tests.strategy import shop

LAYERS = shop.layers({"core": 3, "ordinary": 3})
ROWS = [shop.order(id, n, 50.0) for id in LAYERS["customer_id"] for n in (3, 40, 80)]


def known(**frames: pd.DataFrame):
    engine = shop.engine(orders=shop.orders(ROWS), customers=shop.everyone(LAYERS), **frames)
    return engine, strategy.customers(engine, shop.engagement(), LAYERS)


def proposals(industry: str) -> list:
    engine, customers = known()
    settings = shop.engagement(strategies=[], client={"name": "Shop", "industry": industry})
    return list(strategy.strategies(engine, settings, customers))


def test_companies_are_not_offered_coupons_and_holidays():
    words = " ".join(f"{one.label.en} {one.mode.en} {one.label.zh} {one.mode.zh}" for one in proposals("b2b")).lower()
    assert "account" in words
    for retail in ("coupon", "holiday", "festival", "bundle", "券", "节日"):
        assert retail not in words
    assert "coupon" in " ".join(one.mode.en for one in proposals("retail"))


def test_counts_above_capacity_are_to_be_looked_at_and_no_missed_target():
    _, customers = known()
    bands, weeks = strategy.bands(customers), pd.DataFrame({"overflow": [0], "due_contacts": [0]})
    profile = pd.DataFrame(
        {"operating_class": ["core", "ordinary"], "customers": [3, 3], "reachable": [3, 3], "unverified": [3, 3]}
    )
    plan = pd.DataFrame({"operating_class": ["core"], "customers": [3], "contacts_per_week": [30.0]})
    capacity = pd.DataFrame({"capacity": [10.0], "contacts_per_week": [30.0], "status": ["bad"]})
    statuses = [status for _, _, status in strategy.headline(profile, plan, capacity, weeks, bands, customers)]
    assert "bad" not in statuses
    assert "good" not in statuses
    assert statuses.count("watch") == 3  # consent unknown, a class without a strategy, an owner above capacity


def test_the_months_of_each_baseline_are_printed():
    engine, customers = known()
    settings = shop.engagement()
    note = strategy.aim_periods(engine, settings, settings.strategies, customers)
    assert "visit: Average order value Jan 2026 to Mar 2026 (n = " in catalogue("en").text(note)
    assert strategy.aim_periods(engine, settings, (), customers) is None


def test_contacts_that_customers_began_do_not_say_whom_we_neglect():
    came = [
        {"interaction_id": id, "customer_id": id, "happened_at": pd.Timestamp(shop.day(5)), "direction": "in"}
        for id in LAYERS["customer_id"]
    ]
    engine, customers = known(interactions=pd.DataFrame(came))
    settings = shop.engagement()
    found = strategy.needs(engine, settings, customers, strategy.categories(engine, settings))
    assert "not_contacted" not in set(found["need"])


def test_how_many_of_the_dormant_never_bought_is_said():
    layers = shop.layers({"core": 1, "dormant": 3})
    rows = [shop.order(id, 200) for id in ("core-00", "dormant-00")]
    engine = shop.engine(orders=shop.orders(rows), customers=shop.everyone(layers))
    note = strategy.size_note(shop.engagement(), engine, strategy.customers(engine, shop.engagement(), layers))
    assert catalogue("en").text(note) == "Of dormant customers, 2 have no purchase in the data."


def test_the_calendar_says_that_it_knows_no_holidays():
    said = msg("strategy.text.calendar", days=5)
    assert "holidays are not known" in catalogue("en").text(said)
    assert "节假日" in catalogue("zh").text(said)
