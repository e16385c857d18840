"""What consent lays on a finding that asks for contacts."""

from datetime import date

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import Finding, catalogue, msg
from crm_lib.metrics.consent import after_consent

FOUND = Finding(
    msg("layering.finding.movement_none", since=date(2026, 1, 1)), action=msg("value.finding.at_risk.action", core=3)
)


def said(consent, listed):
    people = pd.DataFrame({"customer_id": [f"c{i}" for i in range(len(consent))]})
    people["may_contact"] = pd.array(consent, "boolean")
    engine = connect_frames({"customers": people}, date(2026, 3, 31))
    return after_consent(engine, FOUND, pd.Series(listed, dtype=object)).action


@pytest.mark.parametrize(
    ("listed", "id", "counts"),
    [
        (["c0", "c1", "c2", "c2", "gone"], "refused_unknown", {"n": 4, "refused": 1, "unknown": 2}),
        (["c0", "c1"], "refused", {"n": 2, "refused": 1, "unknown": 0}),
        (["c0", "c2"], "unknown", {"n": 2, "refused": 0, "unknown": 1}),
    ],
)
def test_who_refused_is_left_out_and_who_is_not_known_is_asked(listed, id, counts):
    action = said([True, False, None], listed)
    assert action.id == f"metric.minding.{id}"
    assert {name: action.args[name].value for name in counts} == counts
    for language in ("zh", "en"):
        assert catalogue(language).text(action).startswith(catalogue(language).text(FOUND.action))


def test_nothing_is_added_where_all_agreed_or_nobody_is_to_be_contacted():
    assert said([True, False, None], ["c0"]) == FOUND.action
    assert said([None] * 10, []) == FOUND.action
    assert said([None] * 10, ["c0"]).id == "metric.once_consent"
