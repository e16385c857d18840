"""One row a customer, fixed at baseline: class, purchases, own rhythm, last contact, permission to be contacted."""

from __future__ import annotations

import pandas as pd

from crm_lib.engagement import Definitions, Engagement
from crm_lib.engine import Engine
from crm_lib.metrics import capped_by_cover, delivered_fields, rhythm
from crm_lib.strategy.queries import run


def customers(engine: Engine, engagement: Engagement, layers: pd.DataFrame) -> pd.DataFrame:
    """Every customer of `layers`, sorted by customer_id.

    Columns: customer_id, operating_class, frequency and monetary of the layers, reachable (see `_with_reach`), has_phone, has_email, address_known (of anybody), consent_unknown,
    purchase_days, recency_days, silent_days (as recency_days, from the end of cover if that is later), own_rhythm (whether the purchases show one),
    rhythm_days (mean days between own purchase days, NaN without own_rhythm), past_spend (in the layering window that ends with the last purchase), half_year_orders,
    window_orders, priced_orders, discounted_orders, last_contact_days, month_contacts (NaN and 0 without a contact),
    beyond (silent beyond the own rhythm), gone (beyond it and dormant), value_at_risk (what those beyond and not gone spent in the layers' window),
    and `no_<field>` (1 where the field is empty) for each required field that any record has, as in the completeness of phase 1.
    """
    members = layers[["customer_id", "operating_class"]].sort_values("customer_id", ignore_index=True)
    engine.register("class_members", members.astype("str"))
    frame = run(engine, engagement, "purchases")
    baseline = engagement.cycle.baseline
    frame["silent_days"] = capped_by_cover(engine, frame["customer_id"], frame["recency_days"], baseline)
    frame["own_rhythm"] = rhythm.has_rhythm(frame["purchase_days"])
    frame["rhythm_days"] = frame["rhythm_days"].astype("float64").where(frame["own_rhythm"])
    for name in ("profile_gaps", "contacts"):
        extra = run(engine, engagement, name).drop(columns="operating_class", errors="ignore")
        frame = frame.merge(extra, on="customer_id", how="left")
    frame = frame.merge(layers[["customer_id", "frequency", "monetary"]], on="customer_id", how="left")
    frame = _with_reach(frame, engagement.definitions)
    frame["month_contacts"] = frame["month_contacts"].fillna(0).astype("int64")
    frame = _with_risk(_fields(engine, frame, engagement))
    return frame.sort_values("customer_id", ignore_index=True)


def _with_reach(frame: pd.DataFrame, definitions: Definitions) -> pd.DataFrame:
    """Reachable: consent, or none known where the engagement contacts those, and a telephone or an e-mail address. Where
    the data hold neither of anybody, nothing is known of addresses and consent alone decides."""
    consent = frame["may_contact"].astype("boolean")
    agreed = consent.fillna(definitions.contact_unknown).astype(bool)
    has = {f"has_{name}": frame[name].eq(0) for name in ("phone", "email")}
    known = any(one.any() for one in has.values())
    if not known:
        has = dict.fromkeys(has, pd.Series(True, frame.index))
    address = has["has_phone"] | has["has_email"]
    return frame.assign(reachable=agreed & address, consent_unknown=consent.isna(), address_known=known, **has)


def _with_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """By the rule and the revenue of phase 2's value at risk. A dormant customer is gone: waking up is another task."""
    beyond = rhythm.beyond_rhythm(frame["purchase_days"], frame["rhythm_days"], frame["silent_days"])
    gone = beyond & frame["operating_class"].eq("dormant")
    value = frame["monetary"].astype("float64").fillna(0.0).clip(lower=0).where(beyond & ~gone, 0.0)
    return frame.assign(beyond=beyond, gone=gone, value_at_risk=value)


_FIELDS = (
    "name",
    "phone",
    "email",
    "gender",
    "birth_date",
    "city",
    "joined_on",
    "join_channel",
    "tier",
    "owner",
    "age_band",
    "income_band",
    "company_size",
)


def _fields(engine: Engine, frame: pd.DataFrame, engagement: Engagement) -> pd.DataFrame:
    given = delivered_fields(engine, engagement.definitions)
    wanted = [field for field in given if field in _FIELDS]
    others = [field for field in _FIELDS if field not in wanted]
    return frame.drop(columns=others).rename(columns={field: f"no_{field}" for field in wanted})
