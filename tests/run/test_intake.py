"""The data-request workbook: as it is sent, and as a source when it comes back filled in."""

import os
import subprocess
import sys
import tomllib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from crm_lib.cli import main
from crm_lib.engagement import load
from crm_lib.errors import UserError
from crm_lib.ingest.mapping import source_columns
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.intake import create
from crm_lib.run.intake_plan import HEADER_ROW, data_sheets
from crm_lib.run.intake_workbook import questions
from crm_lib.run.prepare import inventory, prepare
from crm_lib.tables import SOURCE_TABLES
from tests.ingest.folder import rows, set_aside

HEAD = """id = "shop"
as_of = 2026-06-30
[client]
name = "Shop"
industry = "retail"
[[cycles]]
number = 1
baseline = 2026-03-31
start = 2026-04-01
"""
# Rows by sheet, each with canonical columns; choices are given by their canonical value.
FILLED = {
    "customers": [
        {"customer_key": "00017", "name": "欧阳娜", "phone": "13800138000", "gender": "female", "may_contact": "false"},
        {"customer_key": "00018", "name": "NULL", "birth_date": date(1990, 5, 17), "gender": "other"},
    ],
    "order_lines": [
        {"customer_key": "00017", "order_id": "A1", "ordered_on": date(2026, 1, 5), "amount": 12.5, "kind": "sale"},
        {"phone": "138 0013 8000", "order_id": "A2", "ordered_on": date(2026, 2, 5), "amount": 3, "kind": "refund"},
        {
            "customer_key": "00018",
            "order_id": "A3",
            "ordered_on": date(2026, 6, 5),
            "ordered_at": datetime(2026, 6, 5, 9, 30),
        }
        | {"amount": 99, "quantity": 3},
    ],
    "tickets": [
        {
            "customer_key": "00018",
            "ticket_id": "T1",
            "opened_at": datetime(2026, 3, 1, 8),
            "kind": "complaint",
            "csat": 2,
        }
    ],
    "interactions": [
        {"customer_key": "00018", "happened_at": datetime(2026, 3, 2, 8), "direction": "out", "outcome": "no_answer"}
    ],
    "surveys": [{"customer_key": "00017", "answered_on": date(2026, 3, 3), "nps": 9, "csat": 5, "comment": "好"}],
    "campaigns": [{"campaign_id": "C1", "name": "x", "starts_on": date(2026, 3, 1), "cost": 100}],
    "campaign_members": [{"campaign_id": "C1", "customer_key": "00017", "sent_on": date(2026, 3, 1), "arm": "holdout"}],
    "loyalty": [
        {"customer_key": "00017", "entry_id": "L1", "occurred_on": date(2026, 3, 1), "kind": "expire", "points": 12}
    ],
    "visits": [{"customer_key": "00017", "visited_at": datetime(2026, 3, 2, 18), "status": "missed", "store": "x"}],
}


def fill(path: Path, language: str) -> None:
    """As a client does: below the header, words from the drop-downs."""
    book = load_workbook(path)
    for sheet in data_sheets(catalogue(language)):
        target = book[sheet.name]
        columns = {column.name: (i, column) for i, column in enumerate(sheet.columns, 1)}
        for row, given in enumerate(FILLED[sheet.table], HEADER_ROW + 1):
            for name, value in given.items():
                i, column = columns[name]
                words = {ours: theirs for theirs, ours in column.choices.items()}
                target.cell(row, i, words.get(value, value))
    book.save(path)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_filled_workbook_is_a_source(tmp_path, language):
    (tmp_path / "raw").mkdir()
    made = create(tmp_path, language)
    fill(made.path, language)
    made.path.rename(tmp_path / "raw" / made.path.name)
    (tmp_path / "engagement.toml").write_text(HEAD + made.sources, encoding="utf-8")
    engagement = load(tmp_path)
    assert check_data(tmp_path, engagement) == []
    found = prepare(tmp_path, engagement)
    files = inventory(found)["files"].set_index("table")
    assert files["accepted"].to_dict() == {table: len(rows) for table, rows in FILLED.items()}
    assert files["rows_read"].equals(files["accepted"])
    assert [set_aside(found, source.name) for source in engagement.sources] == [[]] * len(SOURCE_TABLES)
    query = "SELECT name, phone, gender, birth_date, may_contact FROM {customers} ORDER BY name"
    assert rows(found, query) == [
        ("NULL", None, "other", date(1990, 5, 17), None),
        ("欧阳娜", "+8613800138000", "female", None, False),
    ]
    assert rows(found, "SELECT order_id, kind, amount, ordered_at FROM {order_lines} ORDER BY order_id") == [
        ("A1", "sale", Decimal("12.50"), None),
        ("A2", "refund", Decimal("-3.00"), None),
        ("A3", "sale", Decimal("99.00"), datetime(2026, 6, 5, 9, 30)),
    ]
    assert rows(found, "SELECT COUNT(DISTINCT customer_id) FROM {orders}") == [(2,)]  # numbers and phones lead to one
    assert rows(found, "SELECT kind, csat FROM {tickets}") == [("complaint", 2)]
    assert rows(found, "SELECT direction, outcome FROM {interactions}") == [("out", "no_answer")]
    assert rows(found, "SELECT arm FROM {campaign_members}") == [("holdout",)]
    assert rows(found, "SELECT kind, points FROM {loyalty}") == [("expire", 12)]
    assert rows(found, "SELECT status, visited_at FROM {visits}") == [("missed", datetime(2026, 3, 2, 18))]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_workbook_has_no_rows(tmp_path, language):
    (tmp_path / "raw").mkdir()
    made = create(tmp_path, language)
    made.path.rename(tmp_path / "raw" / made.path.name)
    (tmp_path / "engagement.toml").write_text(HEAD + made.sources, encoding="utf-8")
    problems = check_data(tmp_path, load(tmp_path))
    assert [problem.message.id for problem in problems] == ["errors.data.empty"] * len(SOURCE_TABLES)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_of_every_table_is_asked_for(language):
    words = catalogue(language)
    sheets = data_sheets(words)
    assert [sheet.table for sheet in sheets] == list(SOURCE_TABLES)
    assert all(sheet.about for sheet in sheets)
    for sheet in sheets:
        asked = {column.name: column for column in sheet.columns}
        made = {"survey_id", "interaction_id", "visit_id"}
        assert asked.keys() == {column.name for column in source_columns(SOURCE_TABLES[sheet.table])} - made - {
            column.name for column in SOURCE_TABLES[sheet.table].said
        }
        headers = [column.header for column in sheet.columns]
        assert len(set(headers)) == len(headers)
        assert [name for name, column in asked.items() if not column.about] == []
        for column in source_columns(SOURCE_TABLES[sheet.table]):
            if column.values:
                assert tuple(asked[column.name].choices.values()) == column.values
                assert len(asked[column.name].choices) == len(column.values)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_helps_to_fill_it_in(tmp_path, language):
    words = catalogue(language)
    book = load_workbook(create(tmp_path, language).path)
    about, *rest = book.sheetnames
    assert len(rest) == len(SOURCE_TABLES) + 4  # three interviews and the survey's questions
    named = {cell.value for cell in book[about]["A"]}
    assert set(rest) <= named
    for sheet in data_sheets(words):
        target = book[sheet.name]
        assert target.freeze_panes == f"B{HEADER_ROW + 1}"
        assert [cell.value for cell in target[HEADER_ROW]] == [column.header for column in sheet.columns]
        rules = {str(rule.sqref).split(":")[0]: rule for rule in target.data_validations.dataValidation}
        kinds = {"choice": "list", "date": "date", "moment": "date", "whole": "whole", "number": "decimal"}
        for i, column in enumerate(sheet.columns, 1):
            rule = rules.get(target.cell(HEADER_ROW + 1, i).coordinate)
            assert (rule.type if rule else None) == kinds.get(column.form)
            if column.form == "choice":
                assert rule.formula1 == '"' + ",".join(column.choices) + '"'
            elif column.high is not None:
                assert (rule.formula1, rule.formula2) == (str(column.low), str(column.high))
    for group in ("management", "sales", "service"):
        told = {cell.value for cell in book[words.word(f"intake.sheet.interview.{group}")]["B"]}
        assert len(questions(group, words)) >= 8
        assert set(questions(group, words)) <= told


def test_text_columns_keep_leading_zeros(tmp_path):
    book = load_workbook(create(tmp_path, "en").path)
    columns = {column.name: i for i, column in enumerate(data_sheets(catalogue("en"))[0].columns)}
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[columns["customer_key"]]
    assert book["Customers"].column_dimensions[letter].number_format == "@"


def test_the_same_workbook_has_the_same_bytes(tmp_path):
    assert create(tmp_path / "a", "zh").path.read_bytes() == create(tmp_path / "b", "zh").path.read_bytes()


def test_a_workbook_is_never_overwritten(tmp_path):
    create(tmp_path, "zh")
    with pytest.raises(UserError):
        create(tmp_path, "zh")
    assert create(tmp_path, "en").path.exists()


def test_the_command_prints_the_sources_and_notes_them(tmp_path, capsys):
    (tmp_path / "engagement.toml").write_text(HEAD, encoding="utf-8")
    assert main(["intake", str(tmp_path), "--lang", "zh"]) == 0
    said = capsys.readouterr().out
    printed = said[said.index("[[sources]]") :].rpartition("\n\n")[0]
    noted = (tmp_path / "engagement.toml").read_text(encoding="utf-8")
    assert noted.startswith(HEAD)
    assert tomllib.loads(noted) == tomllib.loads(HEAD)
    comments = [line[2:] for line in noted.removeprefix(HEAD).splitlines() if line.startswith("#")]
    told = tomllib.loads("\n".join(comments[1:]))
    assert [source["table"] for source in told["sources"]] == list(SOURCE_TABLES)
    assert tomllib.loads(printed.rpartition("\n")[0] if "engagement.toml" in printed else printed) == told


def test_a_reader_that_has_read_enough_is_no_failure(tmp_path):
    """As in `tasks.py intake DIR | head -0`."""
    command = [
        sys.executable,
        "-c",
        "import sys; from crm_lib.cli import main; sys.exit(main())",
        "intake",
        str(tmp_path),
    ]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_the_folder_that_filled_workbooks_go_into_is_there(tmp_path):
    create(tmp_path / "shop", "zh")
    assert (tmp_path / "shop" / "raw").is_dir()
