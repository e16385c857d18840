"""When customers were last seen: a visit that they kept, or a login; one definition for whoever decides on absence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from crm_lib.engine import Engine

_SQL = Path(__file__).with_name("last_seen.sql")


def says_seen(engine: Engine) -> bool:
    """Whether the data tell of any visit or login."""
    return first_visit(engine) is not None or (
        engine.has("customers") and bool(engine.fact("SELECT COUNT(last_login_on) AS n FROM customers")["n"].iloc[0])
    )


def first_visit(engine: Engine) -> date | None:
    """Day of the first visit that a known customer kept: from then on it is known who did not come; None without one."""
    if not engine.has("visits"):
        return None
    query = (
        "SELECT CAST(MIN(visited_at) AS DATE) AS day FROM visits "
        "WHERE customer_id IS NOT NULL AND COALESCE(status, 'kept') = 'kept'"
    )
    day = engine.fact(query)["day"].iloc[0]
    return None if pd.isna(day) else pd.Timestamp(day).date()


def unseen_days(engine: Engine, ids: pd.Series, day: date, logins: bool = True) -> pd.Series:
    """Days since `ids` were last seen, at the end of `day`; NaN where it is not known.

    A list holds each customer's last login only: of who logged in after `day` nothing is known by then, so that the past
    is told without `logins`.
    """
    found = engine.run(_SQL, cut=day, with_logins=int(logins)).set_index("customer_id")["seen_on"]
    seen = pd.Series(found.reindex(ids).to_numpy(), ids.index).astype("datetime64[us]")
    return (pd.Timestamp(day) - seen).dt.days.astype("float64")
