"""The one reason that most complaints of the cycle give, where they arose, and whether it was so before the start."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine
from crm_lib.language import Message, Value, literal, msg, term_or_text
from crm_lib.metrics.not_stated import named_parts
from crm_lib.review.windows import Windows

HALF = 0.5  # of the complaints that the reason has to give, and of its complaints that a place has to hold
PLACES = ("store", "channel")
_SQL = Path(__file__).with_name("cause.sql")


@dataclass(frozen=True)
class Cause:
    """`n` of `total` complaints of the cycle; before_n, before_total of as many days before the start; of the n, place_n
    at `place` of `dimension` ('' where no place holds half), part_n from customers of the part that fell (see where.py),
    by_part[dimension, part] from customers of each part of contributions.attributes."""

    reason: str
    n: int
    total: int
    before_n: int
    before_total: int
    dimension: str = ""
    place: str = ""
    place_n: int = 0
    part_n: int = 0
    by_part: dict[tuple[str, str], int] = field(default_factory=dict)

    def mostly_from(self, dimension: str, part: str) -> int:
        """How many of its complaints come from customers of a part, where that is half of them or more; else 0."""
        n = self.by_part.get((dimension, part), 0)
        return n if n >= HALF * self.n else 0


def cause(
    engine: Engine,
    found: Windows,
    smallest: int,
    fallen: pd.DataFrame | None = None,
    traits: pd.DataFrame | None = None,
) -> Cause | None:
    """None where no reason is given by half of the complaints, and by `smallest` of them. `fallen`: see where.where."""
    one = _reason(engine, found, smallest)
    if one is None or traits is None:
        return one
    query = (
        "SELECT customer_id FROM tickets WHERE kind = 'complaint' AND reason = $reason"
        " AND CAST(opened_at AS DATE) BETWEEN CAST($first AS DATE) AND CAST($last AS DATE)"
    )
    who = engine.sql(query, reason=one.reason, first=found.start, last=found.last)
    whose = who.merge(traits, on="customer_id")
    split = traits.columns.drop("customer_id")
    by_part = {(name, str(part)): int(n) for name in split for part, n in whose[name].value_counts().items()}
    one = replace(one, by_part=by_part)
    if fallen is None or not len(fallen):
        return one
    mine = fallen[fallen["named"].astype(bool) & fallen["metric"].eq(fallen["metric"].iloc[0])]
    both = zip(mine["dimension"], mine["part"], strict=True)
    return replace(one, part_n=sum(by_part.get((str(name), str(part)), 0) for name, part in both))


def _reason(engine: Engine, found: Windows, smallest: int) -> Cause | None:
    if not engine.has("tickets"):
        return None
    spans = {"first": found.start, "last": found.last}
    spans |= {"before_first": found.before.starts_on, "before_last": found.before.ends_on}
    cells = engine.run(_SQL, **spans)
    for name in ("reason", *PLACES):
        cells[name] = named_parts(cells[name].fillna(""))
    by_reason = cells[cells["reason"].ne("")].groupby("reason")[["after", "before"]].sum()
    total = int(cells["after"].sum())
    by_reason = by_reason.sort_index().sort_values("after", ascending=False, kind="stable")
    if not len(by_reason) or by_reason["after"].iloc[0] < max(smallest, HALF * total):
        return None
    reason, top = str(by_reason.index[0]), by_reason.iloc[0]
    given = (reason, int(top["after"]), total, int(top["before"]), int(cells["before"].sum()))
    mine = cells[cells["reason"].eq(reason)]
    for dimension in PLACES:
        places = mine[mine[dimension].ne("")].groupby(dimension)["after"].sum()
        places = places.sort_index().sort_values(ascending=False, kind="stable")
        if len(places) and places.iloc[0] >= HALF * given[1]:
            return Cause(*given, dimension, str(places.index[0]), int(places.iloc[0]))
    return Cause(*given)


def cause_words(found: Cause) -> Message:
    """'33 of 57 complaints give the reason ..., all of them at ...'."""
    given: dict[str, Value | Message | int] = {
        "n": found.n,
        "all": found.total,
        "share": Value("percent", found.n / found.total),
        "reason": literal(found.reason),
    }
    if not found.place:
        return msg("review.cause", **given)
    place = literal(found.place) if found.dimension == "store" else term_or_text("channel", found.place)
    everywhere = "all" if found.place_n == found.n else "most"
    return msg(f"review.cause.{everywhere}", place=place, m=found.place_n, **given)


PLACED = ("all", "most")


def before_words(found: Cause) -> Message | None:
    """How many there were before the start; None without complaints then."""
    if not found.before_total:
        return None
    return msg("review.cause.before", n=found.before_n, all=found.before_total)
