"""Times that cannot be, and rows dated after the day that a report looks at."""

from datetime import date, datetime

import pytest

from crm_lib.ingest.values.cells import RULES
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.data_checks import set_aside
from crm_lib.run.prepare import inventory
from tests.ingest.folder import ORDERS, canonical, rows, write_csv

TICKETS = {"name": "tickets", "table": "tickets", "file": "t.csv"}
SENT = {"name": "sent", "table": "campaign_members", "file": "sent.csv"}


def standardised(made):
    frame = inventory(made)["standardised"]
    return {(row["column"], row["rule"]): row["changed"] for row in frame.to_dict("records")}


def test_an_answer_before_its_question_is_not_known(tmp_path):
    head = ["ticket_id", "opened_at", "first_response_at", "closed_at"]
    write_csv(
        tmp_path / "t.csv",
        [
            head,
            ["1", "2026-01-05 10:00:00", "2026-01-05 09:00:00", "2026-01-04 12:00:00"],
            ["2", "2026-01-05 10:00:00", "2026-01-05 10:00:00", "2026-01-05 10:00:00"],
            ["3", "2026-01-05 10:00:00", "2026-01-05", "2026-01-05"],
            ["4", "2026-01-05", "2026-01-05", "2026-01-05"],
        ],
    )
    made = canonical(tmp_path, TICKETS)
    same, day = datetime(2026, 1, 5, 10), datetime(2026, 1, 5)
    assert rows(made, "SELECT first_response_at, closed_at FROM {tickets} ORDER BY ticket_id") == [
        (None, None),
        (same, same),
        (None, datetime(2026, 1, 5, 23, 59, 59)),
        (day, day),
    ]
    assert standardised(made) == {
        ("first_response_at", "before_start"): 1,
        ("closed_at", "before_start"): 1,
        ("first_response_at", "same_day"): 1,
        ("closed_at", "same_day"): 1,
    }


def test_an_answer_to_a_campaign_cannot_come_before_it_was_sent(tmp_path):
    head = ["campaign_id", "customer_key", "sent_on", "responded_on"]
    write_csv(
        tmp_path / "sent.csv", [head, ["C", "1", "2026-01-05", "2026-01-04"], ["C", "2", "2026-01-05", "2026-01-05"]]
    )
    made = canonical(tmp_path, SENT)
    assert rows(made, "SELECT responded_on FROM {campaign_members} ORDER BY ALL NULLS FIRST") == [
        (None,),
        (date(2026, 1, 5),),
    ]
    assert standardised(made) == {("responded_on", "before_start"): 1}


@pytest.fixture
def orders(tmp_path):
    days = ["2026-01-05", "2026-03-31", "2026-04-01", "2026-05-01", "bad"]
    lines = [[f"A{i}", "1", day, "10"] for i, day in enumerate(days)]
    write_csv(tmp_path / "pos.csv", [["order_id", "line_no", "ordered_on", "amount"], *lines, lines[2]])
    return canonical(tmp_path, ORDERS)


@pytest.mark.parametrize(
    ("until", "accepted", "later"), [("2026-03-31", 2, 2), ("2026-04-30", 3, 1), ("2026-06-30", 4, 0)]
)
def test_rows_after_the_day_are_counted_by_themselves(orders, until, accepted, later):
    day = date.fromisoformat(until)
    frames = inventory(orders, day)
    file = frames["files"].iloc[0]
    assert (file["accepted"], file["later"]) == (accepted, later)
    assert file["rows_read"] == file[["accepted", "later", "quarantined", "duplicates", "non_data"]].sum()
    amounts = ["amount_accepted", "amount_later", "amount_quarantined", "amount_duplicates"]
    assert file["amount_read"] == file[amounts].sum()
    assert (file["amount_accepted"], file["amount_later"]) == (10 * accepted, 10 * later)
    assert file["newest"].date() <= day
    totals = frames["totals"].set_index("name")["value"]
    assert (totals["accepted"], totals["later"]) == (accepted, later)


@pytest.mark.parametrize(
    ("until", "told"),
    [("2026-01-31", "ingest.later_most"), ("2026-04-30", "ingest.later"), ("2026-06-30", None)],
)
def test_rows_after_the_day_are_told_of(orders, until, told):
    said = [m.id for m in set_aside(orders, date.fromisoformat(until)) if "remark" not in m.id]
    assert said == [*([told] if told else []), "ingest.set_aside_amount"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_words(language):
    assert [rule for rule in RULES if f"ingest.rule.{rule}" not in catalogue(language)] == []
