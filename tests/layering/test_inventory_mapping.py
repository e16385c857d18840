"""Mappings of columns and values, and the field dictionary."""

import pytest

from crm_lib.ingest.mapping import source_columns
from crm_lib.language import catalogue
from crm_lib.layering.inventory import mapping
from crm_lib.tables import SOURCE_TABLES, TABLES
from tests.layering.inventory_frames import account, column_row, engagement, file_row

EN = catalogue("en")
SOURCES = [
    {
        "name": "till",
        "table": "order_lines",
        "file": "till.xlsx",
        "format": "xlsx",
        "columns": {"kind": "类型", "channel": "渠道"},
        "values": {"kind": {"卖": "sale", "售": "sale", "退": "refund"}, "channel": {"店": "store", "?": ""}},
    },
    {"name": "cards", "table": "customers", "file": "cards.csv", "values": {"owner": {"王": "ann", "李": "bob"}}},
]
TEAM = [{"id": "sales", "label": "Sales", "owners": [{"id": "ann", "label": "Ann", "contacts_per_week": 1}]}]


def test_values_are_told_once_a_canonical_value():
    frames = account(
        files=[file_row("till", format="xlsx"), file_row("cards", "customers")],
        columns=[column_row("till", "order_lines", "kind", header="类型")],
        standardised=[
            {"source": "till", "table": "order_lines", "column": "kind", "rule": "mapped", "changed": 8},
            {"source": "till", "table": "order_lines", "column": "kind", "rule": "trimmed", "changed": 5},
        ],
    )
    table = mapping.values(frames, engagement(SOURCES, teams=TEAM))
    told = [[EN.text(pair) for pair in pairs] for pairs in table["replaced"]]
    assert told == [["卖, 售 → sale", "退 → refund"], ["店 → Store", "? → (missing)"], ["王 → Ann", "李 → bob"]]
    assert table["changed"].tolist() == [8, 0, 0]
    assert table["header"].tolist() == ["类型", "", ""]


def test_a_source_without_a_file_or_value_is_left_out():
    table = mapping.values(account(files=[file_row("other")]), engagement(SOURCES))
    assert table.empty
    assert list(table.columns) == ["label", "header", "field", "replaced", "changed"]


def test_files_say_encoding_or_sheet():
    frames = account(files=[file_row("till", format="xlsx", encoding=""), file_row("cards", "customers")])
    table = mapping.files(frames, frames["files"], engagement(SOURCES))
    assert [EN.text(words) for words in table["file_form"]] == ["XLSX, first sheet", "CSV, gbk"]
    named = mapping.files(frames, frames["files"], engagement([SOURCES[0] | {"sheet": "订单"}, SOURCES[1]]))
    assert EN.text(named["file_form"][0]) == "XLSX, 订单"
    both = frames["files"].assign(file=["till.xlsx [2024]", "cards.csv"])
    several = engagement([SOURCES[0] | {"sheet": ["2024", "2025"]}, SOURCES[1]])
    assert EN.text(mapping.files(frames, both, several)["file_form"][0]) == "XLSX, 2024"
    joined = {name: value for name, value in SOURCES[0].items() if name not in ("file", "format")}
    joined |= {"files": {"c": {"file": "raw/till.xlsx", "sheet": "明细", "header_row": 2}}, "query": "SELECT * FROM c"}
    queried = frames["files"].assign(file=["till.xlsx", "cards.csv"])
    assert EN.text(mapping.files(frames, queried, engagement([joined, SOURCES[1]]))["file_form"][0]) == "XLSX, 明细"
    parquet = account(files=[file_row("a", format="parquet", encoding="")])
    assert EN.text(mapping.files(parquet, parquet["files"], engagement(SOURCES))["file_form"][0]) == "PARQUET"


def test_the_dictionary_adds_up_over_sources():
    columns = [
        column_row("a", "customers", "phone", filled=4),
        column_row("b", "customers", "phone", filled=10),
        column_row("a", "order_lines", "kind", header=""),
        column_row("a", "order_lines", "amount"),
        column_row("a", "order_lines", "phone", filled=0, rows=0),
    ]
    table = mapping.dictionary(account(columns=columns), engagement(SOURCES))
    assert list(zip(table["table"], table["column"], strict=True)) == [
        ("customers", "phone"),
        ("order_lines", "kind"),
        ("order_lines", "amount"),
        ("order_lines", "phone"),
    ]
    assert table["completeness"].tolist()[:3] == [0.7, 1.0, 1.0]
    assert table["completeness"].isna()[3]
    assert [EN.text(m) for m in table["sources"][0]] == ["Source a: their phone", "Source b: their phone"]
    assert [EN.text(m) for m in table["sources"][1]] == ["Source a: declared"]
    assert [EN.text(m) for m in table["form"]] == ["text", "one of a list: sale, refund", "amount: CNY", "text"]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_has_a_meaning_and_a_type(table):
    if table not in SOURCE_TABLES:
        return
    for column in source_columns(SOURCE_TABLES[table]):
        found = mapping.meaning(table, column.name)
        assert found.id.startswith("meaning."), f"templates/locale/*/meaning.po lacks meaning.{table}.{column.name}"
        for language in ("zh", "en"):
            assert catalogue(language).text(found)
            assert catalogue(language).word(f"inventory.type.{mapping.type_of(column)}")
