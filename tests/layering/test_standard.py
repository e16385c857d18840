"""The engagement's standard: the same layers as the plain ones unless predicted spend is asked for and a model stands."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from crm_lib.engagement import validate
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering.layers import layer
from crm_lib.layering.rules import movement_words, potential_parts, potential_words
from crm_lib.layering.standard import standard
from tests.layering.lifetime_value.test_lifetime_worth import DAY, buyers, shop

LANGUAGES = ("en", "zh")


def engagement(asked, industry="retail"):
    return validate(
        {
            "id": "shop",
            "client": {"name": "Shop", "industry": industry},
            "as_of": "2026-06-30",
            "cycles": [{"number": 1, "baseline": DAY.isoformat(), "start": "2026-04-01"}],
            "sources": [{"name": "till", "table": "order_lines", "file": "till.csv", "label": "Till"}],
            "report": {"languages": ["en"]},
            "layering": {"predicted_spend": True} if asked else {},
        }
    )


def said(layers):
    parts = potential_parts(layers).set_index("part")
    messages = [potential_words(layers), *parts["meaning"]]
    return parts, {language: [catalogue(language).text(one) for one in messages] for language in LANGUAGES}


@pytest.fixture(scope="module")
def rows():
    return buyers(700)


@pytest.fixture(scope="module")
def asked(rows):
    return standard(shop(rows), DAY, engagement(True))


def test_without_the_setting_nothing_changes(rows):
    engine, plain = shop(rows), engagement(False)
    assert plain.layering.predicted_spend is False
    found = standard(engine, DAY, plain)
    pd.testing.assert_frame_equal(found.customers, layer(engine, DAY, plain.layering, plain.definitions).customers)
    parts, _ = said(found)
    assert "spend" not in parts.index


def test_asked_for_it_is_a_part_and_only_potential_moves(rows, asked):
    plain = standard(shop(rows), DAY, engagement(False))
    assert "spend" in asked.parts
    assert not asked.spend_lacking
    parts, words = said(asked)
    assert parts.loc["spend", "used"]
    assert "only expected spend is a forecast" in words["en"][0]
    for same in ("value", "high_value", "segment", "recency_days"):
        pd.testing.assert_series_equal(asked.customers[same], plain.customers[same])
    moved = asked.customers["operating_class"] != plain.customers["operating_class"]
    assert moved.any()
    assert set(asked.customers.loc[moved, "operating_class"]) <= {"potential", "ordinary"}


def test_what_comes_later_changes_nothing(rows, asked):
    """The same day seen from data that go on for a year: the model knows no more than the day did."""
    frames = {name: shop(rows).sql(f"SELECT * FROM {name}") for name in ("orders", "customers")}
    moved = frames["orders"]["ordered_on"] + pd.Timedelta(days=200)
    later = frames["orders"].assign(ordered_on=moved, order_id="x" + frames["orders"]["order_id"])
    later = later[later["ordered_on"] > pd.Timestamp(DAY)]
    assert len(later) > 1000
    longer = connect_frames(frames | {"orders": pd.concat([frames["orders"], later])}, DAY + timedelta(days=365))
    pd.testing.assert_frame_equal(standard(longer, DAY, engagement(True)).customers, asked.customers)


@pytest.mark.parametrize("industry", ["retail", "b2b", "saas"])
@pytest.mark.parametrize(
    "few", [[("one", 5, 10.0)], [("a", 0, 5.0), ("b", 0, 7.0)], buyers(60)], ids=["one", "a day", "60"]
)
def test_where_no_model_stands_it_is_said_and_the_other_parts_remain(few, industry):
    found = standard(shop(few), DAY, engagement(True, industry))
    plain = standard(shop(few), DAY, engagement(False, industry))
    assert found.spend_lacking
    pd.testing.assert_frame_equal(found.customers, plain.customers)
    parts, words = said(found)
    assert not parts.loc["spend", "used"]
    assert all(all(texts) for texts in words.values())
    assert "no lifetime model stands" in words["en"][-1]


def test_a_model_on_one_of_two_days_only_is_said(asked):
    without = replace(asked, parts=tuple(part for part in asked.parts if part != "spend"))
    id = "layering.movement.spend_differs"
    assert id in [one.id for one in movement_words(asked, without)]
    assert id in [one.id for one in movement_words(without, asked)]
    assert id not in [one.id for one in movement_words(asked, asked)]
    for language in LANGUAGES:
        assert all(catalogue(language).text(one) for one in movement_words(asked, without))
