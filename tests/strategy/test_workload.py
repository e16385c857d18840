"""Who makes the contacts: customers' own owners where the records name them, and who of these has too many."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib import strategy
from crm_lib.language import catalogue, literal
from crm_lib.monitoring.own_owners import of_strategies
from crm_lib.strategy.findings import _ended, _load, _with_agreed
from tests.strategy import shop

LAYERS = shop.layers({"core": 12, "potential": 6})


def loaded(
    owners: list[str | None],
    layers: pd.DataFrame = LAYERS,
    talks: pd.DataFrame | None = None,
    lines: pd.DataFrame | None = None,
    consent: list[bool | None] | None = None,
    **changes: object,
):
    customers = shop.everyone(layers).assign(owner=pd.Series(owners, dtype=object))
    if consent is not None:
        customers = customers.assign(may_contact=pd.Series(consent, dtype="boolean"))
    orders = shop.orders([shop.order(id, n) for id in layers["customer_id"] for n in (30, 20, 10)])
    told = {} if talks is None else {"interactions": talks}
    told |= {} if lines is None else {"order_lines": lines}
    engine, engagement = shop.engine(orders=orders, customers=customers, **told), shop.engagement(**changes)
    people = strategy.customers(engine, engagement, layers)
    chosen = strategy.strategies(engine, engagement, people)
    members = strategy.members(engine, chosen, people)
    none = strategy.responses(engine, engagement), strategy.purchase_channels(engine, engagement)
    plan = strategy.plan(engine, engagement, chosen, people, members, *none, shop.NO_TARGETS)
    return engagement, plan, strategy.workload(engine, engagement, chosen, plan, members, people)


def test_contacts_planned_with_an_owner_whose_records_have_ended_are_a_finding():
    talks = [
        {"customer_id": LAYERS["customer_id"][0], "owner": owner, "happened_at": pd.Timestamp(shop.day(ago))}
        for owner, last in (("bob", 120), ("ann", 0))
        for ago in range(last, 300)
    ]
    engagement, _, load = loaded(["bob"] * 12 + ["ann"] * 6, talks=pd.DataFrame(talks))
    found = _ended(load, strategy.capacity(engagement, load))
    (finding,) = found
    told = catalogue("en").text(finding.headline)
    assert finding.severity == "high"
    assert told.startswith("6 contacts a week with 12 customers are planned with Bob, whose last contact")
    assert not list(_ended(loaded(["bob"] * 18)[2], strategy.capacity(engagement, load)))


@pytest.mark.parametrize(("silent", "told"), [(120, True), (0, False)])
def test_contacts_planned_with_an_owner_who_sells_no_more_are_a_finding(silent, told):
    lines = [
        {"order_id": f"{who}{ago}", "ordered_on": shop.day(ago), "salesperson": who, "kind": "sale", "amount": 9.0}
        for who, last in (("Bob", silent), ("ann", 0))
        for ago in range(last, 300)
    ]
    engagement, _, load = loaded(["bob"] * 12 + ["ann"] * 6, lines=pd.DataFrame(lines))
    found = [catalogue("en").text(one.headline) for one in _ended(load, strategy.capacity(engagement, load))]
    assert [line.split(", who has sold nothing after")[0] for line in found] == (
        ["6 contacts a week with 12 customers are planned with Bob"] if told else []
    )


owner_lists = st.lists(st.sampled_from(["ann", "bob", "eve", "未知", "", None]), min_size=18, max_size=18)


@settings(max_examples=15, deadline=None)
@given(owner_lists)
def test_no_contact_is_lost_whoever_makes_it(owners: list[str | None]):
    engagement, plan, load = loaded(owners)
    sums = load.groupby("strategy")[["customers", "reachable", "contacts_per_week"]].sum()
    for row in plan.itertuples():
        assert sums.loc[row.strategy, "customers"] == row.customers
        assert sums.loc[row.strategy, "reachable"] == row.reachable
        assert sums.loc[row.strategy, "contacts_per_week"] == pytest.approx(row.contacts_per_week)
    assert set(load["owner"]) <= {"ann", "bob"}
    again = of_strategies(strategy.contact_plan(engagement, load), plan)
    assert not again.duplicated(["strategy", "week"]).any()
    assert set(zip(again["strategy"], again["owner"], strict=True)) <= {("visit", "ann"), ("bundle", "bob")}


def test_own_owners_have_their_customers_and_the_strategys_owner_the_rest():
    engagement, _, load = loaded(
        ["bob"] * 8 + [None] * 4 + ["eve"] * 6, strategies=[shop.strategy("visit", "core", "ann", every_days=1)]
    )
    found = load.set_index("owner")["customers"].to_dict()
    assert found == {"ann": 4, "bob": 8}  # eve's are of another class
    capacity = strategy.capacity(engagement, load).set_index("owner")
    assert capacity["contacts_per_week"].to_dict() == {"bob": 56.0, "ann": 28.0}
    assert capacity.loc["bob", "free"] == pytest.approx(40 - 56)  # over capacity, and by how much
    assert capacity["status"].to_dict() == {"bob": "bad", "ann": "bad"}
    assert "8 are planned with their own owner" in catalogue("en").text(strategy.workload_text(load))


def test_customers_of_an_owner_in_no_team_are_planned_with_the_strategys_as_monitoring_counts_them():
    engagement, _, load = loaded(["eve"] * 18)
    assert load[["strategy", "owner", "customers", "owned", "unnamed"]].values.tolist() == [
        ["visit", "ann", 12, 0, 12],
        ["bundle", "bob", 6, 0, 6],
    ]
    assert "unknown" not in set(strategy.capacity(engagement, load)["status"])
    assert "18 places on the lists are of customers whose own owner is in no team" in catalogue("en").text(
        strategy.workload_text(load)
    )


def test_where_no_team_is_declared_the_owners_of_the_records_stand_in_the_plan():
    engagement, _, load = loaded(["eve"] * 18, teams=[], strategies=[])
    assert set(load["owner"]) == {"eve"}
    assert set(strategy.capacity(engagement, load)["status"]) == {"unknown"}


@pytest.mark.parametrize(
    ("owners", "told"),
    [
        (["ann"] * 4 + ["eve"] * 14, "each of the 2 owners planned with can make; "),
        (["eve"] * 14 + [None] * 4, "each of the 1 owner planned with can make, and name an owner"),
        ([None] * 18, "Name an owner and a capacity"),
    ],
)
def test_owners_without_a_capacity_stand_by_their_contacts_and_nobody_who_is_named_has_to_be(owners, told):
    engagement, _, load = loaded(owners, teams=[], strategies=[])
    made = strategy.capacity(engagement, load)
    assert made["contacts_per_week"].is_monotonic_decreasing
    words = dict(zip(made["owner"], map(catalogue("en").text, made["remedy"]), strict=True))
    assert all(words[name].startswith("State how many") for name in {*owners} - {None})
    (finding,) = _load(made, pd.DataFrame(), load)
    assert told in catalogue("en").text(finding.action)
    assert strategy.drawn(made) == ("contacts_per_week",)
    assert strategy.drawn(made.assign(capacity=5.0)) == ("contacts_per_week", "capacity")
    title = catalogue("en").text(strategy.load_title(made))
    assert title.startswith("Most contacts a week fall to eve") == (len({*owners}) > 1)


def test_mailings_calls_after_complaints_and_lists_without_owners_stay_with_the_strategys_owner():
    mailing = [shop.strategy("visit", "core", "ann", campaign_prefix="VISIT-")]
    for engagement, plan, load in (loaded(["bob"] * 18, strategies=mailing), loaded([None] * 18)):
        assert load["owner"].tolist() == plan["owner"].tolist()
        assert strategy.workload_text(load).id == "strategy.text.capacity"
        pd.testing.assert_frame_equal(strategy.capacity(engagement, load), strategy.capacity(engagement, plan))


@pytest.mark.parametrize(("by_own", "owners"), [(0.4, {"ann": 12}), (0.6, {"ann": 4, "bob": 8})])
def test_a_list_goes_to_own_owners_only_where_these_worked_it_so_far(by_own: float, owners: dict[str, int]):
    """As monitoring will count it, so that both documents hold one person answerable."""
    talks = [
        {"customer_id": f"core-0{i % 8}", "owner": "bob" if i < 40 * by_own else "ann", "direction": "out"}
        | {"interaction_id": f"i{i}", "happened_at": pd.Timestamp(shop.day(i))}
        for i in range(40)
    ]
    line = [shop.strategy("visit", "core", "ann", every_days=1)]
    _, _, load = loaded(["bob"] * 8 + [None] * 10, talks=pd.DataFrame(talks), strategies=line)
    assert load.set_index("owner")["customers"].to_dict() == owners
    told = catalogue("en").text(strategy.workload_text(load))
    assert ("Of the 40 past contacts" in told, "that owner made 16" in told) == (by_own < 0.5,) * 2


def test_many_owners_over_capacity_are_one_finding():
    owners = [{"id": f"o{i}", "label": f"O{i}", "contacts_per_week": 1} for i in range(6)]
    team = [{"id": "t", "label": "T", "owners": owners}]
    lines = [shop.strategy("visit", "core", "o0", every_days=1)]
    engagement, _, load = loaded([f"o{i % 6}" for i in range(18)], teams=team, strategies=lines)
    capacity = strategy.capacity(engagement, load)
    weeks = strategy.week_table(engagement, strategy.contact_plan(engagement, load), 4)
    found = list(_load(capacity, weeks, load))
    assert [one.headline.id for one in found] == ["strategy.finding.overload_many"]
    assert (
        catalogue("en").text(found[0].headline)
        == "6 of 6 owners are planned beyond their capacity, by 78 contacts a week in all."
    )


def test_what_an_overload_is_until_consent_is_verified_is_said():
    layers, words = shop.layers({"core": 4}), catalogue("en")
    lines = [shop.strategy("visit", "core", "ann", every_days=1)]
    for consent, said in (([True, True, True, None], "it is 21 contacts a week"), ([None] * 4, ""), ([True] * 4, "")):
        _, _, load = loaded(["ann"] * 4, layers=layers, consent=consent, strategies=lines)
        assert load["unverified"].sum() == sum(one is None for one in consent)
        told, tight = (words.text(_with_agreed(literal("Why."), load, room)) for room in (21.0, 20.0))
        assert (f"{said}, which fit." in told) if said else told == "Why."
        assert (f"{said}." in tight) if said else tight == "Why."
