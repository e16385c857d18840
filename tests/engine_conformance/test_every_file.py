"""Every SQL file of metrics and phases gives the same on DuckDB, PostgreSQL and Spark, value by value."""

from __future__ import annotations

import pytest
import sqlglot

from crm_lib.engagement import Definitions, Layering, load
from crm_lib.engine import connect, connect_frames
from crm_lib.engine.base import read
from crm_lib.layering import layer
from crm_lib.metrics import kpis, periods
from crm_lib.paths import DATA
from crm_lib.run.prepare import prepare
from crm_lib.tables import TABLES
from tests.engine_conformance.asked import FILES, NAMES, missing, parameters, register
from tests.engine_conformance.conftest import Moved
from tests.engine_conformance.made_tables import KNOWN, made_tables
from tests.engine_conformance.same import assert_same


def test_every_parameter_has_a_value():
    assert missing() == {}, "give it one in tests/engine_conformance/asked.py"


def _opened(which: str):
    if which == "made":
        return connect_frames(made_tables(), KNOWN), KNOWN
    demo = DATA / "demo"
    engagement = load(demo)
    return connect(prepare(demo, engagement), engagement.cycle.baseline), engagement.cycle.baseline


@pytest.fixture(scope="module", params=["made", "demo"])
def pair(request: pytest.FixtureRequest, moved: Moved):
    """(engine elsewhere, DuckDB, last known day) over the same tables and relations."""
    local, known = _opened(request.param)
    engine = moved(_opened(request.param)[0])
    for one in (local, engine):
        register(one, local, known)
    yield engine, local, known
    engine.close()
    local.close()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_file_gives_the_same(pair, path):
    engine, local, known = pair
    tree = sqlglot.parse_one(read(path), read="duckdb")
    names = {place.name for place in tree.find_all(sqlglot.exp.Placeholder)}
    given = {name: value for name, value in parameters(known).items() if name in names}
    wanted = local.run(path, **given)
    assert_same(engine.run(path, **given), wanted, tree.args.get("order") is not None)


def test_kpis_are_the_same(pair):
    """Facts, queries put together in the code, frames that phases hold: measured as a run measures."""
    engine, local, known = pair
    settings, months = Definitions(), periods.months(known.replace(year=known.year - 1), known)
    wanted = kpis(local, months, settings, whole=True)
    assert wanted["value"].notna().sum() > 20
    assert_same(kpis(engine, months, settings, whole=True), wanted)


def test_kpis_of_groups_are_the_same(pair):
    """The whole is counted without a list of its customers, and with one beside groups: both give the same."""
    engine, local, known = pair
    settings, months = Definitions(), periods.months(known.replace(year=known.year - 1), known)
    ids = local.sql("SELECT DISTINCT customer_id FROM orders WHERE customer_id IS NOT NULL ORDER BY customer_id")
    groups = ids.assign(group_id=["odd" if n % 2 else "even" for n in range(len(ids))])
    wanted = kpis(local, months, settings, groups, whole=True)
    assert_same(kpis(engine, months, settings, groups, whole=True), wanted)
    whole = wanted[wanted["group_id"] == "all"].reset_index(drop=True)
    assert_same(kpis(engine, months, settings), whole)


def test_layers_are_the_same(pair):
    engine, local, known = pair
    wanted = layer(local, known, Layering(), Definitions())
    found = layer(engine, known, Layering(), Definitions())
    assert_same(found.customers, wanted.customers)
    assert (found.value_cut, found.potential_cut) == (wanted.value_cut, wanted.potential_cut)


def test_what_was_not_known_is_not_there(pair):
    """Rows after the day, and values that came after it: counted table by table, column by column."""
    engine, local, _ = pair
    assert engine.tables == local.tables
    for table in TABLES.values():
        counted = ", ".join(f"COUNT({name}) AS {name}" for name in table.names)
        query = f"SELECT COUNT(*) AS n, {counted} FROM {table.name}"
        assert_same(engine.sql(query), local.sql(query))
