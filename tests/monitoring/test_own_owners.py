"""Contacts are counted by the customer's own owner; whose neglect is more than chance is named, and only then."""

import pandas as pd
import pytest

from crm_lib import monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.events import core_events
from tests.monitoring import shop

OWNERS = ["ann", "bob", "eve"]


def talk(id: str, customer: str, owner: str, day: str = "2026-04-20") -> dict:
    return shop.interaction(id, customer, day, owner=owner)


def accounts(contacted: dict[str, int], each: int = 40, first: str = "2025-01-01") -> pd.DataFrame:
    """`each` customers an owner, of whom so many were contacted lately; an old record tells since when."""
    ids = {owner: [f"{owner}{n:02d}" for n in range(each)] for owner in contacted}
    customers = [(id, owner, shop.START.replace(year=2025)) for owner, mine in ids.items() for id in mine]
    talks = [talk("old", "x", "ann", first)]
    talks += [talk(f"t{id}", id, owner) for owner, n in contacted.items() for id in ids[owner][:n]]
    frames = {
        "customers": pd.DataFrame(customers, columns=["customer_id", "owner", "joined_on"]),
        "interactions": pd.DataFrame(talks),
        "orders": shop.orders([("x", "2025-01-01", 1.0)] + [(id, "2026-01-10", 1.0) for id, _, _ in customers]),
    }
    return monitoring.accounts(shop.engine(**frames), shop.engagement(), shop.plan(), shop.MEMBERS, shop.AS_OF)


def test_the_owner_who_keeps_in_touch_with_nobody_is_named_with_its_numbers():
    own = monitoring.by_own(accounts({"ann": 22, "bob": 24, "eve": 0}), 30)
    assert own["owner"].tolist() == ["eve", "ann", "bob"]
    assert own["far"].tolist() == [True, False, False]
    first = own.iloc[0]
    assert (first["silent"], first["judged"], first["never"]) == (40, 40, 40)
    assert pd.isna(first["median_days"])  # none on record
    assert own["median_days"].tolist()[1:] == [10.0, 10.0]
    assert first["rest"] == pytest.approx(34 / 80)
    (finding,) = monitoring.own_findings(shop.engagement(), own)
    assert (finding.severity, finding.headline.id) == ("high", "account.finding.far")
    (left,) = monitoring.own_findings(
        shop.engagement(), own.assign(ended_on=pd.Timestamp("2026-01-05"), ended_by="sales")
    )
    assert "eve has sold nothing after 5 Jan 2026" in catalogue("en").text(left.evidence)
    assert left.action.id == "account.finding.ended_do"


def test_differences_within_chance_and_small_bases_name_nobody():
    for contacted, each in (({"ann": 22, "bob": 20, "eve": 18}, 40), ({"ann": 8, "bob": 8, "eve": 0}, 10)):
        own = monitoring.by_own(accounts(contacted, each), 30)
        assert not own["far"].any()
        assert not list(monitoring.own_findings(shop.engagement(), own))


def test_where_all_neglect_their_accounts_alike_that_is_the_finding():
    own = monitoring.by_own(accounts({"ann": 18, "bob": 16, "eve": 14}), 30)
    (finding,) = monitoring.own_findings(shop.engagement(), own)
    assert (finding.severity, finding.headline.id) == ("high", "account.finding.all")
    assert (finding.headline.args["n"].value, finding.headline.args["all"].value) == (72, 120)
    title = catalogue("en").text(monitoring.own_title(shop.engagement(), own))
    assert "60.0%" in title
    assert "no clear difference" in title


def test_more_owners_ask_for_more():
    own = monitoring.by_own(accounts({"ann": 20, "bob": 29}), 30)
    assert own["p"].iloc[0] < 0.05
    many = {"ann": 20, "bob": 29} | {f"o{n}": 25 for n in range(12)}
    own = monitoring.by_own(accounts(many), 30)
    assert not own["far"].any()


def test_without_records_over_the_interval_there_is_no_share():
    assert not len(monitoring.by_own(accounts({"ann": 5, "bob": 9}, first="2026-04-10"), 2))
    frames = {"customers": pd.DataFrame({"customer_id": ["a"], "owner": ["ann"]}), "orders": shop.orders([])}
    found = monitoring.accounts(shop.engine(**frames), shop.engagement(), shop.plan(), shop.MEMBERS, shop.AS_OF)
    assert not len(monitoring.by_own(found, 2))


def test_expired_trials_and_customers_long_lost_need_not_be_called():
    joined = shop.START.replace(year=2025)
    ids = ["trial", "lost", "buys", "paid", "lead", "d1"]
    days = [joined, joined, joined, joined, shop.START.replace(month=1), joined]
    frames = {
        "customers": pd.DataFrame({"customer_id": ids, "owner": "ann", "joined_on": days}),
        "interactions": pd.DataFrame([talk("old", "x", "ann", "2025-01-01")]),
        "orders": shop.orders([("lost", "2025-05-01", 1.0), ("buys", "2026-02-01", 1.0), ("paid", "2025-05-01", 1.0)]),
    }
    frames["orders"]["paid_until"] = [pd.NaT, pd.NaT, pd.Timestamp("2026-05-31")]
    found = monitoring.accounts(shop.engine(**frames), shop.engagement(), shop.plan(), shop.MEMBERS, shop.AS_OF)
    assert set(found.loc[found["ended"], "customer_id"]) == {"trial", "lost"}  # d1 stands on an agreed list
    assert set(found.loc[found["silent"], "customer_id"]) == {"buys", "paid", "lead", "d1"}
    note = catalogue("en").text(monitoring.own_note(shop.engagement(), found))
    assert "2 accounts that stand on no such list" in note


def test_core_customers_without_a_contact_are_their_own_owners():
    customers = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "owner": ["eve", None, "bob"]})
    talks = [talk("old", "x", "ann", "2025-01-01"), talk("late", "c3", "bob", "2026-04-29")]
    engine = shop.engine(customers=customers, interactions=pd.DataFrame(talks), orders=shop.orders([]))
    events, judged = core_events(engine, shop.engagement(), shop.plan(), shop.MEMBERS, shop.LAYERS, shop.AS_OF)
    assert judged["core_silent"] == 3
    assert sorted(events.loc[events["rule"] == "core_silent", "owner"]) == ["ann", "eve"]


@pytest.mark.parametrize("first", ["2026-04-25", None])
def test_core_customers_are_not_judged_where_contacts_are_not_recorded_so_long(first: str | None):
    frames = {"orders": shop.orders([("c1", "2026-04-01", 9.0)])}
    frames["campaign_members"] = pd.DataFrame(
        {"campaign_id": ["W"], "customer_id": ["c1"], "sent_on": [shop.START], "channel": ["sms"]}
    )
    if first:
        frames["interactions"] = pd.DataFrame([talk("1", "c1", "ann", first)])
    engine = shop.engine(**frames)
    events, judged = core_events(engine, shop.engagement(), shop.plan(), shop.MEMBERS, shop.LAYERS, shop.AS_OF)
    assert judged["core_silent"] == 0
    assert "core_silent" not in set(events["rule"])
    made = shop.engagement()
    found = monitoring.interactions(engine, made, shop.plan(), shop.ANSWERING)
    said = monitoring.remarks(
        engine, made, found, pd.DataFrame({"group_id": [], "metric": []}), shop.plan(), shop.ANSWERING
    )
    assert ("account.remark.short" if first else "monitoring.remark.no_interactions") in {one.id for one in said}


def worked(by_own: bool) -> tuple:
    customers = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "owner": ["eve", "bob", None]})
    talks = [talk("1", "c1", "eve" if by_own else "ann"), talk("2", "c1", "eve" if by_own else "ann", "2026-04-21")]
    engine, made = shop.engine(customers=customers, interactions=pd.DataFrame(talks)), shop.engagement()
    answering = monitoring.who_answers(engine, made, shop.plan(), shop.MEMBERS)
    found = monitoring.interactions(engine, made, shop.plan(), answering)
    sends = monitoring.sends(engine, made, shop.plan(), shop.AS_OF)
    made_contacts = monitoring.contacts(found, sends, shop.plan(), answering)
    plan = shop.contact_plan([("care", "2026-04-13", 3), ("care", "2026-04-20", 4)])
    return (
        monitoring.task_list(engine, made, shop.plan(), plan, made_contacts, answering, shop.AS_OF, 0.6, 72.0),
        found,
        answering,
    )


def test_a_list_that_own_owners_work_is_counted_by_them_and_no_contact_is_lost():
    tasks, found, answering = worked(True)
    assert found["match"].tolist() == ["member", "member"]
    assert answering.loc[answering["strategy"] == "care", "owner"].tolist() == ["eve", "bob", "ann"]
    assert tasks["planned"].sum() == 7
    assert tasks["task_id"].is_unique
    assert tasks.groupby("owner")["planned"].sum().to_dict() == {"ann": 2, "bob": 2, "eve": 3}
    assert tasks.groupby("owner")["done"].sum().to_dict() == {"ann": 0, "bob": 0, "eve": 2}


def test_a_list_that_the_strategys_owner_works_stays_the_strategys():
    tasks, found, answering = worked(False)
    assert not answering["worked"].any()
    assert found["match"].tolist() == ["member", "member"]
    assert set(tasks["owner"]) == {"ann"}
    assert tasks["task_id"].tolist() == ["care-2026-W16", "care-2026-W17"]


def test_an_owner_whose_contacts_have_ended_is_told_so_with_the_day():
    """Eve called twice a week until January; the others go on."""
    days = [str(day.date()) for day in pd.date_range("2025-01-06", "2026-01-12", freq="7D")]
    ids = [f"{owner}{n:02d}" for owner in OWNERS for n in range(40)]
    talks = [talk(f"e{i}{day}", f"eve{i:02d}", "eve", day) for day in days for i in (0, 1)]
    talks += [talk(f"{o}{n}", f"{o}{n:02d}", o) for o in ("ann", "bob") for n in range(30)]
    frames = {
        "customers": pd.DataFrame(
            [(id, id[:3], shop.START.replace(year=2025)) for id in ids], columns=["customer_id", "owner", "joined_on"]
        ),
        "interactions": pd.DataFrame(talks),
        "orders": shop.orders([("x", "2025-01-01", 1.0), *((id, "2026-03-01", 1.0) for id in ids)]),
    }
    found = monitoring.accounts(shop.engine(**frames), shop.engagement(), shop.plan(), shop.MEMBERS, shop.AS_OF)
    (finding,) = monitoring.own_findings(shop.engagement(), monitoring.by_own(found, 30))
    assert "has on record is of 12 Jan 2026; the records of others go on" in catalogue("en").text(finding.evidence)
    assert finding.action.id == "account.finding.ended_do"
