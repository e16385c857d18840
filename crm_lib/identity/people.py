"""People of accounts: rows of a contacts list belong to a customer that others name; they make and join none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

import duckdb
import pandas as pd

from crm_lib.engagement import Identity
from crm_lib.identity.by_name import company_forms
from crm_lib.ingest.rows import ACCEPTED, REFERENCE
from crm_lib.ingest.values.text import folded
from crm_lib.tables import SOURCE_TABLES

RULE = "contact"  # how such a record came to its customer; 'none' where nobody knows its account
_NAMED = ("record_id", "customer_id", "rule")


def attach(records: pd.DataFrame, resolved: pd.DataFrame, people: Collection[str], settings: Identity) -> pd.DataFrame:
    """`resolved` and the records of the sources `people`, each with the customer of its number, else of its company's
    name where only one customer is called so.

    records: all, with record_id, source, key_space, customer_key, name; resolved: `Resolution.records` of the others.
    """
    mine = records[records["source"].isin(list(people))]
    others = records.drop(columns="customer_id", errors="ignore").merge(
        resolved[["record_id", "customer_id"]], on="record_id"
    )
    others = others[others["customer_id"].notna()]
    numbers = {
        (space, key): customer
        for space, key, customer in zip(others["key_space"], others["customer_key"], others["customer_id"], strict=True)
        if isinstance(key, str)
    }
    called = _forms([*others["name"], *mine["name"]], settings)
    names: dict[str, set[str]] = defaultdict(set)
    for name, customer in zip(others["name"], others["customer_id"], strict=True):
        if form := called.get(name):
            names[form].add(customer)
    one = {form: next(iter(customers)) for form, customers in names.items() if len(customers) == 1}
    found = [
        numbers.get((space, key)) if isinstance(key, str) else one.get(called.get(name, ""))
        for space, key, name in zip(mine["key_space"], mine["customer_key"], mine["name"], strict=True)
    ]
    rules = [RULE if customer else "none" for customer in found]
    own = pd.DataFrame(dict(zip(_NAMED, (mine["record_id"].tolist(), found, rules), strict=True)), dtype=object)
    own = own.reindex(columns=resolved.columns).astype(resolved.dtypes.to_dict())
    joined = pd.concat([resolved, own.where(own.notna(), None)], ignore_index=True)
    return joined.astype(resolved.dtypes.to_dict()).sort_values("record_id", ignore_index=True)


def _forms(names: list[object], settings: Identity) -> dict[object, str]:
    """Name -> its form for comparison."""
    given = sorted({name for name in names if isinstance(name, str)})
    if settings.kind != "company":
        return {name: folded(name) for name in given}
    return dict(company_forms(given, settings).items())


def strangers_frame(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> pd.DataFrame:
    """Frame 'strangers' of `ingest.account.FRAMES`, over `named_<table>`."""
    names = ["source", "named", "nobodys"]
    said = " OR ".join(f"{name} IS NOT NULL" for name in REFERENCE)
    parts = [
        f"SELECT _source AS source, COUNT(*) AS named, COUNT(*) FILTER (customer_id IS NULL) AS nobodys"
        f' FROM "named_{table}" WHERE {ACCEPTED} AND ({said}) GROUP BY _source'
        for table in sorted(tables)
        if table != "customers" and SOURCE_TABLES[table].identity
    ]
    if not parts:
        return pd.DataFrame(columns=names)
    return connection.execute(f"SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE nobodys > 0 ORDER BY source").df()


def unlisted_frame(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> pd.DataFrame:
    """Frame 'unlisted' of `ingest.account.FRAMES`, over `resolved_records`. tables: source -> its table."""
    known = [name for name, table in tables.items() if table in ("customers", "order_lines")]
    asked = [name for name in tables if name not in known]
    if not known or not asked:
        return pd.DataFrame(columns=["source", "customers", "made"])
    query = (
        "SELECT source, COUNT(DISTINCT customer_id) AS customers, COUNT(DISTINCT customer_id) FILTER (customer_id NOT IN"
        " (SELECT customer_id FROM resolved_records WHERE source IN (SELECT unnest($known)) AND customer_id IS NOT NULL)"
        ") AS made FROM resolved_records WHERE source IN (SELECT unnest($asked)) AND customer_id IS NOT NULL"
        " AND customer_key IS NULL AND (phone IS NOT NULL OR email IS NOT NULL) GROUP BY source"
    )
    return connection.execute(
        f"SELECT * FROM ({query}) WHERE made > 0 ORDER BY source", {"known": known, "asked": asked}
    ).df()


def people_frame(connection: duckdb.DuckDBPyConnection, people: Collection[str]) -> pd.DataFrame:
    """Frame 'people' of `ingest.account.FRAMES`, over `named_customers`."""
    names = ["source", "rows", "nobodys", "accounts", "deciders"]
    if not people:
        return pd.DataFrame(columns=names)
    query = (
        "SELECT _source AS source, COUNT(*) AS rows, COUNT(*) FILTER (customer_id IS NULL) AS nobodys,"
        " COUNT(DISTINCT customer_id) AS accounts, COUNT(DISTINCT customer_id) FILTER (decides) AS deciders"
        f" FROM named_customers WHERE {ACCEPTED} AND _source IN (SELECT unnest(?)) GROUP BY _source ORDER BY _source"
    )
    return connection.execute(query, [sorted(people)]).df()
