"""Of paid terms that came due, how many were renewed: by store, channel, owner, category and brand, lately and before; and where
fewer are than elsewhere of the same category and length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd

from crm_lib.diagnosis.change_point import change_point
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.diagnosis.words import PAIR
from crm_lib.metrics.not_stated import nameless
from crm_lib.metrics.pool import MONTHS
from crm_lib.metrics.purchase_days import derive_due_days

OF_BRAND = "category_brand"  # a category of a brand, its part as `words.PAIR` joins them
THINGS = ("category", "brand", OF_BRAND)  # of what is paid for: who pays for several at once renews each by itself
DIMENSIONS = ("store", "channel", "owner", *THINGS)
BEFORE_MONTHS = 12
LEAST_BEFORE = 3
WIDTHS = (MONTHS, 6, 9, 12)  # months tried as now: a fall is the clearest against the months before it began
LEAST_FALL = 0.15  # of a part's renewal rate, carried over a year: a month's plan is renewed twelve times in it
YEAR_DAYS = 365
ERROR = 0.05  # chance that any of all parts is named where none fell (Bonferroni)
MOST_OF_RENEWALS = 0.9
STEP_DAYS = 30
NESTED = 0.8  # of a part's terms that lie in parts of another dimension: it is told with them
PLACES = ("store", "channel", "owner")  # categories differ by what they are
LENGTHS = (45, 135, 270)  # days up to which a term is of a month, a quarter, half a year; else of a year
LOW_COLUMNS = ["dimension", "part", "due", "renewed", "expected", "short", "left", "length_days", "length_due"]
LOW_COLUMNS += ["length_renewed", "length_expected", "z", "low"]
COLUMNS = ["dimension", "part", "due_before", "due_now", "renewed_before", "renewed_now"]
COLUMNS += [
    "rest_due_before",
    "rest_due_now",
    "rest_renewed_before",
    "rest_renewed_now",
    "amount",
    "times_a_year",
    "z",
    "fell",
]


@dataclass(frozen=True)
class Renewals:
    """`terms` [customer_id, sold_on, due_on, renewed (0 or 1), store, channel, owner, category, brand, amount, month, now];
    `things`: the same, but of customers who pay for several things at once each thing's own; `window_days` within which
    they count as renewed; `months` compared, the last `width` of them are now."""

    terms: pd.DataFrame
    things: pd.DataFrame
    window_days: int
    months: list[pd.Period]
    width: int = MONTHS

    def of(self, dimension: str) -> pd.DataFrame:
        """The terms whose renewal a dimension's parts are judged by."""
        return self.things if dimension in THINGS else self.terms

    def without(self, dimension: str, parts: list[str]) -> Renewals:
        """The same but for what is told of these parts."""
        terms, things = (table[~table[dimension].isin(parts)] for table in (self.terms, self.things))
        return replace(self, terms=terms, things=things)


def renewals(measured: Measured) -> Renewals | None:
    """Terms that came due in the latest whole months that have shown what became of them, and in up to BEFORE_MONTHS
    before; None with too few months."""
    every = measured.every_renewals
    return _of_width(every, MONTHS) if every else None


def clearest(measured: Measured) -> tuple[Renewals, pd.DataFrame] | None:
    """`renewals` of that of WIDTHS by which a part's fall is the clearest, and `compared` of it; of MONTHS where none fell."""
    every = measured.every_renewals
    return None if every is None else _clearest(every, measured)


def clearest_apart(measured: Measured) -> tuple[Renewals, pd.DataFrame] | None:
    """`clearest` of what is left without the parts that fell the clearest; None where none fell."""
    every, judged = measured.every_renewals, measured.clearest_renewals
    if every is None or judged is None or not judged[1]["fell"].any():
        return None
    dimension, rows = fallen(judged[1])
    return _clearest(every.without(dimension, list(rows["part"])), measured)


def fallen(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The dimension of the clearest fall, and its parts that fell."""
    fell = table[table["fell"].astype(bool)]
    dimension = str(fell["dimension"].iloc[0])
    return dimension, fell[fell["dimension"].eq(dimension)]


def _clearest(every: Renewals, measured: Measured) -> tuple[Renewals, pd.DataFrame]:
    widths = [one for one in WIDTHS if len(every.months) >= one + LEAST_BEFORE]
    taken = [_of_width(every, width) for width in widths]
    counts = [_changes(found, measured.smallest_base) for found in taken]
    tests = sum(map(len, counts))
    judged = [(found, _judged(found, table, tests)) for found, table in zip(taken, counts, strict=True)]
    fell = [(table.loc[table["fell"].astype(bool), "z"].min(), i) for i, (_, table) in enumerate(judged)]
    return judged[min((z, i) for z, i in [*fell, (math.inf, 0)] if not math.isnan(z))[1]]


def _of_width(every: Renewals, width: int) -> Renewals:
    months = every.months[-BEFORE_MONTHS - width :]
    terms, things = (
        table[table["month"].isin(months)].assign(now=lambda rows: rows["month"].isin(months[-width:]))
        for table in (every.terms, every.things)
    )
    return replace(every, terms=terms, things=things, months=months, width=width)


def every_renewal(measured: Measured) -> Renewals | None:
    """Terms of all months that one of WIDTHS could compare."""
    derive_due_days(measured.engine)
    terms = measured.engine.run(FOLDER / "renewal_terms.sql")
    if terms.empty:
        return None
    window = _window(terms, measured)
    last = (pd.Timestamp(measured.baseline) - timedelta(days=window) + timedelta(days=1)).to_period("M") - 1
    months = list(pd.period_range(pd.Timestamp(measured.first_day).to_period("M") + 1, last, freq="M"))
    months = months[-BEFORE_MONTHS - WIDTHS[-1] :]
    if len(months) < MONTHS + LEAST_BEFORE:
        return None
    terms, things = (_told(table, window, months) for table in (terms, _things(measured, terms)))
    return Renewals(terms, things, window, months)


def _told(terms: pd.DataFrame, window: int, months: list[pd.Period]) -> pd.DataFrame:
    late = (terms["renewed_on"] - terms["due_on"]).dt.days
    terms = terms.assign(renewed=(late <= window).astype(int), month=terms["due_on"].dt.to_period("M"))
    terms[OF_BRAND] = None
    if terms["category"].nunique() > 1 and terms["brand"].nunique() > 1:
        terms[OF_BRAND] = terms["category"].astype("object") + PAIR + terms["brand"].astype("object")
    return terms[terms["month"].isin(months)]


def _things(measured: Measured, terms: pd.DataFrame) -> pd.DataFrame:
    """`terms`, with those of customers who pay for several things at once thing by thing: what another one pays on would
    hide that one ended."""
    if terms["category"].isna().all() and terms["brand"].isna().all():
        return terms
    for name in ("paid_lines", "paid_spans"):
        measured.engine.derive(name, FOLDER / f"{name}.sql")
    own = measured.engine.run(FOLDER / "renewal_lines.sql")
    if own.empty:
        return terms
    others = terms[~terms["customer_id"].isin(own["customer_id"].unique())]
    return pd.concat([others, own[terms.columns]], ignore_index=True) if len(others) else own[terms.columns]


def _window(terms: pd.DataFrame, measured: Measured) -> int:
    """Days after the end of a term within which MOST_OF_RENEWALS come that come within the repurchase window, in steps of
    STEP_DAYS: what a shorter wait can tell is known earlier."""
    full = measured.definitions.repurchase_window_days
    old = terms[terms["due_on"] <= pd.Timestamp(measured.baseline) - timedelta(days=full)]
    late = (old["renewed_on"] - old["due_on"]).dt.days
    came = np.sort(late[late <= full].to_numpy(float))
    if len(came) < measured.smallest_base:
        return full
    usual = came[math.ceil(MOST_OF_RENEWALS * len(came)) - 1]
    return min(full, max(1, math.ceil(usual / STEP_DAYS)) * STEP_DAYS)


def compared(found: Renewals, least: int) -> pd.DataFrame:
    """COLUMNS of each part with at least `least` terms due before and now; the clearest fall first.

    z is that of the change of a part's log odds less that of its dimension's other parts, each count half a term larger
    (Haldane 1956); a part fell where it is below Bonferroni's limit and the rate, carried over a year, is LEAST_FALL lower.
    """
    table = _changes(found, least)
    return _judged(found, table, len(table))


def _changes(found: Renewals, least: int) -> pd.DataFrame:
    """`compared` before it is judged."""
    rows = [row for dimension in DIMENSIONS for row in _rows(found.of(dimension), dimension, least)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["z", "dimension", "part"]).reset_index(drop=True)


def _judged(found: Renewals, table: pd.DataFrame, tests: int) -> pd.DataFrame:
    """`table` with fell, of so many tests; who in the last MONTHS was nearer to the level before is not."""
    if table.empty:
        return table
    last = found.months[-MONTHS:]
    late = {name: found.of(name)[found.of(name)["month"].isin(last)] for name in DIMENSIONS}
    shares = {name: late[name].groupby(name)["renewed"].mean() for name in DIMENSIONS}
    latest = [shares[name].get(part, 1.0) for name, part in zip(table["dimension"], table["part"], strict=True)]
    critical = NormalDist().inv_cdf(1 - ERROR / tests)
    before, now = (table[f"renewed_{when}"] / table[f"due_{when}"] for when in ("before", "now"))
    left = (now / before.where(before > 0)) ** table["times_a_year"]
    still = np.array(latest) <= (before + now) / 2
    return table.assign(fell=(table["z"] < -critical) & (left <= 1 - LEAST_FALL) & still)


def _rows(terms: pd.DataFrame, dimension: str, least: int) -> Iterator[dict]:
    """A row for each part that, as its others do, has enough terms before and now."""
    known = terms.loc[terms[dimension].notna(), [dimension, "now", "renewed", "amount"]]
    if known.empty:
        return
    days = (terms["due_on"] - terms["sold_on"]).dt.days.loc[known.index] + 1
    codes, parts = pd.factorize(known[dimension], sort=True)
    amounts, lengths = known["amount"].groupby(codes).mean(), days.groupby(codes).median()
    now, renewed = known["now"].to_numpy(bool), known["renewed"].to_numpy(bool)
    masks = {("due", "before"): ~now, ("due", "now"): now}
    masks |= {("renewed", when): renewed & mask for (_, when), mask in masks.items()}
    every = {key: np.bincount(codes[mask], minlength=len(parts)) for key, mask in masks.items()}
    for i, part in enumerate(parts):
        counts = {f"{what}_{when}": int(n[i]) for (what, when), n in every.items()}
        counts |= {f"rest_{what}_{when}": int(n.sum() - n[i]) for (what, when), n in every.items()}
        if nameless(part) or min(n for name, n in counts.items() if "due" in name) < least:
            continue
        row = {"dimension": dimension, "part": part, **counts, "amount": float(amounts[i])}
        row["times_a_year"] = max(YEAR_DAYS / float(lengths[i]), 1.0)
        change, variance = _odds(counts, "")
        rest_change, rest_variance = _odds(counts, "rest_")
        yield row | {"z": (change - rest_change) / math.sqrt(variance + rest_variance), "fell": False}


def _odds(counts: dict[str, int], who: str) -> tuple[float, float]:
    """Change of the log odds of renewal from before to now, and its variance."""
    change, variance = 0.0, 0.0
    for when, sign in (("before", -1), ("now", 1)):
        yes = counts[f"{who}renewed_{when}"] + 0.5
        no = counts[f"{who}due_{when}"] - counts[f"{who}renewed_{when}"] + 0.5
        change += sign * math.log(yes / no)
        variance += 1 / yes + 1 / no
    return change, variance


def standing(found: Renewals, least: int) -> pd.DataFrame:
    """LOW_COLUMNS of each place with at least `least` terms due in the latest year, as its others have; the lowest first.

    expected: renewals at the rate of the others of the dimension, category by category and length by length; short: the
    money of those that lack (mean price of a term, `paid_on` at the others' rate); left: share of the customers whom the others would keep in a year that
    are kept here; length_*: of the length that lacks most money. z is the sum of what was renewed less what the stratum
    renews, by its spread over customers (cluster-robust), and a place is low beyond Bonferroni's limit where it keeps
    LEAST_FALL less.
    """
    terms = found.terms[found.terms["month"].isin(found.months[-BEFORE_MONTHS:])]
    days = (terms["due_on"] - terms["sold_on"]).dt.days + 1
    length = np.digitize(days, LENGTHS, right=True)
    terms = terms.assign(days=days, stratum=terms["category"].fillna("").astype("str") + "\x1f" + length.astype("str"))
    terms = terms.assign(length=length)
    rows = [
        row
        for dimension in PLACES
        for part in sorted(terms[dimension].dropna().unique())
        if not nameless(part) and (row := _standing(terms, dimension, part, least)) is not None
    ]
    table = pd.DataFrame(rows, columns=LOW_COLUMNS)
    if table.empty:
        return table
    critical = NormalDist().inv_cdf(1 - ERROR / len(table))
    table = table.assign(low=(table["z"] < -critical) & (table["left"] <= 1 - LEAST_FALL))
    return table.sort_values(["z", "dimension", "part"]).reset_index(drop=True)


def _standing(terms: pd.DataFrame, dimension: str, part: str, least: int) -> dict | None:
    known = terms[terms[dimension].notna()]
    mine = known[dimension].eq(part)
    sums = known.assign(mine=mine).groupby(["stratum", "mine"])["renewed"].agg(["sum", "count"]).unstack(fill_value=0)
    if not {True, False} <= set(sums["count"].columns):
        return None
    x, n, y, m = (sums[what][who].to_numpy(float) for who in (True, False) for what in ("sum", "count"))
    both = (n > 0) & (m > 0)
    if n[both].sum() < least or m[both].sum() < least:
        return None
    strata = pd.DataFrame({"x": x, "n": n, "y": y, "m": m}, index=sums.index)[both]
    own = known[mine & known["stratum"].isin(strata.index)]
    about = own.groupby("stratum").agg(amount=("amount", "mean"), days=("days", "median"), length=("length", "first"))
    strata = strata.join(about)
    expected = strata["n"] * strata["y"] / strata["m"]
    times = (YEAR_DAYS / strata["days"]).clip(lower=1.0)
    short = (expected - strata["x"]) * strata["amount"] * paid_on(strata["y"] / strata["m"], times)
    kept = ((strata["x"] + 0.5) / (strata["n"] + 1)) / ((strata["y"] + 0.5) / (strata["m"] + 1))
    kept **= times
    weight = strata["n"] * strata["days"]
    by_length = strata.assign(expected=expected, short=short).groupby("length")
    worst = by_length[["x", "n", "expected", "short"]].sum().sort_values("short", ascending=False).iloc[0]
    return {
        "dimension": dimension,
        "part": part,
        "due": int(strata["n"].sum()),
        "renewed": int(strata["x"].sum()),
        "expected": float(expected.sum()),
        "short": float(short.sum()),
        "left": float((kept * weight).sum() / weight.sum()),
        "length_days": float(own.loc[own["length"].eq(worst.name), "days"].median()),
        "length_due": int(worst["n"]),
        "length_renewed": int(worst["x"]),
        "length_expected": float(worst["expected"]),
        "z": _clustered(known[known["stratum"].isin(strata.index)], mine, strata),
        "low": False,
    }


def _clustered(terms: pd.DataFrame, mine: pd.Series, strata: pd.DataFrame) -> float:
    """Sum over strata of the renewals of a part less those that its stratum's rate gives it, over its spread: by customer,
    each score as large as without its own customer in the rate (as HC3 does), or by term where that is wider."""
    of, own = strata.loc[terms["stratum"]], mine.reindex(terms.index).to_numpy(float)
    n, m = of["n"].to_numpy(float), of["m"].to_numpy(float)
    rate = (of["x"] + of["y"]).to_numpy(float) / (n + m)
    weight = own - n / (n + m)
    score, who = weight * (terms["renewed"].to_numpy(float) - rate), terms["customer_id"].to_numpy()
    terms_of_one = pd.Series(1.0, terms.index).groupby([who, terms["stratum"].to_numpy()]).transform("sum")
    left = np.maximum(1 - terms_of_one.to_numpy(float) / np.where(own > 0, n, m), 0.5)
    by_customer = float((pd.Series(score / left).groupby(who).sum() ** 2).sum())
    by_term = float((weight**2 * rate * (1 - rate)).sum())
    spread = math.sqrt(max(by_customer, by_term))
    return float(score.sum()) / spread if spread > 0 else 0.0


def paid_on(rate: pd.Series, times: pd.Series) -> pd.Series:
    """Terms that a renewal pays for within a year, itself among them: `times` end in it, each renewed at `rate`."""
    return times.where(rate >= 1, (1 - rate**times) / (1 - rate.where(rate < 1, 0.0)))


def since(found: Renewals, dimension: str, parts: list[str]) -> str:
    """First month (2026-03) of the lower level of these parts' renewal rate; '' without a clear one."""
    terms = found.of(dimension)
    mine = terms[terms[dimension].isin(parts)].groupby("month")["renewed"].agg(["mean", "count"])
    mine = mine.reindex(found.months)
    names = np.array([str(month) for month in found.months], dtype=object)
    change = change_point(names, mine["mean"].to_numpy(float), mine["count"].fillna(0).to_numpy(float))
    return change.period if change and change.after < change.before else ""


def nested(found: Renewals, dimension: str, parts: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Parts of the other dimensions of whose terms NESTED or more lie in `parts`."""
    terms = found.of(dimension)
    inside = terms[dimension].isin(parts)
    shares = [
        (other, terms.assign(inside=inside).groupby(other)["inside"].mean())
        for other in DIMENSIONS
        if other != dimension
    ]
    return tuple((other, tuple(sorted(share.index[share >= NESTED]))) for other, share in shares)
