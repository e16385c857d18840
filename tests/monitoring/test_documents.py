"""The whole phase on ordinary and on odd data: every sentence has words in both languages."""

import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

from crm_lib import monitoring
from crm_lib.language import LANGUAGES, Finding, Message, catalogue
from crm_lib.metrics import STANDINGS
from crm_lib.monitoring.contacts import MATCHES
from crm_lib.monitoring.definitions import TERMS
from crm_lib.monitoring.events import COUNTED, RULES
from crm_lib.monitoring.findings import STILL
from crm_lib.monitoring.ledger import OUTCOMES
from crm_lib.monitoring.path import spans
from crm_lib.monitoring.tasks import STATUSES
from tests.monitoring import shop

AIMS = [
    {"id": "aov", "metric": "average_order_value", "value": 150.0, "due": "2026-06-30"},
    {"id": "buyers", "metric": "active_customers", "change": 0.1, "due": "2026-06-30"},
    {"id": "core_aov", "metric": "average_order_value", "group": "class:core", "change": 0.1, "due": "2026-06-30"},
    {"id": "close", "metric": "complaint_close_rate", "value": 0.9, "due": "2026-06-30"},
    {"id": "records", "metric": "profile_completeness", "value": 0.9, "due": "2026-06-30"},
    {"id": "again", "metric": "repurchase_rate", "value": 0.9, "due": "2026-06-30"},
    {"id": "answers", "metric": "contact_response_rate", "group": "scope:big", "value": 0.9, "due": "2026-06-30"},
]


def targets(aims: list[dict[str, Any]] = AIMS, baseline: float = 100.0) -> pd.DataFrame:
    rows = [
        (
            a["id"],
            a["metric"],
            a.get("group", "all"),
            None if "class" in a.get("group", "") else baseline,
            a.get("value"),
        )
        for a in aims
    ]
    frame = pd.DataFrame(rows, columns=["target_id", "metric", "group_id", "baseline", "target"])
    frame = frame.assign(baseline_low=None, baseline_high=None, due=pd.Timestamp("2026-06-30"))
    return frame.astype(dict.fromkeys(("baseline", "baseline_low", "baseline_high", "target"), "float64"))


def full() -> dict[str, pd.DataFrame]:
    days = [f"2026-{m:02d}-{d:02d}" for m in (1, 2, 3, 4) for d in (3, 12, 25)]
    rows = [
        (id, day, 100.0 if day < "2026-04" else 60.0 + 9 * i)
        for i, id in enumerate(("c1", "c2", "c3", "d1"))
        for day in days
    ]
    talks = [shop.interaction(f"i{i}", ("c1", "c2", "d1", None)[i % 4], f"2026-04-{1 + i % 28:02d}") for i in range(60)]
    outcomes = ("responded", "no_answer", "converted", None, "refused")
    talks = [
        row | {"outcome": outcomes[i % 5], "strategy": (None, "care", "old")[i % 3]} for i, row in enumerate(talks)
    ]
    opened = [pd.Timestamp(f"2026-04-{d:02d} 09:00") for d in range(1, 25)]
    tickets = pd.DataFrame({"ticket_id": [f"t{i}" for i in range(24)], "opened_at": opened, "kind": "complaint"})
    tickets = tickets.assign(
        customer_id="c1", description="退款", store="North", channel="phone", reason="慢", owner=["ann", None] * 12
    )
    tickets = tickets.assign(first_response_at=tickets["opened_at"] + pd.Timedelta(minutes=30))
    tickets = tickets.assign(closed_at=tickets["opened_at"] + pd.Timedelta(hours=40))
    customers = pd.DataFrame(
        {"customer_id": ["c1", "c2", "c3", "d1", "d2"], "phone": ["1", None, None, "1", None]}
    ).assign(owner=["ann", "bob", "ann", "bob", None])
    members = pd.DataFrame(
        {"campaign_id": "WAKE-1", "customer_id": ["d1", "d2"], "sent_on": shop.START, "channel": "sms"}
    )
    return {
        "orders": shop.orders(rows),
        "interactions": pd.DataFrame(talks),
        "tickets": tickets,
        "customers": customers,
        "campaign_members": members.assign(responded_on=[shop.AS_OF, None]),
    }


def nulled() -> dict[str, pd.DataFrame]:
    kept = {"order_id", "customer_id", "ordered_on", "amount", "kind", "interaction_id", "happened_at", "ticket_id"}
    kept |= {"opened_at", "campaign_id", "sent_on"}
    return {name: frame.assign(**{c: None for c in frame if c not in kept}) for name, frame in full().items()}


PLAN = shop.contact_plan(
    [(s, m, 6) for s in ("care", "wake") for m in ("2026-03-30", "2026-04-06", "2026-04-20", "2026-04-27")]
)
CASES: dict[str, dict[str, Any]] = {
    "full": {},
    "on_track": {"targets": targets(AIMS, 1.0).assign(target=2.0)},
    "orders_only": {"frames": {"orders": full()["orders"]}},
    "customers_only": {"frames": {"customers": full()["customers"]}},
    "campaigns_only": {"frames": {name: full()[name] for name in ("orders", "campaign_members")}},
    "nulled": {"frames": nulled()},
    "no_targets": {"targets": targets([]), "changes": {"targets": []}},
    "no_plan": {"contact_plan": PLAN.head(0), "plan": shop.plan().head(0), "members": shop.MEMBERS.head(0)},
    "no_customers": {"layers": shop.LAYERS.head(0), "members": shop.MEMBERS.head(0)},
    "first_day": {"as_of": shop.START},
    "one_of_each": {"frames": {name: frame.head(1) for name, frame in full().items()}},
    "refunds": {"frames": {"orders": shop.orders([("c1", "2026-04-02", -5.0)]).assign(kind="refund")}},
    "monthly": {"changes": {"cadence": {"report": "monthly"}}},
}


def everything(case: dict[str, Any]) -> dict[str, Any]:
    given = {"frames": full(), "targets": targets(), "plan": shop.plan(), "members": shop.MEMBERS, "changes": {}}
    given |= {"contact_plan": PLAN, "layers": shop.LAYERS, "as_of": shop.AS_OF} | case
    engagement = shop.engagement(**({"targets": AIMS} | given["changes"]))
    engine, today, plan = shop.engine(given["as_of"], **given["frames"]), given["as_of"], given["plan"]
    answering = monitoring.who_answers(engine, engagement, plan, given["members"])
    interactions = monitoring.interactions(engine, engagement, plan, answering)
    sends = monitoring.sends(engine, engagement, plan, today)
    contacts = monitoring.contacts(interactions, sends, plan, answering)
    listed = (engine, engagement, plan, given["contact_plan"], contacts, answering)
    known = monitoring.recorded(engine, plan, sends, interactions)
    tasks = monitoring.task_list(*listed, today, 0.6, 72.0, known)
    accounts = monitoring.accounts(engine, engagement, plan, given["members"], today)
    own = monitoring.by_own(accounts, 2)
    owners, weeks = monitoring.by_owner(tasks, today), monitoring.by_week(tasks, today)
    closed = monitoring.closed_complaints(engine, engagement, 72.0)
    answers = monitoring.answers(engagement, plan, interactions, sends, answering, closed)
    scope = pd.DataFrame({"group_id": ["scope:big", "scope:big"], "customer_id": ["c1", "c2"]})
    groups = monitoring.target_groups(given["layers"], scope)
    measured = monitoring.measured(engine, engagement, given["targets"], groups, today)
    paths = monitoring.against_path(engagement, given["targets"], measured)
    readings = monitoring.readings(engagement, given["targets"], measured, paths, today)
    contributions = monitoring.contributions(engine, engagement, readings, groups, today)
    span = spans(engagement)[0]
    words = monitoring.words_of("退款")
    listed = (engine, engagement, plan, given["members"], given["layers"], tasks, paths, span, today, words, 72.0, 0.6)
    events, judged = monitoring.all_events(*listed)
    alerts = monitoring.alerts(engagement, events, judged, owners, monitoring.red_twice(paths, span), 0.6)
    outcomes, weekly = monitoring.outcomes_by_week(interactions), monitoring.events_by_week(events, shop.START, today)
    reasons, done = monitoring.main_reasons(contributions, readings, 2), monitoring.by_strategy(tasks, today)
    nameless = monitoring.without_name(contributions, readings, 2)
    low = monitoring.standing(contributions, readings, [*reasons["target_id"], *nameless["target_id"]], 2)
    return {
        "readings": readings,
        "alerts": alerts,
        "charts": monitoring.path_charts(engagement, readings, measured),
        "findings": monitoring.findings(
            *(engagement, readings, reasons, plan, done, owners, answers, alerts, 0.6, contributions, own, nameless),
            *(sends, POINTS, low, monitoring.lacking_fields(engine, engagement, readings, groups)),
        ),
        "headline": monitoring.headline(readings, owners, answers, alerts, 0.6, sends),
        "remarks": monitoring.remarks(engine, engagement, interactions, readings, plan, answering),
        "definitions": monitoring.definitions(engagement, given["targets"], 0.6, words, 72.0, COUNTED),
        "titles": [
            monitoring.weeks_title(weeks),
            monitoring.owners_title(engagement, owners, 0.6),
            monitoring.answers_title(answers, 2),
            monitoring.outcomes_title(outcomes, interactions),
            monitoring.events_title(weekly, alerts),
            monitoring.own_note(engagement, accounts),
            *([monitoring.own_title(engagement, own)] if len(own) else []),
        ],
        "tables": [
            monitoring.own_table(engagement, own),
            monitoring.status_table(engagement, readings),
            monitoring.period_table(engagement, paths, "week"),
            monitoring.period_table(engagement, paths, "month"),
            monitoring.reason_table(engagement, contributions),
            monitoring.task_table(engagement, tasks),
            monitoring.task_table(engagement, monitoring.overdue(tasks)),
            monitoring.owner_table(engagement, owners),
            monitoring.with_words(alerts),
            monitoring.ledger(engagement, interactions),
            monitoring.owner_table(engagement, monitoring.entry(interactions)),
            answers,
        ],
    }


POINTS = pd.DataFrame({"action": []}, dtype="str")


@cache
def document(name: str) -> dict[str, Any]:
    return everything(CASES[name])


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
            assert not re.search(r"nan|None|NaT|[{}]", text), text


@pytest.mark.parametrize("name", CASES)
def test_findings_come_gravest_first_and_say_all_their_numbers(name: str):
    found = document(name)["findings"]
    order = [finding.severity for finding in found]
    assert order == sorted(order, key=["high", "medium", "low"].index)
    for finding in found:
        assert "–" not in catalogue("en").text(finding.headline), finding.headline


def test_no_group_but_a_class_has_strategies_of_its_own():
    found = document("full")
    short = found["readings"][found["readings"]["status"].isin(["bad", "watch"])]
    about = [one for one in found["findings"] if one.headline.id.startswith("monitoring.finding.figure_")]
    words = [catalogue("en").text(one.evidence) for one in about if one.evidence is not None]
    said = [text for text in words if "due contacts of all strategies together" in text]
    assert said
    assert not short["group_id"].str.startswith("class:").any()
    assert not any("its strategies" in text for text in words)


def test_full_data_set_off_every_kind_of_finding():
    found = document("full")
    spoken = [finding.headline.id.removeprefix("monitoring.finding.") for finding in found["findings"]]
    ids = {id.removesuffix(".all") for id in spoken}
    assert {"figure_bad", "tasks", "alert.complaint_words", "alert.response_late", "alert.no_second_contact"} <= ids
    assert set(found["readings"]["status"]) >= {"bad", "unknown"}
    on_track = document("on_track")["readings"].set_index("target_id")["status"]
    assert on_track["aov"] == "good"
    assert on_track.tolist() == sorted(on_track, key=["bad", "watch", "good", "unknown"].index)  # charts and table


def test_missing_tables_are_said_and_the_rest_goes_on():
    found = document("orders_only")
    remarks = {remark.id.rpartition(".")[2] for remark in found["remarks"]}
    assert {"no_interactions", "no_tickets", "no_campaigns"} <= remarks
    assert found["readings"]["value"].notna().any()
    assert set(found["tables"][5]["status"]) <= {"not_recorded", "not_due", "done"}


def test_the_same_input_gives_the_same_document_whatever_the_order_of_rows():
    frames = full()
    turned = {name: frame.sample(frac=1, random_state=1, ignore_index=True) for name, frame in frames.items()}
    members = shop.MEMBERS.sample(frac=1, random_state=2)
    first, second = (
        messages(everything({"frames": frames})),
        messages(everything({"frames": turned, "members": members})),
    )
    assert first == second


def test_inputs_stay_as_they_were():
    case = {"frames": full(), "targets": targets(), "plan": shop.plan(), "members": shop.MEMBERS, "layers": shop.LAYERS}
    before = {name: frame.copy(deep=True) for name, frame in case.items() if name != "frames"}
    everything(case)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(case[name], frame)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_data_can_bring_about_has_words(language: str):
    ids = [f"monitoring.{part}.{rule}" for rule in RULES for part in ("rule", "definition", "alert_do")]
    ids += [f"monitoring.finding.alert.{rule}{every}" for rule in COUNTED for every in ("", ".all")]
    ids += [f"monitoring.still.{rule}.{left}" for rule in STILL for left in ("none", "some", "all")]
    ids += [f"monitoring.{part}.{name}" for name in TERMS for part in ("term", "definition")]
    ids += [f"monitoring.task.{status}" for status in STATUSES] + [f"monitoring.outcome.{name}" for name in OUTCOMES]
    ids += [f"monitoring.match.{name}" for name in MATCHES]
    ids += [f"monitoring.title.path_{name}" for name in STANDINGS] + [f"metric.standing.{name}" for name in STANDINGS]
    ids += [f"monitoring.{part}.{span}" for part in ("note",) for span in ("week", "month")]
    ids += [f"monitoring.{part}.{name}" for part in ("gravity",) for name in ("bad", "watch")]
    ids += [f"monitoring.direction.{name}" for name in ("out", "in")]
    assert [id for id in ids if id not in catalogue(language)] == []
