"""Rule on parts of the business: one store, channel or city fell more than the others that stayed open, whatever the whole
did; or one of them ended."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from crm_lib.diagnosis.checks import Check, PainPoint, limit
from crm_lib.diagnosis.fallen import Together, dimension_first, together
from crm_lib.diagnosis.measured import FOLDER, Measured
from crm_lib.diagnosis.owners_gone import gone_of, handed_over, last_contacts, look_after
from crm_lib.diagnosis.rules_trend import action
from crm_lib.diagnosis.shares import rate
from crm_lib.diagnosis.turnover import listed, standing, turnover, turnover_words
from crm_lib.diagnosis.words import part_label, responsible, sentences
from crm_lib.language import Message, Value, msg
from crm_lib.metrics.association import dispersion
from crm_lib.metrics.ended_owners import names_of
from crm_lib.metrics.not_stated import nameless
from crm_lib.metrics.pool import MONTHS

YEAR_MONTHS = 12
LEAST_EARLIER = 3  # months before the latest ones
LEAST_FALL = 0.15  # of a part's orders a month
ERROR = 0.05  # chance that any of all parts is named where none fell (Bonferroni)
MOST_NAMED = 3
COLUMNS = ["dimension", "part", "orders_before", "orders_now", "rest_before", "rest_now", "amount", "z", "fell"]


def part_falls(measured: Measured) -> Check:
    """Purchases of each part of the business (see part_orders.sql) in the latest months, beside those of all other parts."""
    said = limit("part_falls", **limits())
    if not _comparable(measured):
        return Check("part_falls", "absent", msg("diagnosis.check.no_parts"), said)
    cells = part_orders(measured)
    moved_on = ends(measured, cells)
    cells = standing(cells, moved_on)
    found = compared(measured, cells)
    ended = moved_on[moved_on["state"].eq("ended")]
    if found.empty and ended.empty:
        return Check("part_falls", "absent", msg("diagnosis.check.no_parts"), said)
    figure = looked_at(found, len(ended))
    if not found["fell"].any():
        pain = None if ended.empty else _ended_pain(measured, moved_on)
        return Check("part_falls", "clear" if pain is None else "found", figure, said, pain)
    group = fallen_together(measured, found, cells)
    elsewhere = found[found["fell"].astype(bool) & found["dimension"].ne(group.dimension)]
    elsewhere = elsewhere[[not _same_person(measured, group, row) for row in elsewhere.to_dict("records")]]
    others = [_line(measured, row) for _, row in elsewhere.head(MOST_NAMED).iterrows()]
    whole, left = measured.trend("orders"), gone_of(measured, group.dimension, group.rows["part"])
    sold = _sell_no_more(measured, group, ended)
    moved_on = moved_on.drop(index=sold.index)
    pain = PainPoint(
        rule="part_falls",
        headline=headline(measured, group),
        evidence=sentences(
            moved(measured, group),
            *_last_sales(measured, sold),
            turnover_words(measured, moved_on, tuple({group.dimension, *_places(ended)["dimension"]})),
            *last_contacts(measured, left),
            msg("diagnosis.part.span", **spans(measured)),
            msg("diagnosis.part.whole_hides") if whole is not None and whole["trend"] != "worse" else None,
            msg("diagnosis.part.others", parts=Value("list", others)) if others else None,
            None if a_year(measured) else msg("diagnosis.evidence.season"),
        ),
        action=_acted(measured, group.dimension, left, sold),
        basis=msg("event.basis", n=len(group.rows), lost=Value("money", group.lost), months=measured.year_months),
        revenue=float(group.lost * measured.year_months),
        worse=True,
        since=group.since,
        event=(group.dimension, tuple(group.rows["part"])),
        gone=(*_last_sales(measured, sold), *last_contacts(measured, left)),
        gone_action=look_after(measured, [*left["owner"], *sold["owner"]]),
    )
    return Check("part_falls", "found", figure, said, pain)


def _same_person(measured: Measured, group: Together, row: Mapping[Hashable, Any]) -> bool:
    """Whether a fallen part is somebody who is told already by another column."""
    if not {group.dimension, row["dimension"]} <= {"owner", "salesperson"}:
        return False
    told = {name for part in group.rows["part"] for name in names_of(measured.engagement, str(part))}
    return bool(told & names_of(measured.engagement, str(row["part"])))


def _sell_no_more(measured: Measured, group: Together, ended: pd.DataFrame) -> pd.DataFrame:
    """Of `ended`: the salespeople who own the customers that fell away, with that `owner`."""
    people = ended[ended["dimension"].eq("salesperson")] if group.dimension == "owner" else ended.iloc[:0]
    owners = {name: part for part in group.rows["part"] for name in names_of(measured.engagement, str(part))}
    found = people["part"].map(
        lambda part: next((owners[n] for n in sorted(names_of(measured.engagement, part)) if n in owners), None)
    )
    return people.assign(owner=found.astype(object))[found.notna()]


def _last_sales(measured: Measured, sold: pd.DataFrame) -> list[Message]:
    return [
        msg(
            "diagnosis.part.owner_sold",
            owner=part_label(measured.engagement, "owner", row["owner"]),
            last=Value("date", row["day"].date()),
            orders=Value("float", float(row["orders"])),
        )
        for row in sold.to_dict("records")
    ]


def _acted(measured: Measured, dimension: str, left: pd.DataFrame, sold: pd.DataFrame) -> Message:
    """What to do about a fall: where owners are gone, a hand-over comes before questions about the cause."""
    gone = list(dict.fromkeys([*left["owner"], *sold["owner"]]))
    known_by = "owner_sold" if len(sold) else "owner_ended"
    return handed_over(measured, gone, known_by, "part_falls") if gone else _action(measured, dimension)


def _places(ended: pd.DataFrame) -> pd.DataFrame:
    """What ended without the people who left, where anything else did: those of a closed store go with it."""
    places = ended[ended["dimension"].ne("salesperson")]
    return places if len(places) else ended


def _action(measured: Measured, dimension: str) -> Message:
    if dimension not in ("salesperson", "customer_type"):
        return action(measured, "part_falls")
    first = msg(f"diagnosis.action.part_falls.{dimension}")
    return sentences(first, responsible(measured.engagement, "part_falls")) or first


def limits() -> dict[str, Value]:
    return {"fall": Value("percent", LEAST_FALL), "error": Value("percent", ERROR)}


def looked_at(found: pd.DataFrame, ended: int = 0) -> Message:
    counts = {"n": Value("int", len(found)), "fell": Value("int", int(found["fell"].sum()))}
    return (
        msg("diagnosis.check.parts_ended", ended=ended, **counts) if ended else msg("diagnosis.check.parts", **counts)
    )


def _ended_pain(measured: Measured, moved_on: pd.DataFrame) -> PainPoint:
    """Parts without a purchase any more, where no other fell: closed, moved, or left out of the data."""
    ended = _places(moved_on[moved_on["state"].eq("ended")])
    left = ".salesperson" if ended["dimension"].eq("salesperson").all() else ""
    buys, amount = _still_buy(measured, ended), float(ended["amount"].sum())
    away = 1.0 if buys is None else 1 - float(buys.value)
    said = sentences(msg(f"diagnosis.action.part_ended{left}"), responsible(measured.engagement, "part_falls"))
    assert said is not None
    return PainPoint(
        rule="part_falls",
        headline=msg(f"diagnosis.finding.part_ended{left}", n=len(ended), items=listed(measured, ended)),
        evidence=sentences(
            None if buys is None else msg(f"diagnosis.part.still_buy{left}", share=buys),
            turnover_words(measured, moved_on[moved_on["state"].eq("began")], tuple(ended["dimension"])),
        ),
        action=said,
        basis=msg(
            "diagnosis.basis.part_ended",
            lost=Value("money", amount),
            away=Value("percent", away),
            months=measured.year_months,
        ),
        revenue=amount * away * measured.year_months,
        worse=True,
        event=(
            str(ended["dimension"].iloc[0]),
            tuple(ended.loc[ended["dimension"].eq(ended["dimension"].iloc[0]), "part"]),
        ),
    )


def _still_buy(measured: Measured, ended: pd.DataFrame) -> Value | None:
    """Share of the customers of the largest part that ended who have bought elsewhere since; None where nobody is known."""
    first = ended.iloc[0]
    table = {"store": "orders", "channel": "orders", "salesperson": "order_lines"}.get(first["dimension"])
    if table is None:
        return None
    query = (
        "SELECT COUNT(*) AS n, COALESCE(SUM(stays), 0) AS x FROM (SELECT customer_id,"  # nosec B608: names of ours
        f" MAX(CASE WHEN {first['dimension']} = $part THEN 1 ELSE 0 END) AS mine,"
        " MAX(CASE WHEN CAST(ordered_on AS DATE) > $last THEN 1 ELSE 0 END) AS stays"
        f" FROM {table} WHERE kind = 'sale' AND amount > 0 AND customer_id IS NOT NULL GROUP BY customer_id) AS c"
        " WHERE mine = 1"
    )
    row = measured.engine.sql(query, part=first["part"], last=first["day"].date()).iloc[0]
    return rate(float(row["x"]), float(row["n"]), "part_ended.still_buy") if row["n"] else None


def part_orders(measured: Measured) -> pd.DataFrame:
    return measured.engine.run(FOLDER / "part_orders.sql")


def fallen_together(measured: Measured, found: pd.DataFrame, cells: pd.DataFrame) -> Together:
    """The fallen parts of the dimension that tells it best; `cells`: what `found` was made from."""
    name = dimension_first(found)
    cells = cells[cells["dimension"] == name]
    fallen = list(found[found["dimension"].eq(name) & found["fell"].astype(bool)]["part"])
    series = [_monthly(measured, cells, part) for part in fallen]
    own, months = np.sum([part[0] for part in series], axis=0), measured.months["period"].to_numpy(object)
    return together(found, own, series[0][1], months, len(own[months_before(measured)]), MONTHS)


def headline(measured: Measured, group: Together, rule: str = "part_falls") -> Message:
    """Which parts lost how much since when: short enough for a phone."""
    names = [part_label(measured.engagement, group.dimension, part) for part in group.rows["part"]]
    who = msg(f"event.one.{group.dimension}", part=names[0])
    if len(names) > 1:
        who = msg(f"event.several.{group.dimension}", n=len(names))
    since = msg("event.since", month=Value("month", group.since)) if group.since else msg("event.lately")
    fall = Value("percent", group.fall.value, name=group.fall.name)
    return msg(f"diagnosis.finding.{rule}", who=who, fall=fall, since=since)


def moved(measured: Measured, group: Together) -> Message:
    """All names, the fall with its interval, and how far beyond their share of the business it goes."""
    rows = group.rows.sort_values("part")
    before, now = (float(rows[f"orders_{when}"].sum()) for when in ("before", "now"))
    whole = group.rows.iloc[0]
    rest = [float(whole[f"orders_{when}"] + whole[f"rest_{when}"]) for when in ("before", "now")]
    alone = group.of_losses > 1 - 1e-9
    return msg(
        f"event.moved{'.alone' if alone else ''}",
        dimension=msg(f"diagnosis.part.{group.dimension}"),
        parts=Value("list", [_part_moved(measured, row) for row in rows.to_dict("records")]),
        before=Value("float", before),
        now=Value("float", now),
        fall=group.fall,
        rest_before=Value("float", rest[0] - before),
        rest_now=Value("float", rest[1] - now),
        share=Value("percent", group.share),
        of_losses=Value("percent", group.of_losses),
        all_lost=Value("float", (before - now) / group.of_losses),
    )


def _part_moved(measured: Measured, row: Mapping[Hashable, Any]) -> Message:
    before, now = (Value("float", float(row[f"orders_{when}"])) for when in ("before", "now"))
    return msg(
        "event.part_moved", part=part_label(measured.engagement, row["dimension"], row["part"]), before=before, now=now
    )


def parts(measured: Measured) -> pd.DataFrame:
    """COLUMNS of every part with enough purchases before, and not of a few buyers: purchases a month of it and of the dimension's other parts
    before and now, mean amount, z of the change of its share, and whether it fell; the clearest fall first.

    Compared are the latest months with the same a year earlier, else with all earlier ones. z is that of two
    proportions, over the spread of the share from month to month before where that is wider than chance.
    """
    if not _comparable(measured):
        return pd.DataFrame(columns=COLUMNS)
    cells = part_orders(measured)
    return compared(measured, standing(cells, ends(measured, cells)))


def _comparable(measured: Measured) -> bool:
    return measured.engine.has("orders") and len(measured.months) >= MONTHS + LEAST_EARLIER


def ends(measured: Measured, cells: pd.DataFrame) -> pd.DataFrame:
    """Parts that ended or began; see `turnover`."""
    return turnover(measured, cells, months_before(measured), MONTHS, ERROR)


def compared(measured: Measured, cells: pd.DataFrame) -> pd.DataFrame:
    """`parts` of purchases by month and part, of which what ended or began meanwhile is left out (see `standing`)."""
    rows = [
        _compared(measured, str(dimension), part, own)
        for dimension, own in cells.groupby("dimension", sort=True)
        for part in sorted(own["part"].unique())
        if own["part"].nunique() > 1 and not nameless(part)
    ]
    found = pd.DataFrame([row for row in rows if row is not None], columns=COLUMNS)
    if found.empty:
        return found
    critical = NormalDist().inv_cdf(1 - ERROR / len(found))
    shrunk = found["orders_now"] <= (1 - LEAST_FALL) * found["orders_before"]
    found = found.assign(fell=(found["z"] < -critical) & shrunk)
    return found.sort_values(["z", "dimension", "part"]).reset_index(drop=True)


def _compared(measured: Measured, dimension: str, part: str, cells: pd.DataFrame) -> dict | None:
    own, whole, amount = _monthly(measured, cells, part)
    before = months_before(measured)
    x0, n0, x1, n1 = own[before].sum(), whole[before].sum(), own[-MONTHS:].sum(), whole[-MONTHS:].sum()
    most_buyers = cells.loc[cells["part"] == part, "buyers"].max()
    if x0 < measured.smallest_base or 2 * most_buyers < measured.smallest_base or n1 == 0 or x0 == n0:
        return None
    months = len(own[before])
    pooled = (x0 + x1) / (n0 + n1)
    chance = np.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1) * dispersion(own[:-MONTHS], whole[:-MONTHS]))
    return {
        "dimension": dimension,
        "part": part,
        "orders_before": x0 / months,
        "orders_now": x1 / MONTHS,
        "rest_before": (n0 - x0) / months,
        "rest_now": (n1 - x1) / MONTHS,
        "amount": amount,
        "z": (x1 / n1 - x0 / n0) / chance if chance else 0.0,
        "fell": False,
    }


def _monthly(measured: Measured, cells: pd.DataFrame, part: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Purchases a month of the part and of its dimension over the months measured, and the part's mean amount."""
    at = [int(period[:4]) * 12 + int(period[5:7]) - 1 for period in measured.months["period"]]
    mine = cells[cells["part"] == part].set_index("month")
    whole = cells.groupby("month")["orders"].sum().reindex(at).fillna(0).to_numpy(float)
    amount = float(mine["amount"].sum() / mine["orders"].sum())
    return mine["orders"].reindex(at).fillna(0).to_numpy(float), whole, amount


def a_year(measured: Measured) -> bool:
    return len(measured.months) >= YEAR_MONTHS + MONTHS


def months_before(measured: Measured) -> slice:
    """Places of the months compared with."""
    end = len(measured.months) - (YEAR_MONTHS if a_year(measured) else MONTHS)
    return slice(end - MONTHS if a_year(measured) else 0, end)


def spans(measured: Measured) -> dict[str, Value | Message]:
    periods = measured.months["period"]
    before = periods.iloc[months_before(measured)]
    return {
        "before": msg("diagnosis.span", first=Value("month", before.iloc[0]), last=Value("month", before.iloc[-1])),
        "now": msg(
            "diagnosis.span", first=Value("month", periods.iloc[-MONTHS]), last=Value("month", periods.iloc[-1])
        ),
    }


def _line(measured: Measured, row: pd.Series) -> Message:
    names = ("orders_before", "orders_now", "rest_before", "rest_now")
    return msg(
        "diagnosis.part.line",
        dimension=msg(f"diagnosis.part.{row['dimension']}"),
        part=part_label(measured.engagement, row["dimension"], row["part"]),
        **{name: Value("float", float(row[name])) for name in names},
    )
