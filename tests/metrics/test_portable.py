"""The metric files keep to the portable subset, and other engines' dialects can say them."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from crm_lib import engine, metrics
from crm_lib.metrics.measure import FOLDER

ROOMS = ("metrics", "diagnosis", "strategy", "monitoring")
FILES = sorted(path for room in ROOMS for path in (FOLDER.parent / room).glob("*.sql"))
AGGREGATES = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)
SCALARS = (
    exp.Coalesce,
    exp.Cast,
    exp.DateDiff,
    exp.TimeToUnix,
    exp.Case,
    exp.If,
    exp.Abs,
    exp.Lag,
    exp.Lead,
    exp.Year,
    exp.Month,
)
ALLOWED = (*AGGREGATES, *SCALARS, exp.And, exp.Or, exp.RowNumber, exp.Exists, exp.Extract, exp.TsOrDsToDate)


def tree(path: Path) -> exp.Expression:
    statements = sqlglot.parse(path.read_text(encoding="utf-8"), read="duckdb")
    assert len(statements) == 1
    return statements[0]


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def path(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_metric_has_its_file():
    assert {metric.query for metric in metrics.METRICS.values()} <= {path.stem for path in FILES}


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_the_file_is_said_in_another_dialect_and_read_back(path: Path, dialect: str):
    said = engine.transpile(path.read_text(encoding="utf-8"), dialect)
    again = sqlglot.parse_one(said, read=dialect)
    assert isinstance(again, exp.Select)
    assert again.named_selects == tree(path).named_selects


def test_the_file_is_one_select_of_the_subset(path: Path):
    select = tree(path)
    assert isinstance(select, exp.Select)
    unknown = {type(f).__name__ for f in select.find_all(exp.Func) if not isinstance(f, ALLOWED)}
    assert not unknown, unknown
    for banned in (exp.Star, exp.Anonymous, exp.Pivot, exp.Unnest, exp.Qualify):
        assert not [s for s in select.find_all(banned) if not isinstance(s.parent, exp.Count)]
    assert not select.find(exp.Window) or all(not w.args.get("alias") for w in select.find_all(exp.Window))
    assert not any(group.args.get("all") for group in select.find_all(exp.Group))
    assert all(
        subquery.alias
        for subquery in select.find_all(exp.Subquery)
        if isinstance(subquery.parent, (exp.From, exp.Join))
    )


def test_divisions_are_of_doubles_or_have_none(path: Path):
    for division in tree(path).find_all(exp.Div):
        double = isinstance(division.this, exp.Cast) and division.this.to.this == exp.DataType.Type.DOUBLE
        assert double or division.find(exp.TimeToUnix), division.sql()


def test_parameters_are_named_and_never_begin_another(path: Path):
    names = sorted({p.name for p in tree(path).find_all(exp.Parameter, exp.Placeholder)})
    assert all(names)
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]


@pytest.mark.parametrize(
    "broken",
    [
        "SELECT a, ARG_MAX(b, c) AS x FROM t GROUP BY a",
        "SELECT a, QUANTILE_CONT(b, 0.5) AS x FROM t GROUP BY a",
        "SELECT DAYOFWEEK(a) AS x FROM t",
    ],
)
def test_the_check_finds_what_is_forbidden(broken: str, tmp_path: Path):
    file = tmp_path / "broken.sql"
    file.write_text(broken)
    with pytest.raises(AssertionError):
        test_the_file_is_one_select_of_the_subset(file)
