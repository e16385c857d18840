"""Alerts: each rule counts what it says, from the hour it is due, and says since when and who."""

from datetime import timedelta

import pandas as pd
import pytest

from crm_lib import monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.events import COUNTED, core_events, owner_events, ticket_events, tickets
from tests.monitoring import shop

WORDS = monitoring.words_of("退款， 质量问题、refund,")


def ticket(id: str, opened: str, answered: float | None = 5, closed: float | None = 2, **more) -> dict:
    """`answered` in minutes, `closed` in hours after opening."""
    moment = pd.Timestamp(opened)
    base = {"ticket_id": id, "kind": "complaint", "opened_at": moment, "customer_id": "c1", "owner": "ann"}
    base["first_response_at"] = None if answered is None else moment + pd.Timedelta(minutes=answered)
    base["closed_at"] = None if closed is None else moment + pd.Timedelta(hours=closed)
    return base | {"description": None} | more


def ticket_alerts(rows: list[dict], interactions: list[dict] | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    frames = {"tickets": pd.DataFrame(rows)}
    if interactions is not None:
        frames["interactions"] = pd.DataFrame(interactions)
    engine, engagement = shop.engine(**frames), shop.engagement()
    found = tickets(engine, engagement, shop.AS_OF)
    return ticket_events(found, engagement, WORDS, 72, engine.has("interactions"))


def counted(events: pd.DataFrame) -> dict[str, int]:
    return events["rule"].value_counts().to_dict()


def test_words_are_split_at_commas_of_both_kinds():
    assert WORDS == ("退款", "质量问题", "refund")


def test_warning_words_are_found_in_any_ticket_of_the_cycle():
    events, judged = ticket_alerts(
        [
            ticket("a", "2026-04-02 09:00", description="客户要求退款"),
            ticket("b", "2026-04-03 09:00", kind="inquiry", description="REFUND please", closed=None),
            ticket("c", "2026-04-04 09:00", description="谢谢"),
            ticket("d", "2026-03-04 09:00", description="退款", closed=None),
        ]
    )
    mine = events[events["rule"] == "complaint_words"]
    assert judged["complaint_words"] == 3
    assert mine["day"].dt.strftime("%m-%d").tolist() == ["04-02", "04-03"]
    assert mine["open"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("opened", "answered", "closed", "late", "unclosed"),
    [
        ("2026-04-10 09:00", 15, 24, 0, 0),  # on the minute, on the hour
        ("2026-04-10 09:00", 15.1, 24.1, 1, 1),
        ("2026-04-10 09:00", None, None, 1, 1),
        ("2026-04-30 23:50", None, None, 0, 0),  # its limits have not passed
        ("2026-04-29 23:50", None, None, 1, 1),
        ("2026-03-20 09:00", None, None, 0, 0),  # of before the cycle: a rule of its own
    ],
)
def test_time_limits_to_the_minute(opened: str, answered: float | None, closed: float | None, late: int, unclosed: int):
    rows = [ticket("x", opened, answered, closed), ticket("fine", "2026-04-11 09:00")]
    found = counted(ticket_alerts(rows)[0])
    assert found.get("response_late", 0) == late
    assert found.get("close_late", 0) == unclosed


def test_complaints_of_before_the_cycle_that_are_still_open_are_counted_apart():
    rows = [ticket("old", "2026-01-10 09:00", closed=None), ticket("older", "2026-01-09 09:00", closed=24 * 90)]
    rows += [ticket("gone", "2026-01-09 09:00"), ticket("new", "2026-04-02 09:00", closed=None)]
    events, judged = ticket_alerts(rows)
    mine = events[events["rule"] == "open_before"]
    assert (judged["open_before"], mine["day"].dt.strftime("%m-%d").tolist()) == (2, ["01-10"])
    assert judged["close_late"] == counted(events)["close_late"] == 1
    weekly = monitoring.events_by_week(events, shop.START, shop.AS_OF)
    alerts = monitoring.alerts(shop.engagement(), events, judged, NOBODY, NONE_RED, 0.6)
    assert monitoring.events_title(weekly, alerts).id == "monitoring.title.events_both"
    assert "1" in catalogue("en").text(monitoring.events_title(weekly.head(0), alerts))


LISTS = (shop.plan(), shop.ANSWERING)
NOBODY = pd.DataFrame(columns=["owner", "planned", "open", "completion", "oldest_due"])
SENDS = pd.DataFrame({"campaign_id": "m", "matched": ["", "wake", ""], "judged": [1, 1, 0], "answered": [1, 1, 0]})
NONE_RED = pd.DataFrame(columns=["target_id", "periods", "since"])


def test_what_names_nobody_goes_to_the_team_that_answers_for_it():
    eve = [{"id": "eve", "label": "Eve", "contacts_per_week": 5}]
    teams = [{"id": "service", "label": "Service desk", "owners": eve}]
    made = shop.engagement(teams=teams, strategies=[shop.strategy("care", "core", "eve", ["phone"])])
    row = {"day": pd.Timestamp("2026-04-02"), "open": True}
    events = pd.DataFrame([row | {"rule": rule, "owner": None} for rule in ("close_late", "core_late")])
    red = pd.DataFrame({"target_id": ["late"], "periods": [2], "since": [row["day"]]})
    late = {"id": "late", "metric": "complaint_close_rate", "value": 0.9, "due": "2026-06-30"}
    made = made.model_copy(update={"targets": shop.engagement(targets=[late]).targets})
    found = monitoring.alerts(made, events, {}, NOBODY, red, 0.6).set_index("rule")["who"].map(catalogue("en").text)
    assert found.to_dict() == {"close_late": "Service desk (1)", "core_late": "Eve (1)", "kpi_red": "Service desk"}


def test_who_left_is_told_where_an_alert_names_them():
    events = pd.DataFrame([{"rule": "core_late", "owner": "ann", "day": pd.Timestamp("2026-04-02"), "open": True}])
    lines = [
        {
            "order_id": f"{who}{ago}",
            "ordered_on": shop.AS_OF - timedelta(days=ago),
            "salesperson": who,
            "kind": "sale",
            "amount": 9.0,
        }
        for who, last in (("ann", 120), ("bob", 0))
        for ago in range(400, last - 1, -3)
    ]
    lines = pd.DataFrame(lines).assign(line_no=1, customer_id="c")
    left = monitoring.who_left(shop.engine(order_lines=lines), shop.engagement(), events, NOBODY)
    found = monitoring.alerts(shop.engagement(), events, {}, NOBODY, NONE_RED, 0.6, False, left)["who"].iloc[0]
    assert "no sale after" in catalogue("en").text(found)
    assert "后已无成交" in catalogue("zh").text(found)


def test_a_second_contact_counts_within_its_hours_after_closing():
    rows = [
        ticket("called", "2026-04-10 09:00", customer_id="c1"),
        ticket("late", "2026-04-10 09:00", customer_id="c2"),
        ticket("they_called", "2026-04-10 09:00", customer_id="c3"),
        ticket("fresh", "2026-04-29 09:00", customer_id="d1"),
    ]
    talks = [
        shop.interaction("1", "c1", "2026-04-13"),
        shop.interaction("2", "c2", "2026-04-14"),
        shop.interaction("3", "c3", "2026-04-11", direction="in"),
    ]
    events, judged = ticket_alerts(rows, talks)
    assert counted(events)["no_second_contact"] == 2
    assert judged["no_second_contact"] == 3
    assert ticket_alerts(rows)[1]["no_second_contact"] == 0  # without interactions nothing can be said


def test_a_field_that_is_never_filled_judges_nothing():
    rows = [ticket("x", "2026-04-10 09:00", None, None)]
    events, judged = ticket_alerts(rows)
    assert judged["response_late"] == judged["close_late"] == 0
    assert events.empty


def test_close_times_that_are_not_recorded_are_not_called_open():
    old = [ticket(f"o{i}", "2026-01-10 09:00", closed=24 * 80 if i < 8 else None) for i in range(20)]
    rows = [*old, ticket("new", "2026-04-02 09:00", closed=None), ticket("late", "2026-04-02 09:00", closed=500)]
    engine, engagement = shop.engine(tickets=pd.DataFrame(rows)), shop.engagement()
    known = monitoring.closings(engine, shop.AS_OF)
    assert (known.complaints, known.unclosed, known.recorded) == (20, 12, False)
    found = tickets(engine, engagement, shop.AS_OF)
    events, judged = ticket_events(found, engagement, WORDS, 72, False, known.recorded)
    assert "open_before" not in counted(events)
    assert (counted(events)["close_late"], judged["close_late"]) == (1, 1)
    made = monitoring.interactions(engine, engagement, *LISTS)
    said = monitoring.remarks(engine, engagement, made, pd.DataFrame({"group_id": [], "metric": []}), *LISTS)
    assert "60.0%" in catalogue("en").text(next(one for one in said if one.id == "monitoring.remark.closings"))
    few = shop.engine(tickets=pd.DataFrame(rows[:8] + rows[12:14]))
    assert monitoring.closings(few, shop.AS_OF).recorded  # a fifth may well be open


def test_warning_words_are_defined_in_the_readers_language():
    pairs = monitoring.definitions(shop.engagement(), pd.DataFrame({"metric": []}), 0.6, WORDS, 72, COUNTED)
    text = next(text for _, text in pairs if text.id == "monitoring.definition.complaint_words")
    assert "退款" not in catalogue("en").text(text)
    assert "refund" in catalogue("en").text(text)
    assert "退款" in catalogue("zh").text(text)


def test_rules_that_the_data_do_not_allow_are_not_defined():
    pairs = monitoring.definitions(shop.engagement(), pd.DataFrame({"metric": []}), 0.6, WORDS, 72, ["core_late"])
    ids = {text.id.rpartition(".")[2] for _, text in pairs}
    assert {"core_late", "owner_behind", "kpi_red"} <= ids
    assert not {"complaint_words", "close_late", "core_silent"} & ids


@pytest.mark.parametrize(("still", "ending"), [(True, "close_late"), (False, "close_late.closed")])
def test_advice_heeds_whether_anything_is_still_open(still: bool, ending: str):
    events = pd.DataFrame(
        {"rule": ["close_late"], "day": [pd.Timestamp("2026-04-02")], "owner": ["o1"], "open": [still]}
    )
    no_owner = pd.DataFrame(columns=["owner", "completion"])
    found = monitoring.alerts(shop.engagement(), events, {"close_late": 3}, no_owner, pd.DataFrame(), 0.6)
    assert found.loc[0, "action"].id == f"monitoring.alert_do.{ending}"


def test_core_customers_are_late_by_their_own_interval_and_rhythm():
    orders = [("c1", f"2026-0{m}-01", 10.0) for m in (1, 2, 3)]  # every 29.5 days, 60 days ago
    orders += [("c2", f"2026-04-{d:02d}", 10.0) for d in (17, 19, 21)]  # every 2 days: 9 days are no silence
    orders += [("c3", "2026-01-01", 10.0)]
    talks = [
        shop.interaction("1", "c1", "2026-04-23"),  # 7 days ago: in time
        shop.interaction("2", "c2", "2026-04-22"),  # 8 days ago: late
    ]
    engine = shop.engine(orders=shop.orders(orders), interactions=pd.DataFrame(talks))
    events, judged = core_events(engine, shop.engagement(), shop.plan(), shop.MEMBERS, shop.LAYERS, shop.AS_OF)
    silent = events[events["rule"] == "core_silent"]
    assert silent["day"].dt.strftime("%m-%d").tolist() == ["04-29", "04-08"]  # c2, and c3 since the start
    late = events[events["rule"] == "core_late"]
    assert late["day"].dt.strftime("%m-%d").tolist() == ["04-29"]  # 59 days, twice the own gap, after 1 March
    assert judged == {"core_silent": 3, "core_late": 2}
    assert set(events["owner"]) == {"ann"}


def test_owner_and_weekly_counts():
    plan = shop.contact_plan([("care", "2026-03-30", 10), ("care", "2026-04-06", 10), ("wake", "2026-04-06", 10)])
    tasks = monitoring.tasks(
        plan, shop.contacts([("care", "2026-04-01", 10), ("wake", "2026-04-07", 5)]), shop.AS_OF, 0.6
    )
    events = owner_events(tasks, shop.AS_OF, 0.6)
    assert sorted(zip(events["owner"], events["day"].dt.strftime("%m-%d"), strict=True)) == [
        ("ann", "04-06"),
        ("bob", "04-06"),
    ]
    weekly = monitoring.events_by_week(events, shop.START, shop.AS_OF)
    assert weekly[["rule", "events"]].to_numpy().tolist() == [["owner_behind", 2]]
    owners = monitoring.by_owner(tasks, shop.AS_OF)
    red = pd.DataFrame({"target_id": ["aov"], "periods": [3], "since": [pd.Timestamp("2026-04-06")]})
    found = monitoring.alerts(shop.engagement(), events, {}, owners, red, 0.6)
    assert found["rule"].tolist() == ["owner_behind", "owner_behind", "kpi_red"]
    assert found["status"].eq("bad").all()
    assert monitoring.alerts(shop.engagement(), events, {}, owners.iloc[:0], red.iloc[:0], 0.6).empty


def test_a_count_of_alerts_has_no_light_of_a_target():
    readings = pd.DataFrame({"status": ["bad"]})
    owners, answers = (
        pd.DataFrame({"planned": [], "done": [], "open": []}),
        pd.DataFrame({"contacts": [], "responses": []}),
    )
    shown = monitoring.headline(readings, owners, answers, pd.DataFrame({"status": ["bad"]}), 0.6, SENDS)
    assert shown[3][0].args["contacts"].value == 1  # a message of no strategy is a contact, too; one is not judged yet
    assert shown[3][1].value == 1.0
    assert shown[1][0].id == "monitoring.headline.completion_unknown"
    assert shown[-1][2] == ""
    assert shown[2][1].value is None  # nothing could be checked, which is not nothing open


def test_grave_alerts_stand_first_and_say_what_they_count():
    rules = ["response_late"] * 6 + ["close_late"] * 5 + ["open_before"] * 2 + ["core_late"]
    days = pd.to_datetime(["2026-04-02"] * 11 + ["2025-08-21"] * 2 + ["2026-04-20"])
    events = pd.DataFrame({"rule": rules, "day": days, "owner": "ann", "open": True})
    judged = {"response_late": 10, "close_late": 10, "open_before": 2, "core_late": 3}
    found = monitoring.with_words(monitoring.alerts(shop.engagement(), events, judged, NOBODY, NONE_RED, 0.6))
    assert found[["rule", "status"]].to_numpy().tolist() == [
        ["response_late", "bad"],  # most of them
        ["open_before", "bad"],
        ["close_late", "watch"],  # half of them
        ["core_late", "watch"],
    ]
    assert found["base"].tolist() == [10, 2, 10, 3]
    red = pd.DataFrame({"target_id": ["aov"], "periods": [3], "since": [pd.Timestamp("2026-04-06")]})
    figure = monitoring.with_words(monitoring.alerts(shop.engagement(), events.head(0), {}, NOBODY, red, 0.6))
    assert figure["base"].isna().all()  # periods are counted of nothing
    words = [catalogue("en").text(cell) for cell in found["size"]]
    assert words == ["6 complaints", "2 complaints", "5 complaints", "1 customer"]


def test_a_call_waits_until_consent_is_verified_where_it_is_unknown():
    day = pd.Timestamp("2026-04-20")
    row = {"day": day, "status": "open", "open": True, "owner": None, "customer_id": "c1"}
    events = pd.DataFrame([row | {"rule": rule} for rule in ("close_late", "core_late")])
    none = {"owners": pd.DataFrame(columns=["completion"]), "red": pd.DataFrame(columns=["target_id"])}
    for unknown in (True, False):
        found = monitoring.alerts(shop.engagement(), events, {}, *none.values(), 0.6, unknown)
        waits = found.set_index("rule")["action"].map(lambda said: said.id == "metric.once_consent")
        assert waits.to_dict() == {"close_late": False, "core_late": unknown}


def test_consent_is_unknown_where_nearly_nobody_was_asked():
    for known, unknown in ((2, False), (1, True)):
        asked = [True] * known + [None] * (10 - known)
        people = pd.DataFrame({"customer_id": [f"c{i}" for i in range(10)], "may_contact": pd.array(asked, "boolean")})
        assert monitoring.consent_unknown(shop.engine(customers=people)) == unknown
