"""Appointments that nobody came to: of all, and by store, channel and staff member, lately and before."""

from __future__ import annotations

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
NOW_MONTHS = range(MONTHS, 13)  # that are tried as now: a rise is the clearest against the months before it began
BEFORE_MONTHS = 12
LEAST_BEFORE = 3
LEAST_RISE = 0.15  # of a part's share of missed appointments
ERROR = 0.05  # chance that any of all parts is named where none rose (Bonferroni)
NESTED = 0.8  # of a part's appointments that lie in parts of another dimension: it is told with them
ALL = "all"  # dimension of the whole
COLUMNS = ["dimension", "part", "months", "due_before", "due_now", "missed_before", "missed_now", "latest", "z", "rose"]


@dataclass(frozen=True)
class Missed:
    """`cells` [period, store, channel, owner, kept, missed, cancelled, due] of `months`; due: kept or missed. `table` has
    COLUMNS: all of them first, then each part with enough, the clearest rise first. months: how many are now, of
    NOW_MONTHS those by which the rise is the clearest; latest: share missed in the last MONTHS."""

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
    months = months[-BEFORE_MONTHS - NOW_MONTHS[-1] :]
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
    table = pd.concat([_tried(cells, name, months, least) for name in (ALL, *DIMENSIONS)], ignore_index=True)
    whole = table["dimension"].eq(ALL)
    if not whole.any():
        return table.iloc[:0]
    before, now = (table[f"missed_{when}"] / table[f"due_{when}"] for when in ("before", "now"))
    critical = {one: NormalDist().inv_cdf(1 - ERROR / n) for one, n in whole.value_counts().items()}
    still = np.minimum(now, table["latest"].astype("float64"))  # what is over is no finding
    rose = (table["z"] > whole.map(critical)) & (still >= (1 + LEAST_RISE) * before)
    table = table.assign(rose=rose, whole=whole)
    order = ["whole", "rose", "z", "dimension", "part", "months"]
    table = table.sort_values(order, ascending=[False, False, False, True, True, True])
    return table.drop_duplicates(["dimension", "part"], ignore_index=True)[COLUMNS]


def _tried(cells: pd.DataFrame, dimension: str, months: list[str], least: int) -> pd.DataFrame:
    """COLUMNS but rose, a row a part and number of months taken for now, of those with at least `least` on every side: the
    change of its log odds less that of all other parts together, in standard errors; of all, its own change."""
    known = cells.assign(all=ALL) if dimension == ALL else cells[cells[dimension].ne("")]
    sums = known.groupby(["period", dimension])[["missed", "due"]].sum().unstack(fill_value=0.0).reindex(months)
    missed_, due = (sums[name].fillna(0.0) if len(known) else pd.DataFrame() for name in ("missed", "due"))
    spread, frames = _spread(known, dimension), [pd.DataFrame(columns=COLUMNS[:-1])]
    for width in (one for one in NOW_MONTHS if len(months) >= one + LEAST_BEFORE and len(known)):
        spans = {"before": slice(-width - BEFORE_MONTHS, -width), "now": slice(-width, None)}
        own: dict[str, pd.Series] = {}
        for when, span in spans.items():
            own |= {
                f"missed_{when}": pd.Series(missed_.iloc[span].sum()),
                f"due_{when}": pd.Series(due.iloc[span].sum()),
            }
        rest = {name: values.sum() - values for name, values in own.items()}
        change, variance = _odds(own)
        enough = np.minimum(own["due_before"], own["due_now"]) >= least
        if dimension != ALL:
            others, theirs = _odds(rest)
            change, variance = change - others, variance + theirs
            enough &= np.minimum(rest["due_before"], rest["due_now"]) >= least
        latest = missed_.iloc[-MONTHS:].sum() / due.iloc[-MONTHS:].sum()
        tried = pd.DataFrame(own).assign(
            latest=latest, z=change / np.sqrt(variance * spread), dimension=dimension, months=width
        )
        frames.append(tried[enough].rename_axis("part").reset_index())
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def _counted(cells: pd.DataFrame, chosen: pd.Series) -> dict[str, float]:
    own = cells[chosen]
    return {
        f"{what}_{when}": float(own.loc[own["now"].eq(when == "now"), what].sum())
        for what in ("due", "missed", "cancelled")
        for when in ("before", "now")
    }


def _odds(counts: dict[str, pd.Series]) -> tuple[pd.Series, pd.Series]:
    """Change of the log odds of a missed appointment, each count half a one larger (Haldane 1956), and its variance."""
    yes = {when: counts[f"missed_{when}"] + 0.5 for when in ("before", "now")}
    no = {when: counts[f"due_{when}"] - counts[f"missed_{when}"] + 0.5 for when in ("before", "now")}
    change = np.log(yes["now"] / no["now"]) - np.log(yes["before"] / no["before"])
    return change, sum(1 / part[when] for part in (yes, no) for when in ("before", "now"))  # type: ignore[return-value]


def _spread(cells: pd.DataFrame, by: str) -> float:
    """By how much a month differs from the one before it more than chance has it, at least 1: some customers miss often,
    some weeks are icy. A change of level counts once only (successive differences, von Neumann 1941)."""
    months = cells.groupby([by, "period"])[["missed", "due"]].sum().reset_index()
    months = months[months["due"] > 0].sort_values([by, "period"])
    group = months[by]
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
