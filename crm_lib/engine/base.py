"""What every engine can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd


class Engine(ABC):
    """The canonical tables as they were known; `tables` are the ones that have data.

    Rows that were not known at the end of `known_until` are not there, and values that came later are NULL. Every engine
    gives frames of the same columns, dtypes and, where the query has an ORDER BY, order.
    """

    def __init__(self, tables: frozenset[str], known_until: date | None) -> None:
        self.tables = tables
        self.known_until = known_until
        self._facts: dict[str, pd.DataFrame] = {}
        self._derived: dict[str, tuple[str, dict[str, Any]]] = {}

    def has(self, *tables: str) -> bool:
        return set(tables) <= self.tables

    @abstractmethod
    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Frame of a query with `$name` parameters; DECIMAL comes as float64, DATE and TIMESTAMP as datetime64."""

    @abstractmethod
    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Make a frame readable as table `name` for later queries."""

    @abstractmethod
    def hold(self, name: str, frame: pd.DataFrame) -> None:
        """Like `register`, the frame copied first: for one that several queries read."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the connection; nothing of the data stays behind."""

    def derive(self, name: str, path: Path, **parameters: Any) -> None:
        """Make the answer of a SQL file over canonical tables readable as table `name`, kept where the queries run.

        It is asked once, as long as the same name is wanted of the same file and parameters.
        """
        made = (read(path), parameters)
        if self._derived.get(name) != made:
            self._derive(name, made[0], parameters)
            self._derived[name] = made

    @abstractmethod
    def _derive(self, name: str, query: str, parameters: dict[str, Any]) -> None:
        """Keep a query's answer as table `name`, in place of an earlier one."""

    def fact(self, query: str) -> pd.DataFrame:
        """Frame of a query of canonical tables only, which is asked once; not to be changed."""
        if query not in self._facts:
            self._facts[query] = self.sql(query)
        return self._facts[query]

    def run(self, path: Path, **parameters: Any) -> pd.DataFrame:
        """Frame of a SQL file."""
        return self.sql(read(path), **parameters)

    def count(self, table: str) -> int:
        return int(self.sql(f'SELECT COUNT(*) AS n FROM "{table}"')["n"].iloc[0])


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
