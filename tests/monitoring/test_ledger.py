"""The ledger shows records without names and numbers; counts and shares agree with it."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib import monitoring
from crm_lib.language import catalogue
from crm_lib.monitoring.ledger import masked
from tests.monitoring import shop

ROWS = [
    shop.interaction("1", "c1", "2026-04-02", strategy="care", outcome="converted", need="vip gift", note="ok"),
    shop.interaction("2", "c2", "2026-04-02", strategy="care", outcome="responded", channel="鸽子"),
    shop.interaction("3", "d1", "2026-04-09", strategy="wake", outcome=None, owner="bob", channel=None),
    shop.interaction("4", "d2", "2026-04-09", owner=None, direction="in", outcome="reached"),
]


def records(rows: list[dict] = ROWS) -> pd.DataFrame:
    engine = shop.engine(interactions=pd.DataFrame(rows))
    return monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)


def test_the_ledger_holds_every_record_newest_first_in_words():
    found = monitoring.ledger(shop.engagement(), records())
    words = catalogue("zh")
    assert found["interaction_id"].tolist() == ["4", "3", "2", "1"]
    assert found["customer_id"].tolist() == ["d***", "d***", "c***", "c***"]  # no number stands in full
    assert [words.text(cell) for cell in found["channel"]] == ["电话", "未注明", "鸽子", "电话"]
    assert [words.text(cell) for cell in found["owner"]] == ["待指定", "Bob", "Ann", "Ann"]
    assert found["note"].tolist() == [False, False, False, True]
    assert not {"name", "phone", "email"} & set(found.columns)
    without = monitoring.ledger(shop.engagement(), records([{**row, "note": None} for row in ROWS]))
    assert without["note"].isna().all()  # never delivered is not "no"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("要退款 13812345678", "要退款 ***"),
        ("138-1234 5678 联系", "*** 联系"),
        ("买 2 支口红", "买 2 支口红"),
        ("500 ml, 12 pcs", "500 ml, 12 pcs"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_long_numbers_in_the_need_are_struck_out(text: object, expected: str):
    assert masked(text) == expected


@given(st.text(alphabet="0123456789 -ab", max_size=40))
def test_no_run_of_seven_digits_stays(text: str):
    kept = masked(text).replace("-", "").replace(" ", "")
    assert not any(run.isdigit() and len(run) >= 15 for run in kept.replace("a", "|").replace("b", "|").split("|"))
    assert not any(part.isdigit() and len(part) >= 7 for part in masked(text).split())


def test_counts_add_up_to_the_records():
    found = records()
    assert monitoring.counts(shop.engagement(), found)["records"].sum() == len(ROWS)
    weekly = monitoring.outcomes_by_week(found)
    assert weekly["contacts"].sum() == 3
    assert weekly["outcome"].tolist() == ["converted", "responded", "not_recorded"]


def test_completeness_counts_the_fields_that_the_data_hold():
    found = monitoring.entry(records()).set_index("owner")
    assert found.loc["ann", ["outcome", "note", "need", "strategy", "channel"]].tolist() == [1, 0.5, 0.5, 1, 1]
    assert found.loc["ann", "completeness"] == pytest.approx(8 / 10)
    assert found.loc["bob", ["outcome", "channel"]].tolist() == [0, 0]
    without = monitoring.entry(records([{**row, "note": None, "need": None} for row in ROWS])).set_index("owner")
    assert without[["note", "need"]].isna().all(axis=None)
    assert without.loc["ann", "completeness"] == 1


def test_answers_and_conversions_by_strategy():
    members = pd.DataFrame(
        {
            "campaign_id": "WAKE-1",
            "customer_id": ["d1", "d2", "d3", "d4"],
            "sent_on": [shop.START, shop.START, shop.START, shop.AS_OF],
            "responded_on": [pd.Timestamp("2026-04-05").date(), pd.Timestamp("2026-04-29").date(), None, None],
        }
    )
    engine = shop.engine(interactions=pd.DataFrame(ROWS), campaign_members=members)
    found = monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)
    sends = monitoring.sends(engine, shop.engagement(), shop.plan(), shop.AS_OF)
    answers = monitoring.answers(shop.engagement(), shop.plan(), found, sends, shop.ANSWERING.iloc[1:]).set_index(
        "strategy"
    )
    assert answers.loc["care", ["contacts", "responses", "conversions", "base_conversion"]].tolist() == [2, 2, 1, 2]
    assert answers.loc["wake", ["contacts", "responses", "base_conversion"]].tolist() == [
        4,
        1,
        1,
    ]  # one send is too young
    assert answers["off_list"].to_dict() == {"care": 1, "wake": 1}  # c1, taken off the list here, and d3
    assert (answers["low"] <= answers["share"]).all()
    assert (answers["share"] <= answers["high"]).all()


def test_the_list_of_a_strategy_set_off_by_complaints_are_those_closed_by_the_day_of_the_contact():
    made = shop.engagement(
        strategies=[
            shop.strategy("care", "core", "ann", ["phone"], trigger="complaint_closed"),
            shop.strategy("wake", "dormant", "bob", ["sms"]),
        ]
    )
    closed = [("a", "2026-04-02"), ("b", "2026-03-30"), ("c", "2026-03-01"), ("d", "2026-04-20"), ("e", None)]
    tickets = pd.DataFrame(
        {
            "ticket_id": [one for one, _ in closed],
            "customer_id": [one for one, _ in closed],
            "kind": "complaint",
            "opened_at": pd.Timestamp("2026-02-01"),
            "closed_at": pd.to_datetime([day for _, day in closed]) + pd.Timedelta(hours=9),
        }
    )
    calls = pd.DataFrame([shop.interaction(one, one, "2026-04-02", strategy="care") for one in "abcdex"])
    off = {}
    for name, frames in {"known": {"tickets": tickets}, "unknown": {}}.items():
        engine = shop.engine(interactions=calls, **frames)
        known = monitoring.closed_complaints(engine, made, 72.0)
        found = monitoring.interactions(engine, made, shop.plan(), shop.ANSWERING)
        sends = monitoring.sends(engine, made, shop.plan(), shop.AS_OF)
        answers = monitoring.answers(made, shop.plan(), found, sends, shop.ANSWERING, known).set_index("strategy")
        assert answers["by_complaint"].to_dict() == {"care": True, "wake": False}
        off[name] = answers.loc["care", "off_list"]
    assert off["known"] == 4  # c long before the start, d later, e not yet, x never
    assert pd.isna(off["unknown"])


def test_an_empty_ledger_is_a_table_without_rows():
    engine = shop.engine(orders=shop.orders([("c1", "2026-04-02", 1.0)]))
    found = monitoring.interactions(engine, shop.engagement(), shop.plan(), shop.ANSWERING)
    assert monitoring.ledger(shop.engagement(), found).empty
    assert monitoring.entry(found).empty
    assert monitoring.outcomes_by_week(found).empty
    assert monitoring.counts(shop.engagement(), found).empty


def test_where_no_record_says_how_a_contact_was_answered_no_rate_of_zero_is_told():
    rows = [
        {**row, "outcome": outcome}
        for row, outcome in zip(ROWS, ("reached", "no_answer", None, "reached"), strict=True)
    ]
    found = records(rows)
    sends = monitoring.sends(shop.engine(interactions=pd.DataFrame(rows)), shop.engagement(), shop.plan(), shop.AS_OF)
    answers = monitoring.answers(shop.engagement(), shop.plan(), found, sends, shop.ANSWERING)
    assert answers["contacts"].sum() == 0
    assert answers[["share", "conversion"]].isna().all(axis=None)
    title = catalogue("en").text(monitoring.outcomes_title(monitoring.outcomes_by_week(found), found))
    assert title == "Of 3 interactions that we began, 1 reached the customer; answers are not recorded"


def test_where_all_who_were_asked_refused_none_is_said_to_have_answered():
    weeks = pd.DataFrame({"week": ["2026-04-06"] * 2, "outcome": ["refused", "no_answer"], "contacts": [6, 3]})
    title = monitoring.outcomes_title(weeks, pd.DataFrame({"judged": [1, 0]}))
    assert catalogue("en").text(title) == "Of 9 contacts that we began none is recorded as answered or converted"
