"""Open questions: one for what the client can answer, the heaviest first, none where nothing is open."""

from datetime import date

import pandas as pd
import pytest

from crm_lib.engagement import Definitions
from crm_lib.engine import connect_frames
from crm_lib.ingest.readers.raw import REASONS
from crm_lib.language import catalogue, msg
from crm_lib.layering.inventory.aside import set_aside
from crm_lib.layering.inventory.counts import sent
from crm_lib.layering.inventory.findings import customer_fields
from crm_lib.layering.inventory.questions import ASKED, other_remarks, questions
from crm_lib.layering.inventory.uses import uses
from tests.layering.inventory_frames import account, column_row, file_row, label

BASELINE, AS_OF = date(2026, 3, 31), date(2026, 6, 30)
GOOD = pd.DataFrame(
    {
        "customer_id": ["C1", "C2"],
        "name": "a",
        "phone": "1",
        "may_contact": True,
        "joined_on": pd.Timestamp("2025-01-01"),
    }
)
ORDERS = pd.DataFrame(
    {"order_id": ["1", "2"], "customer_id": "C1", "ordered_on": pd.Timestamp("2026-01-01"), "amount": 1, "kind": "sale"}
)
LINES = ORDERS.assign(line_no=1, cost=1)


def asked(
    frames,
    customers=GOOD,
    orders=ORDERS,
    lines=LINES,
    fields=("name", "phone"),
    language="en",
    name="question",
    **freshness,
):
    engine = connect_frames({"customers": customers, "orders": orders, "order_lines": lines})
    told = {"freshness": "good", "newest_known": pd.Timestamp("2026-03-30")} | freshness
    files = frames["files"].assign(**told)
    table = customer_fields(engine, Definitions(complete_fields=fields))
    found = questions(frames, files, set_aside(frames, None), uses(engine, table, frames), table, BASELINE, AS_OF)
    assert found["number"].tolist() == list(range(1, len(found) + 1))
    for other in ("zh", "en"):
        assert all(catalogue(other).text(m) for column in ("question", "meanwhile", "job") for m in found[column])
    return [catalogue(language).text(said) for said in found[name]]


def test_nothing_is_asked_where_nothing_is_open():
    assert asked(account(files=[file_row("till")])) == []


@pytest.mark.parametrize(("forms", "words"), [(["99岁", "99"], "look like ages"), (["99-99"], "How are they written")])
def test_what_could_not_be_read_is_asked_by_its_form(forms, words):
    row = {"source": "crm", "table": "customers", "column": "birth_date"}
    frames = account(
        files=[file_row("crm", "customers")],
        columns=[column_row("crm", "customers", "birth_date", 8, invalid=2, type="DATE")],
        unread=[row | {"form": form, "cells": 1} for form in forms],
    )
    (question,) = asked(frames)
    assert words in question
    assert " · ".join(forms) in question


@pytest.mark.parametrize("reason", [*REASONS, "a_new_reason"])
def test_each_reason_is_asked_with_file_rows_and_the_clients_header(reason):
    aside = [{"source": "till", "file": "till.csv", "table": "order_lines", "reason": reason, "column": "amount"}]
    frames = account(
        files=[file_row("till", rows_read=100, quarantined=12)],
        quarantine=[aside[0] | {"rows": 12}],
        columns=[column_row("till", "order_lines", "amount", header="实收金额")],
    )
    (question,) = asked(frames)
    assert "12 rows" in question
    assert "Source till (till.csv)" in question
    assert question.count("(") == question.count(")")


def test_what_nobody_delivers_is_asked_first():
    bare = GOOD.drop(columns=["phone", "may_contact"])
    found = asked(account(files=[file_row("till")]), customers=bare, lines=LINES.drop(columns="cost"))
    assert found[0] == "No source holds Phone. Is there another system that does?"
    assert found[1].startswith("No source says who may be contacted")
    assert found[2].startswith("No order line has a cost")


def test_orders_without_a_customer_and_some_consent():
    half = asked(
        account(files=[file_row("till")]),
        customers=GOOD.assign(may_contact=[True, None]),
        orders=ORDERS.assign(customer_id=["C1", None]),
    )
    assert half[0].startswith("1 order names no customer (50.0%)")
    assert half[1].startswith("It is not known of 1 of the 2 customers")


def test_values_that_cannot_be_read_are_asked_for_from_a_share_on():
    columns = [
        column_row("till", "order_lines", "cost", filled=90, rows=100, invalid=10, header="成本"),
        column_row("till", "order_lines", "discount", filled=999, rows=1000, invalid=1),
        column_row("till", "order_lines", "ordered_at", filled=1, rows=100, invalid=99, header="时间"),
    ]
    found = asked(account(files=[file_row("till")], columns=columns))
    assert len(found) == 2
    assert "99 of 100" in found[0], "a column that is read wrongly weighs more"
    assert "10 of 100 values of “成本”" in found[1]


def test_repeats_keys_contacts_and_tickets():
    frames = account(
        files=[file_row("till", duplicates=4, amount_duplicates=8.0), file_row("desk", "tickets")],
        repeated=[{"source": "till", "file": "till.csv", "rows": 3, "amount": 9.0}],
        shared_keys=[
            {
                "source": "till",
                "other": "desk",
                "header": "a",
                "other_header": "b",
                "numbers": 9,
                "shared": 8,
                "apart": 8,
            }
        ],
        shared=[{"rule": "phone", "entities": 30}],
        non_data=[{"source": "till", "file": "till.csv", "table": "order_lines", "kind": "note", "rows": 2}],
        days=[{"source": "till", "file": "till.csv", "day": pd.Timestamp("2099-01-01"), "rows": 1, "amount": 1.0}],
    )
    frames["files"]["label"] = [label("till"), label("desk")]
    found = " ".join(asked(frames))
    for part in (
        "share 8 numbers",
        "None of the 10 rows of Source desk (desk.csv)",
        "3 rows repeat",
        "4 rows say again",
    ):
        assert part in found
    for part in ("up to 30", "2 rows at the end", "up to 1 Jan 2099"):
        assert part in found


def test_many_sources_of_shared_numbers_are_one_question():
    def pair(source, other, shared):
        row = {"source": source, "other": other, "header": "a", "other_header": "b", "numbers": 9}
        return row | {"shared": shared, "apart": 1}

    files = [file_row(name, "tickets") for name in ("c", "a", "b")]
    columns = [column_row(name, "tickets", "kind") for name in "abc"]
    pairs = [pair("a", "b", 5), pair("a", "c", 8), pair("b", "c", 3)]
    (question,) = asked(account(files=files, columns=columns, shared_keys=pairs))
    assert question.startswith("Source c, Source a, Source b share customer numbers (two of them up to 8)")
    assert len(asked(account(files=files, columns=columns, shared_keys=pairs[:2]))) == 2


def test_a_stale_source_and_pairs_that_wait():
    frames = account(files=[file_row("till")]) | {
        "review": pd.DataFrame({"at_least": [0.9], "below": [0.99], "pairs": [5]})
    }
    engine = connect_frames({"customers": GOOD, "orders": ORDERS, "order_lines": LINES})
    table = customer_fields(engine, Definitions(complete_fields=("name",)))
    files = frames["files"].assign(freshness="bad", newest_known=pd.Timestamp("2026-01-01"))
    found = questions(frames, files, set_aside(frames, None), uses(engine, table, frames), table, BASELINE, AS_OF)
    assert [m.id for m in found["question"]] == ["inventory.ask.stale", "inventory.ask.review"]


def test_values_that_leave_open_what_they_mean_and_refunds_without_an_order():
    columns = [column_row("till", "order_lines", "ordered_on", header="日期", rows=100)]
    doubtful = pd.DataFrame(
        [
            ("till", "order_lines", "ordered_on", rule, 7)
            for rule in ("ambiguous_date", "excel_broken", "impossible_time", "new")
        ],
        columns=["source", "table", "column", "rule", "cells"],
    )
    refunds = pd.DataFrame(
        [("till", "matched", 6, -60.0), ("till", "unmatched", 2, -20.0)], columns=["source", "how", "rows", "amount"]
    )
    frames = account(files=[file_row("till")], columns=columns) | {"doubtful": doubtful, "refunds": refunds}
    found = asked(frames)
    assert len(found) == 4
    assert sum("7" in question and "日期" in question for question in found) == 3
    assert any(question.startswith("2 of 8 refunds") for question in found)
    assert asked(frames | {"doubtful": doubtful[:0], "refunds": refunds[:1]}) == []


def test_a_remark_that_is_a_question_is_not_said_twice():
    kept = msg("ingest.remark.owners", table="t", n=1, names="x")
    (said,) = other_remarks([kept, *(msg(id) for id in sorted(ASKED))], account())
    assert said.id == "inventory.remark.owners"
    assert said.args == kept.args


def test_a_remark_calls_a_source_by_its_label():
    """The client has never seen its name in engagement.toml."""
    frames = account(files=[file_row("till", label={"zh": "收银系统", "en": "Tills"})])
    remark = msg("ingest.remark.masked", source="till", header="Tel", n=3, rows=9)
    (said,) = other_remarks([remark], frames)
    assert catalogue("zh").text(said).startswith("收银系统")
    assert catalogue("en").text(said).startswith("Tills")
    assert "till" not in catalogue("en").text(said).removeprefix("Tills").lower()


def test_hidden_sheets_are_told_once_a_workbook_without_names_of_settings():
    def hidden(file, what):
        return msg("ingest.remark.read.hidden_unread", file=file, n=1, what=what)

    said = other_remarks(
        [hidden("a.xlsx", "old, draft"), hidden("b.xlsx", "x"), hidden("a.xlsx", "draft, third")], account()
    )
    for language in ("en", "zh"):
        texts = [catalogue(language).text(one) for one in said]
        assert ["old, draft, third" in text for text in texts] == [True, False]
        assert not any("`" in text or "sheet`" in text for text in texts)


def test_a_file_that_ended_is_followed_by_the_one_that_begins_there():
    files = [file_row("2024"), file_row("abroad"), file_row("2025")]
    days = [
        {"source": "2024", "file": "2024.csv", "day": pd.Timestamp("2024-07-01"), "rows": 1},
        {"source": "abroad", "file": "abroad.csv", "day": pd.Timestamp("2024-07-09"), "rows": 1},
        {"source": "2025", "file": "2025.csv", "day": pd.Timestamp("2025-01-02"), "rows": 1},
    ]
    frames = account(files=files, days=days)
    known = pd.to_datetime(pd.Series(["2024-12-31", "2026-03-20", "2026-03-30"]))
    (question,) = asked(frames, freshness=["bad", "good", "good"], newest_known=known)
    assert "Source 2024 (2024.csv) ends on" in question
    assert "Source 2025 goes on" in question


def test_one_pair_of_many_customers_does_not_come_first():
    frames = account(
        files=[file_row("till")],
        review=[{"at_least": 0.9, "below": 0.99, "pairs": 1}],
        totals=[{"name": "customers", "value": 1000}],
    )
    unknown = pd.concat([GOOD.assign(customer_id=f"C{i}", may_contact=None if i else True) for i in range(2)])
    found = asked(frames, customers=unknown)
    assert "2 of the 4 customers" in found[0]
    assert "probably one customer" in found[1]


def test_files_are_named_as_the_client_sent_them():
    frames = account(files=[file_row("till", file="raw/2026/till.csv")], repeated=[{"file": "raw/2026/till.csv"}])
    found = sent(frames)
    assert found["files"]["file"].tolist() == found["repeated"]["file"].tolist() == ["2026/till.csv"]


def test_sources_that_disagree_on_a_customer_are_asked_about():
    row = {"source": "crm", "table": "customers", "compared": 50}
    rows = [row | {"column": "join_channel", "consistent": 0.56}, row | {"column": "city", "consistent": 0.95}]
    (question,) = asked(account(files=[file_row("crm", "customers")], quality=rows))
    assert question.startswith("In Source crm, 50 values of “Channel of joining” have another record")
    assert question.endswith("22 of them are not the one taken. Which record is right?")
    consent = [row | {"column": "may_contact", "consistent": 0.5}]
    ruled = [{"column": "may_contact", "rule": "strictest", "source": "crm", "values": 50}]
    frames = account(files=[file_row("crm", "customers")], quality=consent)
    assert "the stricter reading" in asked(frames | {"survivorship": pd.DataFrame(ruled)}, name="meanwhile")[0]
    ours = [column_row("crm", "customers", "join_channel", header="", constant="store")]
    assert not asked(account(files=[file_row("crm", "customers")], quality=rows, columns=ours)), "the engagement set it"
