"""Values that nobody can be sure of, settled as the engagement says: dates, times, currencies, gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from crm_lib.engagement import Engagement
from crm_lib.errors import Problem
from crm_lib.ingest.doubtful.currency import convert
from crm_lib.ingest.doubtful.durations import settle_durations
from crm_lib.ingest.doubtful.fills import BEFORE_CUSTOMERS, fill
from crm_lib.ingest.doubtful.local_times import settle_times
from crm_lib.ingest.doubtful.scales import other_scales
from crm_lib.ingest.doubtful.tax import settle_tax
from crm_lib.ingest.doubtful.unclear import set_aside_unclear
from crm_lib.ingest.opened import Opened
from crm_lib.ingest.standardise import Change
from crm_lib.tables import Table


@dataclass(frozen=True)
class Settled:
    """`changes`: values that could not be kept; `mended`: (source, column, rule, cells); `problems`: what is refused."""

    changes: list[Change]
    mended: list[tuple[str, str, str, int]]
    problems: list[Problem]


def settle_doubtful(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    opened: Sequence[Opened],
    changes: Sequence[Change],
    engagement: Engagement,
) -> Settled:
    """Bring `rows_<table>` to the state in which its values are certain, its amounts of one currency and with or without tax throughout."""
    parts = [part for part in opened if part.source.table == table.name]
    names = {part.source.name for part in parts}
    own = [change for change in changes if change.source in names]
    data, report = engagement.data, engagement.report
    problems = set_aside_unclear(connection, table, parts, own, data.ambiguous_dates, data.impossible_times)
    lost, repeated, skipped = settle_times(connection, table, parts, own, report.time_zone, data.impossible_times)
    fills = engagement.fills
    fill(connection, table, [entry for entry in fills if entry.column == "currency"], BEFORE_CUSTOMERS)
    converted, unpriced = convert(connection, table, parts, own, report.currency, engagement.currency)
    taxed = settle_tax(connection, table, parts, data.amounts)
    fill(connection, table, [entry for entry in fills if entry.column != "currency"], BEFORE_CUSTOMERS)
    differing, counted = settle_durations(connection, table, parts)
    scales = other_scales(connection, table, parts, own)
    return Settled(
        [*lost, *differing], [*repeated, *converted, *taxed, *counted], [*problems, *skipped, *unpriced, *scales]
    )
