"""Appointments that nobody came to: of all, and by store, channel and staff member, lately and before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_lib import metrics
from crm_lib.diagnosis.change_point import change_point
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.metrics.not_stated import named_parts
from crm_lib.metrics.pool import MONTHS

DIMENSIONS = ("store", "channel", "owner")
WINDOWS_MONTHS = (MONTHS, 2 * MONTHS)  # that are taken for now: a rise of half a year ago shows in the longer one
BEFORE_MONTHS = 12
LEAST_BEFORE = 3
LEAST_RISE = 0.15  # of a part's share of missed appointments
ERROR = 0.05  # chance that any of all parts is named where none rose (Bonferroni)
NESTED = 0.8  # of a part's appointments that lie in parts of another dimension: it is told with them
ALL = "all"  # dimension of the whole
COLUMNS = ["dimension", "part", "months", "due_before", "due_now", "missed_before", "missed_now", "z", "rose"]


@dataclass(frozen=True)
class Missed:
    """`cells` [period, store, channel, owner, kept, missed, cancelled, due] of `months`; due: kept or missed. `table` has
    COLUMNS, months: how many are now, of WINDOWS_MONTHS that in which the rise is the clearest: all of them first, then
    each part with enough, the clearest rise first."""

    cells: pd.DataFrame
    months: list[str]
    table: pd.DataFrame

    @property
    def whole(self) -> pd.Series:
        return self.table.iloc[0]

    @property
    def parts(self) -> pd.DataFrame:
        return self.table.iloc[1:]


def missed(measured: Measured) -> Missed | None:
    """Whole months since the log begins; None with too few of them, or with too few appointments."""
    metrics.register_periods(measured.engine, measured.months)
    cells = measured.engine.run(FOLDER / "missed_cells.sql", unsaid=_unsaid(measured))
    first = f"{metrics.first_day(measured.engine, 'visits'):%Y-%m}"
    months = [str(period) for period in measured.months["period"] if str(period) > first]
    months = months[-BEFORE_MONTHS - WINDOWS_MONTHS[-1] :]
    cells = cells[cells["period"].isin(months)]
    cells = cells.assign(due=cells["kept"] + cells["missed"])
    cells = cells.assign(**{name: named_parts(cells[name]) for name in DIMENSIONS})
    table = _table(cells, months, measured.smallest_base)
    return None if table.empty else Missed(cells, months, table)


def _unsaid(measured: Measured) -> str:
    """Where some visits say that they were kept, those that say nothing are sign-ins: nobody could have missed them."""
    said = measured.engine.fact("SELECT COUNT(*) AS n FROM visits WHERE status = 'kept'")["n"].iloc[0]
    return "" if said else "kept"


def _table(cells: pd.DataFrame, months: list[str], least: int) -> pd.DataFrame:
    """No rows where all of them are too few."""
    rows = []
    for width in (one for one in WINDOWS_MONTHS if len(months) >= one + LEAST_BEFORE):
        own = cells[cells["period"].isin(months[-width - BEFORE_MONTHS :])]
        own = own.assign(now=own["period"].isin(months[-width:]))
        found = [*_whole(own, least), *(row for name in DIMENSIONS for row in _parts(own, name, least))]
        rows += [row | {"months": width} for row in found]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if not table["dimension"].eq(ALL).any():
        return table.iloc[:0]
    before, now = (table[f"missed_{when}"] / table[f"due_{when}"] for when in ("before", "now"))
    whole = table["dimension"].eq(ALL)
    tests = np.where(whole, whole.sum(), (~whole).sum())
    critical = np.array([NormalDist().inv_cdf(1 - ERROR / n) for n in tests])
    table = table.assign(rose=(table["z"] > critical) & (now >= (1 + LEAST_RISE) * before), whole=whole)
    order = ["whole", "rose", "z", "dimension", "part", "months"]
    table = table.sort_values(order, ascending=[False, False, False, True, True, True])
    return table.drop_duplicates(["dimension", "part"], ignore_index=True)[COLUMNS]


def _whole(cells: pd.DataFrame, least: int) -> list[dict]:
    row = _counted(cells, cells["due"] >= 0)
    if min(row["due_before"], row["due_now"]) < least:
        return []
    change, variance = _odds(row, "")
    return [row | {"dimension": ALL, "part": ALL, "z": change / math.sqrt(variance * _spread(cells, []))}]


def _parts(cells: pd.DataFrame, dimension: str, least: int) -> list[dict]:
    """Of a dimension of at least two parts: the change of a part's log odds less that of all others together."""
    known = cells[cells[dimension].ne("")]
    spread, rows = _spread(known, [dimension]), []
    for part in sorted(known[dimension].unique()):
        mine = known[dimension].eq(part)
        row = _counted(known, mine) | {f"rest_{name}": n for name, n in _counted(known, ~mine).items()}
        dues = [row[f"{who}due_{when}"] for who in ("", "rest_") for when in ("before", "now")]
        if min(dues) < least:
            continue
        (change, variance), (others, theirs) = _odds(row, ""), _odds(row, "rest_")
        z = (change - others) / math.sqrt((variance + theirs) * spread)
        rows.append(row | {"dimension": dimension, "part": part, "z": z})
    return rows


def _counted(cells: pd.DataFrame, chosen: pd.Series) -> dict[str, float]:
    own = cells[chosen]
    return {
        f"{what}_{when}": float(own.loc[own["now"].eq(when == "now"), what].sum())
        for what in ("due", "missed", "cancelled")
        for when in ("before", "now")
    }


def _odds(row: dict, who: str) -> tuple[float, float]:
    """Change of the log odds of a missed appointment, each count half a one larger (Haldane 1956), and its variance."""
    change, variance = 0.0, 0.0
    for when, sign in (("before", -1), ("now", 1)):
        yes = row[f"{who}missed_{when}"] + 0.5
        no = row[f"{who}due_{when}"] - row[f"{who}missed_{when}"] + 0.5
        change += sign * math.log(yes / no)
        variance += 1 / yes + 1 / no
    return change, variance


def _spread(cells: pd.DataFrame, by: list[str]) -> float:
    """By how much a month differs from the one before it more than chance has it, at least 1: some customers miss often,
    some weeks are icy. A change of level counts once only (successive differences, von Neumann 1941)."""
    months = cells.groupby([*by, "period"])[["missed", "due"]].sum().reset_index()
    months = months[months["due"] > 0].sort_values([*by, "period"])
    group = months[by[0]] if by else pd.Series(0, months.index)
    level = months["missed"].groupby(group).transform("sum") / months["due"].groupby(group).transform("sum")
    steps = (months["missed"] / months["due"]).groupby(group).diff() ** 2
    weight = 1 / months["due"] + 1 / months["due"].groupby(group).shift()
    terms = (steps / (level * (1 - level) * weight)).replace([np.inf, -np.inf], np.nan).dropna()
    return max(1.0, float(terms.mean())) if len(terms) else 1.0


def inside(found: Missed, dimension: str, parts: list[str]) -> pd.Series:
    """Which cells are of these parts; of all where `dimension` is ALL."""
    everywhere = pd.Series(True, found.cells.index)
    return everywhere if dimension == ALL else found.cells[dimension].isin(parts)


def split(found: Missed, dimension: str, parts: list[str], first: str) -> dict[str, float]:
    """Appointments of these parts, and `rest_` of all others that say their part, before the month `first` and from it on."""
    cells = found.cells.assign(now=found.cells["period"] >= first)
    known = cells if dimension == ALL else cells[cells[dimension].ne("")]
    mine = inside(found, dimension, parts).reindex(known.index)
    return _counted(known, mine) | {f"rest_{name}": n for name, n in _counted(known, ~mine).items()}


def since(found: Missed, dimension: str, parts: list[str]) -> str:
    """First month (2026-03) of the higher level; '' without a clear one."""
    sums = found.cells[inside(found, dimension, parts)].groupby("period")[["missed", "due"]].sum().reindex(found.months)
    rate = (sums["missed"] / sums["due"]).to_numpy(float)
    change = change_point(np.array(found.months, dtype=object), rate, sums["due"].fillna(0).to_numpy(float))
    return change.period if change and change.after > change.before else ""


def nested(found: Missed, dimension: str, parts: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Parts of the other dimensions of whose appointments NESTED or more lie in `parts`."""
    cells = found.cells.assign(own=found.cells["due"].where(inside(found, dimension, parts), 0.0))
    shares = [(other, cells[cells[other].ne("")].groupby(other)[["own", "due"]].sum()) for other in DIMENSIONS]
    return tuple(
        (other, tuple(sorted(sums.index[sums["own"] >= NESTED * sums["due"]])))
        for other, sums in shares
        if other != dimension
    )
