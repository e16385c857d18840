"""Contacts belong to the strategy that the record names, else to the list, owner and channel that fit."""

import pandas as pd

from crm_lib import monitoring
from crm_lib.monitoring.contacts import unmatchable
from tests.monitoring import shop
from tests.monitoring.test_alerts import ticket


def matched(rows: list[dict], **frames: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    engine, engagement = shop.engine(interactions=pd.DataFrame(rows), **frames), shop.engagement()
    found = monitoring.interactions(engine, engagement, shop.plan(), shop.ANSWERING)
    sends = monitoring.sends(engine, engagement, shop.plan(), shop.AS_OF)
    return found.set_index("interaction_id"), monitoring.contacts(found, sends, shop.plan(), shop.ANSWERING)


ROWS = [
    shop.interaction("stated", "x9", "2026-04-02", strategy="care", channel="visit", owner="bob"),
    shop.interaction("member", "c1", "2026-04-02"),
    shop.interaction("twice", "c1", "2026-04-02", channel="wecom"),
    shop.interaction("stranger", "x1", "2026-04-02"),
    shop.interaction("other_owner", "c2", "2026-04-02", owner="bob"),
    shop.interaction("other_channel", "c2", "2026-04-02", channel="sms"),
    shop.interaction("theirs", "c2", "2026-04-02", direction="in"),
    shop.interaction("unknown", "c2", "2026-04-02", strategy="old_plan"),
    shop.interaction("nobody", None, "2026-04-02", strategy="care"),
    shop.interaction("before", "c1", "2026-03-31", strategy="care"),
]


def test_each_record_finds_its_strategy():
    found, _ = matched(ROWS)
    assert "before" not in found.index
    assert found["matched"].to_dict() == {
        "stated": "care",
        "member": "care",
        "twice": "care",
        "stranger": "",
        "other_owner": "",
        "other_channel": "",
        "theirs": "",
        "unknown": "",
        "nobody": "care",
    }
    assert found["match"].value_counts().to_dict() == {"none": 5, "stated": 2, "member": 2}


def test_one_customer_and_day_count_once_and_never_more_than_the_records():
    found, contacts = matched(ROWS)
    assert contacts["contacts"].tolist() == [3]  # x9, c1, and the record without a customer
    assert contacts["contacts"].sum() <= len(found)


def test_campaign_messages_count_by_campaign_without_holdout():
    sent = [("WAKE-1", "d1", "treatment"), ("WAKE-1", "d2", "holdout"), ("OTHER", "d2", None), ("NAMED", "c1", None)]
    members = pd.DataFrame(sent, columns=["campaign_id", "customer_id", "arm"])
    members = members.assign(sent_on=pd.Timestamp("2026-04-09").date(), responded_on=None, channel="sms")
    campaigns = pd.DataFrame({"campaign_id": ["NAMED"], "strategy": ["care"], "starts_on": [shop.START]})
    _, contacts = matched(ROWS[:1], campaign_members=members, campaigns=campaigns)
    sums = contacts.groupby("strategy")["contacts"].sum()
    assert sums.to_dict() == {"care": 2, "wake": 1}


def test_the_first_strategy_of_the_plan_takes_a_shared_customer():
    plan = pd.concat([shop.plan(), shop.plan().head(1).assign(strategy="second")], ignore_index=True)
    members = pd.concat([shop.ANSWERING, shop.ANSWERING.head(1).assign(strategy="second")])
    engine = shop.engine(interactions=pd.DataFrame([shop.interaction("i", "c1", "2026-04-02")]))
    for turned in (members, members.iloc[::-1]):
        found = monitoring.interactions(engine, shop.engagement(), plan, turned)
        assert found["matched"].tolist() == ["care"]


def test_without_interactions_only_strategies_with_campaigns_are_recorded():
    members = pd.DataFrame({"campaign_id": ["WAKE-1"], "customer_id": ["d1"], "sent_on": [shop.START]})
    engine = shop.engine(campaign_members=members)
    sends = monitoring.sends(engine, shop.engagement(), shop.plan(), shop.AS_OF)
    nobody = monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)
    assert monitoring.recorded(engine, shop.plan(), sends, nobody) == {"wake"}
    engine = shop.engine(interactions=pd.DataFrame(ROWS))
    found = monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)
    assert monitoring.recorded(engine, shop.plan(), sends, found) == {"care", "wake"}


def recorded_of(*rows: dict) -> tuple[set[str], int]:
    engine = shop.engine(interactions=pd.DataFrame(rows))
    found = monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)
    sends = monitoring.sends(engine, shop.engagement(), shop.plan(), shop.AS_OF)
    return monitoring.recorded(engine, shop.plan(), sends, found), unmatchable(found)


def test_records_that_name_no_strategy_are_no_proof_that_nothing_was_done():
    reminders = [shop.interaction(f"r{i}", "c1", "2026-04-02", owner=None, channel="sms") for i in range(40)]
    assert recorded_of(*reminders) == (set(), 40)
    assert recorded_of(*reminders, shop.interaction("fits", "c1", "2026-04-02")) == ({"care"}, 40)
    assert recorded_of(*reminders, shop.interaction("other", "c1", "2026-04-02", strategy="old_plan"))[0] == set()
    named = shop.interaction("named", "c1", "2026-04-02", strategy="care")
    assert recorded_of(*reminders, named) == ({"care", "wake"}, 0)


def test_a_record_kept_before_but_not_in_the_cycle_leaves_the_plan_undone():
    assert recorded_of(shop.interaction("before", "c1", "2026-03-31")) == ({"care", "wake"}, 0)


def test_what_only_came_in_shows_no_contact_of_ours():
    theirs = pd.DataFrame([shop.interaction(f"i{n}", "c1", "2026-04-02", direction="in") for n in range(9)])
    tickets = pd.DataFrame([ticket("a", "2026-04-02 09:00")])
    engine, engagement = shop.engine(interactions=theirs, tickets=tickets), shop.engagement()
    found = monitoring.interactions(engine, engagement, shop.plan(), shop.ANSWERING)
    sends = monitoring.sends(engine, engagement, shop.plan(), shop.AS_OF)
    plan = shop.contact_plan([("care", "2026-04-06", 3), ("wake", "2026-04-06", 1)])
    recorded = monitoring.recorded(engine, shop.plan(), sends, found)
    made = monitoring.contacts(found, sends, shop.plan(), shop.ANSWERING)
    tasks = monitoring.task_list(
        engine, engagement, shop.plan(), plan, made, shop.ANSWERING, shop.AS_OF, 0.6, 72, recorded
    )
    assert set(tasks["status"]) == {"not_recorded"}
    assert monitoring.by_owner(tasks, shop.AS_OF).empty
    paths = pd.DataFrame(columns=["span", "status", "starts_on", "target_id"])
    events, judged = monitoring.all_events(
        engine, engagement, shop.plan(), shop.MEMBERS, shop.LAYERS, tasks, paths, "month", shop.AS_OF, (), 72, 0.6
    )
    assert judged["core_silent"] == judged["no_second_contact"] == 0
    assert "owner_behind" not in set(events["rule"])
    said = [
        one.id
        for one in monitoring.remarks(
            engine,
            engagement,
            found,
            pd.DataFrame({"group_id": ["all"], "metric": ["orders"]}),
            shop.plan(),
            shop.ANSWERING,
        )
    ]
    assert "monitoring.remark.no_outbound" in said
