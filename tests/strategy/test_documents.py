"""The whole phase on ordinary and on odd data: every sentence has words in both languages."""

import json
import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

from crm_lib import strategy
from crm_lib.engagement import OPERATING_CLASSES
from crm_lib.frames import rows
from crm_lib.language import LANGUAGES, Finding, Message, Value, catalogue, literal, msg
from crm_lib.strategy.capacity import _fit_words, _status
from crm_lib.strategy.channel_findings import _until_known
from crm_lib.strategy.channels import SOURCES, with_interval
from crm_lib.strategy.definitions import TERMS
from crm_lib.strategy.findings import _aims, _at_risk, _consenting, _fatigue, _first_calls, _needs, _without_addresses
from crm_lib.strategy.needs import NEEDS
from crm_lib.strategy.priority import BANDS
from crm_lib.strategy.strategy_table import _channels, class_needs
from crm_lib.strategy.tables import READINGS
from crm_lib.strategy.unserved import targets_finding, unserved_finding, unserved_points, unserved_targets
from crm_lib.strategy.words import aim_words
from tests.strategy import shop

LAYERS = shop.layers({"core": 6, "potential": 5, "ordinary": 4, "dormant": 3})
IDS = LAYERS["customer_id"].tolist()
NO_POINTS = pd.DataFrame(columns=["rank", "pain_point", "severity", "action"])


def full() -> dict[str, pd.DataFrame]:
    rows = [
        shop.order(id, n * (i + 1), 50.0 + i, discount=float(i % 2)) for i, id in enumerate(IDS) for n in (3, 9, 20)
    ]
    lines = pd.DataFrame([{"order_id": f"o{i}", "category": "護膚"} | row for i, row in enumerate(rows)])
    contacts = [
        {
            "interaction_id": f"i{i}",
            "customer_id": IDS[i % len(IDS)],
            "happened_at": pd.Timestamp(shop.day(i)),
            "channel": ("sms", "phone", "微信群")[i % 3],
            "direction": "out",
            "outcome": ("responded", "no_answer", None)[i % 3],
        }
        for i in range(80)
    ]
    tickets = [
        {
            "ticket_id": id,
            "customer_id": id,
            "kind": "complaint",
            "opened_at": pd.Timestamp(shop.day(9)),
            "reason": "慢",
        }
        for id in IDS[:4]
    ]
    surveys = [{"survey_id": id, "customer_id": id, "answered_on": shop.day(4), "nps": 3} for id in IDS[:5]]
    return {
        "orders": shop.orders(rows),
        "order_lines": lines,
        "customers": shop.everyone(LAYERS, may_contact=[False] + [True] * 17),
        "interactions": pd.DataFrame(contacts),
        "tickets": pd.DataFrame(tickets),
        "surveys": pd.DataFrame(surveys),
    }


def without(*names: str) -> dict[str, pd.DataFrame]:
    return {name: frame for name, frame in full().items() if name not in names}


def nulled() -> dict[str, pd.DataFrame]:
    """Every column that may be empty is."""
    kept = {"order_id", "customer_id", "ordered_on", "amount", "kind", "interaction_id", "happened_at", "ticket_id"}
    kept |= {"opened_at", "survey_id", "answered_on"}
    return {
        name: frame.assign(**{column: None for column in frame if column not in kept}) for name, frame in full().items()
    }


def refunds_only() -> dict[str, pd.DataFrame]:
    return {"orders": shop.orders([shop.order(IDS[0], 5, -10.0, kind="refund")]), "customers": shop.everyone(LAYERS)}


CASES: dict[str, tuple[dict[str, pd.DataFrame], pd.DataFrame, dict[str, Any]]] = {
    "full": (full(), LAYERS, {}),
    "proposals": (full(), LAYERS, {"strategies": []}),
    "nobody_responsible": (full(), LAYERS, {"strategies": [], "teams": []}),
    "one_class": (full(), LAYERS[LAYERS["operating_class"] == "dormant"].reset_index(drop=True), {}),
    "one_customer": (full(), LAYERS.head(1), {}),
    "orders_only": (without("order_lines", "interactions", "tickets", "surveys"), LAYERS, {}),
    "customers_only": ({"customers": shop.everyone(LAYERS)}, LAYERS.assign(frequency=0, monetary=0.0), {}),
    "nulled": (nulled(), LAYERS, {}),
    "refunds_only": (refunds_only(), LAYERS.assign(frequency=0, monetary=-10.0), {}),
    "no_customers": (full(), LAYERS.head(0), {}),
    "no_capacity": (
        full(),
        LAYERS,
        {
            "teams": [
                {
                    "id": "t",
                    "label": "T",
                    "owners": [{"id": i, "label": i, "contacts_per_week": 0} for i in ("ann", "bob")],
                }
            ]
        },
    ),
}


def everything(frames: dict[str, pd.DataFrame], layers: pd.DataFrame, changes: dict[str, Any]) -> dict[str, Any]:
    engine, engagement = shop.engine(**frames), shop.engagement(**changes)
    customers = strategy.customers(engine, engagement, layers)
    profile = strategy.class_profile(shop.layer_profile(layers), customers)
    needs = strategy.needs(engine, engagement, customers, strategy.categories(engine, engagement))
    preferences = strategy.preferences(engagement, strategy.categories(engine, engagement))
    responses, purchases = strategy.responses(engine, engagement), strategy.purchase_channels(engine, engagement)
    strategies = strategy.strategies(engine, engagement, customers)
    members = strategy.members(engine, strategies, customers)
    plan = strategy.plan(engine, engagement, strategies, customers, members, responses, purchases, shop.NO_TARGETS)
    load = strategy.workload(engine, engagement, strategies, plan, members, customers)
    capacity = strategy.capacity(engagement, load)
    contacts = strategy.contact_plan(engagement, load)
    weeks = strategy.week_table(engagement, contacts, 4)
    days = strategy.days(contacts, engagement.cycle.start)
    bands = strategy.bands(customers)
    fatigue = strategy.fatigue(plan, members, customers, 3)
    listed = customers[customers["customer_id"].isin(members["customer_id"])]
    found = [engagement, customers, profile, needs, responses, plan, capacity, weeks, bands, fatigue, 3]
    found += [shop.NO_TARGETS, load, listed, NO_POINTS]
    return {
        "findings": strategy.findings(*found),
        "headline": strategy.headline(profile, plan, capacity, weeks, bands, listed),
        "titles": [
            strategy.size_title(profile),
            strategy.needs_title(needs, 2),
            strategy.response_title(responses, 2),
            strategy.load_title(capacity),
            strategy.calendar_title(weeks, engagement.cycle.start, capacity, 20, engagement.cycle.end),
            strategy.bands_title(bands),
            strategy.workload_text(load),
        ],
        "remarks": strategy.remarks(engine, engagement, customers),
        "definitions": strategy.definitions(engagement, needs, plan, 5),
        "table": strategy.strategy_table(engagement, plan, profile, needs, preferences, responses, load),
        "tables": [
            capacity,
            strategy.size_table(profile),
            strategy.needs_table(needs, 2),
            strategy.category_table(preferences),
            strategy.response_table(responses),
            strategy.purchase_table(purchases),
            strategy.owner_days(engagement, days),
            strategy.day_table(engagement, plan, days),
            strategy.scope_coverage(engagement, pd.DataFrame({"group_id": ["all"], "customer_id": ["x"]}), members),
        ],
    }


@cache
def document(name: str) -> dict[str, Any]:
    return everything(*CASES[name])


def messages(found: Any) -> list[Message]:
    if isinstance(found, Message):
        return [found]
    if isinstance(found, Finding):
        return [part for part in (found.headline, found.evidence, found.action) if part]
    if isinstance(found, pd.DataFrame):
        return [cell for column in found for cell in found[column] if isinstance(cell, Message)]
    if isinstance(found, dict):
        return [one for part in found.values() for one in messages(part)]
    return [one for part in found for one in messages(part)] if isinstance(found, (list, tuple)) else []


@pytest.mark.parametrize("name", CASES)
def test_every_sentence_has_words_and_no_number_is_missing(name: str):
    found = messages(document(name))
    assert found
    for language in LANGUAGES:
        words = catalogue(language)
        for message in found:
            text = words.text(message)
            assert not re.search(r"nan|None|[{}]", text), text


@pytest.mark.parametrize("name", CASES)
def test_the_table_has_a_row_for_every_class_that_has_customers(name: str):
    layers, found = CASES[name][1], document(name)["table"]
    assert set(layers["operating_class"]) <= set(found["operating_class"])
    order = [OPERATING_CLASSES.index(name) for name in found["operating_class"]]
    assert order == sorted(order)


def test_a_class_without_strategy_is_a_finding_and_so_are_proposals():
    headlines = [finding.headline.id for finding in document("full")["findings"]]
    assert "strategy.finding.bare" in headlines
    assert "strategy.finding.proposed" not in headlines
    proposed = document("proposals")["findings"]
    assert "strategy.finding.bare" not in [finding.headline.id for finding in proposed]
    assert "strategy.finding.proposed" in [finding.headline.id for finding in proposed]


def test_unknown_consent_on_the_lists_is_told_first():
    layers = LAYERS
    frames = full() | {"customers": shop.everyone(layers, may_contact=[True] * 9 + [None] * 9)}
    found = everything(frames, layers, {})
    words = catalogue("en")
    first = found["findings"][0]
    assert words.text(first.headline).startswith("Whether they agreed to be contacted is unknown for 2 of the 11")
    assert "neither telephone numbers nor e-mail" in words.text(first.evidence)
    assert "contact only those who agreed (9)" in words.text(first.action)
    (label, value, status), *_ = found["headline"]
    assert (value.value, status) == (11, "watch")
    assert "consent unknown: 2" in words.text(label)
    assert "consent" not in document("full")["findings"][0].headline.id


def test_findings_come_gravest_first():
    found = [finding.severity for finding in document("no_capacity")["findings"]]
    assert found == sorted(found, key=["high", "medium", "low"].index)


def test_missing_tables_are_said():
    found = {remark.id.rpartition(".")[2] for remark in document("orders_only")["remarks"]}
    assert {"no_contacts", "no_tickets", "no_surveys", "no_lines", "excluded"} <= found
    found = {remark.id.rpartition(".")[2] for remark in document("customers_only")["remarks"]}
    assert {"no_contacts", "no_permission"} <= found


def test_the_same_input_gives_the_same_document_whatever_the_order_of_rows():
    frames, layers, changes = CASES["full"]
    turned = {name: frame.sample(frac=1, random_state=1, ignore_index=True) for name, frame in frames.items()}
    first, second = (messages(everything(given, layers, changes)) for given in (frames, turned))
    assert first == second


def test_inputs_stay_as_they_were():
    frames, layers, changes = CASES["full"]
    before = layers.copy(deep=True), {name: frame.copy(deep=True) for name, frame in frames.items()}
    everything(frames, layers, changes)
    pd.testing.assert_frame_equal(layers, before[0])
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[1][name])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_data_can_bring_about_has_words(language: str):
    ids = [f"strategy.need.{need}" for need in NEEDS] + [f"strategy.need_do.{need}" for need in NEEDS]
    ids += [f"strategy.definition.{need}" for need in NEEDS] + [f"strategy.definition.{name}" for name in TERMS]
    ids += [f"strategy.source.{source}" for source in SOURCES] + [f"strategy.band.{band}" for band in BANDS]
    ids += [
        f"strategy.proposed.{trade}{name}.{part}"
        for trade in ("", "b2b.")
        for name in OPERATING_CLASSES
        for part in ("label", "mode")
    ]
    ids += [f"strategy.load_status.{status}" for status in ("good", "watch", "bad", "unknown")]
    ids += [f"strategy.reading.{name}" for name in (*READINGS, "enough", "one_campaign")]
    assert [id for id in ids if id not in catalogue(language)] == []


@pytest.mark.parametrize(
    ("contacts", "limit", "expected"), [(9, 10, "good"), (9.5, 10, "watch"), (10, 10, "watch"), (11, 10, "bad")]
)
def test_status_by_load(contacts: float, limit: float, expected: str):
    row = next(pd.DataFrame({"contacts_per_week": [contacts], "capacity": [float(limit)]}).itertuples())
    assert _status(row) == expected


def test_values_carry_their_base():
    rates = [
        value
        for finding in document("full")["findings"]
        for value in finding.headline.args.values()
        if isinstance(value, Value) and value.low is not None
    ]
    assert rates
    assert all(value.base for value in rates)


def test_without_capacities_nothing_is_said_to_fit():
    found = document("nobody_responsible")
    figures = {catalogue("en").text(label): (value.value, status) for label, value, status in found["headline"]}
    assert figures["Owners above capacity"] == (None, "unknown")
    titles = " ".join(catalogue("en").text(title) for title in found["titles"])
    assert "cannot be said whether they fit" in titles


def test_targets_no_better_than_their_baseline_are_one_finding_and_marked():
    plan = pd.DataFrame(
        [
            {"strategy": id, "label": literal(id), "operating_class": "core", "metric": metric, "target": target}
            | {"proposed": False, "trigger": "schedule"}
            | {"baseline": 0.5, "low": 0.4, "high": 0.6, "base": 50}
            for id, metric, target in (
                ("a", "repurchase_rate", 0.4),
                ("b", "churn_rate", 0.6),
                ("c", "churn_rate", 0.3),
                ("d", "churn_rate", None),
            )
        ]
    )
    (finding,) = _aims(plan, shop.NO_TARGETS)
    assert "2 strategies have a target no better than the baseline" in catalogue("en").text(finding.headline)
    assert "1 of 4 strategies have no target yet: d" in catalogue("en").text(finding.evidence)
    (finding,) = _aims(plan.iloc[2:].reset_index(drop=True), shop.NO_TARGETS)
    assert "1 of 2 strategies have no target yet: d" in catalogue("en").text(finding.headline)
    (finding,) = _aims(plan.iloc[2:].assign(target=float("nan")).reset_index(drop=True), shop.NO_TARGETS)
    assert catalogue("zh").text(finding.headline).startswith("2 项策略均尚无目标")
    marks = ["no better than the baseline" in catalogue("en").text(aim_words(row)) for row in rows(plan)]
    assert marks == [True, True, False, False]
    dormant = plan.assign(operating_class="dormant", metric="active_customers", target=[None] * 3 + [40.0])
    said = [catalogue("en").text(aim_words(row)) for row in rows(dormant)]
    assert said[0] == "Active customers: 0 by the class's own rule; set how many are to buy again"
    assert said[3] == "Active customers: 0 by the class's own rule → 40"


def test_a_figure_of_everybody_is_said_to_be_where_complaints_set_a_strategy_off():
    given = {"strategy": "call", "label": literal("Call"), "operating_class": "core", "metric": "csat", "target": 3.5}
    plan = pd.DataFrame(
        [given | {"baseline": 3.8, "low": None, "high": None, "base": 50, "trigger": "complaint_closed"}]
    )
    plan["proposed"] = False
    assert next(catalogue("en").text(aim_words(row)) for row in rows(plan)).startswith(
        "Satisfaction (CSAT) of all customers: 3.8"
    )
    of_class = pd.DataFrame({"metric": ["csat", "csat"], "group_id": ["class:core", "all"], "target": [4.5, 4.0]})
    (finding,) = _aims(plan, of_class)
    assert "全体客户的满意度" in catalogue("zh").text(finding.headline)
    assert "4.00" in catalogue("en").text(finding.evidence)


def test_findings_and_targets_of_the_diagnosis_that_no_strategy_serves_are_named():
    plan = pd.DataFrame({"operating_class": ["core", "core"], "metric": ["repurchase_rate", "csat"]})
    plan["trigger"] = ["schedule", "complaint_closed"]
    points = pd.DataFrame(
        {"pain_point": ["complaints_rise", "key_leaving", "repurchase_fall", "csat_low", "part_falls"]}
    )
    action = json.dumps(literal("Ask the warehouse.").to_json())
    told = [json.dumps(literal(f"Finding {n}").to_json()) for n in range(1, 6)]
    points = points.assign(rank=range(1, 6), severity="high", action=action, message=told)
    assert unserved_points(points, plan)["pain_point"].tolist() == ["complaints_rise", "part_falls"]
    without = plan.assign(operating_class="dormant")
    assert "key_leaving" in unserved_points(points, without)["pain_point"].tolist()
    (finding,) = unserved_finding(points, plan)
    words = catalogue("en")
    assert "2 of the 5 findings" in words.text(finding.headline)
    assert words.text(finding.action).count("Ask the warehouse.") == 2
    assert words.text(finding.evidence) == "Finding 1. Finding 5."
    none = plan.assign(metric="orders", trigger="complaint_closed")
    assert "any of the 5 findings" in words.text(next(unserved_finding(points, none)).headline)
    more = pd.concat([points, points.assign(pain_point="churn_rise")], ignore_index=True)
    (finding,) = unserved_finding(more, plan)
    assert words.text(finding.action).endswith("The other 5 actions stand in the diagnosis report.")
    groups = ["all", "class:core", "class:dormant", "scope:x", "all", "class:core"]
    targets = pd.DataFrame({"group_id": groups, "metric": ["repurchase_rate"] * 4 + ["csat"] * 2})
    assert unserved_targets(targets, plan)["group_id"].tolist() == ["class:dormant", "class:core"]
    (finding,) = targets_finding(shop.engagement(), targets.drop(index=3), plan)
    assert "2 of the 5 targets" in words.text(finding.headline)
    (finding,) = targets_finding(shop.engagement(), targets.iloc[[2, 5]], plan)
    assert "any of the 2 targets" in words.text(finding.headline)


def test_whom_to_contact_first_heeds_what_the_owners_can_do():
    first = pd.DataFrame({"operating_class": ["core", "dormant"], "customers": [40, 0]})
    plan = pd.DataFrame({"operating_class": ["core"], "owner": ["ann"], "contacts_per_week": [20.0]})
    able = pd.DataFrame({"owner": ["ann"], "capacity": [10.0], "load": [2.0]})
    words = catalogue("en")
    assert "about 4 weeks" in words.text(_first_calls(first, plan, able))
    assert "weeks" not in words.text(_first_calls(first.assign(customers=[9, 0]), plan, able))
    assert "name a strategy" in words.text(_first_calls(first.assign(customers=[9, 3]), plan, able))


def test_whom_to_contact_first_heeds_consent():
    advice, words = literal("Call."), catalogue("en")
    people = pd.DataFrame({"value_at_risk": [1.0, 9.0, 8.0, 99.0], "customer_id": [*"abcd"]})
    people = people.assign(reachable=[True, True, True, False], consent_unknown=[True, False, True, True])
    assert words.text(_consenting(people, 2, advice)) == "Call. For 1 of them consent is not known: ask for it first."
    assert _consenting(people, 1, advice) is advice


def test_the_rhythm_is_counted_without_the_dormant_on_either_side():
    rows = [("core", "a", 3, 90.0), ("core", "none", 7, 0.0), ("dormant", "gone", 5, 0.0), ("dormant", "none", 2, 0.0)]
    bands = pd.DataFrame(rows, columns=["operating_class", "band", "customers", "value_at_risk"])
    people = pd.DataFrame({"operating_class": ["core"], "beyond": True, "value_at_risk": 90.0, "customer_id": "a"})
    people = people.assign(reachable=True, consent_unknown=False, own_rhythm=True)
    plan = pd.DataFrame({"operating_class": ["core"], "owner": ["ann"], "contacts_per_week": [20.0]})
    able = pd.DataFrame({"owner": ["ann"], "capacity": [90.0], "load": [0.2]})
    (found,) = _at_risk(shop.engagement(), people, bands, pd.DataFrame({"revenue": [900.0]}), plan, able)
    said = catalogue("en").text(found.headline)
    assert said.startswith("3 of the 10 customers we may contact")
    assert "(without dormant customers)" in said
    assert "may not be contacted" not in catalogue("en").text(found.evidence)  # nobody, so nothing is said


def at_risk(asked: list[bool]) -> tuple[str, str]:
    """Headline and advice on core customers, one for each of `asked`: whether consent is unknown."""
    people = pd.DataFrame({"customer_id": [f"c{n}" for n in range(len(asked))], "consent_unknown": asked})
    people = people.assign(operating_class="core", beyond=True, value_at_risk=90.0, reachable=True, own_rhythm=True)
    bands = pd.DataFrame(
        [("core", "a", len(asked), 90.0)], columns=["operating_class", "band", "customers", "value_at_risk"]
    )
    plan = pd.DataFrame({"operating_class": ["core"], "owner": ["ann"], "contacts_per_week": [20.0]})
    able = pd.DataFrame({"owner": ["ann"], "capacity": [90.0], "load": [0.2]})
    (found,) = _at_risk(shop.engagement(), people, bands, pd.DataFrame({"revenue": [900.0]}), plan, able)
    return catalogue("en").text(found.headline), catalogue("en").text(found.action)


def test_nobody_may_be_contacted_where_consent_is_unknown_for_all():
    headline, advice = at_risk([True, True, True])
    assert "may contact" not in headline
    assert "consent is unknown for all 3" in headline
    assert "Consent is not known for any of these 3" in advice
    headline, advice = at_risk([True, False, False])
    assert "consent is unknown for 1;" in headline
    assert "For 1 of them consent is not known" in advice


def test_a_list_cut_short_says_whose_consent_is_unknown():
    made = pd.DataFrame({"strategy": ["visit"], "customers": [40], "contacts_per_week": [30.0], "trigger": "schedule"})
    made = made.assign(every_days=10, reachable=40, label=msg("class.core"))
    told = {n: catalogue("en").text(_fit_words(made.assign(unverified=n), 15.0)) for n in (0, 10, 40)}
    assert "of those who may be contacted" in told[0]
    assert "consent is unknown for 10 on the list" in told[10]
    assert "consent is unknown for all 40" in told[40]
    assert "may be contacted" not in told[10] + told[40]


@pytest.mark.parametrize(("counts", "words"), [(True, "Those of unknown consent count"), (False, "do not count")])
def test_what_reachable_means_follows_the_setting(counts: bool, words: str):
    asked = shop.engagement(definitions={"contact_unknown": counts})
    needs, plan = pd.DataFrame({"need": []}), pd.DataFrame({"metric": []})
    said = {
        catalogue("en").text(name): catalogue("en").text(text)
        for name, text in strategy.definitions(asked, needs, plan, 5)
    }
    assert words in said["Reachable"]


def test_owners_without_tasks_are_counted_apart_from_those_above_capacity():
    owners = pd.DataFrame({"contacts_per_week": [90.0, 20.0, 0.0], "capacity": [50.0, 50.0, 50.0]})
    owners = owners.assign(label=msg("class.core"), load=[1.8, 0.4, 0.0], status=["bad", "good", "good"])
    said = [catalogue("en").text(strategy.load_title(part)) for part in (owners, owners.iloc[:2])]
    assert "1 of 2 with contacts (1 more has none)" in said[0]
    assert "1 of 2 with contacts;" in said[1]


def test_an_agreed_talk_is_not_given_the_answers_to_mailings():
    sent = pd.DataFrame([("core", "sms", "campaign", 90, 9), ("core", "sms", "interaction", 24, 9)])
    sent = with_interval(
        sent.set_axis(["operating_class", "channel", "kind", "contacts", "responses"], axis=1), "responses", "contacts"
    )
    sent = sent.assign(enough=sent["contacts"] >= 30)
    row = pd.DataFrame({"operating_class": ["core"], "trigger": "schedule", "channels": [["sms", "phone"]]})
    row, words = next(row.assign(channel_source="given").itertuples()), catalogue("en")
    assert words.text(_channels(row, sent, False)) == "SMS (too few, n = 24), Phone"
    assert words.text(_channels(row, sent, True)) == "SMS (mailings) 10.0% (n = 90), Phone"


def test_a_channel_for_mailings_alone_is_given_with_their_answers():
    sent = pd.DataFrame([("core", "mail", "campaign", 90, 9), ("core", "phone", "interaction", 40, 9)])
    sent = with_interval(
        sent.set_axis(["operating_class", "channel", "kind", "contacts", "responses"], axis=1), "responses", "contacts"
    )
    sent = sent.assign(enough=True)
    row = pd.DataFrame({"operating_class": ["core"], "trigger": "schedule", "channels": [["store", "mail"]]})
    row = next(row.assign(channel_source="given").itertuples())
    assert catalogue("en").text(_channels(row, sent, False)) == "Store, Direct mail (mailings) 10.0% (n = 90)"


def test_without_addresses_it_is_said_whom_our_contacts_reached():
    listed = pd.DataFrame({"last_contact_days": [3.0, 40.0, float("nan")]})
    words = catalogue("en")
    assert "on record for 2 of these customers" in words.text(_without_addresses(listed))
    assert "for each of these customers" in words.text(_without_addresses(listed.head(2)))
    assert "is not known either" in words.text(_without_addresses(listed.tail(1)))


def test_a_class_too_small_to_measure_is_told_from_the_others():
    plan = pd.DataFrame({"operating_class": ["core", "ordinary"], "contacts_per_week": [0.1, 50.0]})
    text = catalogue("en").text(_until_known(shop.engagement(), plan, 30))
    assert "As planned, core customers will not see 30 contacts" in text
    assert "ordinary" not in text.lower()


def test_too_few_to_judge_is_not_no_difference():
    needs = pd.DataFrame(
        {
            "operating_class": ["core"],
            "need": ["late"],
            "base": [7],
            "gap": [0.0],
            "notable": [False],
            "by_rule": [False],
        }
    )
    words = catalogue("en")
    assert "No class has 30 customers to judge" in words.text(strategy.needs_title(needs, 30))
    assert "stands out" in words.text(strategy.needs_title(needs, 5))
    nothing = pd.DataFrame(columns=["operating_class", "category", "index", "share"])
    assert "not judged" in words.text(class_needs("core", needs, nothing, 30))
    assert "not judged" not in words.text(class_needs("core", needs, nothing, 5))


NO_PLAN = pd.DataFrame(columns=["operating_class", "metric", "proposed", "trigger"]).astype({"proposed": "bool"})


def standing_out(*classes: str) -> pd.DataFrame:
    row = {"need": "small_basket", "hits": 40, "base": 100, "share": 0.4, "low": 0.31, "high": 0.5}
    row |= {"overall": 0.2, "gap": 0.2, "detail": "", "notable": True, "by_rule": False}
    return pd.DataFrame([row | {"operating_class": name} for name in classes])


def test_one_need_of_two_classes_is_one_finding():
    found = list(_needs(shop.engagement(), standing_out("potential", "ordinary"), NO_PLAN))
    assert len(found) == 1
    said = catalogue("en").text(found[0].headline)
    assert "Potential customers 40.0%" in said
    assert "Ordinary customers 40.0%" in said


@pytest.mark.parametrize(("serves", "moved"), [("potential", True), ("ordinary", False)])
def test_a_strategy_that_serves_the_wrong_class_is_to_be_moved(serves: str, moved: bool):
    both = pd.concat([standing_out("ordinary"), standing_out("potential").assign(notable=False)], ignore_index=True)
    row = {"operating_class": serves, "metric": "average_order_value", "proposed": False, "trigger": "schedule"}
    plan = pd.DataFrame([row | {"label": literal("Step-up"), "target": None}])
    (found,) = _needs(shop.engagement(), both, plan)
    assert catalogue("en").text(found.action).startswith("“Step-up” aims at Average order value") == moved
    (agreed,) = _needs(shop.engagement(), both, plan.assign(target=30.0))
    assert not catalogue("en").text(agreed.action).startswith("“Step-up” aims")


def test_a_need_is_told_with_every_class_in_which_it_stands_out():
    few = standing_out("potential", "ordinary").assign(need="few_orders", gap=[0.11, 0.10])
    late = standing_out("ordinary").assign(need="late", gap=0.2)
    gone = standing_out("dormant").assign(need="not_contacted", gap=0.3)
    found = list(_needs(shop.engagement(), pd.concat([few, late], ignore_index=True), NO_PLAN))
    assert [one.headline.args["need"].value for one in found] == ["strategy.need.late", "strategy.need.few_orders"]
    assert "Ordinary customers" in catalogue("en").text(found[1].headline)
    # Behind two others, a need is told where a strategy that answers it serves another class.
    basket = standing_out("ordinary").assign(gap=0.15)
    other = standing_out("potential").assign(notable=False)
    every = pd.concat([gone, late, basket, other], ignore_index=True)
    row = {"operating_class": "potential", "metric": "average_order_value", "proposed": False, "trigger": "schedule"}
    plan = pd.DataFrame([row | {"label": literal("Step-up"), "target": None}])
    told = [one.headline.args["need"].value for one in _needs(shop.engagement(), every, plan)]
    assert told == [f"strategy.need.{need}" for need in ("not_contacted", "late", "small_basket")]
    assert len(list(_needs(shop.engagement(), every, NO_PLAN))) == 2


def test_advice_to_companies_is_in_their_words():
    trades = {}
    for industry in ("b2b", "retail"):
        settings = shop.engagement(client={"name": "Shop", "industry": industry})
        trades[industry] = catalogue("en").text(next(_needs(settings, standing_out("ordinary"), NO_PLAN)).action)
    assert "pooled orders" in trades["b2b"]
    assert "bundle" not in trades["b2b"]
    assert "bundle" in trades["retail"]


def test_nobody_contacted_too_often_is_no_finding():
    quiet = pd.DataFrame({"strategies": [1], "customers": [9], "most_contacts": [2.1], "above": [0]})
    assert not list(_fatigue(quiet, 4.0))
