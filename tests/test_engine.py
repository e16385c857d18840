from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crm_lib.engine import connect, connect_frames
from crm_lib.engine.dialects import bound, said
from crm_lib.tables import TABLES

TICKETS = pd.DataFrame(
    {
        "ticket_id": ["a", "b", "c"],
        "customer_id": ["1", "1", None],
        "opened_at": pd.to_datetime(["2026-03-30 10:00", "2026-03-31 23:59", "2026-04-01 00:00"]),
        "closed_at": pd.to_datetime(["2026-03-31 09:00", "2026-04-02 09:00", None]),
        "csat": [4, 5, None],
    }
)


def test_what_came_later_is_not_there():
    engine = connect_frames({"tickets": TICKETS}, known_until=date(2026, 3, 31))
    seen = engine.sql("SELECT ticket_id, closed_at, csat FROM tickets ORDER BY ticket_id")
    assert list(seen.ticket_id) == ["a", "b"]
    assert seen.closed_at.notna().tolist() == [True, False]
    assert seen.csat.fillna(0).tolist() == [4, 0]


def test_a_table_without_rows_known_by_then_does_not_count_as_there():
    assert connect_frames({"tickets": TICKETS}).has("tickets")
    assert not connect_frames({"tickets": TICKETS}, known_until=date(2025, 1, 1)).has("tickets")


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_canonical_table_can_be_asked_when_it_is_missing(tmp_path: Path, table: str):
    engine = connect(tmp_path, date(2026, 1, 1))
    assert list(engine.sql(f"SELECT * FROM {table}").columns) == list(TABLES[table].names)
    assert not engine.tables


def test_parquet_and_frames_give_the_same(tmp_path: Path):
    connect_frames({"tickets": TICKETS}).connection.execute(
        f"COPY (SELECT * FROM raw_tickets) TO '{tmp_path}/tickets.parquet'"
    )
    query = "SELECT * FROM tickets ORDER BY ticket_id"
    until = date(2026, 3, 31)
    pd.testing.assert_frame_equal(
        connect(tmp_path, until).sql(query), connect_frames({"tickets": TICKETS}, until).sql(query)
    )


def test_parameters_are_values_never_text():
    engine = connect_frames({"tickets": TICKETS})
    hostile = "a' OR '1'='1"
    assert engine.sql("SELECT * FROM tickets WHERE ticket_id = $id", id=hostile).empty
    assert len(engine.sql("SELECT * FROM tickets WHERE ticket_id = $id", id="a", unused=1)) == 1


def test_a_derived_table_is_made_once_for_its_parameters(tmp_path: Path):
    path = tmp_path / "seen.sql"
    path.write_text("SELECT ticket_id FROM tickets WHERE ticket_id <> $but", encoding="utf-8")
    engine = connect_frames({"tickets": TICKETS})

    def seen(but: str) -> list[str]:
        engine.derive("seen", path, but=but)
        return engine.sql("SELECT ticket_id FROM seen ORDER BY ticket_id")["ticket_id"].tolist()

    assert seen("b") == ["a", "c"]
    engine.connection.execute("DELETE FROM seen WHERE ticket_id = 'a'")
    assert seen("b") == ["c"]  # it stands as it was made
    assert seen("c") == ["a", "b"]
    assert seen("b") == ["a", "c"]


def test_a_query_is_said_in_other_dialects():
    query = "SELECT CAST(amount AS DOUBLE) / 2 AS half FROM orders"
    assert "DOUBLE PRECISION" in said(bound(query, {}), "postgres")
