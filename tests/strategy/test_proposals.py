"""How often proposals contact customers follows from how often these buy."""

import pandas as pd
import pytest

from crm_lib import strategy
from tests.strategy import shop


def every_days(gap, n=8, **definitions):
    """Days between contacts by class, of core customers who buy once in `gap` days."""
    layers = shop.layers({"core": n, "ordinary": 2})
    days = [(f"core-{i:02d}", 5 + gap * k) for i in range(n) for k in range(3)]
    engine = shop.engine(customers=shop.everyone(layers), orders=shop.orders([shop.order(*one) for one in days]))
    engagement = shop.engagement(strategies=[], definitions={"smallest_base": 5} | definitions)
    found = strategy.strategies(engine, engagement, strategy.customers(engine, engagement, layers))
    return {one.operating_class: one.every_days for one in found}


@pytest.mark.parametrize(("gap", "core", "ordinary"), [(10, 14, 30), (56, 14, 30), (140, 35, 35), (280, 70, 70)])
def test_who_is_served_twice_a_year_is_not_called_every_fortnight(gap, core, ordinary):
    assert every_days(gap) == {"core": core, "ordinary": ordinary}  # no rhythm of their own: that of all


def test_of_too_few_rhythms_nothing_follows():
    assert every_days(140, smallest_base=9)["core"] == 14


def test_terms_paid_for_are_no_rhythm():
    layers = shop.layers({"core": 8})
    days = [(f"core-{i:02d}", 5 + 140 * k) for i in range(8) for k in range(3)]
    bought = shop.orders([shop.order(*one) for one in days])
    paid = bought.assign(paid_until=pd.to_datetime(bought["ordered_on"]) + pd.Timedelta(days=139))
    engine = shop.engine(customers=shop.everyone(layers), orders=paid)
    engagement = shop.engagement(strategies=[], definitions={"smallest_base": 5})
    (one,) = strategy.strategies(engine, engagement, strategy.customers(engine, engagement, layers))
    assert one.every_days == 14
