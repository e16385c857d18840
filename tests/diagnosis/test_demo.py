"""On the demo the diagnosis finds what was planted, with its cause."""

import json

import pytest

from crm_lib import diagnosis
from crm_lib.diagnosis import figures
from crm_lib.engagement import load
from crm_lib.engine import connect
from crm_lib.language import catalogue
from crm_lib.paths import DATA
from crm_lib.run.prepare import prepare

DEMO = DATA / "demo"
TRUTH = json.loads((DEMO / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found():
    engagement = load(DEMO)
    baseline = engagement.cycle.baseline
    measured = diagnosis.measure(connect(prepare(DEMO, engagement), baseline), engagement, baseline)
    return measured, diagnosis.find_pain_points(measured)


def test_the_wave_of_leaving_is_laid_to_the_channel_they_joined_through(found):
    assert TRUTH["wave"]["joined_through"] == "小程序"
    for rule in ("churn_rise", "repurchase_fall", "key_leaving"):
        pain = found[1].check(rule).pain
        assert "按获客渠道拆解，变化全部来自“小程序”" in catalogue("zh").text(pain.evidence)


def test_the_wave_is_dated(found):
    """The windows look ahead, so the first month that shows it begins at most a window before the wave."""
    measured, _ = found
    churn = measured.series("churn_rate").set_index("period")["value"]
    assert churn.loc["2025-12":"2026-01"].min() > churn.loc[:"2025-10"].max()


def test_complaints_are_laid_to_their_reason_and_place(found):
    planted = TRUTH["complaints"]
    pain = found[1].check("complaints_rise").pain
    words = catalogue("zh").text(pain.evidence)
    assert pain.since == TRUTH["wave"]["since"][:7]
    assert f"“{planted['reason']}”占投诉率（投诉数 ÷ 订单数）升幅的" in words
    assert f"全部发生在门店“{planted['store']}”" in words


def test_what_was_not_planted_is_not_claimed(found):
    states = {check.rule: check.state for check in found[1].checks}
    assert states["active_fall"] == "clear"
    assert states["refunds_rise"] == "clear"
    assert states["discount_deep"] == "clear"


def test_customers_and_shares_are_within_the_whole(found):
    measured, diagnosed = found
    for point in diagnosed.points:
        assert point.customers is None or 0 <= point.customers <= len(measured.customers)
        assert point.revenue is None or 0 <= point.revenue <= measured.revenue_year


def test_what_one_event_did_is_one_finding_whose_action_names_reason_and_place(found):
    measured, diagnosed = found
    words, planted = catalogue("zh"), TRUTH["complaints"]
    told = diagnosis.summary(measured, diagnosed, diagnosis.targets(measured))
    event = next(finding for finding in told if "位头部客户（此前" in words.text(finding.headline))
    said = words.text(event.evidence)
    together, _, apart = said.partition("，均集中在获客渠道“小程序”。")
    assert all(part in together for part in ("流失率由", "复购率由", "NPS 由"))
    assert apart.startswith("同期还有：投诉由")  # whose parts are others: the store and the usual channel
    assert "新的水平从2025年11月开始。按投诉原因拆解" in apart
    assert "由每月 0 件增至" in apart
    assert not any(words.text(finding.headline).startswith(("流失率", "复购率", "NPS", "投诉由")) for finding in told)
    root = f"投诉原因“{planted['reason']}”（门店“{planted['store']}”）"
    for rule in ("complaints_rise", "churn_rise", "nps_low", "repurchase_fall", "key_leaving"):
        assert root in words.text(next(point for point in diagnosed.points if point.rule == rule).action)
    assert "首先解决这一问题。这一项由客户服务组负责。" in words.text(event.action)
    assert "责任团队：门店顾问组" in words.text(event.action)


def test_parts_named_as_a_cause_are_printed_first_in_whole_dimensions(found):
    check = figures.reason_check(found[1])
    shown = check.reasons.head(figures.reason_rows(check))
    assert check.reasons["named"].sum() == shown["named"].sum() > 1
    left = check.reasons.iloc[len(shown) :]
    assert not set(shown["dimension"]) & set(left["dimension"])
    dimensions = check.reasons.groupby("dimension", sort=False)["named"].any()
    assert list(dimensions) == sorted(dimensions, reverse=True)


def test_a_part_of_another_dimension_that_got_worse_by_itself_is_told_too(found):
    said = catalogue("zh").text(found[1].check("churn_rise").pain.evidence)
    assert "同样证实变差的还有：会员等级“黑卡”（22.4% → 40.1%）。" in said
    assert "常购渠道“小程序”" not in said  # the same customers by another column
