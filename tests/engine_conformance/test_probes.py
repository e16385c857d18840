"""Where engines differ in silence: what each gives is pinned, and the portable subset either refuses it or is rewritten.

A probe that no longer differs, or differs elsewhere, fails: then the subset may be wider, or has to be narrower.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from crm_lib.engine import Engine, connect_frames
from crm_lib.engine.portable import problems
from crm_lib.engine.remote import RemoteEngine
from tests.engine_conformance.conftest import Moved
from tests.engine_conformance.same import assert_same

LATE = datetime(2026, 3, 29, 2, 30, 0, 250_000)  # an hour that does not exist in Berlin, and a fraction of a second
TICKETS = pd.DataFrame(
    {
        "ticket_id": ["a", "B", "_b", "é", "上", "Z_1", "Z1"],
        "opened_at": [LATE, datetime(2025, 10, 26, 2, 30), *[datetime(2024, 2, 29, 23, 59, 59, 999_999)] * 5],
        "closed_at": [datetime(2026, 3, 29, 3, 30), None, *[datetime(2024, 3, 1)] * 5],
        "kind": ["complaint", None, "inquiry", "inquiry", "complaint", "complaint", None],
        "csat": [1, 2, None, 4, 5, 3, 3],
    }
)
ORDERS = pd.DataFrame(
    {
        "order_id": list("abcde"),
        "customer_id": ["x", "x", "y", "y", None],
        "ordered_on": [date(2024, 2, 29), date(2025, 2, 28), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 1)],
        "kind": ["sale", "refund", "sale", "sale", "sale"],
        "amount": [
            Decimal("0.10"),
            Decimal("-0.30"),
            Decimal("9999999999999999.99"),
            Decimal("0.01"),
            Decimal("12500000.50"),
        ],
    }
)


@pytest.fixture(scope="module")
def local() -> Engine:
    return connect_frames({"tickets": TICKETS, "orders": ORDERS})


@pytest.fixture(scope="module")
def elsewhere(moved: Moved) -> Iterator[RemoteEngine]:
    engine = moved(connect_frames({"tickets": TICKETS, "orders": ORDERS}))
    assert isinstance(engine, RemoteEngine)
    engine.count("tickets")
    engine.count("orders")
    yield engine
    engine.close()


# What the subset holds, at the places where engines part ways when it is not kept to.
SAME = {
    "days between dates over a leap day": "SELECT date_diff('day', MIN(ordered_on), MAX(ordered_on)) AS x FROM orders",
    "days between moments, by date": "SELECT ticket_id, date_diff('day', CAST(opened_at AS DATE), CAST(closed_at AS DATE)) "
    "AS x FROM tickets ORDER BY ticket_id",
    "seconds with their fraction": "SELECT ticket_id, epoch(closed_at) - epoch(opened_at) AS x FROM tickets ORDER BY ticket_id",
    "the day of a moment before midnight": "SELECT ticket_id, CAST(opened_at AS DATE) AS x FROM tickets ORDER BY ticket_id",
    "month index over the turn of the year": "SELECT order_id, year(ordered_on) * 12 + month(ordered_on) - 1 AS x FROM orders "
    "ORDER BY order_id",
    "decimal sums to the cent": "SELECT kind, SUM(amount) AS x, CAST(SUM(amount) AS DOUBLE) AS y FROM orders GROUP BY kind ORDER BY kind",
    "squares of large amounts": "SELECT SUM(CAST(amount AS DECIMAL(38, 2)) * amount) AS x FROM orders WHERE amount < 100000000",
    "a mean of whole numbers": "SELECT CAST(AVG(csat) AS DOUBLE) AS x FROM tickets",
    "a ratio of doubles": "SELECT CAST(SUM(csat) AS DOUBLE) / COUNT(*) AS x FROM tickets",
    "half a cent, rounded by a cast": "SELECT CAST(CAST(csat AS DOUBLE) / 8 AS DECIMAL(12, 2)) AS x FROM tickets ORDER BY ticket_id",
    "order of words": "SELECT ticket_id FROM tickets ORDER BY ticket_id",
    "order of words written in the query": "SELECT d.w FROM (SELECT 'a_b' AS w UNION ALL SELECT 'aB' UNION ALL SELECT 'ab') AS d ORDER BY d.w",
    "least and greatest word": "SELECT MIN(ticket_id) AS x, MAX(ticket_id) AS y FROM tickets",
    "words compared": "SELECT ticket_id FROM tickets WHERE ticket_id > 'Z' ORDER BY ticket_id",
    "nothing comes last": "SELECT ticket_id, csat FROM tickets ORDER BY csat, ticket_id",
    "nothing comes last downwards": "SELECT ticket_id, csat FROM tickets ORDER BY csat DESC, ticket_id",
    "nothing comes last within a window": "SELECT ticket_id, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY csat DESC, ticket_id) AS x "
    "FROM tickets ORDER BY ticket_id",
    "nothing is not counted": "SELECT COUNT(*) AS x, COUNT(kind) AS y, COUNT(DISTINCT kind) AS z FROM tickets",
    "nothing to sum": "SELECT SUM(csat) AS x, MIN(kind) AS y FROM tickets WHERE csat > 99",
    "union drops what is twice, nothing too": "SELECT u.k FROM (SELECT kind AS k FROM tickets UNION SELECT kind AS k FROM orders) AS u ORDER BY u.k",
}


@pytest.mark.parametrize("query", SAME.values(), ids=SAME.keys())
def test_the_subset_means_the_same(local: Engine, elsewhere: RemoteEngine, query: str):
    assert problems(query) == []
    assert_same(elsewhere.sql(query), local.sql(query))


@dataclass(frozen=True)
class Probe:
    """The same words, or nearly, to three engines, and what each makes of them."""

    said: str  # to DuckDB, and to the others but for what `native` has
    given: dict[str, Any]
    native: dict[str, str] = field(default_factory=dict)


REFUSED = {
    "a quotient of whole numbers": Probe("SELECT 7 / 2 AS x", {"duckdb": 3.5, "postgres": 3, "spark": 3.5}),
    "half of a double, rounded": Probe(
        "SELECT ROUND(CAST(2.5 AS DOUBLE)) AS x",
        {"duckdb": 3.0, "postgres": 2.0, "spark": 3.0},
        {"postgres": "SELECT ROUND(CAST(2.5 AS DOUBLE PRECISION)) AS x"},
    ),
    "a number as text": Probe(
        "SELECT CAST(CAST(1e15 AS DOUBLE) AS VARCHAR) AS x",
        {"duckdb": "1000000000000000.0", "postgres": "1e+15", "spark": "1.0E15"},
        {
            "postgres": "SELECT CAST(CAST(1e15 AS DOUBLE PRECISION) AS VARCHAR) AS x",
            "spark": "SELECT CAST(CAST(1e15 AS DOUBLE) AS STRING) AS x",
        },
    ),
    "text with nothing": Probe("SELECT CONCAT('a', NULL) AS x", {"duckdb": "a", "postgres": "a", "spark": None}),
    "months between": Probe(
        "SELECT date_diff('month', DATE '2026-01-31', DATE '2026-02-28') AS x",
        {"duckdb": 1, "postgres": 0, "spark": 0},
        {
            "postgres": "SELECT CAST(EXTRACT(MONTH FROM AGE(DATE '2026-02-28', DATE '2026-01-31')) AS BIGINT) AS x",
            "spark": "SELECT date_diff(MONTH, DATE '2026-01-31', DATE '2026-02-28') AS x",
        },
    ),
    "day of the week of a Sunday": Probe(
        "SELECT DAYOFWEEK(DATE '2026-03-01') AS x",
        {"duckdb": 0, "postgres": 0, "spark": 1},
        {"postgres": "SELECT CAST(EXTRACT(DOW FROM DATE '2026-03-01') AS BIGINT) AS x"},
    ),
}
# What the subset keeps because the translation says what is meant.
REWRITTEN = {
    "a fraction of a second": Probe(
        "SELECT epoch(TIMESTAMP '2026-01-01 00:00:00.75') - epoch(TIMESTAMP '2026-01-01 00:00:00') AS x",
        {"duckdb": 0.75, "postgres": 0.75, "spark": 0},
        {
            "postgres": "SELECT CAST(EXTRACT(EPOCH FROM TIMESTAMP '2026-01-01 00:00:00.75' - TIMESTAMP '2026-01-01') "
            "AS DOUBLE PRECISION) AS x",
            "spark": "SELECT UNIX_TIMESTAMP(TIMESTAMP '2026-01-01 00:00:00.75') - UNIX_TIMESTAMP(TIMESTAMP '2026-01-01') AS x",
        },
    ),
    "where nothing stands upwards": Probe(
        "SELECT csat AS x FROM tickets ORDER BY csat", {"duckdb": 1, "postgres": 1, "spark": None}
    ),
    "where nothing stands downwards": Probe(
        "SELECT csat AS x FROM tickets ORDER BY csat DESC", {"duckdb": 5, "postgres": None, "spark": 5}
    ),
}


@pytest.mark.parametrize("probe", [*REFUSED.values(), *REWRITTEN.values()], ids=[*REFUSED, *REWRITTEN])
def test_engines_part_ways(probe: Probe, local: Engine, elsewhere: RemoteEngine):
    assert len(set(probe.given.values())) > 1
    assert _first(local.sql(probe.said)["x"].tolist()) == probe.given["duckdb"]
    said = probe.native.get(elsewhere.dialect, probe.said)
    assert _first(elsewhere._ask(said).column(0).to_pylist()) == probe.given[elsewhere.dialect]


@pytest.mark.parametrize("probe", REFUSED.values(), ids=REFUSED)
def test_the_subset_refuses_what_parts_them(probe: Probe):
    assert problems(probe.said)


@pytest.mark.parametrize("probe", REWRITTEN.values(), ids=REWRITTEN)
def test_the_translation_says_what_is_meant(probe: Probe, local: Engine, elsewhere: RemoteEngine):
    assert problems(probe.said) == []
    assert_same(elsewhere.sql(probe.said), local.sql(probe.said))


def _first(values: list[Any]) -> Any:
    return None if pd.isna(values[0]) else values[0]


@pytest.mark.parametrize("word", ["O'Neil", "back\\slash", "'; DROP TABLE orders; --", "上海", "$as_of", "%(a)s", "{}"])
def test_a_parameter_is_a_value_whatever_it_holds(word: str, elsewhere: RemoteEngine):
    assert elsewhere.sql("SELECT COUNT(*) AS n, $word AS w FROM orders", word=word).iloc[0].to_dict() == {
        "n": 5,
        "w": word,
    }


def test_numbers_below_zero_and_days_are_values(local: Engine, elsewhere: RemoteEngine):
    query = "SELECT COUNT(*) AS n FROM orders WHERE amount > -$least AND ordered_on < $day"
    given = {"least": -0.005, "day": date(2026, 1, 1)}
    assert_same(elsewhere.sql(query, **given), local.sql(query, **given))


def test_nothing_of_the_data_stays_behind(moved: Moved, elsewhere: RemoteEngine):
    """The tables are the session's own: another session does not see them, and they go with it."""
    other = moved(connect_frames({}))
    assert other.count("orders") == 0
    other.close()
    assert elsewhere.count("orders") == 5
