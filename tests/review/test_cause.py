"""The one reason of most complaints, where they arose, and that it goes into the list of the next cycle."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.review.cause import Cause, cause
from crm_lib.review.findings import _cause
from crm_lib.review.iterations import iterations
from crm_lib.review.unclosed import Unclosed, unclosed
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, START, engagement

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NONE = pd.DataFrame()


def complaints(*groups) -> Cause | None:
    """Tickets of (how many, reason, store, days after the start)."""
    rows = [
        {"kind": "complaint", "reason": reason, "store": store, "opened_at": pd.Timestamp(START) + timedelta(days=day)}
        for count, reason, store, day in groups
        for _ in range(count)
    ]
    tickets = pd.DataFrame(rows).assign(ticket_id=[f"t{i}" for i in range(len(rows))])
    return cause(connect_frames({"tickets": tickets}), WINDOWS, 10)


def test_the_reason_of_most_complaints_is_named_with_its_place_and_with_before():
    found = complaints(
        (33, "late", "West", 9), (24, "other", "East", 9), (41, "late", "West", -9), (23, "other", "", -9)
    )
    (finding,) = _cause(found)
    words = catalogue("en")
    assert "33 of 57 complaints of the cycle (57.9%)" in words.text(finding.headline)
    assert "all of them at one place: late, West" in words.text(finding.headline)
    assert "41 of 64" in words.text(finding.evidence)
    listed = iterations(SHOP, NONE, NONE, NONE, NONE, cause=found)
    assert listed[["subject", "decision"]].values.tolist() == [["cause:complaints", "start"]]
    for language in LANGUAGES:
        assert "West" in catalogue(language).text(listed["words"].iloc[0])


@pytest.mark.parametrize(
    "groups",
    [
        [(20, "late", "West", 9), (24, "other", "East", 9)],  # less than half
        [(9, "late", "West", 9)],  # too few
        [(30, "", "West", 9), (12, "late", "West", 9)],  # most give none
        [(30, "late", "West", -9)],  # before the start only
    ],
)
def test_no_reason_is_named_where_none_prevails(groups):
    assert complaints(*groups) is None


def test_how_many_of_them_come_from_the_part_that_fell_is_counted():
    who = ["a", "a", "b", "c", *[f"x{i}" for i in range(8)]]
    rows = {"ticket_id": [f"t{i}" for i in range(12)], "kind": "complaint", "reason": "late", "customer_id": who}
    tickets = pd.DataFrame(rows | {"store": "West", "opened_at": pd.Timestamp(START) + timedelta(days=9)})
    traits = pd.DataFrame({"customer_id": ["a", "b", "c"], "join_channel": ["app", "app", "store"]})
    fallen = pd.DataFrame({"metric": "churn_rate", "dimension": "join_channel", "part": ["app", "store"]})
    fallen["named"] = [True, False]
    engine = connect_frames({"tickets": tickets})
    assert cause(engine, WINDOWS, 10, fallen, traits).part_n == 3
    alone = cause(engine, WINDOWS, 10, fallen.head(0), traits)
    assert (alone.part_n, alone.by_part) == (0, {("join_channel", "app"): 3, ("join_channel", "store"): 1})
    assert alone.mostly_from("join_channel", "app") == 0  # 3 of 12
    assert replace(alone, n=6).mostly_from("join_channel", "app") == 3


def test_the_place_is_left_out_where_none_holds_half_of_them():
    found = complaints((10, "late", "West", 9), (10, "late", "East", 9), (10, "late", "South", 9))
    assert (found.n, found.place) == (30, "")
    assert complaints((20, "late", "West", 9), (10, "late", "East", 9)).place_n == 20
    assert cause(connect_frames({}), WINDOWS, 10) is None


def test_complaints_of_before_the_start_that_are_still_open_go_into_the_list():
    day = pd.Timestamp(START)
    opened = [day - timedelta(days=90), day - timedelta(days=40), day - timedelta(days=30), day + timedelta(days=3)]
    tickets = pd.DataFrame({"ticket_id": list("abcd"), "kind": "complaint", "opened_at": opened})
    tickets["closed_at"] = [pd.NaT, pd.NaT, day - timedelta(days=29), pd.NaT]
    found = unclosed(connect_frames({"tickets": tickets}, AS_OF), WINDOWS)
    assert found == Unclosed(2, (day - timedelta(days=90)).date())
    listed = iterations(SHOP, NONE, NONE, NONE, NONE, left_open=found)
    assert listed["subject"].tolist() == ["cause:open_complaints"]
    assert catalogue("en").text(listed["words"].iloc[0]).startswith("2 complaints made before the start are open")
    assert "2 件" in catalogue("zh").text(listed["words"].iloc[0])
    never = connect_frames({"tickets": tickets.assign(closed_at=pd.NaT)}, AS_OF)
    assert unclosed(never, WINDOWS) is None
    assert unclosed(connect_frames({"tickets": tickets.tail(2)}, AS_OF), WINDOWS) is None
    assert unclosed(connect_frames({}, AS_OF), WINDOWS) is None
