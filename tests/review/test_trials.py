"""A campaign with a holdout is told whatever it shows, with the days seen of its window, equal for both arms."""

from datetime import timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue
from crm_lib.review.campaigns import campaign_table, open_windows, trial_findings
from crm_lib.review.effects import campaign_effects
from crm_lib.review.windows import windows
from tests.review.shop import AS_OF, campaign, engagement

SHOP = engagement()
WINDOWS = windows(SHOP.cycle, AS_OF)
NONE = pd.DataFrame({"verdict": pd.Series(dtype="str"), "strategy": pd.Series(dtype="str")})
WORDS = catalogue("en")


def found(*numbers: int, late: int = 0) -> pd.DataFrame:
    frames = campaign(*numbers)
    if late:
        frames["campaign_members"]["sent_on"] = AS_OF - timedelta(days=late)
    return campaign_effects(connect_frames(frames), SHOP, WINDOWS)


@pytest.mark.parametrize(
    ("numbers", "verdict"), [((200, 200, 40, 40), "none"), ((200, 200, 10, 60), "harms"), ((200, 180, 60, 20), "works")]
)
def test_a_known_result_is_a_finding_also_where_it_is_no_difference(numbers: tuple, verdict: str):
    (finding,) = trial_findings(SHOP.definitions, found(*numbers), NONE)
    assert finding.headline.id == f"trial.finding.{verdict}"
    assert str(numbers[0]) in WORDS.text(finding.evidence)
    assert "n = " in WORDS.text(finding.headline)


def test_what_a_strategy_tells_and_what_nobody_held_out_are_not_told_again():
    told = pd.DataFrame({"verdict": ["none"], "strategy": ["wake"]})
    assert not list(trial_findings(SHOP.definitions, found(200, 200, 40, 40), told))
    assert not list(trial_findings(SHOP.definitions, found(200, 0, 40, 0), NONE))


def test_an_open_window_is_said_with_its_days():
    open_one = found(200, 200, 0, 0, late=12)
    assert open_one["days"].tolist() == [12]
    (said,) = open_windows(SHOP.definitions, open_one)
    assert "12 of 30 days" in WORDS.text(said)
    assert "12 of 30 days" in WORDS.text(campaign_table(SHOP.definitions, open_one)["seen"].iloc[0])
    (finding,) = trial_findings(SHOP.definitions, open_one, NONE)
    assert (finding.evidence.id, finding.action.id) == ("trial.evidence.open", "trial.action.wait")
    assert not open_windows(SHOP.definitions, found(200, 200, 40, 40))


def test_without_a_holdout_the_table_gives_no_share_of_buyers():
    table = campaign_table(SHOP.definitions, found(200, 0, 40, 0))
    assert table["treated_rate"].isna().all()
    assert campaign_table(SHOP.definitions, found(200, 200, 40, 40))["treated_rate"].tolist() == [0.2]
