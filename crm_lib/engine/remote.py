"""An engine elsewhere: tables go there when a query first names them, results come back typed as DuckDB types them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlglot import exp

from crm_lib.addresses import server
from crm_lib.engine.base import Engine
from crm_lib.engine.dialects import bound, said
from crm_lib.engine.duck import DuckEngine
from crm_lib.engine.failures import failed
from crm_lib.errors import UserError
from crm_lib.tables import TABLES


class RemoteEngine(Engine):
    """`local` reads the canonical files, cuts them off at `known_until`, and tells the types of each query's columns.

    Every method raises UserError where the engine was lost, or has no room.
    """

    dialect: str

    def __init__(self, local: DuckEngine, url: str) -> None:
        super().__init__(local.tables, local.known_until)
        self.server = server(url)
        self._local = local
        self._sent: set[str] = set()

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        tree = self._bound(query, parameters)
        columns = self._columns(tree.sql(dialect="duckdb", comments=False))
        with self._told():
            found = self._ask(said(tree, self.dialect))
        return self._typed(found, columns)

    def _bound(self, query: str, parameters: dict[str, Any]) -> exp.Expr:
        """The query with its parameters, the tables that it names sent there."""
        tree = bound(query, parameters)
        for name in sorted({table.name for table in tree.find_all(exp.Table)} & set(TABLES) - self._sent):
            with self._told():
                self._send(name, {column.name: str(column.type) for column in TABLES[name].columns})
            self._sent.add(name)
        return tree

    def _derive(self, name: str, query: str, parameters: dict[str, Any]) -> None:
        """Made there; a view of it here tells the types of what is asked of it."""
        tree = self._bound(query, parameters)
        here = tree.sql(dialect="duckdb", comments=False)
        self._local.connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {here}')
        with self._told():
            self._make(name, said(tree, self.dialect))

    def register(self, name: str, frame: pd.DataFrame) -> None:
        self._local.register(name, frame)
        with self._told():
            self._send(name, self._columns(f'SELECT * FROM "{name}"'))

    def hold(self, name: str, frame: pd.DataFrame) -> None:
        self.register(name, frame)

    def close(self) -> None:
        with suppress(Exception):  # one that was lost has nothing left to let go of
            self._disconnect()
        self._local.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            if rule := self._rule(error):
                raise failed(rule, self.server) from None
            raise

    @abstractmethod
    def _rule(self, error: Exception) -> str:
        """The words `errors.engine.<rule>` for what kept the engine from answering; '' for a fault of the query."""

    @abstractmethod
    def _disconnect(self) -> None:
        """End the session there."""

    @abstractmethod
    def _ask(self, query: str) -> pa.Table:
        """What the engine answers, columns by position."""

    @abstractmethod
    def _send(self, name: str, columns: dict[str, str]) -> None:
        """Make `_rows(name)` readable there as a table of the session, in place of an earlier one of that name."""

    @abstractmethod
    def _make(self, name: str, query: str) -> None:
        """Keep the answer of a query there as a table of the session, in place of an earlier one of that name."""

    def _rows(self, name: str) -> pa.RecordBatchReader:
        """Rows of a table or view, as known; to be read before the local connection is asked anything else."""
        return self._local.connection.execute(f'SELECT * FROM "{name}"').to_arrow_reader()

    def _columns(self, query: str) -> dict[str, str]:
        """Column -> DuckDB's type."""
        return {row[0]: row[1] for row in self._local.connection.execute(f"DESCRIBE {query}").fetchall()}

    def _typed(self, found: pa.Table, columns: dict[str, str]) -> pd.DataFrame:
        """DuckDB's frame of an answer."""
        connection = self._local.connection
        connection.register("answered", found.rename_columns([f"c{i}" for i in range(len(columns))]))
        casts = ", ".join(f'CAST(c{i} AS {kind}) AS "{name}"' for i, (name, kind) in enumerate(columns.items()))
        frame = connection.execute(f"SELECT {casts} FROM answered").df()
        connection.unregister("answered")
        return frame
