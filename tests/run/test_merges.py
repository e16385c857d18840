"""The review sheet, decisions and `merges`: through real files, from one run to the next."""

import io
import stat

import openpyxl
import pytest
from rich.console import Console

from crm_lib.errors import UserError
from crm_lib.identity.decisions import DIFFERENT, SAME, Decision, contradictions, read_decisions, write_decisions
from crm_lib.language import catalogue
from crm_lib.run import merges
from crm_lib.run.prepare import inventory
from crm_lib.run.review_sheet import SHEET
from tests.ingest.folder import canonical, rows, write_csv

MEMBERS = {"name": "members", "table": "customers", "file": "members.csv"}
HEADER = ["customer_key", "name", "phone", "address", "city", "joined_on", "may_contact"]
P = "13800138000"
BROTHERS = [
    HEADER,
    ["m1", "张小明", P, "中山路88号3幢502室", "杭州", "2026-01-01", "是"],
    ["m2", "张小亮", P, "中山路88号3幢502室", "杭州", "2026-02-01", "否"],
]
WORDS = catalogue("en")


def customers(made):
    return sorted(rows(made, "SELECT record_count, may_contact FROM {customers}"))


def answer(folder, text):
    book = openpyxl.load_workbook(folder / SHEET)
    book.active.cell(2, 3, text)
    book.save(folder / SHEET)


def test_a_pair_waits_in_the_sheet_and_the_answer_is_obeyed(tmp_path):
    write_csv(tmp_path / "members.csv", BROTHERS)
    made = canonical(tmp_path, MEMBERS)
    assert len(customers(made)) == 2
    assert inventory(made)["review"]["pairs"].tolist() == [1]
    assert stat.S_IMODE((tmp_path / SHEET).stat().st_mode) == 0o600
    sheet = openpyxl.load_workbook(tmp_path / SHEET).active
    assert sheet.max_row == 2
    assert sheet.data_validations.dataValidation
    answer(tmp_path, catalogue("zh").word("identity.review.same"))
    again = canonical(tmp_path, MEMBERS)
    assert customers(again) == [(2, False)]
    assert not (tmp_path / SHEET).exists()
    assert dict(inventory(again)["merges"][["rule", "records"]].values.tolist())["decision"] == 1
    write_csv(tmp_path / "members.csv", [*BROTHERS, ["m3", "李伟", "13900139000", "", "", "2026-03-01", ""]])
    assert customers(canonical(tmp_path, MEMBERS)) == [(1, None), (2, False)]


def test_different_is_not_asked_again(tmp_path):
    write_csv(tmp_path / "members.csv", BROTHERS)
    canonical(tmp_path, MEMBERS)
    answer(tmp_path, "different")
    made = canonical(tmp_path, MEMBERS)
    assert len(customers(made)) == 2
    assert inventory(made)["review"].empty
    assert inventory(made)["decisions"].values.tolist() == [["same", 0, 0], ["different", 1, 1]]


def test_an_answer_that_is_none_is_told_with_its_row(tmp_path):
    write_csv(tmp_path / "members.csv", BROTHERS)
    canonical(tmp_path, MEMBERS)
    answer(tmp_path, "perhaps")
    with pytest.raises(UserError) as caught:
        canonical(tmp_path, MEMBERS)
    assert [(problem.where, problem.row) for problem in caught.value.problems] == [("review.xlsx", 2)]


def test_contradictory_decisions_are_told_with_where_they_stand():
    given = [Decision("a", "b", SAME, "s:2"), Decision("b", "c", SAME, "s:3"), Decision("a", "c", DIFFERENT, "s:4")]
    (problem,) = contradictions(given)
    assert problem.where == "s:4"
    assert "s:2, s:3" in problem.text(WORDS)
    assert contradictions(given[:2]) == []


def test_decisions_come_back_as_they_were_written(tmp_path):
    assert not read_decisions(tmp_path)
    from crm_lib.identity.decisions import Decisions

    decisions = Decisions((Decision("Ea", "Eb", SAME, "x"), Decision("Ea", "Ec", DIFFERENT, "y")))
    write_decisions(tmp_path, decisions)
    assert read_decisions(tmp_path) == decisions


@pytest.fixture
def merged(tmp_path):
    """An engagement on disk with one customer of two numbers and one of two people under one number."""
    lines = [
        HEADER,
        ["m1", "张丽", P, "", "杭州", "2026-01-01", "是"],
        ["m2", "张丽", P, "", "", "2026-02-01", ""],
        ["m7", "王芳", "13700137000", "", "", "2026-01-05", ""],
        ["m7", "陈强", "13600136000", "", "", "2026-01-06", ""],
    ]
    write_csv(tmp_path / "members.csv", lines)
    (tmp_path / "engagement.toml").write_text(
        'id = "shop"\nas_of = 2026-06-30\n[client]\nname = "Shop"\nindustry = "retail"\n[[cycles]]\nnumber = 1\n'
        'baseline = 2026-03-31\nstart = 2026-04-01\n[[sources]]\nname = "members"\ntable = "customers"\n'
        'file = "members.csv"\n',
        encoding="utf-8",
    )
    return tmp_path


def sizes(folder):
    from crm_lib.engagement import load
    from crm_lib.run.prepare import prepare

    made = prepare(folder, load(folder))
    return made, dict(rows(made / "trail", "SELECT customer_id, COUNT(*) FROM {records} GROUP BY ALL"))


def test_a_golden_record_is_explained_and_split_for_good(merged):
    _, found = sizes(merged)
    assert sorted(found.values()) == [2, 2]
    for customer in found:
        console = Console(width=300, record=True, file=io.StringIO())
        merges.show(merged, customer, WORDS, console)
        told = console.export_text()
        assert "members" in told
        assert "100" in told
        merges.undo(merged, customer, [], WORDS)
    _, after = sizes(merged)
    assert sorted(after.values()) == [1, 1, 1, 1]


def test_some_records_are_split_off(merged):
    made, _ = sizes(merged)
    customer = next(
        id for (id,) in rows(made / "trail", "SELECT customer_id FROM {records} WHERE customer_key = 'm7' LIMIT 1")
    )
    (record,) = rows(made / "trail", "SELECT record_id FROM {records} WHERE name = '王芳'")
    merges.undo(merged, customer, list(record), WORDS)
    assert sorted(sizes(merged)[1].values()) == [1, 1, 2]


@pytest.mark.parametrize("column", ["customer_id", "customer_key", "record_id", "reference"])
def test_a_customer_is_found_by_every_number_that_a_consultant_has(merged, column):
    made, _ = sizes(merged)
    query = f"SELECT DISTINCT {column} FROM {{records}} WHERE name = '张丽' ORDER BY 1"
    for (number,) in rows(made / "trail", query):
        console = Console(width=300, record=True, file=io.StringIO())
        merges.show(merged, number, WORDS, console)
        assert "m1" in console.export_text()


def test_a_number_of_several_customers_is_no_guess(merged):
    merges.undo(merged, "m7", [], WORDS)
    made, _ = sizes(merged)
    with pytest.raises(UserError) as caught:
        merges.show(merged, "m7", WORDS, Console(quiet=True))
    (problem,) = caught.value.problems
    told = [id for (id,) in rows(made / "trail", "SELECT customer_id FROM {records} WHERE customer_key = 'm7'")]
    assert len(told) == 2
    assert all(id in problem.text(WORDS) for id in told)


def test_what_is_not_there_is_told(merged):
    with pytest.raises(UserError):
        merges.show(merged, "CNOBODY", WORDS, Console(quiet=True))


def test_every_surviving_value_has_its_source(merged):
    made, _ = sizes(merged)
    golden = rows(made / "trail", 'SELECT customer_id, "column", value, rule, source, record_id FROM {golden}')
    assert {(column, source) for _, column, _, _, source, _ in golden} >= {("name", "members"), ("phone", "members")}
    customers = dict(rows(made, "SELECT customer_id, name FROM {customers}"))
    assert {id: value for id, column, value, *_ in golden if column == "name"} == customers
    assert all(record for *_, record in golden)


@pytest.mark.parametrize(
    ("rule", "city"),
    [("most_recent", "宁波市"), ("longest", "呼和浩特市"), ("most_frequent", "杭州市"), ("trusted_source", "宁波市")],
)
def test_rules_of_survivorship(tmp_path, rule, city):
    cities = ["杭州", "杭州", "呼和浩特", "宁波"]
    lines = [["m1", "张丽", P, "", name, f"2026-0{i}-01", ""] for i, name in enumerate(cities, 1)]
    write_csv(tmp_path / "members.csv", [HEADER, *lines])
    made = canonical(tmp_path, MEMBERS, identity={"survivorship": {"city": rule}})
    assert rows(made, "SELECT city FROM {customers}") == [(city,)]
    told = inventory(made)["survivorship"].set_index("column")
    assert told.loc["city", "rule"] == rule


def test_trusted_sources_come_first(tmp_path):
    write_csv(tmp_path / "members.csv", [HEADER, ["m1", "张丽", P, "", "杭州", "2026-01-01", ""]])
    write_csv(tmp_path / "cards.csv", [HEADER, ["k1", "张丽", P, "", "宁波", "2020-01-01", ""]])
    cards = {"name": "cards", "table": "customers", "file": "cards.csv", "key_space": "card"}
    assert rows(canonical(tmp_path, MEMBERS, cards), "SELECT city FROM {customers}") == [("杭州市",)]
    made = canonical(tmp_path, MEMBERS, cards, identity={"trusted": ["cards"]})
    assert rows(made, "SELECT city FROM {customers}") == [("宁波市",)]
