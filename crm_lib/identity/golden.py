"""One golden customer of many records: every column by its own rule of survivorship."""

from __future__ import annotations

from collections.abc import Sequence

from crm_lib.engagement import Source
from crm_lib.ingest import sql
from crm_lib.ingest.rows import ACCEPTED
from crm_lib.ingest.text import COMPOUND_SURNAMES, TITLES
from crm_lib.tables import CUSTOMERS, SOURCE_TABLES

_BY_RULE = frozenset({"customer_id", "joined_on", "may_contact", "record_count"})
_VAGUE = rf"[*＊×○某]|^(.|{'|'.join(COMPOUND_SURNAMES)}){TITLES.pattern}"
_CONTACTS = ("name", "phone", "email")


def golden_customers(sources: Sequence[Source]) -> str:
    """SELECT of the customers table, over `named_customers`, `resolved_records` and `canonical_<table>`.

    A column holds the newest value of the first customers source that has one, then of the others as declared; name,
    phone and e-mail then come from the newest row of any source. `joined_on` is the earliest of the declared day and
    the first order, else the first event; `may_contact` is yes only where nobody says no.
    """
    tables = {source.table for source in sources}
    survivors = ", ".join(_survivor(name) for name in CUSTOMERS.names if name not in _BY_RULE)
    return f"""
        WITH customer AS (
            SELECT customer_id, COUNT(*) AS record_count FROM resolved_records
            WHERE customer_id IS NOT NULL GROUP BY customer_id
        ),
        said AS ({_profiles(sources) if "customers" in tables else _no_profiles()} UNION ALL {_contacts()}),
        profile AS (
            SELECT customer_id, {survivors}, MIN(joined_on) AS declared_on, BOOL_AND(may_contact) AS may_contact
            FROM said GROUP BY customer_id
        ),
        bought AS ({_first_events(tables & {"order_lines"})}),
        seen AS ({_first_events(tables - {"customers", "campaigns"})})
        SELECT customer.*, profile.* EXCLUDE (customer_id, declared_on),
            COALESCE(LEAST(declared_on, bought.first_on), seen.first_on) AS joined_on
        FROM customer
        LEFT JOIN profile USING (customer_id)
        LEFT JOIN bought USING (customer_id)
        LEFT JOIN seen USING (customer_id)
    """


def _survivor(name: str) -> str:
    """The first value there is; of names first one that is whole (not 张*, not 张女士)."""
    vague = f"regexp_matches(name, '{_VAGUE}'), " if name == "name" else ""
    order = f"{vague}rank, seen_on DESC NULLS LAST, tie"
    return f'FIRST("{name}" ORDER BY {order}) FILTER ("{name}" IS NOT NULL) AS "{name}"'


def _attributes() -> list[str]:
    return [name for name in CUSTOMERS.names if name not in ("customer_id", "record_count")]


def _profiles(sources: Sequence[Source]) -> str:
    rank = " ".join(f"WHEN {sql.string(source.name)} THEN {i}" for i, source in enumerate(sources))
    columns = ", ".join(f'"{name}"' for name in _attributes())
    return (
        f"SELECT customer_id, CASE _source {rank} END AS rank, joined_on AS seen_on, record_id AS tie, {columns}"
        f" FROM named_customers WHERE {ACCEPTED} AND customer_id IS NOT NULL"
    )


def _no_profiles() -> str:
    columns = ", ".join(f'CAST(NULL AS {CUSTOMERS.column(n).type}) AS "{n}"' for n in _attributes())
    return f"SELECT '' AS customer_id, 0 AS rank, CAST(NULL AS DATE) AS seen_on, '' AS tie, {columns} WHERE FALSE"


def _contacts() -> str:
    """Names and contacts that the other sources' rows carry, after every customers table."""
    columns = ", ".join(
        f'"{name}"' if name in _CONTACTS else f'CAST(NULL AS {CUSTOMERS.column(name).type}) AS "{name}"'
        for name in _attributes()
    )
    return (
        f"SELECT customer_id, 1000 AS rank, last_on AS seen_on, record_id AS tie, {columns}"
        " FROM resolved_records WHERE customer_id IS NOT NULL"
    )


def _first_events(tables: set[str]) -> str:
    """First day on which a customer was seen in any of these tables."""
    parts = " UNION ALL ".join(
        f'SELECT customer_id, CAST({SOURCE_TABLES[name].event} AS DATE) AS day FROM "canonical_{name}"'
        for name in sorted(tables)
    )
    nothing = "SELECT CAST(NULL AS VARCHAR) AS customer_id, CAST(NULL AS DATE) AS day WHERE FALSE"
    return f"SELECT customer_id, MIN(day) AS first_on FROM ({parts or nothing}) AS d GROUP BY customer_id"
