"""The phase's SQL keeps to the portable subset and can be said in other engines' dialects."""

from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from crm_lib import engine, layering

FILES = sorted(Path(layering.__file__).parent.rglob("*.sql"))
ALLOWED = (
    exp.Sum,
    exp.Count,
    exp.Min,
    exp.Max,
    exp.Coalesce,
    exp.Cast,
    exp.Case,
    exp.If,
    exp.And,
    exp.Or,
    exp.DateDiff,
    exp.Lead,
)


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def query(request):
    return request.param.read_text(encoding="utf-8")


def test_there_are_files_to_check():
    assert len(FILES) >= 7


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_other_engines_can_say_it(query, dialect):
    again = sqlglot.parse_one(engine.transpile(query, dialect), read=dialect)
    assert again.named_selects == sqlglot.parse_one(query, read="duckdb").named_selects


def test_it_is_one_select_of_the_subset(query):
    (select,) = sqlglot.parse(query, read="duckdb")
    assert isinstance(select, exp.Select)
    assert {type(f).__name__ for f in select.find_all(exp.Func) if not isinstance(f, ALLOWED)} == set()
    assert not list(select.find_all(exp.Div, exp.Filter, exp.Qualify, exp.Anonymous))
    assert not any(group.args.get("all") for group in select.find_all(exp.Group))
    sources = (s for s in select.find_all(exp.Subquery) if isinstance(s.parent, (exp.From, exp.Join)))
    assert all(source.alias for source in sources)


def test_no_parameter_begins_another(query):
    names = {p.name for p in sqlglot.parse_one(query, read="duckdb").find_all(exp.Parameter, exp.Placeholder)}
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]
