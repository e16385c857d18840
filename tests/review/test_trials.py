"""A campaign with a holdout is told whatever it shows, with the days seen of its window, equal for both arms."""

from datetime import timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.campaigns import campaign_table, earlier_findings, open_windows, trial_findings
from crm_lib.review.effects import campaign_effects, default_window, earlier_trials
from crm_lib.review.findings import _effects
from crm_lib.review.iterations import iterations
from crm_lib.review.strategies import planned, strategy_effects
from crm_lib.review.tasks import COLUMNS as TASKS
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, campaign, engagement, orders

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NONE = pd.DataFrame({"verdict": pd.Series(dtype="str"), "strategy": pd.Series(dtype="str")})
WORDS = catalogue("en")


def found(*numbers: int, late: int = 0) -> pd.DataFrame:
    frames = campaign(*numbers)
    if late:
        frames["campaign_members"]["sent_on"] = AS_OF - timedelta(days=late)
        frames["campaigns"]["ends_on"] = AS_OF + timedelta(days=30 - late)
    return campaign_effects(connect_frames(frames), SHOP, WINDOWS)


@pytest.mark.parametrize(
    ("numbers", "verdict"), [((200, 200, 40, 40), "none"), ((200, 200, 10, 60), "harms"), ((200, 180, 60, 20), "works")]
)
def test_a_known_result_is_a_finding_also_where_it_is_no_difference(numbers: tuple, verdict: str):
    (finding,) = trial_findings(SHOP.definitions, found(*numbers), NONE)
    assert finding.headline.id == f"trial.finding.{verdict}"
    assert finding.severity == {"works": "good", "harms": "high"}.get(verdict, "medium")
    assert str(numbers[0]) in WORDS.text(finding.evidence)
    assert "n = " in WORDS.text(finding.headline)


def test_what_a_strategy_tells_and_what_nobody_held_out_are_not_told_again():
    told = pd.DataFrame({"verdict": ["none"], "strategy": ["wake"]})
    assert not list(trial_findings(SHOP.definitions, found(200, 200, 40, 40), told))
    assert not list(trial_findings(SHOP.definitions, found(200, 0, 40, 0), NONE))


def test_an_open_window_is_said_with_its_days():
    open_one = found(200, 200, 0, 0, late=12)
    assert open_one["days"].tolist() == [12]
    (said,) = open_windows(open_one)
    assert "12 of 30 days" in WORDS.text(said)
    assert "12 of 30 days" in WORDS.text(campaign_table(SHOP.definitions, open_one)["seen"].iloc[0])
    (finding,) = trial_findings(SHOP.definitions, open_one, NONE)
    assert (finding.evidence.id, finding.action.id) == ("trial.evidence.open", "trial.action.wait")
    assert not open_windows(found(200, 200, 40, 40))


def test_without_a_holdout_the_table_gives_no_share_of_buyers():
    table = campaign_table(SHOP.definitions, found(200, 0, 40, 0))
    assert table["treated_rate"].isna().all()
    assert campaign_table(SHOP.definitions, found(200, 200, 40, 40))["treated_rate"].tolist() == [0.2]


def drowned(ends: int | None) -> pd.DataFrame:
    """Everybody buys within 90 days; of those who were sent it a third within 20 already, of the others one in ten."""
    frames, sent = campaign(300, 300, 100, 30), AS_OF - timedelta(days=90)
    members = frames["campaign_members"].assign(sent_on=sent)
    late = orders([(who, sent + timedelta(days=60)) for who in members["customer_id"]])
    soon = frames["orders"].assign(ordered_on=sent + timedelta(days=10))
    bought = pd.concat([soon, late], ignore_index=True)
    frames["orders"] = bought.assign(order_id=[f"o{i}" for i in range(len(bought))])
    end = None if ends is None else sent + timedelta(days=ends)
    frames["campaigns"] = frames["campaigns"].assign(starts_on=sent, ends_on=end)
    slow = engagement(definitions={"repurchase_window_days": 88, "smallest_base": 10})
    return campaign_effects(connect_frames(frames | {"campaign_members": members}), slow, WINDOWS)


@pytest.mark.parametrize(("ends", "window"), [(20, 20), (None, 29), (2, 29)])
def test_a_campaign_is_judged_to_its_own_end_where_the_long_window_drowns_it(ends: int | None, window: int):
    row = drowned(ends).iloc[0]
    assert (row["window"], row["days"], row["verdict"]) == (window, window, "works")
    assert row["effect"] == pytest.approx(0.7 / 3)
    assert (row["long_window"], row["long_effect"]) == (88, 0)
    table = campaign_table(SHOP.definitions, drowned(ends))
    assert table["lasts"].iloc[0].id == "trial.lasts.no"


def test_a_stated_response_window_stands_before_the_third_of_the_repurchase_window():
    stated = engagement(definitions={"repurchase_window_days": 90, "response_window_days": 21})
    assert default_window(stated.definitions) == 21
    assert default_window(engagement(definitions={"repurchase_window_days": 30}).definitions) == 14


def test_no_money_is_called_incremental_where_no_effect_is_shown():
    none, works = found(200, 200, 44, 40), found(200, 180, 60, 20)
    assert campaign_table(SHOP.definitions, none)["incremental_revenue"].isna().all()
    assert campaign_table(SHOP.definitions, works)["incremental_revenue"].notna().all()
    drift = pd.DataFrame(columns=["group_id", "measure", "members"])
    shown = strategy_effects(SHOP, planned(SHOP, None), none, drift).set_index("strategy").loc["wake"]
    assert shown["verdict"] == "none"
    assert pd.isna(shown["incremental_revenue"])
    assert pd.isna(shown["incremental_buyers"])


@pytest.mark.parametrize(
    ("numbers", "told"),
    [((240, 120, 139, 59), "small"), ((240, 120, 110, 59), "none"), ((5000, 5000, 1010, 1000), "none")],
)
def test_a_gain_that_so_few_could_not_prove_is_no_reason_to_change_the_offer(numbers: tuple, told: str):
    (finding,) = trial_findings(SHOP.definitions, found(*numbers), NONE)
    assert (finding.headline.id, finding.action.id) == ("trial.finding.none", f"trial.action.{told}")
    if told == "small":
        assert "about 1,5" in WORDS.text(finding.action)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "尚不能判断：180 天尚未走完。"), ("en", "cannot be told yet: 180 days not yet passed.")],
)
def test_that_the_long_window_is_open_is_a_sentence_of_its_own(language, said):
    definitions = SHOP.definitions.model_copy(update={"repurchase_window_days": 180})
    (finding,) = trial_findings(definitions, found(200, 180, 60, 20).assign(long_effect=float("nan")), NONE)
    assert said in catalogue(language).text(finding.evidence)


def before_the_cycle(days: int, numbers: tuple) -> pd.DataFrame:
    """A campaign sent so many days before the start; purchases come with it."""
    frames, shift = campaign(*numbers), timedelta(days=days)
    for table, columns in {
        "campaign_members": ["sent_on"],
        "campaigns": ["starts_on", "ends_on"],
        "orders": ["ordered_on"],
    }.items():
        for column in columns:
            if column in frames[table]:
                frames[table][column] = [day - shift if pd.notna(day) else day for day in frames[table][column]]
    return earlier_trials(connect_frames(frames), SHOP, WINDOWS)


def test_a_test_before_the_cycle_is_told_with_its_day_and_not_as_the_cycles():
    told = before_the_cycle(120, (200, 180, 60, 20))
    assert told["verdict"].tolist() == ["works"]
    (finding,) = earlier_findings(SHOP.definitions, told)
    said = WORDS.text(finding.headline)
    assert said.startswith("Sent before this cycle, on ")
    assert "higher" in said
    assert not list(trial_findings(SHOP.definitions, found(200, 180, 60, 20).iloc[:0], NONE))


@pytest.mark.parametrize(
    ("numbers", "decision"), [((200, 180, 60, 20), "keep"), ((200, 200, 10, 60), "drop"), ((200, 200, 40, 40), "")]
)
def test_what_a_test_before_the_cycle_showed_is_in_the_list_of_iterations(numbers: tuple, decision: str):
    told = before_the_cycle(120, numbers)
    drift = pd.DataFrame(columns=["group_id", "measure", "members"])
    strategies = strategy_effects(SHOP, planned(SHOP, None), told.iloc[:0], drift)
    listed = iterations(SHOP, strategies, pd.DataFrame(columns=TASKS), pd.DataFrame(), pd.DataFrame(), earlier=told)
    mine = listed[listed["subject"].str.startswith("campaign:")]
    assert mine["decision"].tolist() == ([decision] if decision else [])
    for words in mine["words"]:
        (finding,) = earlier_findings(SHOP.definitions, told)
        assert WORDS.text(finding.action) in WORDS.text(words)


@pytest.mark.parametrize("strategy", ["", "wake"])
def test_what_a_campaign_of_no_strategy_showed_is_in_the_list_of_iterations(strategy: str):
    told = found(200, 180, 60, 20).assign(strategy=strategy)
    drift = pd.DataFrame(columns=["group_id", "measure", "members"])
    strategies = strategy_effects(SHOP, planned(SHOP, None), told, drift)
    listed = iterations(SHOP, strategies, pd.DataFrame(columns=TASKS), pd.DataFrame(), pd.DataFrame(), effects=told)
    mine = listed[listed["subject"].str.startswith("campaign:")]
    assert mine["decision"].tolist() == ([] if strategy else ["keep"])
    for words in mine["words"]:
        (finding,) = trial_findings(SHOP.definitions, told, strategies)
        assert WORDS.text(finding.action) in WORDS.text(words)


def test_older_tests_and_lists_without_a_holdout_are_left_out():
    assert before_the_cycle(500, (200, 180, 60, 20)).empty
    assert before_the_cycle(120, (200, 0, 60, 0)).empty
    assert before_the_cycle(0, (200, 180, 60, 20)).empty  # the cycle's own


def slow(treated_late: int, days: int = 30) -> pd.DataFrame:
    """Nobody buys up to the campaign's own end; later some of those who were sent it do."""
    frames = campaign(300, 300, 0, 0)
    sent = frames["campaign_members"]["sent_on"].iloc[0]
    frames["orders"] = orders([(f"t{i:04d}", sent + timedelta(days=days + 5)) for i in range(treated_late)])
    longer = engagement(definitions={"repurchase_window_days": 60, "smallest_base": 10})
    return campaign_effects(connect_frames(frames), longer, WINDOWS)


def test_what_only_a_longer_window_shows_is_a_second_look_and_no_result():
    shown = slow(40)
    row = shown.iloc[0]
    assert (row["window"], row["verdict"], row["long_effect"]) == (30, "none", pytest.approx(40 / 300))
    lasts = campaign_table(SHOP.definitions, shown)["lasts"].iloc[0]
    assert lasts.id == "trial.lasts.later"
    assert "97.5% interval" in WORDS.text(lasts)
    (finding,) = trial_findings(SHOP.definitions, shown, NONE)
    assert (finding.headline.id, finding.action.id) == ("trial.finding.none", "trial.action.later")
    drift = pd.DataFrame(columns=["group_id", "measure", "members"])
    strategies = strategy_effects(SHOP, planned(SHOP, None), shown, drift)
    listed = iterations(SHOP, strategies, pd.DataFrame(columns=TASKS), pd.DataFrame(), pd.DataFrame())
    assert listed.loc[listed["subject"].eq("strategy:wake"), "message"].tolist() == ["review.iteration.later"]
    assert campaign_table(SHOP.definitions, slow(2))["lasts"].iloc[0].id == "trial.lasts.neither"


def priced(cost: float | None, margin: float | None, numbers: tuple = (200, 180, 60, 20)) -> pd.DataFrame:
    frames = campaign(*numbers)
    frames["campaigns"] = frames["campaigns"].assign(cost=cost)
    bought = frames["orders"]
    frames["orders"] = bought.assign(margin=None if margin is None else bought["amount"] * margin)
    return campaign_effects(connect_frames(frames), SHOP, WINDOWS)


@pytest.mark.parametrize(
    ("cost", "margin", "pays"),
    [
        (500.0, 0.5, "pays"),  # 3,778 of revenue, 1,889 of margin
        (1900.0, 0.5, "open"),
        (3700.0, 0.5, "loses"),  # though revenue is above it
        (500.0, None, "pays"),
        (3700.0, None, "open"),
        (None, 0.5, "no_cost"),
    ],
)
def test_what_works_is_widened_only_where_the_margin_surely_pays(cost, margin, pays):
    shown = priced(cost, margin)
    drift = pd.DataFrame(columns=["group_id", "measure", "members"])
    strategies = strategy_effects(SHOP, planned(SHOP, None), shown, drift)
    (finding,) = _effects(strategies)
    assert (finding.evidence.id, finding.action.id) == (f"review.finding.works.{pays}", f"review.action.keep.{pays}")
    assert ("gross margin" in WORDS.text(finding.evidence)) == (margin is not None)
    listed = iterations(SHOP, strategies, pd.DataFrame(columns=TASKS), pd.DataFrame(), pd.DataFrame())
    mine = listed[listed["subject"].eq("strategy:wake")].iloc[0]
    assert (mine["message"], mine["decision"]) == (
        f"review.iteration.works.{pays}",
        "change" if pays == "loses" else "keep",
    )
    (alone,) = trial_findings(SHOP.definitions, shown.assign(strategy=""), NONE)
    assert alone.action.id == f"trial.action.works.{pays}"


def test_margin_stands_for_revenue_only_where_nearly_all_of_it_is_known():
    frames = campaign(200, 180, 60, 20)
    known = [amount / 2 if i % 4 else None for i, amount in enumerate(frames["orders"]["amount"])]
    frames["orders"] = frames["orders"].assign(margin=known)
    assert campaign_effects(connect_frames(frames), SHOP, WINDOWS)["incremental_margin"].isna().all()
