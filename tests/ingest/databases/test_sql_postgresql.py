"""A real PostgreSQL: types, order, limits, and what is told when something is wrong."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from adbc_driver_postgresql import dbapi

from crm_lib.errors import UserError
from crm_lib.ingest.databases.snapshot import asked_once
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from crm_lib.run.prepare import fingerprints, prepare
from tests.ingest.folder import account, canonical, engagement, rows, set_aside
from tests.ingest.servers import PASSWORD, Server, postgresql

SALES = {
    "name": "sales",
    "table": "order_lines",
    "format": "sql",
    "url_env": "SHOP_DATABASE",
    "query": "SELECT * FROM sales ORDER BY order_id;",
}
MAKE = f"""
CREATE TYPE kind AS ENUM ('Sale', 'Refund');
CREATE TABLE sales (order_id text, customer_key numeric(20,0), ordered_at timestamptz, kind kind, quantity int2,
  amount numeric(18,4), cost numeric, store varchar(20), category text[], product_id uuid, brand jsonb);
INSERT INTO sales VALUES
 ('A1', 110101199001011234, '2026-01-05 18:30:00+00', 'Sale', 2, 12.3450, 1.1, '南塘店', '{{鞋,帽}}',
  '11111111-2222-3333-4444-555555555555', '{{"a": 1}}'),
 ('A2', 110101199001011235, '2026-01-06 01:00:00+08', 'Refund', 1, -99999999999999.9900, 2.25, 'NULL', NULL, NULL, NULL);
CREATE TABLE odd (order_id text, ordered_on date, amount numeric, picture bytea, seen timestamp, note text);
INSERT INTO odd VALUES ('B1', 'infinity', 'NaN', 'x', '-infinity', '13800138000'), ('B2', '2026-01-05', 1.5, 'y', NULL, '');
CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE tls_only LOGIN PASSWORD '{PASSWORD}';
GRANT SELECT ON sales, odd TO reader, tls_only;
CREATE TABLE secret (id int);
"""


def run(server: Server, database: str, *statements: str) -> None:
    with dbapi.connect(server.url("owner", database=database), autocommit=True) as connection:
        for statement in statements:
            with connection.cursor() as cursor:
                cursor.execute(statement)


@pytest.fixture(scope="module")
def server():
    with postgresql() as found:
        run(found, "postgres", "CREATE DATABASE shop")
        run(found, "shop", *filter(str.strip, MAKE.split(";\n")))
        yield found


@pytest.fixture
def shop(tmp_path, monkeypatch, server):
    monkeypatch.setenv("SHOP_DATABASE", server.url())
    return tmp_path


def told(folder, words: str = "en", **source) -> tuple[str, str]:
    """Message id and text of the only problem."""
    (problem,) = check_data(folder, engagement(SALES | source))
    return problem.message.id.removeprefix("errors.data.sql."), UserError([problem]).text(catalogue(words))


def test_types_are_kept(shop):
    made = canonical(shop, SALES)
    query = "SELECT order_id, ordered_on, ordered_at, kind, quantity, amount, cost, store, category, product_id, brand FROM {order_lines}"
    assert rows(made, query) == [
        (
            "A1",
            date(2026, 1, 6),
            datetime(2026, 1, 6, 2, 30),
            "sale",
            2,
            Decimal("12.35"),
            Decimal("1.10"),
            "南塘店",
            "{鞋,帽}",
            "11111111-2222-3333-4444-555555555555",
            '{"a": 1}',
        ),
        (
            "A2",
            date(2026, 1, 6),
            datetime(2026, 1, 6, 1),
            "refund",
            -1,
            Decimal("-99999999999999.99"),
            Decimal("-2.25"),
            None,
            None,
            None,
            None,
        ),
    ]
    keys = "SELECT customer_key FROM {records} ORDER BY ALL"
    assert rows(made / "trail", keys) == [("110101199001011234",), ("110101199001011235",)]
    assert account(made).iloc[0][["file", "format", "rows_read", "accepted"]].tolist() == ["sales", "sql", 2, 2]


def test_what_no_day_or_number_can_hold_is_set_aside_with_its_words(shop):
    made = canonical(shop, SALES | {"query": "SELECT order_id, ordered_on, amount, seen FROM odd"})
    (row,) = set_aside(made, "sales")
    assert (row["reason"], row["row"]["ordered_on"], row["row"]["amount"]) == ("invalid_value", "infinity", "nan")
    assert account(made).iloc[0][["rows_read", "accepted", "quarantined"]].tolist() == [2, 1, 1]


def test_two_columns_of_one_name_stay_apart(shop):
    query = "SELECT order_id, 'x' AS order_id, ordered_at, 5 AS amount, point(1, 2) AS p FROM sales"
    source = SALES | {"query": query, "columns": {"order_id": "order_id (2)"}}
    assert rows(canonical(shop, source), "SELECT DISTINCT order_id FROM {order_lines}") == [("x",)]


def test_the_fingerprint_is_of_the_rows_whatever_their_order(shop, server):
    there, back = (engagement(SALES | {"query": f"SELECT * FROM sales ORDER BY order_id {d}"}) for d in ("ASC", "DESC"))
    assert fingerprints(shop, there) == fingerprints(shop, back)
    run(server, "shop", "UPDATE sales SET quantity = 3 WHERE order_id = 'A1'")
    changed = fingerprints(shop, there)
    run(server, "shop", "UPDATE sales SET quantity = 2 WHERE order_id = 'A1'")
    assert changed != fingerprints(shop, there)


def test_no_rows_are_an_empty_source(shop):
    (problem,) = check_data(shop, engagement(SALES | {"query": "SELECT * FROM sales WHERE false"}))
    assert problem.message.id == "errors.data.empty"


@pytest.mark.parametrize(
    ("query", "rule", "says"),
    [
        ("SELECT nothing FROM sales", "query", 'column "nothing" does not exist'),
        ("SELECT * FROM nowhere", "query", 'relation "nowhere" does not exist'),
        ("SELECT * FROM sales; SELECT 1", "query", "multiple commands"),
        ("SELECT order_id::int FROM sales", "value", "text turned into a number"),
        ("SELECT * FROM secret", "forbidden", "permission denied for table secret"),
        ("DELETE FROM sales", "no_select", "SELECT"),
        ("-- tidy\nDROP TABLE sales", "no_select", "SELECT"),
        ("SELECT * FROM odd", "binary", "picture"),
        ("SELECT pg_sleep(5) FROM sales", "timeout", "1 second"),
    ],
)
def test_a_query_that_fails_is_told(shop, query, rule, says):
    found, text = told(shop, query=query, timeout_seconds=1)
    assert (found, says in text) == (rule, True), text


def test_what_would_change_data_is_refused_by_the_transaction(shop, server, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", server.url("owner"))
    query = "WITH gone AS (DELETE FROM sales RETURNING *) SELECT order_id FROM gone"
    assert told(shop, query=query)[0] == "read_only"
    assert len(rows(canonical(shop, SALES), "SELECT * FROM {orders}")) == 2


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ({"password": "wrong-c4n"}, "login"),
        ({"user": "nobody"}, "login"),
        ({"database": "nope"}, "no_database"),
        ({"user": "tls_only", "options": "?sslmode=disable"}, "tls_needed"),
        ({"options": "?sslmode=verify-full"}, "certificate"),
        ({"options": "?colour=blue"}, "bad_url"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_connection_that_fails_is_told_without_secrets(shop, server, monkeypatch, url, rule, language):
    monkeypatch.setenv("SHOP_DATABASE", server.url(**url))
    found, text = told(shop, language)
    assert found == rule, text
    assert not any(secret in text for secret in ("c4n", "reader", "nobody", "tls_only")), text


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("postgresql://reader:c4n@127.0.0.1:1/shop", "unreachable"),
        ("postgresql://reader:c4n@no-such-host.invalid/shop", "unknown_host"),
        ("postgresql://reader:c4n/a@127.0.0.1/shop", "bad_url"),
        ("postgresql://reader:c4n@127.0.0.1:port/shop", "bad_url"),
        ("oracle://reader:c4n@127.0.0.1/shop", "scheme"),
        ("c4n", "scheme"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_secrets(shop, monkeypatch, url, rule):
    monkeypatch.setenv("SHOP_DATABASE", url)
    found, text = told(shop)
    assert found == rule, text
    assert "c4n" not in text
    assert "reader" not in text


def test_encrypted_is_the_default(shop, server, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", server.url("tls_only"))
    assert len(rows(canonical(shop, SALES), "SELECT * FROM {orders}")) == 2


def test_a_database_is_asked_once_for_all_steps(shop):
    """Rows that arrive meanwhile do not make tables of one state and a fingerprint of another."""
    given = engagement(SALES | {"query": "SELECT md5(random()::text) AS order_id, ordered_at, amount FROM sales"})
    with asked_once(shop):
        assert prepare(shop, given) == prepare(shop, given)
        assert fingerprints(shop, given) == fingerprints(shop, given)
    assert fingerprints(shop, given) != fingerprints(shop, given)
    assert [path.name for path in (shop / ".work" / "canonical").iterdir() if path.name.startswith(".")] == []
