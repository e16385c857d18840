"""What movement and growth say: who fell, who rose, where they came from, whose class needs another look."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from crm_lib.language import Finding, Message, Value, msg
from crm_lib.layering.layers import Layers
from crm_lib.layering.moving import Growth, directions
from crm_lib.layering.shares import rows_by
from crm_lib.layering.titles import balance
from crm_lib.metrics.association import beyond_rest

FALL_HIGH = 0.05  # share of customers who fell less the share who rose


def movement(
    moved: pd.DataFrame, falls: pd.DataFrame, before: Layers, now: Layers, refused: Collection[str] = ()
) -> Finding:
    """Who fell and who rose since the earlier day, the revenue at stake, and who fell more than others.

    `moved` is `moves`, `falls` is `falls_by_channel`; its action leaves out who `refused`.
    """
    table = rows_by(directions(moved), "direction")
    known = sum(int(table[name]["customers"]) for name in ("up", "same", "down"))
    if known < now.smallest_base:
        id = "layering.finding.movement_few" if known else "layering.finding.movement_none"
        return Finding(msg(id, since=before.as_of, n=known), severity="low")
    down, up = table["down"], table["up"]
    lost = moved[(moved["before"] == "core") & (moved["direction"] == "down")]
    days = Value("days", (now.as_of - before.as_of).days)
    size = down["customers"] / known
    return Finding(
        msg(
            "layering.finding.movement",
            since=before.as_of,
            down=int(down["customers"]),
            up=int(up["customers"]),
            share=Value("percent", size, base=known, name="layering.down_share"),
        ),
        msg(
            "layering.finding.movement.evidence",
            days=days,
            **{
                f"{name}_{span}": Value("money", table[name][f"spend_{span}"])
                for name in ("down", "same")
                for span in ("before", "since")
            },
            silent=int(((moved["direction"] == "down") & (moved["after"] == "dormant")).sum()),
            balance=msg(f"layering.balance.{balance(int(up['customers']), int(down['customers']))}"),
            cause=cause_words(falls, now.smallest_base),
            lost=len(lost),
            stake=Value("money", lost["revenue_then"].sum(), name="layering.revenue_at_stake"),
            window=Value("days", min(now.settings.window_days, before.history_days)),
        ),
        msg(
            "layering.finding.movement.action" if len(lost) else "layering.finding.movement.action_none",
            lost=int((~lost["customer_id"].isin(list(refused))).sum()),
        ),
        "high" if len(lost) and size - up["customers"] / known >= FALL_HIGH else "medium",
    )


def _stands_out(falls: pd.DataFrame, smallest_base: int) -> dict[str, Any] | None:
    """The channel whose customers fell most, if beyond the chance of picking the largest of so many."""
    rest, above = beyond_rest(falls["fell"], falls["known"], falls["named"] & (falls["known"] >= smallest_base))
    if not above.any():
        return None
    place = int(above.argmax())
    row = falls.to_dict("records")[place]
    others = int(falls["known"].sum() - row["known"])
    return {
        "channel": row["channel"],
        "share": _share_of(row),
        "rest": Value("percent", float(rest[place]), base=others),
    }


def _share_of(row: dict[Any, Any]) -> Value:
    return Value("percent", row["share"], int(row["known"]), row["low"], row["high"], "layering.fall_share")


def comparable(falls: pd.DataFrame, smallest_base: int) -> bool:
    """Whether at least two channels have enough customers to be compared. `falls` is `falls_by_channel`."""
    return int((falls["known"] >= smallest_base).sum()) > 1


def cause_words(falls: pd.DataFrame, smallest_base: int) -> Message:
    """Through which channel those joined who fell more than others, if any beyond chance."""
    if not comparable(falls, smallest_base):
        return msg("layering.cause.unknown")
    found = _stands_out(falls, smallest_base)
    return msg("layering.cause.channel", **found) if found else msg("layering.cause.none")


def falls_title(falls: pd.DataFrame, smallest_base: int) -> Message:
    """`falls` is `falls_by_channel`."""
    found = _stands_out(falls, smallest_base)
    return msg("layering.title.falls", **found) if found else msg("layering.title.falls_none")


def core_words(moved: pd.DataFrame) -> Message:
    """Who came into core and who left it, and what both spent before and since."""
    into = moved[(moved["after"] == "core") & (moved["before"] != "core")]
    out = moved[(moved["before"] == "core") & (moved["after"] != "core")]
    sums = {
        f"{name}_{span}": Value("money", frame[f"spend_{span}"].sum())
        for name, frame in (("in", into), ("out", out))
        for span in ("before", "since")
    }
    return msg("layering.core_flow", into=len(into), out=len(out), **sums)


def growing(grown: Growth, layers: Layers) -> Finding | None:
    """Customers whose spend is up so much that their class needs another look."""
    count = len(grown.customers)
    if not count or grown.compared < layers.smallest_base:
        return None
    below = grown.customers[grown.customers["operating_class"] != "core"]
    return Finding(
        msg(
            "layering.finding.growing",
            n=count,
            by=Value("percent", layers.settings.re_evaluate_growth),
            fell=grown.fell,
            comparison=comparison_words(grown),
        ),
        msg(
            "layering.finding.growing.evidence",
            share=Value("percent", count / grown.compared, base=grown.compared),
            spend_before=Value("money", grown.customers["spend_before"].sum()),
            spend_since=Value("money", grown.customers["spend_since"].sum()),
        ),
        msg("layering.finding.growing.action", below=len(below)),
        "low",
    )


def comparison_words(grown: Growth) -> Message:
    """What the growth compares with what."""
    return msg(
        f"layering.comparison.{grown.kind}",
        days=Value("days", grown.days),
        since=grown.since,
        before_since=grown.before_since,
        before_until=grown.before_until,
    )


def comparison_note(grown: Growth) -> Message:
    return msg("layering.comparison", comparison=comparison_words(grown))
