"""A small shop for the review's tests: an engagement and frames of orders."""

from datetime import date, timedelta

import pandas as pd

from crm_lib.engagement import Engagement, validate

BASELINE, START, AS_OF = date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 30)


def engagement(**more) -> Engagement:
    given = {
        "id": "shop",
        "client": {"name": "Shop", "industry": "retail"},
        "as_of": AS_OF,
        "cycles": [{"number": 1, "baseline": BASELINE, "start": START, "end": AS_OF}],
        "definitions": {
            "repurchase_window_days": 30,
            "active_window_days": 60,
            "churn_window_days": 60,
            "smallest_base": 10,
        },
        "sources": [{"name": "till", "table": "order_lines", "file": "till.csv"}],
        "scope": [
            {"id": "quiet", "label": "Quiet", "measure": "recency_days", "at_least": 60},
            {"id": "big", "label": "Big", "measure": "spend", "at_least": 500},
            {"id": "unhappy", "label": "Unhappy", "measure": "nps", "at_most": 6},
            {"id": "loud", "label": "Loud", "measure": "complaints", "at_least": 1},
        ],
        "teams": [
            {
                "id": "sales",
                "label": "Sales",
                "owners": [
                    {"id": "ann", "label": "Ann", "contacts_per_week": 10},
                    {"id": "bob", "label": "Bob", "contacts_per_week": 10},
                ],
            }
        ],
        "strategies": [
            strategy("wake", "dormant", "bob", "active_customers", campaign_prefix="W-"),
            strategy("care", "core", "ann", "repurchase_rate"),
        ],
    }
    return validate(given | more)


def strategy(id, operating_class, owner, metric, **more):
    return {
        "id": id,
        "label": id.title(),
        "operating_class": operating_class,
        "mode": "call",
        "owner": owner,
        "metric": metric,
    } | more


def orders(rows) -> pd.DataFrame:
    """Orders of (customer, day) or (customer, day, amount); a negative amount is a refund."""
    full = [(*row, 100.0)[:3] for row in rows]
    return pd.DataFrame(
        [
            {
                "order_id": f"o{i}",
                "customer_id": who,
                "ordered_on": day,
                "kind": "sale" if amount > 0 else "refund",
                "amount": amount,
                "channel": "store",
                "store": "A",
            }
            for i, (who, day, amount) in enumerate(full)
        ],
        columns=["order_id", "customer_id", "ordered_on", "kind", "amount", "channel", "store"],
    )


def campaign(treated, held, treated_buyers, held_buyers, sent=date(2026, 4, 5), id="W-1"):
    """Frames of one campaign: the first `*_buyers` of each arm buy ten days after sending."""
    people = [(f"t{i:04d}", "treatment", i < treated_buyers) for i in range(treated)]
    people += [(f"h{i:04d}", "holdout", i < held_buyers) for i in range(held)]
    members = pd.DataFrame(
        [{"campaign_id": id, "customer_id": who, "arm": arm, "sent_on": sent} for who, arm, _ in people],
        columns=["campaign_id", "customer_id", "arm", "sent_on"],
    )
    named = pd.DataFrame(
        [{"campaign_id": id, "name": "Wake", "starts_on": sent, "ends_on": sent + timedelta(days=30), "cost": 50.0}]
    )
    bought = orders([(who, sent + timedelta(days=10)) for who, _, buys in people if buys])
    return {"campaign_members": members, "campaigns": named, "orders": bought}
