"""CDNOW: 2,357 customers of a music shop, first purchases January to March 1997, seen until June 1998.

The files are those of the package `lifetimes`, read without importing it.
"""

from datetime import date
from importlib.metadata import files

import numpy as np
import pandas as pd
import pytest

from crm_lib.engagement_lifetime import Lifetime
from crm_lib.engine import connect_frames
from crm_lib.layering.lifetime_value import holdout, purchases, spend
from crm_lib.layering.lifetime_value.estimate import Estimate, Spend, buying, estimate
from crm_lib.layering.lifetime_value.forecast import forecast

CUT, END = date(1997, 9, 30), date(1998, 6, 30)
WEEKS = 39


def dataset(name):
    (found,) = [path for path in files("lifetimes") or () if path.name == name]
    return found.locate()


@pytest.fixture(scope="module")
def summary():
    return pd.read_csv(dataset("cdnow_customers_summary_with_transactions.csv"))


@pytest.fixture(scope="module")
def histories(summary):
    return purchases.histories(*(summary[name].to_numpy("float64") for name in ("x", "t_x", "T")))


@pytest.fixture(scope="module")
def bg_nbd(histories):
    return purchases.fit(histories, "bg_nbd")


@pytest.fixture(scope="module")
def gamma_gamma(summary):
    repeat = summary[summary["x"] > 0]
    assert len(repeat) == 946
    return spend.fit(repeat["x"].to_numpy("float64"), repeat["zbar"].to_numpy())


def test_bg_nbd_is_the_published_one(histories, bg_nbd):
    """Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, section 7."""
    assert histories.total == 2357
    assert len(histories.repeats) < 1100  # equal rows are fitted once
    assert bg_nbd.converged
    assert bg_nbd.at_boundary == ()
    assert bg_nbd.parameters == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.0005)
    assert bg_nbd.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_gamma_gamma_is_the_published_one(gamma_gamma):
    """Fader and Hardie 2013, The Gamma-Gamma Model of Monetary Value."""
    assert gamma_gamma.parameters == pytest.approx([6.25, 3.74, 15.44], abs=0.01)
    assert gamma_gamma.log_likelihood == pytest.approx(-4055.92, abs=0.05)


def test_customer_1_is_worth_what_is_published(summary, histories, bg_nbd, gamma_gamma):
    """The documentation of lifetimes: it takes 12 steps of 30 of the unit of time."""
    made = Estimate("bg_nbd", {"bg_nbd": bg_nbd}, (), histories)
    spent = Spend(gamma_gamma, None, 0.0, 946, 0, 0.0, 0.0, 0.0)
    found = forecast(made, spent, summary["zbar"].to_numpy(), 12, weeks=30, discount=0.01)
    assert found.value[0] == pytest.approx(24.6586, abs=1e-3)
    assert found.clv[0] == pytest.approx(140.0962, abs=1e-3)
    low, high = found.clv_bounds()
    assert low[0] < found.clv[0] < high[0]


def test_expected_purchases_of_one_customer(bg_nbd):
    """x = 2, t_x = 30.43, T = 38.86: 1.226 in the next 39 weeks (Fader, Hardie and Lee's spreadsheet notes, 2005)."""
    one = purchases.histories(*(np.array([value]) for value in (2.0, 30.43, 38.86)))
    assert purchases.expected_purchases(bg_nbd.parameters, one, "bg_nbd", 39.0)[0] == pytest.approx(1.226, abs=1e-3)


def test_correlation_of_frequency_and_value_is_low(summary):
    """.11 over the repeat buyers (Fader, Hardie and Lee 2005, RFM and CLV)."""
    repeat = summary[summary["x"] > 0]
    r, low, high = spend.correlation(repeat["x"].to_numpy("float64"), repeat["zbar"].to_numpy())
    assert low < r < high
    assert r == pytest.approx(0.11, abs=0.005)


@pytest.fixture(scope="module")
def shop():
    rows = pd.read_csv(
        dataset("CDNOW_sample.txt"),
        sep=r"\s+",
        names=["whole", "customer_id", "day", "n", "amount"],
        dtype={"whole": str},
    )
    rows["ordered_on"] = pd.to_datetime(rows["day"].astype(str))
    orders = rows[["ordered_on", "amount"]].assign(
        order_id=[f"o{i}" for i in rows.index], customer_id=rows["customer_id"].astype(str).str.zfill(5), kind="sale"
    )
    return connect_frames({"orders": orders[orders["ordered_on"] <= pd.Timestamp(END)]}, END)


class Layered:
    """What the hold-out asks of the layers."""

    as_of, axis, smallest_base, history_days = END, "revenue", 30, (END - date(1997, 1, 1)).days + 1


def test_weeks_40_to_78_are_forecast_from_the_first_39(shop):
    before = buying(shop, CUT, "revenue")
    assert len(before) == 2349  # eight paid nothing on any day, which is no purchase here
    made = estimate(before, ("bg_nbd",))
    assert made.fit.parameters == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.02)
    found = holdout.compared(shop, Layered, before, made, CUT, WEEKS, Lifetime())
    assert len(found.weeks) == WEEKS
    assert found.weeks["actual"].sum() == found.actual
    assert found.weeks["forecast"].sum() == pytest.approx(found.forecast)
    assert found.actual == 1882
    assert found.error == pytest.approx(-0.1215, abs=0.001)  # the figure in the documentation
    assert found.naive_error > 1.5  # a cohort's first weeks do not come again
    assert found.mae < 0.5 * found.naive_mae
    assert found.best_share == pytest.approx(0.633, abs=0.005)
