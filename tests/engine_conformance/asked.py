"""What every SQL file is asked with: values of the parameters, and the relations that phases register."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

import crm_lib
from crm_lib.engine import DuckEngine, Engine
from crm_lib.engine.portable import sql_files
from crm_lib.metrics import register_periods
from crm_lib.metrics.cohorts import month_start
from crm_lib.metrics.cover import derive_cover
from crm_lib.metrics.purchase_days import derive_due_days

PACKAGE = Path(crm_lib.__file__).parent
FILES = sql_files(PACKAGE)
NAMES = [path.relative_to(PACKAGE).as_posix() for path in FILES]
FIELDS = "name phone email gender birth_date city join_channel tier owner age_band income_band company_size may_contact"


def parameters(known: date) -> dict[str, Any]:
    """By name; a file that asks for another fails until it stands here."""
    back = {
        **{"known": 0, "as_of": 0, "baseline": 0, "until": 0, "last": 0, "new_to": 0, "split_day": 30},
        **{
            "start": 60,
            "since": 89,
            "half_start": 181,
            "recent_start": 89,
            "contact_since": 90,
            "complaint_since": 180,
        },
        **{"window_start": 364, "year_ago": 365, "first": 90, "new_from": 60, "old_from": 180, "old_to": 61},
        **{"split_start": 120, "earlier_start": 480, "earlier_day": 395, "before_until": 90, "before_since": 179},
        **{"cut": 60, "spent_until": 30, "new_since": 400},
        **{"before_first": 364, "before_last": 275, "now_first": 89, "now_last": 0},
    }
    numbers = {
        **{"active_days": 90, "churn_days": 90, "repurchase_days": 90, "response_days": 14, "old_days": 30},
        **{"first_response_seconds": 900, "closing_seconds": 86_400, "window_days": 365, "half_year_days": 182},
        **{"trigger_days": 28, "month_days": 30, "lost_after_days": 90, "step": 3, "most": 3, "by_customer": 1},
        **{"with_logins": 1, "unsaid": "", "strategy": "", "purchase_days": 3},
    }
    fields = {f"with_{field}": i % 2 for i, field in enumerate(FIELDS.split())}
    return (
        {name: known - timedelta(days=days) for name, days in back.items()} | numbers | fields | {"level": "category"}
    )


def register(engine: Engine, local: DuckEngine, known: date) -> None:
    """The relations that phases register, made from the canonical tables that `local` has."""
    ids = local.sql(
        "SELECT customer_id FROM customers UNION SELECT customer_id FROM orders WHERE customer_id IS NOT NULL "
        "ORDER BY customer_id"
    )["customer_id"]
    place = pd.Series(range(len(ids)))
    classes = place.mod(4).map(dict(enumerate(("core", "potential", "ordinary", "dormant"))))
    months = pd.date_range(end=pd.Timestamp(known) + pd.Timedelta(days=1), periods=14, freq="MS")
    starts, ends = months[:-1], months[1:] - pd.Timedelta(days=1)
    days = {"starts_on": starts.date.astype(object), "ends_on": ends.date.astype(object)}
    named = pd.DataFrame({"period": starts.strftime("%Y-%m").astype(object), **days})
    register_periods(engine, named, hold=True, days_before=90)
    derive_due_days(engine)
    derive_cover(engine, known)
    for name in ("paid_lines", "paid_spans"):
        engine.derive(name, PACKAGE / f"diagnosis/{name}.sql")
    engine.derive("cohort_members", PACKAGE / "metrics/cohort_members.sql", as_of=known, step=3)
    quarters = pd.Series(range(known.year * 12 - 24, known.year * 12 + known.month, 3))
    ends = [month_start(index + 3) - timedelta(days=1) for index in quarters]
    turns = {"period": quarters, "starts_on": quarters.map(month_start), "ends_on": pd.Series(ends, dtype=object)}
    engine.register("cohort_periods", pd.DataFrame(turns))
    groups = [("all", [*ids, ""]), ("scope:even", list(ids[place.mod(2) == 0])), ("scope:a_b", list(ids[place < 9]))]
    members = [(group, id) for group, of in groups for id in of]
    engine.hold("members", pd.DataFrame(members, columns=["group_id", "customer_id"]))
    classed = pd.DataFrame({"customer_id": ids, "operating_class": classes})
    engine.register("class_members", classed.astype("str"))
    engine.register("layered", classed)
    span = {"level": "category", "as_of": known, "window_start": known - timedelta(days=364)}
    engine.derive("sold_items", PACKAGE / "layering/products/sold_items.sql", **span)
    items = local.sql(
        "SELECT category AS item FROM order_lines WHERE category IS NOT NULL GROUP BY category ORDER BY COUNT(*) DESC, item"
    )["item"].head(8)
    engine.register("chosen_items", pd.DataFrame({"item": items.astype("str"), "place": range(len(items))}))
    engine.register("fallen_goods", pd.DataFrame({"part": items.astype("str").head(2)}))
    engine.register("core_members", classed.loc[classed["operating_class"] == "core", ["customer_id"]])
    spans = pd.DataFrame({"unit": [f"u{n % 3}" for n in place], "customer_id": ids})
    first = [known - timedelta(days=int(n) % 200) for n in place]
    engine.register("review_spans", spans.assign(starts_on=first, ends_on=[d + timedelta(days=90) for d in first]))


def missing() -> dict[str, list[str]]:
    """Files with parameters that nobody gives a value here."""
    given = set(parameters(date(2026, 3, 31)))
    wanted = {path.name: set(re.findall(r"\$([a-z_]+)", path.read_text(encoding="utf-8"))) for path in FILES}
    return {name: sorted(names - given) for name, names in wanted.items() if names - given}
