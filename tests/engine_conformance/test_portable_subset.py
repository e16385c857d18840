"""Every SQL file keeps to the portable subset, and the check finds what does not."""

from __future__ import annotations

import pytest

from crm_lib import metrics
from crm_lib.engine.base import read
from crm_lib.engine.portable import problems
from tests.engine_conformance.asked import FILES, NAMES, PACKAGE


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_file_keeps_to_the_subset(path):
    assert problems(read(path)) == []


def test_every_metric_has_its_file():
    there = {path.stem for path in FILES if path.parent == PACKAGE / "metrics"}
    assert {metric.query for metric in metrics.METRICS.values()} <= there


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT a, ARG_MAX(b, c) AS x FROM t GROUP BY a", "ARG_MAX"),
        ("SELECT a, QUANTILE_CONT(b, 0.5) AS x FROM t GROUP BY a", "PERCENTILE_CONT"),
        ("SELECT DAYOFWEEK(a) AS x FROM t", "DAY_OF_WEEK"),
        ("SELECT ROUND(a) AS x FROM t", "ROUND"),
        ("SELECT LOWER(a) AS x FROM t", "LOWER"),
        ("SELECT LAST_DAY(a) AS x FROM t", "LAST_DAY"),
        ("SELECT MY_OWN(a) AS x FROM t", "a function that is not known"),
        ("SELECT CURRENT_DATE AS x", "CURRENT_DATE"),
        ("SELECT STRING_AGG(a) AS x FROM t", "GROUP_CONCAT"),
        ("SELECT DATE_TRUNC('month', a) AS x FROM t", "TIMESTAMP_TRUNC"),
        ("SELECT date_diff('month', a, b) AS x FROM t", "date_diff"),
        ("SELECT a + INTERVAL 1 DAY AS x FROM t", "INTERVAL"),
        ("SELECT a / b AS x FROM t", "cast what is divided"),
        ("SELECT a // b AS x FROM t", "//"),
        ("SELECT EXTRACT(DOW FROM a) AS x FROM t", "EXTRACT"),
        ("SELECT a || b AS x FROM t", "||"),
        ("SELECT a FROM t WHERE b LIKE 'x%'", "LIKE"),
        ("SELECT a FROM t WHERE b ILIKE 'x%'", "ILIKE"),
        ("SELECT CAST(a AS VARCHAR) AS x FROM t", "AS VARCHAR"),
        ("SELECT CAST(a AS TIMESTAMPTZ) AS x FROM t", "CAST AS TIMESTAMPTZ"),
        ("SELECT CAST(a AS FLOAT) AS x FROM t", "CAST AS"),
        ("SELECT * FROM t", "* stands"),
        ("SELECT a, COUNT(*) AS n FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT x.a FROM (SELECT a FROM t)", "without a name"),
        ("SELECT SUM(a) OVER w AS x FROM t WINDOW w AS (PARTITION BY b)", "named window"),
        ("SELECT SUM(a) OVER (ORDER BY b ROWS 2 PRECEDING) AS x FROM t", "a frame"),
        ("SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY b, c) = 1", "QUALIFY"),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) AS x FROM t", "tie-breaker"),
        ("SELECT LAG(a) OVER (PARTITION BY b) AS x FROM t", "without an order"),
        ("SELECT SUM(a ORDER BY b) AS x FROM t", "with an order"),
        ("SELECT COUNT(*) FILTER (a > 1) AS x FROM t", "FILTER"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
        ("SELECT a FROM t LIMIT 3", "LIMIT without"),
        ("SELECT a FROM t ORDER BY 1", "number of a column"),
        ("SELECT a FROM t WHERE b = $ab AND c = $a", "$a begins $ab"),
        ("SELECT a FROM t; SELECT b FROM t", "not one SELECT"),
        ("DELETE FROM t", "not one SELECT"),
        ("SELECT FROM WHERE", ""),
    ],
)
def test_what_is_outside_the_subset_is_found(query, told):
    found = problems(query)
    assert found
    assert any(told in one for one in found), found
