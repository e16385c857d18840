"""Child process: a Parquet file is read once to its end, so that what breaks its reader breaks it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_lib.ingest.children.child_limits import refuse, say

_ENGINE_MEMORY = "1GB"
_LONGEST = 1_000_000  # characters of a value
_READ = {"VARCHAR": "MAX(strlen({0}))", "BLOB": "MAX(octet_length({0}))"}  # what makes every value be read
_MOST_ROWS_A_BYTE = 100  # a table whose rows differ at all takes a bit each; a bomb repeats one for ever


def main(asked: Mapping[str, Any]) -> None:
    """`path`, `size`. Says {"rows": ...}."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": _ENGINE_MEMORY, "threads": 1})
    file = "'" + asked["path"].replace("'", "''") + "'"
    try:
        told = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({file})").fetchone()
        rows = told[0] if told else 0
        if rows > _MOST_ROWS_A_BYTE * asked["size"]:
            refuse("too_large")
        names = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file})").fetchall()
        read = [f"{_READ.get(kind, 'COUNT({0})').format(_quoted(name))}" for name, kind, *_ in names]
        found = connection.execute(f"SELECT {', '.join(read)} FROM read_parquet({file})").fetchone()
    except duckdb.OutOfMemoryException:
        refuse("too_large")
    except duckdb.Error:
        refuse("broken_parquet")
    lengths = [n for n, (_, kind, *_) in zip(found or (), names, strict=True) if kind in _READ]
    if max((n for n in lengths if n), default=0) > 4 * _LONGEST:
        refuse("long_value", most=_LONGEST)
    say({"rows": rows})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
