"""One golden customer of many records: every column by its own rule of survivorship."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm_lib.engagement import Identity, Source
from crm_lib.identity.firms import BRANCH_NAMES
from crm_lib.identity.names import SURNAMES
from crm_lib.identity.people import RULE
from crm_lib.ingest import sql
from crm_lib.ingest.rows import ACCEPTED
from crm_lib.ingest.values.text import COMPOUND_SURNAMES, VAGUE, gives_less
from crm_lib.tables import CUSTOMERS, SOURCE_TABLES

_BY_RULE = frozenset({"customer_id", "joined_on", "may_contact", "record_count"})
_CONTACTS = ("name", "phone", "email")
_PEOPLE = 900  # rank of people: what an account's own records say goes before, and the main contact before others
_DECIDER = "COALESCE(decision_maker, CASE WHEN decides THEN NULLIF(concat_ws(' ', contact, role), '') END)"
DEFAULT_RULE = "trusted_source"
STRICTEST = "strictest"  # of may_contact: one no is a no
LATEST = "latest"  # of last_login_on: the last of several days
_NEWEST = "seen_on DESC NULLS LAST, rank, tie"
# What comes first, of rows that have a value; `said_times` and `filled` are of the value and of the row.
_ORDERS = {
    "trusted_source": "rank, seen_on DESC NULLS LAST, tie",
    "most_recent": _NEWEST,
    "most_complete": f"filled DESC, {_NEWEST}",
    "most_frequent": f'said_times("{{0}}") DESC, {_NEWEST}',
    LATEST: f'"{{0}}" DESC, {_NEWEST}',
    "longest": f'length(CAST("{{0}}" AS VARCHAR)) DESC, {_NEWEST}',
}

_SURNAMES = ", ".join(map(sql.string, sorted(SURNAMES | set(COMPOUND_SURNAMES))))
# Table `given_only`: names to which another name of the same customer adds the surname (丽娟, 张丽娟).
_GIVEN_ONLY = f"""
    CREATE OR REPLACE TABLE given_only AS
    WITH several AS (SELECT customer_id FROM said GROUP BY customer_id HAVING MIN(name) <> MAX(name)),
    names AS (SELECT DISTINCT customer_id, name FROM said SEMI JOIN several USING (customer_id) WHERE name IS NOT NULL)
    SELECT DISTINCT part.customer_id, part.name, TRUE AS given FROM names AS part
    JOIN names AS whole ON part.customer_id = whole.customer_id AND {gives_less("part.name", "whole.name")}
        AND left(whole.name, length(whole.name) - length(part.name)) IN ({_SURNAMES})
"""


def survivors() -> list[str]:
    """Columns that a rule chooses."""
    return [name for name in CUSTOMERS.names if name not in _BY_RULE]


def rule_of(column: str, settings: Identity) -> str:
    if column == "last_login_on":
        return LATEST
    return STRICTEST if column == "may_contact" else settings.survivorship.get(column, DEFAULT_RULE)  # type: ignore[call-overload]


def choose(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], settings: Identity) -> None:
    """Table `chosen`: a customer's values, each with the record and source that it is of; over `named_customers`,
    `resolved_records` and `canonical_<table>`.

    By default a column holds the newest value of the first customers source that has one (`trusted` first, then as
    declared); name, phone and e-mail then come from the newest row of any source. A whole name goes before a vague one, a
    head office's before its branch's, under every rule. `joined_on` is the earliest of the declared day and the first order, else the first event;
    `may_contact` is yes only where nobody says no.
    """
    tables = {source.table for source in sources}
    said = f"{_profiles(sources, settings) if 'customers' in tables else _no_profiles()} UNION ALL {_contacts()}"
    filled = " + ".join(f'CAST("{name}" IS NOT NULL AS INTEGER)' for name in _attributes())
    connection.execute(f"CREATE OR REPLACE TABLE said AS SELECT *, {filled} AS filled FROM ({said})")
    for name in (name for name in survivors() if rule_of(name, settings) == "most_frequent"):
        connection.execute(
            f'CREATE OR REPLACE TABLE said AS SELECT *, COUNT(*) OVER (PARTITION BY customer_id, "{name}") AS "times_{name}"'
            " FROM said"
        )
    connection.execute(_GIVEN_ONLY)
    picked = ", ".join(_picked(name, rule_of(name, settings), _poorer(settings)) for name in survivors())
    connection.execute(f"""
        CREATE OR REPLACE TABLE chosen AS SELECT customer_id, {picked}, MIN(joined_on) AS declared_on,
            arg_min({{v: may_contact, r: tie, s: source}}, (may_contact, rank, tie)) FILTER (may_contact IS NOT NULL)
                AS "may_contact"
        FROM said LEFT JOIN given_only USING (customer_id, name) GROUP BY customer_id
    """)


def _poorer(settings: Identity) -> str:
    """Names that stand only where there is no other: vague ones, and a branch's of a company."""
    return f"{VAGUE}|{BRANCH_NAMES}" if settings.kind == "company" else VAGUE


def _picked(name: str, rule: str, poorer: str) -> str:
    """The first value there is, as a struct of v, r (record) and s (source)."""
    vague = f"COALESCE(given, regexp_matches(lower(name), {sql.string(poorer)})), " if name == "name" else ""
    order = _ORDERS[rule].format(name).replace(f'said_times("{name}")', f'"times_{name}"')
    return (
        f'FIRST({{v: "{name}", r: tie, s: source}} ORDER BY {vague}{order}) FILTER ("{name}" IS NOT NULL) AS "{name}"'
    )


def golden_customers(sources: Sequence[Source]) -> str:
    """SELECT of the customers table, over `chosen`."""
    tables = {source.table for source in sources}
    values = ", ".join(f'chosen."{name}".v AS "{name}"' for name in (*survivors(), "may_contact"))
    return f"""
        WITH customer AS (
            SELECT customer_id, COUNT(*) FILTER (rule <> {sql.string(RULE)}) AS record_count FROM resolved_records
            WHERE customer_id IS NOT NULL GROUP BY customer_id
        ),
        bought AS ({_first_events(tables & {"order_lines"})}),
        seen AS ({_first_events(tables - {"customers", "campaigns"})})
        SELECT customer.*, {values}, COALESCE(LEAST(declared_on, bought.first_on), seen.first_on) AS joined_on
        FROM customer
        LEFT JOIN chosen USING (customer_id)
        LEFT JOIN bought USING (customer_id)
        LEFT JOIN seen USING (customer_id)
    """


def golden_trail(settings: Identity) -> str:
    """SELECT of every surviving value: customer_id, column, value, rule, source, record_id; over `chosen`."""
    parts = [
        f'SELECT customer_id, {sql.string(name)} AS "column", CAST("{name}".v AS VARCHAR) AS value,'
        f' {sql.string(rule_of(name, settings))} AS rule, "{name}".s AS source, "{name}".r AS record_id'
        f' FROM chosen WHERE "{name}" IS NOT NULL'
        for name in (*survivors(), "may_contact")
    ]
    return " UNION ALL ".join(parts)


def _attributes() -> list[str]:
    return [name for name in CUSTOMERS.names if name not in ("customer_id", "record_count")]


def _profiles(sources: Sequence[Source], settings: Identity) -> str:
    trusted = [name for name in settings.trusted if name in {source.name for source in sources}]
    order = [*trusted, *(source.name for source in sources if source.name not in trusted)]
    people = {source.name for source in sources if source.people}
    ranks = dict.fromkeys(people, f"{_PEOPLE} - CAST(COALESCE(is_primary, FALSE) AS INTEGER)")
    rank = " ".join(f"WHEN {sql.string(name)} THEN {ranks.get(name, i)}" for i, name in enumerate(order))
    columns = ", ".join(
        f'{_DECIDER} AS "{name}"' if name == "decision_maker" else f'"{name}"' for name in _attributes()
    )
    return (
        f"SELECT customer_id, CASE _source {rank} END AS rank, joined_on AS seen_on, record_id AS tie, _source AS source,"
        f" {columns} FROM named_customers WHERE {ACCEPTED} AND customer_id IS NOT NULL"
    )


def _no_profiles() -> str:
    columns = ", ".join(f'CAST(NULL AS {CUSTOMERS.column(n).type}) AS "{n}"' for n in _attributes())
    return (
        "SELECT '' AS customer_id, 0 AS rank, CAST(NULL AS DATE) AS seen_on, '' AS tie, '' AS source,"
        f" {columns} WHERE FALSE"
    )


def _contacts() -> str:
    """Names and contacts that the other sources' rows carry, after every customers table."""
    columns = ", ".join(
        f'"{name}"' if name in _CONTACTS else f'CAST(NULL AS {CUSTOMERS.column(name).type}) AS "{name}"'
        for name in _attributes()
    )
    return (
        f"SELECT customer_id, 1000 AS rank, last_on AS seen_on, record_id AS tie, source, {columns}"
        f" FROM resolved_records WHERE customer_id IS NOT NULL AND rule <> {sql.string(RULE)}"
    )


def _first_events(tables: set[str]) -> str:
    """First day on which a customer was seen in any of these tables."""
    parts = " UNION ALL ".join(
        f'SELECT customer_id, CAST({SOURCE_TABLES[name].event} AS DATE) AS day FROM "canonical_{name}"'
        for name in sorted(tables)
    )
    nothing = "SELECT CAST(NULL AS VARCHAR) AS customer_id, CAST(NULL AS DATE) AS day WHERE FALSE"
    return f"SELECT customer_id, MIN(day) AS first_on FROM ({parts or nothing}) AS d GROUP BY customer_id"
