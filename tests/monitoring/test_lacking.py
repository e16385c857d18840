"""The field that records lack most, and what is to be filled until the target is met."""

import pandas as pd
import pytest

from crm_lib import monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.lacking import lacking_words
from tests.monitoring import shop

MADE = shop.engagement(definitions={"complete_fields": ["name", "phone", "city", "email"]})
PEOPLE = pd.DataFrame(
    {
        "customer_id": ["c1", "c2", "c3", "late"],
        "name": ["Ann", "Bob", "Cy", None],
        "phone": ["1", None, None, None],
        "city": [None, None, "Ulm", None],
        "joined_on": pd.to_datetime([None, "2026-01-01", "2026-04-30", "2026-05-01"]),
    }
)
READING = {"target_id": "t", "metric": "profile_completeness", "group_id": "all", "status": "bad", "target": 0.9}
GROUPS = pd.DataFrame({"group_id": "class:core", "customer_id": ["c3"]})


def lacking(**changes: object) -> pd.DataFrame:
    readings = pd.DataFrame([READING | {"ends_on": pd.Timestamp("2026-04-30")} | changes])
    return monitoring.lacking_fields(shop.engine(None, customers=PEOPLE), MADE, readings, GROUPS)


def test_the_emptiest_field_and_what_is_to_be_filled_are_counted_as_the_figure_is():
    (row,) = lacking().to_dict("records")  # nobody has an e-mail address: not delivered
    assert row == {"target_id": "t", "field": "phone", "missing": 2, "people": 3, "cells": 4, "needed": 4}  # 8.1 of 9
    assert lacking(target=7 / 9)["needed"].item() == 2
    assert lacking(group_id="class:core")[["people", "missing", "cells"]].to_numpy().tolist() == [[1, 1, 1]]


@pytest.mark.parametrize("change", [{"status": "good"}, {"metric": "churn_rate"}])
def test_only_targets_of_completeness_that_are_short_are_looked_into(change):
    assert lacking(**change).empty


def test_the_field_is_named_with_its_share_and_what_is_left_to_do():
    (row,) = lacking().itertuples()
    assert catalogue("en").text(lacking_words(row, 0.9)) == (
        "The field missing most is “Phone”: 2 customers lack it (66.7%), 50.0% of all that is missing; "
        "to reach 90.0%, 4 entries have to be filled in."
    )
