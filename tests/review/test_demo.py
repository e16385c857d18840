"""The review on the demo: it finds what was planted, and claims nothing that was not."""

import json

import pytest

from crm_lib import layering
from crm_lib.engagement import load
from crm_lib.engine import connect
from crm_lib.paths import DATA
from crm_lib.review import campaign_effects, drift, fixed_groups, windows
from crm_lib.run.prepare import prepare

DEMO = DATA / "demo"
TRUTH = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))
PLANTED = {c["id"]: c for c in TRUTH["campaigns"]}


@pytest.fixture(scope="module")
def demo():
    engagement = load(DEMO)
    canonical = prepare(DEMO, engagement)
    return engagement, canonical, windows(engagement.cycle, engagement.as_of)


@pytest.fixture(scope="module")
def effects(demo):
    engagement, canonical, found = demo
    return campaign_effects(connect(canonical, engagement.as_of), engagement, found).set_index("campaign_id")


def layers_at(demo, day):
    engagement, canonical, _ = demo
    found = layering.layer(connect(canonical, day), day, engagement.layering, engagement.definitions)
    return layering.artifact(found)


def test_every_campaign_of_the_cycle_is_there_with_its_arms(effects):
    of_the_cycle = {id: c for id, c in PLANTED.items() if c["strategy"]}
    assert set(effects.index) == set(of_the_cycle)
    for id, planted in of_the_cycle.items():
        arms = planted["arms"]
        treated = arms.get("试验组", arms.get("none"))["n"]
        assert effects.loc[id, "treated"] == pytest.approx(treated, abs=3)
        assert effects.loc[id, "held"] == pytest.approx(arms.get("对照组", {"n": 0})["n"], abs=3)


@pytest.mark.parametrize("id", [id for id, c in PLANTED.items() if c["planted_lift"] is not None])
def test_the_planted_lift_is_inside_the_interval(effects, id):
    row = effects.loc[id]
    assert row["effect_low"] <= PLANTED[id]["planted_lift"] <= row["effect_high"]
    assert row["alike"]


def test_what_works_is_said_and_what_does_not_is_not_claimed(effects):
    verdicts = effects["verdict"].to_dict()
    assert verdicts == {
        "WAKE-2604": "none",
        "SECOND-2604": "works",
        "CORE-2604": "no_holdout",
        "BUNDLE-2604": "few",
        "CROSS-2605": "none",
    }


def test_dormant_customers_come_back_by_themselves(demo):
    engagement, canonical, found = demo
    now = fixed_groups(layers_at(demo, found.baseline), None)
    earlier = fixed_groups(layers_at(demo, found.placebo.baseline), None)
    moved = drift(connect(canonical, engagement.as_of), engagement, found, now, earlier)
    row = moved[(moved["group_id"] == "class:dormant") & (moved["measure"] == "active_share")].iloc[0]
    assert row["change_low"] > 0.08
    assert row["expected"] == pytest.approx(row["change"], abs=0.05)
    assert row["verdict"] == "unclear"
