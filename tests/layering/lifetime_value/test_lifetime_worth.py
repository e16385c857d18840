"""Values by customer and class on small and unusual data, and the words for each, in both languages."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.engagement import Definitions, Layering
from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.layering import lifetime_value as lifetime
from crm_lib.layering.layers import layer
from crm_lib.layering.lifetime_value.worth import _widened

DAY = date(2026, 3, 31)
D = Definitions()


def shop(rows, channels=("store", "online"), terms=None):
    """rows: (customer, days back, amount); terms: days that each purchase of a customer pays for."""
    orders = pd.DataFrame(rows, columns=["customer_id", "back", "amount"]).astype({"customer_id": object})
    orders["ordered_on"] = pd.to_datetime(DAY) - pd.to_timedelta(orders["back"].astype("int64"), unit="D")
    orders["order_id"] = pd.Series([f"o{i}" for i in range(len(orders))], dtype=object)
    orders["kind"] = pd.Series(["sale" if a >= 0 else "refund" for a in orders["amount"]], dtype=object)
    orders["amount"] = orders["amount"].astype("float64")
    orders["paid_until"] = orders["ordered_on"] + pd.to_timedelta(orders["customer_id"].map(terms or {}), unit="D")
    names = sorted(orders["customer_id"].dropna().unique())
    customers = pd.DataFrame({"customer_id": pd.Series(names, dtype=object)})
    customers["join_channel"] = pd.Series([channels[i % len(channels)] for i in range(len(names))], dtype=object)
    return connect_frames({"orders": orders.drop(columns="back"), "customers": customers}, DAY)


def worth(rows, settings=Lifetime(), industry="retail"):  # noqa: B008
    engine = shop(rows)
    layers = layer(engine, DAY, Layering(), D)
    return lifetime.worth(engine, layers, D, settings, industry)


def buyers(n=700, seed=4, days=420, every=30, lost=None):
    """lost: the chance to be lost after a purchase, where it is the same for all."""
    draw = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        rate, p, mean = draw.gamma(1.2, 1 / every), draw.beta(0.8, 3), draw.gamma(4, 10)
        p = p if lost is None else lost
        day = int(draw.integers(10, days))
        while day >= 0:
            rows.append((f"c{i:05}", day, round(float(draw.gamma(5, mean / 5)) + 1, 2)))
            if draw.random() < p:
                break
            day -= 1 + int(draw.exponential(1 / rate))
    return rows


@pytest.fixture(scope="module")
def many():
    return worth(buyers(1000))


@pytest.fixture(scope="module")
def subscribers():
    draw = np.random.default_rng(8)
    rows = []
    for i in range(600):
        start, months = int(draw.integers(5, 600)), int(draw.geometric(0.07))
        rows += [(f"s{i:04}", start - 30 * m, 99.0) for m in range(months) if start - 30 * m >= 0]
    return worth(rows, industry="saas")


def said(found):
    """Everything that the chapter says, in both languages; an id without words or arguments raises."""
    finding = lifetime.finding(found)
    messages = [finding.headline, finding.evidence, finding.action, *lifetime.method(found), *lifetime.limits(found)]
    messages += [lifetime.retention_title(found), lifetime.retention_note(found), lifetime.channels_title(found)]
    messages += [lifetime.classes_title(found), lifetime.values_note(found), lifetime.channels_table_title(found)]
    if found.stands:
        messages += [lifetime.alive_title(found)] if found.alive_known else []
        messages += [lifetime.past_title(found), lifetime.past_words(found)]
        messages += [lifetime.conclusion(found), lifetime.best_words(found)]
    else:
        messages += [lifetime.replaced(found)]
    return {language: [catalogue(language).text(m) for m in messages if m] for language in ("zh", "en")}


def whole(found):
    for words in said(found).values():
        assert not [text for text in words if "nan" in text.lower().split() or "None" in text]


def test_values_of_customers_and_classes_are_one_account(many):
    assert many.stands
    frame, table = many.customers, many.classes
    assert len(frame) == 1000
    assert frame["p_alive"].between(0, 1).all()
    assert (
        (frame["purchases_low"] <= frame["expected_purchases"])
        & (frame["expected_purchases"] <= frame["purchases_high"])
    ).all()
    assert ((frame["clv_low"] <= frame["clv"]) & (frame["clv"] <= frame["clv_high"])).all()
    assert table["customers"].sum() == 1000
    assert table["clv_total"].sum() == pytest.approx(frame["clv"].sum())
    assert many.total[0] == pytest.approx(frame["clv"].sum())
    assert many.total[1] < many.total[0] < many.total[2]
    assert table["clv_share"].sum() == pytest.approx(1)
    assert lifetime.alive_bands(many)["customers"].sum() == 1000
    whole(many)


def test_whose_time_still_runs_is_a_customer(many):
    rows = buyers(1000)
    terms = {name: 900 for name, *_ in rows if int(name[1:]) % 2}
    engine = shop(rows, terms=terms)
    layers = layer(engine, DAY, Layering(), D)
    found = lifetime.worth(engine, layers, D, Lifetime(), "retail")
    held = found.customers["customer_id"].isin(terms)
    assert found.customers.loc[held, "p_alive"].eq(1).all()
    assert found.customers.loc[~held, "p_alive"].tolist() == pytest.approx(
        many.customers.loc[~many.customers["customer_id"].isin(terms), "p_alive"].tolist()
    )
    assert any("those whose time still runs count as customers" in text for text in said(found)["en"])


def test_the_forecast_is_tried_on_the_past(many):
    past = many.holdout
    assert past is not None
    assert past.cut == DAY - timedelta(days=7 * len(past.weeks))
    assert past.weeks["actual"].sum() == past.actual
    assert past.weeks["forecast"].sum() == pytest.approx(past.forecast, rel=1e-6)
    assert past.low < past.forecast < past.high
    assert list(lifetime.errors(many)["way"]) == ["model", "naive"]


def test_a_sum_that_the_trial_speaks_against_is_no_level(many):
    """No heading gives the sum or the value of a customer as it stands; the range holds the error of the trial."""
    past = replace(many.holdout, actual=many.holdout.forecast / 1.4, low=many.holdout.forecast - 1)
    off = replace(many, holdout=past)
    assert many.level_held
    assert not off.level_held
    assert lifetime.conclusion(many).id == "lifetime.conclusion.purchases"
    told = lifetime.conclusion(off)
    assert told.id == "lifetime.conclusion.range"
    assert told.args["low"].value == pytest.approx(many.total[0] / 1.4)
    assert told.args["high"].value == pytest.approx(many.total[2])
    assert lifetime.finding(off).evidence.id == "lifetime.past.range_high"
    assert lifetime.classes_title(off).id == "lifetime.title.classes_order"
    assert lifetime.values_note(off).id == "lifetime.note.values_off"
    wide = _widened(many.classes, past)
    assert (wide["clv_low"] <= many.classes["clv"] / 1.4 + 1e-9).all()
    assert (wide["total_low"] <= many.classes["clv_total"] / 1.4 + 1e-9).all()
    pd.testing.assert_series_equal(wide["clv_high"], many.classes["clv_high"])
    assert _widened(many.classes, many.holdout) is many.classes
    low = replace(many, holdout=replace(past, actual=many.holdout.forecast * 2, high=many.holdout.forecast + 1))
    assert lifetime.conclusion(low).args["high"].value == pytest.approx(many.total[0] * 2)


def test_who_is_gone_for_good_is_not_told_where_one_chance_holds_for_all(many):
    found = worth(buyers(1000, lost=0.15))
    assert {"a", "b"} & set(found.made.fit.at_boundary)
    assert found.stands
    assert many.alive_known
    assert not found.alive_known
    assert found.classes["p_alive"].isna().all()
    assert lifetime.retention_note(found).args["others"].value.id == "lifetime.note.measures_cohorts"
    whole(found)


def test_the_list_of_the_best_names_nobody(many):
    top = lifetime.top_customers(many)
    assert len(top) == 20
    assert "customer_id" not in top.columns
    assert not set(top["customer"]) & set(many.customers["customer_id"])
    assert top["clv"].is_monotonic_decreasing


def test_the_handoff_is_written_and_read(many, tmp_path):
    handoff.write(tmp_path, "lifetime_values", lifetime.artifact(many))
    again = handoff.read(tmp_path, "lifetime_values")
    assert list(again["customer_id"]) == sorted(many.customers["customer_id"])
    nothing = worth(buyers(30))
    handoff.write(tmp_path, "lifetime_values", lifetime.artifact(nothing))
    assert handoff.read(tmp_path, "lifetime_values").empty


def test_the_order_of_rows_does_not_matter():
    rows = buyers(520)
    mixed = [rows[i] for i in np.random.default_rng(1).permutation(len(rows))]
    one, other = worth(rows).customers, worth(mixed).customers
    numbers = one.select_dtypes("number").columns
    assert list(one["customer_id"]) == list(other["customer_id"])
    np.testing.assert_allclose(other[numbers], one[numbers], rtol=1e-9, atol=1e-12)


CASES = {
    "nobody": [(None, 3, 10.0)],
    "one customer": [("a", 400, 10.0), ("a", 9, 20.0)],
    "one day": [(f"c{i}", 5, 10.0) for i in range(600)],
    "few": buyers(60),
    "short": buyers(700, days=90, every=10),
    "nobody comes again": [(f"c{i}", i % 400, 10.0) for i in range(900)],
    "refunds only": [(f"c{i}", i % 400, -10.0) for i in range(900)],
    "all alike": [(f"c{i}", back, 10.0) for i in range(600) for back in range(10, 400, 30)],
    "given back": [*buyers(), *((f"c{i:05}", 1, -100000.0) for i in range(700))],
}


@pytest.mark.parametrize("industry", ["retail", "b2b", "saas"])
@pytest.mark.parametrize("name", CASES)
def test_any_data_have_words(name, industry):
    found = worth(CASES[name], industry=industry)
    whole(found)
    if not found.stands:
        assert all(guard.found != guard.needed for guard in found.guards)
        assert found.customers.empty
        assert list(found.classes.columns) == ["operating_class", "customers", "yearly_total", "yearly_value"]
    assert np.isfinite(found.customers["clv"]).all()


def test_the_guards_say_what_was_found_and_needed():
    found = worth(buyers(60, days=90))
    assert [guard.name for guard in found.guards] == ["buyers", "history_days"]
    (text,) = {text for text in said(found)["en"] if text.startswith("Future value is not forecast")}
    assert "60 buyers, 500 needed" in text
    assert worth(buyers(60), Lifetime(fewest_buyers=50)).made is not None


def test_the_past_in_the_place_of_a_model_is_by_the_year():
    found = worth([("a", 364, 100.0), ("a", 9, 100.0), ("b", 20, 50.0)])
    assert found.classes["yearly_total"].sum() == pytest.approx(250.0)


def test_subscriptions_are_valued_by_retention(subscribers):
    assert subscribers.model == "retention"
    assert subscribers.stands
    assert subscribers.holdout is None
    frame = subscribers.customers
    gone = frame["p_alive"] == 0
    assert (frame.loc[gone, "clv"] == 0).all()
    active = frame[~gone]
    assert active["retained"].between(0, 1).all()
    # 7 % of the subscribers leave a month; what is retained after 12 months is near .93 ** 12
    assert active["retained"].median() == pytest.approx(0.93**12, abs=0.1)
    assert ((active["clv_low"] <= active["clv"]) & (active["clv"] <= active["clv_high"])).all()
    whole(subscribers)


def test_the_engagement_may_choose_the_model():
    assert Lifetime().model_of("saas") == "retention"
    assert Lifetime().model_of("b2b") == "purchases"
    assert Lifetime(model="purchases").model_of("saas") == "purchases"
    assert Lifetime(model="retention").model_of("retail") == "retention"


def refused(found, *names):
    assert not found.stands
    assert found.made is not None
    assert found.made.kind is not None
    assert [guard.name for guard in found.guards] == list(names)
    assert found.customers.empty
    assert "yearly_value" in found.classes
    assert not lifetime.fits(found)["used"].any()
    whole(found)
    return lifetime.finding(found)


def test_a_forecast_too_far_off_on_the_past_is_not_published(many):
    rows = buyers(1000)
    # whoever bought early comes no more in the last half year; those who come are new
    stopped = [row for row in rows if row[1] > 200] + [(f"n{i:04}", 20 + i % 90, 30.0) for i in range(300)]
    words = refused(worth(stopped), "past_nothing")
    assert "none came" in catalogue("en").text(words.headline)
    strict = Lifetime(largest_past_error=abs(many.holdout.error) * 0.9)
    assert "off what then came" in catalogue("en").text(refused(worth(rows, strict), "past_error").headline)
    assert worth(rows, Lifetime(largest_past_error=abs(many.holdout.error) * 1.1)).stands


def test_a_forecast_that_cannot_be_tried_is_not_published():
    early, late = [("old", 420, 10.0), ("old", 300, 12.0), ("old", 90, 9.0)], buyers(1200, 9, days=135, every=20)
    found = worth(early + late)
    text = catalogue("en").text(refused(found, "buyers", "three_days").headline)
    assert "could not be tried on the client's own past (1 buyer, 333 needed)" in text
    engine = shop(early + late)
    layers = layer(engine, DAY, Layering(), D)
    values, failed = lifetime.predicted(engine, layers, D, Lifetime(), "retail")
    assert values.empty
    assert failed == found.guards


def test_a_core_worth_less_than_potential_is_explained(many):
    table = many.classes.set_index("operating_class")
    assert (lifetime.core_words(many) is not None) == bool(table.loc["core", "clv"] < table.loc["potential", "clv"])
    turned = table.copy()
    turned.loc[["core", "potential"]] = table.loc[["potential", "core"]].to_numpy()
    for rows in (table, turned):
        found = replace(many, classes=rows.reset_index())
        words = lifetime.core_words(found)
        below = rows.loc["core", "clv"] < rows.loc["potential", "clv"]
        assert bool(words) == bool(below)
        if words:
            assert "core customers each is expected to bring less" in catalogue("en").text(words)
            assert "低于潜力客户" in catalogue("zh").text(words)
