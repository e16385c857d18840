"""The canonical tables say everything that the rooms rely on, in both languages."""

import pytest

from crm_lib.language import LANGUAGES, catalogue
from crm_lib.tables import IDENTITY, SOURCE_TABLES, TABLES

ALL = list(TABLES.values())


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_a_table_names_only_columns_that_it_has(table):
    names = set(table.names)
    assert len(names) == len(table.names)
    assert set(table.key) <= names
    assert set(table.amounts) <= names
    assert not table.event or table.event in names
    assert {column.known_with for column in table.columns if column.known_with} <= names


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_bounds_and_values_fit_their_type(table):
    for column in table.columns:
        assert not column.values or column.type == "VARCHAR", column.name
        assert (column.low is None and column.high is None) or column.type == "BIGINT", column.name
        moments = ("DATE", "TIMESTAMP")
        assert not column.known_with or table.column(column.known_with).type in moments, column.name
    assert not table.event or table.column(table.event).type in ("DATE", "TIMESTAMP")


def test_tables_with_customers_hold_their_number():
    for table in ALL:
        assert ("customer_id" in table.names) == table.identity, table.name
    assert set(SOURCE_TABLES) == set(TABLES) - {"orders"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_and_column_has_a_label(language):
    words = catalogue(language)
    given = {f"column.{table.name}.{column.name}" for table in ALL for column in (*table.columns, *table.said)}
    given |= {
        f"column.{table.name}.{column.name}"
        for table in SOURCE_TABLES.values()
        if table.identity
        for column in IDENTITY
    }
    given |= {f"table.{table.name}" for table in ALL}
    labels = {id for id in words.ids if id.startswith(("table.", "column."))}
    assert labels == given
    assert all(words.word(id).strip() for id in labels)
