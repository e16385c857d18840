"""Owners whose records of contacts have ended: beyond their own pace and pauses, while others go on."""

from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib.engagement import validate
from crm_lib.engine import connect_frames
from crm_lib.metrics.ended_owners import COLUMNS, ended_owners, ended_people
from tests.test_labels import GIVEN

LAST = date(2026, 6, 30)


def contacts(**owners):
    """Owner -> (first and last day before LAST, days between)."""
    rows = [
        {"owner": owner, "happened_at": pd.Timestamp(LAST - timedelta(days=ago)), "customer_id": "c"}
        for owner, (first, last, step) in owners.items()
        for ago in range(first, last - 1, -step)
    ]
    return connect_frames({"interactions": pd.DataFrame(rows)}, LAST)


def test_who_retired_is_told_with_day_and_pace():
    found = ended_owners(contacts(retired=(700, 182, 2), works=(700, 0, 2)))
    assert list(found["owner"]) == ["retired"]
    assert found["last_on"].iloc[0].date() == LAST - timedelta(days=182)
    assert found["contacts_per_week"].iloc[0] == pytest.approx(3.5, rel=0.02)


@pytest.mark.parametrize(
    "other",
    [
        (700, 12, 2),  # a holiday: fewer than ten contacts missed
        (700, 182, 30),  # seldom: too few to tell
        (200, 180, 1),  # a job of three weeks has no pace
        (700, 0, 2),
    ],
)
def test_others_are_not(other):
    assert ended_owners(contacts(other=other, works=(700, 0, 2))).empty


def test_a_pause_no_longer_than_usual_is_none():
    both = pd.DataFrame(
        {"owner": ["a"] * 90 + ["b"], "happened_at": [pd.Timestamp(LAST - timedelta(days=d)) for d in [*range(360, 300, -1), *range(130, 100, -1), 0]]}
    ).assign(customer_id="c")  # fmt: skip
    assert ended_owners(connect_frames({"interactions": both}, LAST)).empty


def test_where_all_records_end_on_one_day_the_export_ended():
    assert ended_owners(contacts(a=(700, 182, 2), b=(700, 182, 3))).empty


def test_without_interactions_there_is_nothing_to_tell():
    engine = connect_frames({"customers": pd.DataFrame({"customer_id": ["c"]})}, LAST)
    assert list(ended_owners(engine).columns) == COLUMNS


def orders(**sellers):
    rows = [
        {"order_id": f"{who}{ago}", "ordered_on": LAST - timedelta(days=ago), "salesperson": who, "kind": "sale"}
        for who, (first, last) in sellers.items()
        for ago in range(first, last - 1, -3)
    ]
    return pd.DataFrame(rows).assign(amount=1.0)


def test_one_rule_tells_who_left_by_contacts_or_else_by_the_sales_under_a_name_of_theirs():
    owners = [{"id": "ann", "label": {"zh": "安", "en": "Ann"}, "contacts_per_week": 5}]
    team = {"id": "t", "label": {"zh": "组", "en": "Team"}, "owners": owners}
    engagement = validate(GIVEN | {"teams": [team]})
    engine = connect_frames({"order_lines": orders(安=(700, 150), works=(700, 0))}, LAST)
    found = ended_people(engine, engagement, ["ann", "works", "nobody"])
    assert found["known_by"].to_dict() == {"ann": "sales"}
    assert ended_people(engine, engagement, []).empty
