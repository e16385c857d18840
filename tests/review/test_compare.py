"""Before and after: values, differences, verdicts."""

from datetime import date, timedelta

import pandas as pd
import pytest

from crm_lib.engine import connect_frames
from crm_lib.language import catalogue, msg
from crm_lib.review.cells import group_note, own_kind
from crm_lib.review.compare import COLUMNS, VERDICTS, by_group, compare, family
from crm_lib.review.effects import COLUMNS as EFFECT_COLUMNS
from crm_lib.review.findings import _scale, summary
from crm_lib.review.headline import figures
from crm_lib.review.intervals import newcombe
from crm_lib.review.remarks import missing_words, task_words, window_words
from crm_lib.review.rows import difference
from crm_lib.review.titles import rates_title, with_words, year_title
from crm_lib.review.windows import spans, windows
from tests.review.shop import AS_OF, BASELINE, START, engagement, orders

SHOP = engagement()
EFFECTS = pd.DataFrame(columns=EFFECT_COLUMNS)
WINDOWS = windows(SHOP.cycle, AS_OF)


def changes(frames, groups=None, names=None):
    return compare(connect_frames(frames, AS_OF), WINDOWS, SHOP.definitions, groups, names)


def coming_again(before, after, n=50):
    """`n` buyers in each span, of whom so many come again ten days later."""
    first, second = BASELINE - timedelta(days=60), START + timedelta(days=10)
    rows = [(f"b{i}", first) for i in range(n)] + [(f"b{i}", first + timedelta(days=10)) for i in range(before)]
    rows += [(f"a{i}", second) for i in range(n)] + [(f"a{i}", second + timedelta(days=10)) for i in range(after)]
    rows.append(("early", BASELINE - timedelta(days=100)))
    return {"orders": orders(rows)}


def row_of(found, metric, group="all"):
    return found[(found["metric"] == metric) & (found["group_id"] == group)].iloc[0]


def test_the_change_of_a_rate_has_newcombes_interval():
    row = row_of(changes(coming_again(10, 35)), "repurchase_rate")
    expected = newcombe(35, 50, 10, 50)
    assert (row["before"], row["after"]) == (0.2, 0.7)
    assert (row["change"], row["change_low"], row["change_high"]) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )
    assert row["verdict"] == "better"


@pytest.mark.parametrize(
    ("before", "after", "n", "verdict"), [(35, 10, 50, "worse"), (20, 22, 50, "unclear"), (1, 8, 9, "few")]
)
def test_verdicts(before, after, n, verdict):
    assert row_of(changes(coming_again(before, after, n)), "repurchase_rate")["verdict"] == verdict


def test_less_churn_is_better():
    rows = [(f"b{i}", BASELINE - timedelta(days=110)) for i in range(60)]
    rows += [(f"b{i}", BASELINE - timedelta(days=70)) for i in range(20)]
    rows += [(f"c{i}", day) for i in range(60) for day in (START - timedelta(days=20), START + timedelta(days=20))]
    found = row_of(changes({"orders": orders([*rows, ("x", BASELINE - timedelta(days=300))])}), "churn_rate")
    assert found["change"] < 0
    assert found["verdict"] == "better"


def test_a_total_is_counted_and_has_no_interval():
    row = row_of(changes(coming_again(10, 35)), "orders")
    assert (row["before"], row["after"], row["change"]) == (60, 85, 25)
    assert pd.isna(row["change_low"])
    assert row["verdict"] == "count"


def test_what_cannot_be_measured_is_left_out_of_the_tables():
    found = changes(coming_again(10, 35))
    assert "nps" not in set(found["metric"])
    assert pd.isna(row_of(found, "orders")["year_ago"])
    assert row_of(found, "repurchase_rate")["yoy_verdict"] == "none"
    assert set(found["verdict"]) | set(found["yoy_verdict"]) <= set(VERDICTS)
    assert set(family(found, "count")["metric"]) <= {"active_customers", "new_customers", "orders"}


def test_a_span_that_the_records_begin_in_the_middle_of_is_left_blank():
    begin = date(2025, 5, 1)  # the same days a year ago begin a month earlier
    days = [begin + timedelta(days=i) for i in range(0, (AS_OF - begin).days, 3)]
    frames = {"orders": orders([(f"c{i % 40}", day) for i, day in enumerate(days)])}
    found = changes(frames)
    for metric in ("revenue", "orders", "active_customers", "average_order_value"):
        row = row_of(found, metric)
        assert row[["year_ago", "yoy"]].isna().all()
        assert row["yoy_verdict"] == "none"
        assert row["before"] > 0
    whole = changes({"orders": orders([("first", date(2025, 4, 2)), *((f"c{i}", day) for i, day in enumerate(days))])})
    assert row_of(whole, "revenue")["year_ago"] > 0, "a day without a purchase is no gap in the records"


def test_groups_stand_beside_everyone():
    groups = pd.DataFrame({"group_id": "scope:big", "customer_id": [f"a{i}" for i in range(50)]})
    found = changes(coming_again(10, 35), groups, ["repurchase_rate"])
    assert list(found["group_id"]) == ["all", "scope:big"]
    assert len(by_group(found)) == 1
    assert with_words(SHOP, found)["group"].iloc[1].id == "common.local"


def test_one_order_and_none():
    single = changes({"orders": orders([("a", START)])})
    assert rates_title(single).id == "review.title.rates.none"
    none = compare(connect_frames({}, AS_OF), WINDOWS, SHOP.definitions)
    assert list(none.columns) == COLUMNS
    assert rates_title(none).id == "review.title.rates.none"
    assert len(family(none, "rate")) == 0


def test_a_month_of_refunds_only_is_measured():
    found = changes({"orders": orders([("a", START, -50.0), ("a", BASELINE, 80.0)])})
    assert row_of(found, "revenue")["after"] == -50


def rates(*rows):
    """Rates of all customers as (metric, verdict, verdict against a year ago)."""
    frame = pd.DataFrame(rows, columns=["metric", "verdict", "yoy_verdict"])
    return frame.assign(group_id="all", family="rate", change=0.0)


def test_full_counts_are_not_among_the_undecided_and_a_fall_against_last_year_is_said():
    found = rates(
        ("repurchase_rate", "unclear", "worse"),
        ("churn_rate", "better", "unclear"),
        ("profile_completeness", "count", "count"),
        ("refund_rate", "few", "none"),
    )
    title, yearly = rates_title(found), year_title(found)
    assert {name: title.args[name].value for name in ("n", "better", "worse", "rest")} == {
        "n": 2, "better": 1, "worse": 0, "rest": 1,
    }  # fmt: skip
    for language, name in (("zh", "2 项比率指标中 1 项变差：复购率"), ("en", "1 of 2 rates (Repurchase rate)")):
        assert name in catalogue(language).text(yearly)
    assert year_title(found.assign(yoy_verdict="unclear")) is None
    assert year_title(found.assign(yoy_verdict="none")) is None
    assert rates_title(found[found["verdict"] == "count"]).id == "review.title.rates.none"


def test_a_figure_of_another_span_says_so():
    found = changes(coming_again(10, 35))
    everyone = with_words(SHOP, found, WINDOWS).set_index("metric")["metric_name"]
    assert everyone["repurchase_rate"].id == "review.metric_over"
    assert everyone["orders"].id == "metric.orders"
    none = pd.DataFrame(columns=["status", "standing", "verdict", "incremental_buyers"])
    done = pd.DataFrame(columns=["owner", "owner_label", "planned", "done", "completion"])
    shown = figures(found, none, none, done, WINDOWS, SHOP.definitions)
    assert {figure.label.id for figure in shown} == {"review.metric_over"}
    assert {figure.label.args["metric"].value.id for figure in shown} >= {"metric.repurchase_rate"}


def fall(share, years=True):
    """Sixty buyers before the start, after it only `share` of them; with `years` as many on the days a year ago."""
    rows = [("early", date(2025, 8, 1)), *((f"c{i}", BASELINE - timedelta(days=5)) for i in range(60))]
    if years:
        rows += [(f"c{i}", day) for i in range(60) for day in (date(2025, 3, 1), date(2025, 5, 20))]
    return {"orders": orders([*rows, *((f"c{i}", START + timedelta(days=40)) for i in range(int(60 * share)))])}


@pytest.mark.parametrize(
    ("share", "years", "id", "severity"),
    [
        (0.5, True, "review.finding.revenue.year_ago.down", "high"),
        (0.5, False, "review.finding.revenue.before.down", "medium"),
        (1.0, True, "review.finding.revenue.year_ago.up", "low"),
    ],
)
def test_a_fall_of_revenue_leads_the_summary_and_the_figures(share, years, id, severity):
    found = changes(fall(share, years))
    none = pd.DataFrame(
        columns=["status", "standing", "verdict", "completion", "effect", "strategy", "incremental_buyers"]
    )
    moved, listed = pd.DataFrame(columns=["measure", "picked", "verdict"]), pd.DataFrame(columns=["due"])
    said = summary(SHOP, none, none, none, none, moved, none, listed, found, EFFECTS)
    first = next(one for one in said if one.headline.id.startswith("review.finding.revenue"))
    assert (first.headline.id, first.severity) == (id, severity)
    gravity = [("high", "medium", "low").index(one.severity) for one in said]
    assert gravity == sorted(gravity)
    assert severity == "low" or said[0] is first
    done = pd.DataFrame(columns=["owner", "owner_label", "planned", "done", "completion"])
    shown = figures(found, none, none, done, WINDOWS, SHOP.definitions)
    assert [one.label.args["metric"].value.id for one in shown[:2]] == ["metric.revenue", "metric.active_customers"]
    assert shown[0].change_label.id == ("review.against_year" if years else "review.against_before")
    for language in ("zh", "en"):
        assert catalogue(language).text(first.headline)


def test_no_traffic_light_on_a_figure_without_a_target():
    found = changes(coming_again(10, 35))
    none = pd.DataFrame(columns=["status", "standing", "verdict", "incremental_buyers"])
    done = pd.DataFrame(columns=["owner", "owner_label", "planned", "done", "completion"])
    shown = figures(found, none, none, done, WINDOWS, SHOP.definitions)
    assert {one.status for one in shown} == {""}
    assert "review.against.better" in [one.change_label.id for one in shown]


def test_hours_keep_their_unit_and_groups_name_both_spans():
    found = pd.DataFrame([dict.fromkeys(COLUMNS, 1.5) | {"metric": name} for name in ("complaint_close_hours", "nps")])
    cells = own_kind(found)
    assert [cells["before_words"].iloc[i].args["value"].kind for i in range(2)] == ["hours", "float"]
    assert catalogue("en").text(cells["change_words"].iloc[0]) == "+1.5 h (1.5 to 1.5)"
    groups = pd.DataFrame({"group_id": "scope:big", "customer_id": [f"a{i}" for i in range(50)]})
    said = group_note(SHOP, by_group(changes(coming_again(10, 35), groups)), WINDOWS)
    assert all(day in catalogue("zh").text(said) for day in ("2025年12月31日", "2026年3月1日", "2026年5月31日"))


@pytest.mark.parametrize(("dormant", "said"), [(30, True), (180, False)])
def test_classes_that_nobody_silent_is_in_begin_high_by_their_rule(dormant: int, said: bool):
    settings = SHOP.model_copy(update={"layering": SHOP.layering.model_copy(update={"dormant_days": dormant})})
    for group in ("class:core", "class:dormant"):
        groups = pd.DataFrame({"group_id": group, "customer_id": [f"a{i}" for i in range(50)]})
        note = group_note(settings, by_group(changes(coming_again(10, 35), groups)), WINDOWS)
        assert (note.id == "review.note.groups.awake") is (said and group == "class:core")
        assert "30 days" in catalogue("en").text(note) or note.id != "review.note.groups.awake"


def test_missing_tables_are_said_once_and_nothing_is_explained_of_nothing():
    assert len(missing_words(connect_frames({}, AS_OF))) == 1
    none = task_words(pd.DataFrame(columns=["planned"]))
    assert catalogue("zh").text(none) == "没有可用的任务执行记录。"
    nothing = pd.DataFrame(columns=["planned"])
    sent = pd.DataFrame({"strategy": ["", None], "treated": [100, 20]})
    assert "120" in catalogue("en").text(task_words(nothing, sent))
    assert task_words(nothing, sent.assign(strategy=["wake", None])) == none


@pytest.mark.parametrize(("strangers", "id"), [(50, "off_list"), (4, None)])
def test_contacts_with_others_than_the_plan_names_are_told_beside_completion(strangers, id):
    row = {"owner": "ann", "owner_label": msg("review.axis.group"), "planned": 90, "done": 90, "completion": 1.0}
    contacts = pd.DataFrame({"strategy": ["wake", "care"], "contacts": [60, 40], "off_list": [strangers, 0]})
    said = task_words(pd.DataFrame([row]), None, contacts)
    assert said.id == ("review.text.tasks.off_list" if id else "review.text.tasks")
    assert ("50 (50.0%" in catalogue("en").text(said)) == bool(id)


def test_what_looks_ahead_is_said_to_have_days_of_its_own():
    measured = changes(coming_again(10, 35))
    said = catalogue("en").text(window_words(WINDOWS, SHOP.definitions, measured))
    own = spans(WINDOWS, "repurchase_rate", SHOP.definitions)
    assert "Repurchase rate (31 Dec 2025 to 1 Mar 2026 before, 1 Apr 2026 to 31 May 2026 after)" in said
    assert (own["before"].ends_on, own["after"].ends_on) == (date(2026, 3, 1), date(2026, 5, 31))
    assert "Campaign" not in said  # not measured here
    plain = window_words(WINDOWS, SHOP.definitions, measured[measured["metric"] != "repurchase_rate"])
    assert plain.id == "review.windows"


def test_no_answer_rate_is_given_of_days_before_answers_were_recorded():
    sent = [START - timedelta(days=365 - day) for day in range(3)] + [START + timedelta(days=day) for day in range(3)]
    rows = {"campaign_id": "W-1", "customer_id": [f"a{i}" for i in range(6)], "arm": "treatment", "sent_on": sent}
    members = pd.DataFrame(rows)
    late = {"campaign_members": members.assign(responded_on=[None] * 5 + [START + timedelta(days=4)])}
    assert pd.isna(row_of(changes(late), "campaign_response_rate")["year_ago"])
    early = {"campaign_members": members.assign(responded_on=[sent[0], *[None] * 5])}
    assert row_of(changes(early), "campaign_response_rate")["year_ago"] == pytest.approx(1 / 3)


def test_revenue_is_told_with_what_an_order_came_to():
    frames = coming_again(10, 35)
    frames["orders"]["amount"] = [300.0 if day >= START else 100.0 for day in frames["orders"]["ordered_on"]]
    (finding,) = _scale(changes(frames), fallen=False)
    assert catalogue("en").text(finding.evidence).endswith("Average order value CN¥300.00 (then CN¥100.00).")


def test_growth_by_more_buyers_who_each_buy_less_is_said():
    day, often = START - timedelta(days=365), range(0, 40, 10)
    before = [(f"a{i}", day + timedelta(days=days)) for i in range(40) for days in often]
    now = [(f"a{i}", START + timedelta(days=i % 40)) for i in range(200)]
    (finding,) = _scale(changes({"orders": orders([*before, *now])}), fallen=False)
    said = catalogue("en").text(finding.evidence)
    assert "More customers bought, but each of them less than a year ago" in said
    assert "(a year ago CN¥400.00, difference -CN¥300.00" in said
    as_often = [(f"b{i}", START + timedelta(days=days)) for i in range(60) for days in often]
    (same,) = _scale(changes({"orders": orders([*before, *as_often])}), fallen=False)
    assert "each of them less" not in catalogue("en").text(same.evidence)


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        ("price", 3.5, "+CN¥3.50"),
        ("int", 1470, "+1,470"),
        ("ratio", -0.14, "-0.14"),
        ("ratio", -0.004, "0.00"),
        ("points", 0.05, "+5.0 points"),
        ("points", -0.0002, "0.0 points"),
        ("float", None, "–"),
    ],
)
def test_a_change_bears_its_sign_and_none_where_it_is_nothing(kind, number, said):
    assert catalogue("en").text(msg("review.value", value=difference(kind, number))) == said


def test_a_rate_that_looks_ahead_and_has_a_target_is_no_second_figure_of_the_summary():
    found = changes(coming_again(10, 35))
    none = pd.DataFrame(columns=["status", "standing", "verdict", "incremental_buyers"])
    done = pd.DataFrame(columns=["owner", "owner_label", "planned", "done", "completion"])
    row = {"metric": "repurchase_rate", "group_id": "all", "status": "bad", "standing": "behind"}
    shown = figures(found, pd.DataFrame([row]), none, done, WINDOWS, SHOP.definitions)
    assert "metric.repurchase_rate" not in {
        one.label.args["metric"].value.id for one in shown if one.label.id == "review.metric_over"
    }
    of_a_class = figures(found, pd.DataFrame([row | {"group_id": "class:core"}]), none, done, WINDOWS, SHOP.definitions)
    assert len(of_a_class) == len(shown) + 1
