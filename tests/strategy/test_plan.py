"""The plan: who is contacted, how much that is for each owner, and what would fit."""

import json
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib import handoff, strategy
from crm_lib.language import Message, catalogue
from crm_lib.strategy.capacity import capacity, fitting
from tests.strategy import shop

LAYERS = shop.layers({"core": 40, "potential": 10, "dormant": 4})


def planned(targets: pd.DataFrame = shop.NO_TARGETS, may_contact: object = None, **changes: object):
    rows = [shop.order(id, n) for id in LAYERS["customer_id"] for n in (30, 20, 10)]
    frames = {"orders": shop.orders(rows), "customers": shop.everyone(LAYERS, may_contact=may_contact)}
    engine, engagement = shop.engine(**frames), shop.engagement(**changes)
    customers = strategy.customers(engine, engagement, LAYERS)
    strategies = strategy.strategies(engine, engagement, customers)
    members = strategy.members(engine, strategies, customers)
    responses, purchases = strategy.responses(engine, engagement), strategy.purchase_channels(engine, engagement)
    plan = strategy.plan(engine, engagement, strategies, customers, members, responses, purchases, targets)
    return engagement, customers, members, plan


def test_coverage_takes_the_greatest_value_at_risk_and_nobody_who_said_no():
    no = [id != "core-00" for id in LAYERS["customer_id"]]
    _, customers, members, plan = planned(
        may_contact=no, strategies=[shop.strategy("visit", "core", "ann", coverage=0.25)]
    )
    assert len(members) == plan.loc[0, "customers"] == 10  # 39 x 0.25 = 9.75
    assert plan.loc[0, "reachable"] == 39
    assert "core-00" not in set(members["customer_id"])
    risk = customers.set_index("customer_id")["value_at_risk"]
    assert risk[members["customer_id"]].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("shares", "doubled"), [((0.5, 0.5), 0), ((0.3, 0.3, 0.4), 0), ((1.0, 0.25), 10), ((0.7, 0.7), 16)]
)
def test_strategies_of_a_class_share_customers_only_when_all_are_taken(shares: tuple[float, ...], doubled: int):
    lines = [shop.strategy(f"s{i}", "core", "ann", coverage=share) for i, share in enumerate(shares)]
    _, _, members, _ = planned(strategies=lines)
    counts = members["customer_id"].value_counts()
    assert (counts == 2).sum() == doubled
    assert len(members) == round(40 * sum(shares))
    assert not members.duplicated().any()


def test_contacts_a_week_follow_from_customers_and_interval():
    _, _, _, plan = planned()
    assert plan.set_index("strategy")["contacts_per_week"].to_dict() == {"visit": 20.0, "bundle": 10.0}


TICKETS = ["ticket_id", "customer_id", "opened_at", "closed_at", "kind"]


@pytest.mark.parametrize(("closed", "contacts"), [(0, 0.0), (26, 2.0)])
def test_what_complaints_set_off_is_planned_by_complaints_not_by_the_size_of_the_class(closed: int, contacts: float):
    days = pd.Timestamp(shop.BASELINE) - pd.to_timedelta(range(closed), unit="D")
    tickets = [(f"t{i}", "core-00", day, day, "complaint") for i, day in enumerate(days)]
    old = pd.Timestamp(shop.BASELINE) - pd.Timedelta(days=91)
    tickets += [("old", "core-00", old, old, "complaint"), ("open", "core-00", old, pd.NaT, "complaint")]
    tickets += [("asked", "core-00", old + pd.Timedelta(days=5), old + pd.Timedelta(days=5), "inquiry")]
    lines = [
        shop.strategy("call_back", "core", "ann", every_days=90, trigger="complaint_closed"),
        shop.strategy("visit", "core", "ann", every_days=7),
    ]
    rows = [shop.order(id, n) for id in LAYERS["customer_id"] for n in (30, 20, 10)]
    frames = {
        "orders": shop.orders(rows),
        "customers": shop.everyone(LAYERS),
        "tickets": pd.DataFrame(tickets, columns=TICKETS),
    }
    engine, engagement = shop.engine(**frames), shop.engagement(strategies=lines)
    customers = strategy.customers(engine, engagement, LAYERS)
    members = strategy.members(engine, engagement.strategies, customers)
    responses, purchases = strategy.responses(engine, engagement), strategy.purchase_channels(engine, engagement)
    plan = strategy.plan(
        engine, engagement, engagement.strategies, customers, members, responses, purchases, shop.NO_TARGETS
    )
    assert plan.set_index("strategy")["contacts_per_week"].to_dict() == {"call_back": contacts, "visit": 40.0}
    assert fitting(plan, 22).set_index("strategy").loc["visit", "customers"] == 22 - contacts
    assert strategy.fatigue(plan, members, customers, 9)["strategies"].tolist() == [1]
    assert set(members["strategy"]) == {"visit"}  # nobody knows beforehand who will complain
    load = strategy.workload(engine, engagement, engagement.strategies, plan, members, customers)
    profile = strategy.class_profile(shop.layer_profile(LAYERS), customers)
    needs = strategy.needs(engine, engagement, customers, strategy.categories(engine, engagement))
    none = strategy.preferences(engagement, strategy.categories(engine, engagement))
    alone = strategy.capacity(engagement, load[load["strategy"] == "call_back"])["customers"]
    assert alone.isna().iloc[0]
    assert strategy.capacity(engagement, load)["customers"].iloc[0] == 40
    table = strategy.strategy_table(engagement, plan, profile, needs, none, responses, load)
    assert catalogue("en").text(table["who"].iloc[-1]) == "Customers with a closed complaint, of any class"
    assert table[["size", "revenue", "needs"]].iloc[-1].isna().all()


def test_baseline_and_target_come_from_phase_1_where_it_has_them():
    columns = ["metric", "group_id", "baseline", "baseline_low", "baseline_high", "target", "target_id", "due"]
    row = ("average_order_value", "class:core", 90.0, 80.0, 99.0, 120.0, "t", pd.Timestamp("2026-06-30"))
    targets = pd.DataFrame([row], columns=columns)
    _, _, _, plan = planned(targets)
    assert plan.set_index("strategy").loc["visit", ["baseline", "target"]].tolist() == [90.0, 120.0]
    assert plan.set_index("strategy").loc["bundle", "baseline"] == 100.0  # measured
    assert pd.isna(plan.set_index("strategy").loc["bundle", "target"])


def test_without_strategies_each_class_gets_a_proposal_and_the_freest_owner():
    _, _, members, plan = planned(strategies=[])
    assert plan["strategy"].tolist() == ["proposed_core", "proposed_potential", "proposed_dormant"]
    assert plan["proposed"].all()
    assert plan["owner"].tolist() == ["bob", "bob", "bob"]
    assert members["strategy"].value_counts()["proposed_dormant"] == 2
    _, _, _, bare = planned(strategies=[], teams=[])
    engagement = shop.engagement(strategies=[], teams=[])
    assert set(bare["owner"]) == {"unassigned"}
    assert set(strategy.capacity(engagement, bare)["status"]) == {"unknown"}


def test_the_handoffs_keep_their_schema_and_the_words_of_the_mode(tmp_path):
    _, _, members, plan = planned()
    frame = strategy.plan_handoff(plan)
    handoff.write(tmp_path, "strategy_plan", frame)
    handoff.write(tmp_path, "strategy_members", members)
    read = handoff.read(tmp_path, "strategy_plan")
    assert Message.from_json(json.loads(read.loc[0, "mode"])).id == "common.local"
    assert read["channels"].tolist() == ["sms,phone", "sms,phone"]
    assert len(handoff.read(tmp_path, "strategy_members")) == len(members)


def test_load_overload_and_advice():
    engagement, _, _, plan = planned()
    found = strategy.capacity(engagement, plan.assign(unverified=0)).set_index("owner")
    assert found["load"].to_dict() == {"ann": 2.0, "bob": 0.25}
    assert found["status"].to_dict() == {"ann": "bad", "bob": "good"}
    advice = found.loc["ann", "remedy"]
    stretch = advice.args["first"].value
    assert (stretch.args["now"].value, stretch.args["every"].value, stretch.args["customers"].value) == (14, 28, 20)
    assert advice.args["second"].value.args["contacts"].value == 10


plans = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 90)),  # customers, every_days
    min_size=1,
    max_size=4,
)


@given(plans, st.integers(0, 200))
def test_the_advised_interval_and_the_advised_coverage_each_fit(lines: list[tuple[int, int]], limit: int):
    mine = pd.DataFrame(lines, columns=["customers", "every_days"]).assign(label=None)
    mine["strategy"] = [f"s{i}" for i in range(len(mine))]
    mine["reachable"], mine["trigger"] = mine["customers"], "schedule"
    mine["contacts_per_week"] = mine["customers"] * 7 / mine["every_days"]
    advised = fitting(mine, limit).set_index("strategy")
    if not limit or not mine["customers"].any():
        assert not len(advised)
        return
    rest = [row for row in mine.itertuples() if row.strategy not in advised.index]
    kept = sum(Fraction(7 * row.customers, row.every_days) for row in rest)
    found = [(row, advised.loc[row.strategy]) for row in mine.itertuples() if row.strategy in advised.index]
    if sum(Fraction(7 * row.customers, row.every_days) for row in mine.itertuples()) > limit:
        assert kept + sum(Fraction(7 * row.customers, int(new["every_days"])) for row, new in found) <= limit
        assert kept + sum(Fraction(7 * int(new["customers"]), row.every_days) for row, new in found) <= limit


def test_two_overloaded_owners_are_not_sent_to_the_same_free_hour():
    owners = [("ann", 5), ("bob", 5), ("eve", 12)]
    team = {"id": "t", "label": "T", "owners": [{"id": i, "label": i, "contacts_per_week": n} for i, n in owners]}
    lines = [shop.strategy("a", "core", "ann"), shop.strategy("b", "potential", "bob", every_days=5)]
    engagement, _, _, plan = planned(teams=[team], strategies=lines)
    found = strategy.capacity(engagement, plan.assign(unverified=0)).set_index("owner")["remedy"]
    given_away = [
        found[owner].args["second"].value.args["contacts"].value
        for owner in ("ann", "bob")
        if "second" in found[owner].args
    ]
    assert sum(given_away) <= 12
    said = [catalogue("en").text(remedy) for remedy in found]
    assert sum("free once" in one for one in said) == len(given_away) - 1  # the others' share is told


def test_what_is_left_of_free_time_is_the_difference_of_the_figures_that_are_told():
    owners = [("ann", 10), ("bob", 10), ("eve", 100)]
    team = {"id": "t", "label": "T", "owners": [{"id": i, "label": i, "contacts_per_week": n} for i, n in owners]}
    lines = [
        shop.strategy("a", "core", "ann"),
        shop.strategy("b", "potential", "bob"),
        shop.strategy("c", "ordinary", "eve"),
    ]
    engagement, _, _, plan = planned(teams=[team], strategies=lines)
    plan = plan.set_index("owner", drop=False).reindex(["ann", "bob", "eve"])
    plan = plan.assign(unverified=0, customers=60, reachable=60, contacts_per_week=[20.6, 15.0, 50.8])
    advice = strategy.capacity(engagement, plan.reset_index(drop=True)).set_index("owner")["remedy"]
    said = catalogue("en").text(advice["bob"])
    assert "38 free once" in said, "49 and 11 are told of 49.2 and 10.6"


@pytest.mark.parametrize("coverage", [0.01, 1.0])
def test_a_class_without_customers_is_planned_with_nobody(coverage: float):
    _, _, members, plan = planned(strategies=[shop.strategy("x", "ordinary", "ann", coverage=coverage)])
    assert plan[["customers", "contacts_per_week"]].iloc[0].tolist() == [0, 0]
    assert members.empty


def test_nobody_is_told_to_contact_a_list_every_six_years():
    engagement, _, _, plan = planned(
        strategies=[shop.strategy("visit", "core", "ann", every_days=1), shop.strategy("bundle", "potential", "ann")]
    )
    plan = plan.assign(
        owner="ann", customers=[300, 20], reachable=[300, 20], unverified=0, contacts_per_week=[2100.0, 10.0]
    )
    found = capacity(engagement, plan).set_index("owner")
    said = catalogue("en").text(found.loc["ann", "remedy"])
    assert "instead of" not in said
    assert "there is time for the first" in said
