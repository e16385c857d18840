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
BEFORE_MONTHS = 12
LEAST_BEFORE = 3
LEAST_RISE = 0.15  # of a part's share of missed appointments
ERROR = 0.05  # chance that any of all parts is named where none rose (Bonferroni)
NESTED = 0.8  # of a part's appointments that lie in parts of another dimension: it is told with them
ALL = "all"  # dimension of the whole
_SUMS = ["missed", "kept", "cancelled"]
COLUMNS = ["dimension", "part", "due_before", "due_now", "missed_before", "missed_now"]
COLUMNS += [
    "cancelled_before",
    "cancelled_now",
    "rest_due_before",
    "rest_due_now",
    "rest_missed_before",
    "rest_missed_now",
]
COLUMNS += ["z", "rose"]


@dataclass(frozen=True)
class Missed:
    """`cells` [period, store, channel, owner, kept, missed, cancelled, due, now] of `months`, the last MONTHS of them are
    now; due: kept or missed. `table` has COLUMNS: all of them first, then each part with enough, the clearest rise first."""

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
    months = [str(period) for period in measured.months["period"] if str(period) > first][-BEFORE_MONTHS - MONTHS :]
    if len(months) < MONTHS + LEAST_BEFORE:
        return None
    cells = cells[cells["period"].isin(months)]
    cells = cells.assign(due=cells["kept"] + cells["missed"], now=cells["period"].isin(months[-MONTHS:]))
    cells = cells.assign(**{name: named_parts(cells[name]) for name in DIMENSIONS})
    whole = _counted(cells, cells["due"] >= 0)
    if min(whole["due_before"], whole["due_now"]) < measured.smallest_base:
        return None
    return Missed(cells, months, _table(cells, months, whole, measured.smallest_base))


def _unsaid(measured: Measured) -> str:
    """Where some visits say that they were kept, those that say nothing are sign-ins: nobody could have missed them."""
    said = measured.engine.fact("SELECT COUNT(*) AS n FROM visits WHERE status = 'kept'")["n"].iloc[0]
    return "" if said else "kept"


def _table(cells: pd.DataFrame, months: list[str], whole: dict, least: int) -> pd.DataFrame:
    change, variance = _odds(whole, "")
    whole |= {"dimension": ALL, "part": ALL, "z": change / math.sqrt(variance * _spread(cells, []))}
    rows = [row for dimension in DIMENSIONS for row in _parts(cells, dimension, least)]
    table = pd.DataFrame([whole, *rows], columns=COLUMNS)
    before, now = (table[f"missed_{when}"] / table[f"due_{when}"] for when in ("before", "now"))
    tested = np.where(table["dimension"].eq(ALL), 1, max(len(rows), 1))
    critical = np.array([NormalDist().inv_cdf(1 - ERROR / n) for n in tested])
    table = table.assign(rose=(table["z"] > critical) & (now >= (1 + LEAST_RISE) * before))
    parts = table.iloc[1:].sort_values(["z", "dimension", "part"], ascending=[False, True, True])
    return pd.concat([table.iloc[:1], parts], ignore_index=True)


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
