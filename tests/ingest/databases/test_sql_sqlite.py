"""SQLite, whose columns have no types; and where addresses of databases may stand."""

import os
import sqlite3
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from crm_lib.engagement import examine
from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.paths import PROJECT
from crm_lib.run.data_checks import check_data
from tests.ingest.folder import account, canonical, engagement, rows, set_aside

SALES = {
    "name": "sales",
    "table": "order_lines",
    "format": "sql",
    "query": "SELECT * FROM sales",
    "url_file": "../a.url",
}


@pytest.fixture
def shop(tmp_path):
    """An engagement's folder beside a database and a file with its address."""
    folder = tmp_path / "shop"
    folder.mkdir()
    with sqlite3.connect(tmp_path / "a b#?.db") as connection:
        connection.execute("CREATE TABLE sales (order_id, ordered_on TEXT, amount NUMERIC, phone, quantity REAL)")
        cells = [(9007199254740993, "2026-01-05", 0.1, "0012", 1.0), ("late", "soon", 12, None, None)]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", cells)
    connection.close()
    write(tmp_path / "a.url", f"# the till\n\nsqlite:///{tmp_path}/a%20b%23%3F.db\n")
    return folder


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def told(folder, language: str = "en", **source) -> tuple[str, str]:
    """Message id and text of the only problem."""
    (problem,) = check_data(folder, engagement(SALES | source))
    return problem.message.id.removeprefix("errors.data.sql."), UserError([problem]).text(catalogue(language))


def test_values_are_text_and_whole_numbers_are_exact(shop):
    made = canonical(shop, SALES)
    query = "SELECT order_id, ordered_on, amount, quantity FROM {order_lines}"
    assert rows(made, query) == [("9007199254740993", date(2026, 1, 5), Decimal("0.10"), Decimal("1.000"))]
    assert [row["row"]["ordered_on"] for row in set_aside(made, "sales")] == ["soon"]
    assert account(made).iloc[0]["file"] == "sales"


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("SELECT nothing FROM sales", "query"),
        ("SELECT x'00ff' AS picture FROM sales", "binary"),
        ("SELECT CAST(x'ff' AS TEXT) AS name FROM sales", "undecodable"),
        ("DELETE FROM sales", "no_select"),
        ("WITH x AS (SELECT 1) DELETE FROM sales", "read_only"),
        ("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT * FROM n WHERE i < 0", "timeout"),
    ],
)
def test_a_query_that_fails_is_told(shop, query, rule):
    found, text = told(shop, query=query, timeout_seconds=1)
    assert found == rule, text


def test_what_is_no_database_is_told(shop):
    for name, text, rule in (("b", "no database at all " * 99, "not_sqlite"), ("c", None, "no_sqlite")):
        if text:
            write(shop.parent / f"{name}.db", text)
        write(shop.parent / f"{name}.url", f"sqlite:///{shop.parent}/{name}.db")
        assert told(shop, url_file=f"../{name}.url")[0] == rule


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_that_others_may_read_is_refused(shop, mode):
    write(shop.parent / "open.url", "postgresql://reader:c4n@127.0.0.1/shop", mode)
    found, text = told(shop, url_file="../open.url")
    assert (found, "chmod 600" in text, "c4n" in text) == ("file_open", True, False)


@pytest.mark.parametrize("place", ["own.url", "../shop/own.url", str(PROJECT / "own.url"), "../link.url"])
def test_a_file_that_is_handed_on_is_refused(shop, place):
    write(shop / "own.url", "postgresql://reader:c4n@127.0.0.1/shop")
    (shop.parent / "link.url").symlink_to(shop / "own.url")
    assert told(shop, url_file=place)[0] == "file_published"


@pytest.mark.parametrize(("text", "rule"), [("", "scheme"), ("# nothing\n", "scheme"), ("c4n", "scheme")])
def test_a_file_without_an_address_is_told(shop, text, rule):
    write(shop.parent / "odd.url", text)
    found, words = told(shop, url_file="../odd.url")
    assert (found, "c4n" in words) == (rule, False)
    assert told(shop, url_file="../gone.url")[0] == "no_file"
    assert told(shop, url_file="..")[0] == "no_file"


@pytest.mark.parametrize("key", ["url_env", "url_file", "query", "file", "label", "name"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_password_in_the_engagement_is_refused_and_not_shown(shop, key, language):
    given = {
        "id": "shop",
        "client": {"name": "Shop", "industry": "retail"},
        "as_of": date(2026, 6, 30),
        "cycles": [{"number": 1, "baseline": date(2026, 3, 31), "start": date(2026, 4, 1)}],
        "sources": [SALES | {key: "postgresql://reader:c4n%40ry@db.example.com/shop"}],
    }
    found = examine(given)
    assert "errors.engagement.secret" in [problem.message.id for problem in found.problems]
    problems = [*found.problems, *check_data(shop, found.engagement)]
    assert "c4n" not in UserError(problems).text(catalogue(language))
    assert "c4n" not in found.engagement.model_dump_json()


def test_rows_with_a_nul_are_set_aside(shop):
    query = "SELECT '1' AS order_id, '2026-01-05' AS ordered_on, '5' AS amount, 'a' || char(0) AS store"
    made = canonical(shop, SALES | {"query": f"{query} UNION ALL SELECT '2', '2026-01-05', '7', 'b'"})
    assert [row["reason"] for row in set_aside(made, "sales")] == ["nul_byte"]
    assert rows(made, "SELECT order_id FROM {orders}") == [("2",)]
    assert account(made).iloc[0]["amount_quarantined"] == 5
