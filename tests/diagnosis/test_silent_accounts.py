"""Few key customers are counted one by one: who fell silent is found without a sample, in time and with its money."""

from datetime import timedelta

import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis.silent_accounts import silent_words
from crm_lib.language import catalogue
from tests.diagnosis import shop as s

SILENT = ("c006", "c013", "c020")  # of the largest ten of 50
LONG = {"active_window_days": 180, "churn_window_days": 180, "repurchase_window_days": 180, "smallest_base": 30}


def measured(silent: tuple[str, ...] = SILENT, customers: int = 50):
    since = s.BASELINE - timedelta(days=80)
    rows = [
        row | {"amount": row["amount"] * 1000}
        for row in s.orders(customers, wave=None)
        if not (row["customer_id"] in silent and row["ordered_on"] > since)
    ]
    return diagnosis.measure(s.shop(orders=rows), s.engagement(definitions=LONG), s.BASELINE)


def test_accounts_silent_for_longer_than_ever_are_found_before_their_churn_window_ends():
    found = diagnosis.find_pain_points(measured()).check("key_leaving")
    assert found.state == "found"
    assert found.pain.customers == 3
    assert "3 of the 10 key customers" in catalogue("en").text(found.pain.headline)


def test_their_part_of_the_fall_and_that_of_all_others_add_up_to_the_whole():
    known = measured()
    silent, row = diagnosis.silent_accounts(known), known.trend("revenue")
    assert set(silent["customer_id"]) == set(SILENT)
    assert silent["key"].all()
    days = known.months.set_index("period")["starts_on"]
    assert str(days[row["from_period"]])[:10] == "2026-01-01"
    assert silent["spent_now"].sum() < silent["spent_before"].sum()
    words = catalogue("en").text(silent_words(known))
    assert "Of all customers, 3 are silent in this way" in words
    rest = row["change"] * row["months"] - silent["change"].sum()
    assert f"{abs(rest):,.0f}" in words


def test_who_keeps_the_own_rhythm_is_not_silent():
    known = measured(silent=())
    assert diagnosis.silent_accounts(known).empty
    assert diagnosis.find_pain_points(known).check("key_leaving").state == "clear"


@pytest.mark.parametrize("customers", [0, 1, 200])
def test_none_or_many_customers_are_not_counted_one_by_one(customers: int):
    if not customers:
        assert diagnosis.silent_accounts(
            diagnosis.measure(s.shop(customers=s.customers(3)), s.engagement(), s.BASELINE)
        ).empty
        return
    known = measured(silent=(), customers=customers)
    assert diagnosis.silent_accounts(known).empty
