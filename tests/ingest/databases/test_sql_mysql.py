"""A real MariaDB: the server's own text, exact; and what is told when something is wrong."""

from datetime import date, datetime
from decimal import Decimal

import pymysql
import pytest

from crm_lib.errors import UserError
from crm_lib.language import catalogue
from crm_lib.run.data_checks import check_data
from tests.ingest.folder import account, canonical, engagement, rows, set_aside
from tests.ingest.servers import PASSWORD, Server, mariadb

SALES = {
    "name": "sales",
    "table": "order_lines",
    "format": "sql",
    "url_env": "SHOP_DATABASE",
    "query": "SELECT * FROM sales ORDER BY order_id;",
}
MEMBERS = SALES | {"name": "members", "table": "customers", "query": "# who\nSELECT * FROM members"}
MAKE = f"""
CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop; SET time_zone = '+08:00';
CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}'; GRANT SELECT ON shop.* TO reader@'%';
CREATE USER writer@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON shop.* TO writer@'%';
CREATE USER tls_only@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT SELECT ON shop.* TO tls_only@'%';
CREATE TABLE sales (order_id BIGINT UNSIGNED, customer_key INT(10) UNSIGNED ZEROFILL, ordered_at TIMESTAMP NULL,
  kind ENUM('sale', 'refund'), quantity TINYINT, amount DECIMAL(20,4), cost FLOAT, store VARCHAR(20) CHARACTER SET gbk,
  category SET('鞋', '帽'), brand JSON, product_id VARBINARY(9));
INSERT INTO sales VALUES (18446744073709551615, 42, '2026-01-06 02:30:00', 'sale', 2, 12.3450, 1.1, '南塘店', '鞋,帽',
  '{{"a": 1}}', 'P1'), (7, NULL, '2026-01-06 01:00:00.5', 'refund', -1, -99999999999999.9900, NULL, 'NULL', NULL, NULL, NULL);
CREATE TABLE members (customer_key VARCHAR(9), joined_on DATE, birth_date DATETIME, may_contact TINYINT(1), gender BIT(1),
  visited_at TIMESTAMP NULL);
INSERT INTO members VALUES ('a', '0000-00-00', '1990-01-02 00:00:00', 1, b'1', '2026-01-06'), ('b', '2026-01-05', NULL, 0,
  NULL, '0000-00-00');
CREATE TABLE pictures (order_id INT, picture BLOB); INSERT INTO pictures VALUES (1, x'89504e47ff00');
"""


@pytest.fixture(scope="module")
def server():
    with mariadb() as found:
        connection = pymysql.connect(unix_socket=str(found.socket), user="root")
        with connection, connection.cursor() as cursor:
            for statement in filter(str.strip, MAKE.split(";")):
                cursor.execute(statement)
            connection.commit()
        yield found


@pytest.fixture
def shop(tmp_path, monkeypatch, server):
    monkeypatch.setenv("SHOP_DATABASE", server.url())
    return tmp_path


def told(folder, language: str = "en", **source) -> tuple[str, str]:
    """Message id and text of the only problem."""
    (problem,) = check_data(folder, engagement(SALES | source))
    return problem.message.id.removeprefix("errors.data.sql."), UserError([problem]).text(catalogue(language))


def test_types_are_kept(shop):
    made = canonical(shop, SALES)
    query = "SELECT order_id, ordered_on, ordered_at, kind, quantity, amount, cost, store, category, brand, product_id FROM {order_lines}"
    assert sorted(rows(made, query)) == [
        (
            "18446744073709551615",
            date(2026, 1, 6),
            datetime(2026, 1, 6, 2, 30),
            "sale",
            2,
            Decimal("12.35"),
            Decimal("1.10"),
            "南塘店",
            "鞋,帽",
            '{"a": 1}',
            "P1",
        ),
        (
            "7",
            date(2026, 1, 6),
            datetime(2026, 1, 6, 1),
            "refund",
            -1,
            Decimal("-99999999999999.99"),
            None,
            None,
            None,
            None,
            None,
        ),
    ]
    keys = "SELECT customer_key FROM {records} ORDER BY ALL NULLS LAST"
    assert rows(made / "trail", keys) == [("0000000042",), (None,)]
    assert account(made).iloc[0][["file", "format", "rows_read", "accepted"]].tolist() == ["sales", "sql", 2, 2]


def test_zero_dates_are_told_and_the_row_stays(shop):
    made = canonical(shop, MEMBERS)
    query = "SELECT joined_on, birth_date, may_contact FROM {customers} ORDER BY joined_on NULLS FIRST"
    assert rows(made, query) == [(None, date(1990, 1, 2), True), (date(2026, 1, 5), None, False)]
    trail = "SELECT raw, value, rule FROM {values} WHERE \"column\" = 'joined_on'"
    assert rows(made / "trail", trail) == [("0000-00-00", None, "invalid")]


def test_a_zero_moment_leaves_the_others_what_they_are(shop):
    query = "SELECT customer_key AS order_id, visited_at AS ordered_at, 1 AS amount FROM members"
    made = canonical(shop, SALES | {"query": query})
    assert rows(made, "SELECT order_id, ordered_at FROM {order_lines}") == [("a", datetime(2026, 1, 6))]
    assert [row["row"]["ordered_at"] for row in set_aside(made, "sales")] == ["0000-00-00 00:00:00"]


def test_a_large_answer_comes_in_batches(shop):
    query = "SELECT seq AS order_id, '2026-01-05' AS ordered_on, seq / 4 AS amount FROM seq_1_to_250000"
    made = canonical(shop, SALES | {"query": query})
    assert rows(made, "SELECT COUNT(*), COUNT(DISTINCT order_id), SUM(amount) FROM {orders}") == [
        (250000, 250000, sum(round(Decimal(i) / 4, 2) for i in range(1, 250001)))
    ]


@pytest.mark.parametrize(
    ("query", "rule", "says"),
    [
        ("SELECT nothing FROM sales", "query", "Unknown column 'nothing'"),
        ("SELECT * FROM nowhere", "query", "nowhere' doesn't exist"),
        ("SELECT * FROM sales; SELECT 1", "query", "syntax"),
        ("SELECT * FROM mysql.user", "forbidden", "SELECT command denied"),
        ("DELETE FROM sales", "no_select", "SELECT"),
        ("SELECT * FROM pictures", "binary", "picture"),
        ("SELECT SLEEP(5) FROM sales", "timeout", "1 second"),
    ],
)
def test_a_query_that_fails_is_told(shop, query, rule, says):
    found, text = told(shop, query=query, timeout_seconds=1)
    assert (found, says in text) == (rule, True), text
    assert "reader" not in text


def test_what_would_change_data_is_refused_by_the_transaction(shop, server, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", server.url("writer"))
    assert told(shop, query="(SELECT * FROM sales) FOR UPDATE")[0] == "read_only"
    assert told(shop, query="WITH x AS (SELECT 1) DELETE FROM sales")[0] == "query"
    assert len(rows(canonical(shop, SALES), "SELECT * FROM {orders}")) == 2


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ({"password": "wrong-c4n"}, "login"),
        ({"user": "nobody"}, "login"),
        ({"database": "nope"}, "forbidden"),
        ({"user": "tls_only", "options": "?ssl-mode=disabled"}, "login"),
        ({"options": "?ssl-mode=VERIFY_IDENTITY"}, "certificate"),
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
        ("mysql://reader:c4n@127.0.0.1:1/shop", "unreachable"),
        ("mariadb://reader:c4n@no-such-host.invalid/shop", "unknown_host"),
        ("mysql+pymysql://reader:c4n@127.0.0.1:port/shop", "bad_url"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_secrets(shop, monkeypatch, url, rule):
    monkeypatch.setenv("SHOP_DATABASE", url)
    found, text = told(shop)
    assert found == rule, text
    assert "c4n" not in text
    assert "reader" not in text


@pytest.mark.parametrize("options", ["", "?ssl-mode=REQUIRED"])
def test_encrypted_is_the_default(shop, server, monkeypatch, options):
    monkeypatch.setenv("SHOP_DATABASE", server.url("tls_only", options=options))
    assert len(rows(canonical(shop, SALES), "SELECT * FROM {orders}")) == 2


def test_a_socket_may_be_named(shop, server: Server, monkeypatch):
    monkeypatch.setenv("SHOP_DATABASE", server.url(options=f"?socket={server.socket}"))
    assert len(rows(canonical(shop, SALES), "SELECT * FROM {orders}")) == 2
