"""Tasks: contacts are kept, a surplus pays the oldest debt, statuses follow their rules to the day."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import handoff, monitoring
from tests.monitoring import shop

MONDAYS = ["2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20"]


def tasks(planned: list[int], made: list[int], as_of: date = date(2026, 5, 31), **more) -> pd.DataFrame:
    plan = shop.contact_plan([("care", monday, n) for monday, n in zip(MONDAYS, planned, strict=False)])
    done = shop.contacts([("care", monday, n) for monday, n in zip(MONDAYS, made, strict=False)])
    return monitoring.tasks(plan, done, as_of, 0.6, **more)


def test_a_later_surplus_makes_up_for_the_oldest_open_contacts():
    found = tasks([10, 10, 10, 10], [4, 12, 5, 16])
    assert found["in_time"].tolist() == [4, 10, 5, 10]
    assert found["late"].tolist() == [6, 0, 2, 0]
    assert found["open"].tolist() == [0, 0, 3, 0]
    assert found["extra"].tolist() == [0, 0, 0, 0]
    assert found["status"].tolist() == ["done", "done", "partly", "done"]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 80)), min_size=1, max_size=4),
    st.dates(date(2026, 3, 30), date(2026, 5, 10)),
)
def test_every_contact_is_counted_once(weeks: list[tuple[int, int]], as_of: date):
    planned, made = (list(part) for part in zip(*weeks, strict=True))
    found = tasks(planned, made, as_of)
    assert (found["done"] + found["open"] == found["planned"]).all()
    assert found["done"].sum() + found["extra"].sum() == found["made"].sum()
    assert (found[["in_time", "late", "open", "extra"]] >= 0).all(axis=None)
    assert (found["in_time"] <= found["made"]).all()
    assert found["week"].le(pd.Timestamp(as_of) + pd.Timedelta(days=7)).all()
    weekly = monitoring.by_week(found, as_of)
    owners = monitoring.by_owner(found, as_of)
    assert weekly["open"].sum() == owners["open"].sum()
    assert weekly.empty or weekly["backlog"].iloc[-1] == weekly["open"].sum()
    assert owners["completion"].between(0, 1).all()


@pytest.mark.parametrize(
    ("made", "as_of", "status", "days"),
    [
        (0, date(2026, 4, 4), "not_due", None),  # Saturday before
        (0, date(2026, 4, 5), "overdue", 0),  # its Sunday, at the end of the day
        (5, date(2026, 4, 6), "overdue", 1),
        (6, date(2026, 4, 6), "partly", 1),
        (10, date(2026, 4, 1), "done", None),
        (11, date(2026, 4, 6), "done", None),
    ],
)
def test_status_to_the_day(made: int, as_of: date, status: str, days: int | None):
    row = tasks([10], [made], as_of).iloc[0]
    assert row["status"] == status
    assert (None if pd.isna(row["days_overdue"]) else row["days_overdue"]) == days
    assert row["task_id"] == "care-2026-W14"


def test_what_no_record_can_show_is_not_overdue():
    found = tasks([10, 10], [], date(2026, 4, 30), recorded=set())
    assert found["status"].tolist() == ["not_recorded", "not_recorded"]
    assert monitoring.by_owner(found, date(2026, 4, 30)).empty
    assert monitoring.overdue(found).empty


def test_the_order_of_rows_changes_nothing_and_inputs_stay(tmp_path):
    plan = shop.contact_plan([(s, m, 7) for s in ("care", "wake") for m in MONDAYS])
    done = shop.contacts([("wake", "2026-04-09", 9), ("care", "2026-04-01", 3), ("care", "2026-04-19", 20)])
    before = plan.copy(deep=True), done.copy(deep=True)
    first = monitoring.tasks(plan, done, shop.AS_OF, 0.6)
    turned = plan.sample(frac=1, random_state=2), done.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(first, monitoring.tasks(*turned, shop.AS_OF, 0.6))
    pd.testing.assert_frame_equal(plan, before[0])
    pd.testing.assert_frame_equal(done, before[1])
    handoff.write(tmp_path, "task_status", monitoring.task_handoff(first))
    assert len(handoff.read(tmp_path, "task_status")) == len(first)


def test_nothing_planned_gives_no_tasks(tmp_path):
    found = monitoring.tasks(shop.contact_plan([]), shop.contacts([("care", "2026-04-09", 9)]), shop.AS_OF, 0.6)
    assert found.empty
    assert monitoring.by_week(found, shop.AS_OF).empty
    handoff.write(tmp_path, "task_status", monitoring.task_handoff(found))


def test_of_tasks_that_cannot_be_checked_nothing_is_said_to_be_done_or_open():
    tasks = monitoring.tasks(shop.contact_plan([("care", MONDAYS[0], 5)]), shop.contacts([]), shop.AS_OF, 0.6, set())
    table = monitoring.task_table(shop.engagement(), tasks)
    assert table[["done", "open"]].isna().all().all()
    assert table["planned"].tolist() == [5]


def test_the_owner_who_owes_most_is_shown_first():
    plan = shop.contact_plan([("care", MONDAYS[0], 5), ("wake", MONDAYS[1], 30), ("wake", MONDAYS[2], 30)])
    found = monitoring.overdue(monitoring.tasks(plan, shop.contacts([]), shop.AS_OF, 0.6))
    assert found[["owner", "tasks", "open"]].to_numpy().tolist() == [["bob", 2, 60], ["ann", 1, 5]]
    assert found["days_overdue"].tolist() == [18, 25]


def called_back(talks: list[dict], closed: list[str], known=("tickets", "interactions")) -> pd.DataFrame:
    """Tasks of a strategy that closed complaints set off, beside one that is planned by date."""
    moments = pd.to_datetime(closed)
    tickets = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(len(closed))], "closed_at": moments})
    tickets = tickets.assign(
        opened_at=moments - pd.Timedelta(hours=1), kind="complaint", customer_id=["c1", "c2", "c3"]
    )
    made = shop.engagement(
        strategies=[
            shop.strategy("care", "core", "ann", ["phone"], trigger="complaint_closed"),
            shop.strategy("wake", "dormant", "bob", ["sms"]),
        ]
    )
    frames = {"tickets": tickets, "interactions": pd.DataFrame(talks)}
    engine = shop.engine(**{name: frames[name] for name in known})
    plan = shop.contact_plan([("care", "2026-04-06", 40), ("wake", "2026-04-06", 4)])
    done = shop.contacts([("wake", "2026-04-07", 4)])
    return monitoring.task_list(engine, made, shop.plan(), plan, done, shop.ANSWERING, shop.AS_OF, 0.6, 72.0)


def test_a_strategy_set_off_by_complaints_is_held_against_each_complaint():
    talks = [shop.interaction("1", "c1", "2026-04-08"), shop.interaction("2", "c2", "2026-04-20")]
    closed = ["2026-04-06 09:00", "2026-04-07 09:00", "2026-04-10 09:00"]
    found = called_back(talks, closed).set_index(["strategy", "week"])
    care = found.loc["care"]
    names = ["planned", "in_time", "late", "open", "status"]
    assert care.loc["2026-04-06", names].tolist() == [2, 1, 1, 1, "overdue"]  # late is not kept
    assert care.loc["2026-04-13", names].tolist() == [1, 0, 0, 1, "overdue"]  # its 72 hours ended on the 13th
    assert found.loc[("wake", pd.Timestamp("2026-04-06")), "status"] == "done"
    owner = monitoring.by_owner(called_back(talks, closed), shop.AS_OF).set_index("owner").loc["ann"]
    assert owner[["planned", "done", "too_late", "open"]].tolist() == [3, 1, 1, 2]
    assert owner["per_week"] == 1.5
    other = [shop.interaction("1", "c1", "2026-04-08", strategy="wake"), talks[1]]
    assert called_back(other, closed).groupby("strategy")["in_time"].sum()["care"] == 0  # the contact was for another
    assert care["planned"].sum() == 3  # not the forty that the calendar of its class has
    assert called_back(talks, closed, known=["interactions"]).set_index("strategy").loc["care", "planned"] == 40
