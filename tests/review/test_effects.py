"""Effects against holdouts: an effect is claimed only where the whole interval is on one side of zero."""

from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue, literal
from crm_lib.review.campaigns import campaign_columns, campaign_note, campaign_table, campaign_title, open_windows
from crm_lib.review.effects import COLUMNS, VERDICTS, campaign_effects
from crm_lib.review.findings import _proposed, _unproven
from crm_lib.review.intervals import newcombe
from crm_lib.review.iterations import iterations
from crm_lib.review.remarks import effects_words, strategy_words, warnings
from crm_lib.review.strategies import planned, strategy_columns, strategy_effects
from crm_lib.review.titles import effects_title
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, START, campaign, engagement, orders, strategy

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NO_CAMPAIGNS = pd.DataFrame(columns=COLUMNS)
NO_DRIFT = pd.DataFrame(columns=["group_id", "measure", "members"])


def effects(frames, shop=SHOP, found=WINDOWS):
    return campaign_effects(connect_frames(frames), shop, found)


def joined(*parts):
    """Several campaigns' frames as one."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: pd.concat([part[name] for part in parts if name in part], ignore_index=True) for name in names}


def numbered(frames):
    """Order ids made unique again."""
    return frames | {"orders": frames["orders"].assign(order_id=[f"o{i}" for i in range(len(frames["orders"]))])}


def test_the_effect_is_newcombes_of_the_buyers():
    row = effects(campaign(200, 180, 60, 20)).iloc[0]
    expected = newcombe(60, 200, 20, 180)
    assert (row["treated"], row["held"], row["days"]) == (200, 180, 30)
    assert (row["effect"], row["effect_low"], row["effect_high"]) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert row["verdict"] == "works"
    assert row["incremental_buyers"] == pytest.approx(60 - 200 * 20 / 180)
    assert row["incremental_revenue"] == pytest.approx((100 * 60 / 200 - 100 * 20 / 180) * 200)


def test_the_strategy_is_found_by_its_prefix():
    assert effects(campaign(20, 20, 5, 5)).iloc[0]["strategy"] == "wake"


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((200, 200, 40, 40), "none"),
        ((200, 200, 10, 60), "harms"),
        ((9, 200, 9, 0), "few"),
        ((200, 0, 60, 0), "no_holdout"),
    ],
)
def test_what_may_be_said(numbers, verdict):
    assert effects(campaign(*numbers)).iloc[0]["verdict"] == verdict


def test_too_few_days_are_too_early():
    frames = campaign(200, 200, 0, 0, sent=AS_OF - timedelta(days=3))
    frames["orders"] = orders([("t0000", date(2026, 1, 5))])
    assert effects(frames).iloc[0]["verdict"] == "early"


def test_who_was_sent_too_late_is_left_out_where_others_can_be_judged():
    frames = campaign(100, 100, 50, 10)
    late = frames["campaign_members"]["customer_id"].isin([f"t{i:04d}" for i in range(90, 100)])
    frames["campaign_members"].loc[late, "sent_on"] = AS_OF - timedelta(days=2)
    row = effects(frames).iloc[0]
    assert (row["treated"], row["days"]) == (90, 30)


def test_a_purchase_on_the_day_of_sending_or_after_the_window_does_not_count():
    sent = date(2026, 4, 5)
    frames = campaign(20, 20, 0, 0, sent=sent)
    frames["orders"] = orders(
        [("t0000", sent), ("t0001", sent + timedelta(days=31)), ("t0002", sent + timedelta(days=30))]
    )
    assert effects(frames).iloc[0]["treated_rate"] == pytest.approx(1 / 20)


def test_arms_that_differed_before_are_not_believed():
    frames = campaign(200, 200, 60, 20)
    before = orders([(f"t{i:04d}", START - timedelta(days=20)) for i in range(120)])
    row = effects(numbered(joined(frames, {"orders": before}))).iloc[0]
    assert not row["alike"]
    assert row["verdict"] == "unlike"


def test_a_campaign_before_the_cycle_is_none_of_its_own():
    assert len(effects(campaign(20, 20, 5, 5, sent=START - timedelta(days=9)))) == 0


def test_without_campaigns_there_is_an_empty_table():
    found = effects({"orders": orders([("a", START)])})
    assert list(found.columns) == COLUMNS
    assert len(found) == 0


def test_two_campaigns_of_a_strategy_are_weighted_by_their_arms():
    second = campaign(300, 100, 90, 20, sent=date(2026, 5, 2), id="W-2")
    for frame in second.values():
        for name in ("customer_id",):
            if name in frame:
                frame[name] = "x" + frame[name]
    found = effects(numbered(joined(campaign(100, 100, 30, 20), second)))
    row = strategy_effects(SHOP, planned(SHOP, None), found, NO_DRIFT).set_index("strategy").loc["wake"]
    weights = (100 * 100 / 200, 300 * 100 / 400)
    expected = (weights[0] * 0.1 + weights[1] * 0.1) / sum(weights)
    assert row["effect"] == pytest.approx(expected)
    assert row["effect_low"] < row["effect"] < row["effect_high"]
    assert row["incremental_revenue"] == pytest.approx(found["incremental_revenue"].sum())


def test_a_strategy_without_a_holdout_is_warned_of():
    found = strategy_effects(SHOP, planned(SHOP, None), effects(campaign(100, 100, 30, 20)), NO_DRIFT)
    care = found.set_index("strategy").loc["care"]
    assert (care["basis"], care["verdict"]) == ("nothing", "no_holdout")
    assert [said.id for said in warnings(found)] == ["review.warning.untested"]
    assert [said.id for said in strategy_words(SHOP, found)["says"]] == ["review.says.none", "review.says.nothing"]


def test_a_strategy_that_was_only_proposed_is_not_called_unproven():
    plan = pd.DataFrame({"strategy": ["proposed_core"], "operating_class": ["core"], "owner": [""]})
    found = strategy_effects(SHOP, plan, effects(campaign(100, 100, 30, 20)), NO_DRIFT)
    assert found["verdict"].tolist() == ["proposed"]
    assert warnings(found) == []
    assert [said.id for said in strategy_words(SHOP, found)["says"]] == ["review.says.proposed"]
    assert [said.headline.id for said in [*_unproven(found, NO_CAMPAIGNS), *_proposed(found)]] == [
        "review.finding.proposed"
    ]


def test_the_same_rows_in_another_order_give_the_same_table():
    frames = campaign(60, 60, 20, 10)
    turned = {name: frame.sample(frac=1, random_state=1, ignore_index=True) for name, frame in frames.items()}
    pd.testing.assert_frame_equal(effects(frames), effects(turned))


def test_the_verdicts_are_the_ones_that_have_words():
    assert set(effects(campaign(200, 180, 60, 20))["verdict"]) <= set(VERDICTS)


def test_a_campaign_sent_before_the_cycle_is_named_rather_than_denied():
    engine = connect_frames(campaign(20, 20, 5, 5, sent=START - timedelta(days=20)))
    found = campaign_effects(engine, SHOP, WINDOWS)
    assert found.empty
    said = effects_words(SHOP.definitions, found, engine, WINDOWS)
    assert (said.id, said.args["n"].value) == ("review.text.effects.earlier", 1)
    assert "W-1" in catalogue("en").text(said)


def core_drift() -> pd.DataFrame:
    row = {"group_id": "class:core", "measure": "active_share", "members": 300, "after": 0.5, "change": -0.2}
    unknown = ("change_low", "change_high", "expected", "expected_low", "expected_high")
    return pd.DataFrame([row | dict.fromkeys(unknown, float("nan"))])


def called_back(measured: bool, done: pd.DataFrame | None = None) -> pd.DataFrame:
    """The shop's 'care' set off by complaints, in a class whose purchases fell by a fifth."""
    care = strategy("care", "core", "ann", "csat", trigger="complaint_closed")
    row = {"metric": "csat", "group_id": "all", "before": 3.5, "after": 4.0, "change": 0.5, "verdict": "better"}
    changes = pd.DataFrame([row | {"change_low": 0.2, "change_high": 0.8}]).head(int(measured))
    drift = core_drift()
    shop = engagement(strategies=[care])
    found = strategy_effects(
        *(shop, planned(shop, None), campaign_effects(connect_frames({}), shop, WINDOWS), drift),
        changes=changes,
        done=done,
    )
    listed = iterations(shop, found, pd.DataFrame() if done is None else done, pd.DataFrame(), pd.DataFrame())
    return strategy_words(shop, found).assign(rule=listed["message"].to_numpy(), item=listed["words"].to_numpy())


def test_who_complained_is_not_held_out_nor_judged_by_the_purchases_of_a_class():
    row = called_back(True).iloc[0]
    said = catalogue("en").text(row["says"])
    assert (row["verdict"], row["rule"]) == ("served", "review.iteration.served")
    assert "3.50 before, 4.00 now, +0.50" in said
    assert "20.0" not in said
    assert not warnings(called_back(True))
    assert not list(_unproven(called_back(True), NO_CAMPAIGNS))
    assert called_back(False)["rule"].tolist() == ["review.iteration.served_unmeasured"]


def test_strategies_that_are_not_among_the_unproven_are_named():
    given = [("works", "A"), ("served", "B"), ("early", "C"), ("harms", "D"), ("no_holdout", "E"), ("proposed", "F")]
    rows = [{"verdict": verdict, "strategy_label": literal(name)} for verdict, name in given]
    (finding,) = _unproven(pd.DataFrame(rows), effects(campaign(20, 20, 5, 5)))
    headline, why = (catalogue("en").text(said) for said in (finding.headline, finding.evidence))
    assert headline.startswith("1 of 5 strategies")
    assert "Not among them, the other 4: A (shown to have an effect), B (set off by complaints" in why
    assert "C (too early to judge), D (shown to harm)." in why
    untested = pd.DataFrame(rows[4:5] * 2)
    (finding,) = _unproven(untested, effects(campaign(20, 20, 5, 5)))
    assert catalogue("zh").text(finding.headline) == "2 项策略均未能证明效果"
    assert "其余" not in catalogue("zh").text(finding.evidence)


def test_what_was_hardly_carried_out_is_credited_with_nothing():
    names = ("strategy", "owner", "strategy_label", "owner_label", "planned", "done", "completion")
    done = pd.DataFrame([("care", "ann", literal("Care"), literal("Ann"), 50, 2, 0.04)], columns=list(names))
    (row,) = called_back(True, done).to_dict("records")  # one item, not a 'keep' and a 'change'
    words = catalogue("en")
    assert words.text(row["says"]).startswith("Only 4.0% of its 50 planned contacts")
    assert row["rule"] == "review.iteration.behind_served"
    assert "48 of 50" in words.text(row["item"])
    assert "room" not in words.text(row["item"])  # capacity is not in question for a call within hours
    assert pd.isna(row["operating_class"])  # whoever complained, of any class
    well = done.assign(done=45, completion=0.9)
    assert called_back(True, well)["rule"].tolist() == ["review.iteration.served"]


def test_one_campaign_that_works_is_not_called_the_largest():
    assert effects_title(effects(campaign(200, 180, 120, 20))).id == "review.title.effects.only"
    two = pd.concat([effects(campaign(200, 180, 120, 20)), effects(campaign(200, 180, 20, 20))], ignore_index=True)
    assert effects_title(two).id == "review.title.effects.one"


def test_without_a_holdout_the_class_says_how_many_a_test_needs():
    found = strategy_effects(SHOP, planned(SHOP, None), effects({"orders": orders([])}), core_drift())
    care = found.set_index("strategy").loc["care"]
    assert care["needed"] > 1000
    assert 0.1 < care["detectable"] < 0.2


def test_what_the_campaigns_cost_stands_beside_what_is_shown_to_work():
    other = campaign(200, 0, 10, 0, sent=date(2026, 5, 2), id="W-2")
    other["campaigns"]["cost"] = 150.0
    for name in ("campaign_members", "orders"):
        other[name]["customer_id"] = "x" + other[name]["customer_id"]
    found = effects(numbered(joined(campaign(200, 180, 60, 20), other)))
    strategies = strategy_effects(SHOP, planned(SHOP, None), found, NO_DRIFT)
    (finding,) = _unproven(strategies, found)
    assert "cost CN¥200 in all, CN¥50 of it" in catalogue("en").text(finding.evidence)
    wake = strategies.set_index("strategy").loc["wake"]
    assert (wake["cost"], wake["tested_cost"]) == (200, 50)


def test_without_a_holdout_the_table_of_campaigns_has_no_empty_columns_and_promises_no_results():
    tested, untested = effects(campaign(200, 180, 60, 20)), effects(campaign(200, 0, 60, 0))
    assert "effect" in campaign_columns(tested)
    assert [campaign_title(one).id for one in (tested, untested)] == [
        "review.title.campaign_table",
        "review.title.campaign_list",
    ]
    assert campaign_table(SHOP.definitions, untested)["sent_to"].tolist() == [200]
    assert "effect" not in campaign_columns(untested)
    assert "cost:" in campaign_columns(untested)
    assert "cost:" not in campaign_columns(untested.assign(cost=float("nan")))
    assert campaign_note(untested, 0.05) is None
    strategies = strategy_effects(SHOP, planned(SHOP, None), untested, NO_DRIFT)
    assert "effect:points! " in strategy_columns(strategies)
    assert "cost:money " in strategy_columns(strategies)
    assert not open_windows(effects(campaign(200, 0, 60, 0, sent=AS_OF - timedelta(days=12))).assign(window=30))
