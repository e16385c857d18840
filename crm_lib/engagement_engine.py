"""Where the metric SQL runs: what an engagement may say of it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

DUCKDB = "duckdb"
_PLAIN = re.compile(r"duckdb|spark-local|(?:spark|sc)://[A-Za-z0-9._-]+(?::\d{1,5})?(?:,[A-Za-z0-9._-]+:\d{1,5})*")


def _engine(value: str) -> str:
    """An address with a user, a password or a token does not belong in the file."""
    if not _PLAIN.fullmatch(value):
        raise ValueError("engine.unknown")
    return value


EngineName = Annotated[str, AfterValidator(_engine)]


def broken_rule(engine: str, url_env: str | None, url_file: str | None) -> str:
    """The rule that the three keys break together, '' where they fit."""
    return "engine.one_address" if sum((engine != DUCKDB, bool(url_env), bool(url_file))) > 1 else ""
