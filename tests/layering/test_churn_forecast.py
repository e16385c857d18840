"""The forecast: true to known probabilities, the same whatever the order and threads, refused where data lack."""

import json
import math
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from crm_lib import handoff
from crm_lib.engagement import Churn, load
from crm_lib.engine import connect
from crm_lib.language import catalogue
from crm_lib.layering import churn
from crm_lib.layering.churn import findings as churn_findings
from crm_lib.layering.churn import forecasting, reasons, sample
from crm_lib.layering.churn.cutoffs import cutoffs
from crm_lib.layering.churn.models import KINDS, cases, fit, learnt
from crm_lib.layering.layers import layer
from crm_lib.layering.lifecycle import lifecycle
from crm_lib.layering.threads import one_thread
from crm_lib.paths import PROJECT
from crm_lib.run.prepare import prepare
from tests.layering.churn_cases import DAY, DEFINITIONS, WINDOW, back, layered, opened, orders_of, poisson_shop

CUSTOMERS = 45_000


@pytest.fixture(scope="module")
def shop():
    """(orders, true probability of leaving by customer)."""
    orders, rates = poisson_shop(CUSTOMERS, 11)
    return orders, (1 - rates) ** WINDOW


@pytest.fixture(scope="module")
def told(shop):
    engine = opened(shop[0])
    return churn.forecast(engine, layered(engine), DEFINITIONS, Churn())


def deciles(probability, truth):
    """Mean forecast and mean truth of tenths by forecast."""
    tenth = np.ceil(pd.Series(probability).rank(method="first", pct=True) * 10)
    return pd.DataFrame({"forecast": probability, "truth": truth}).groupby(tenth.to_numpy()).mean()


def test_probabilities_are_true_in_each_tenth(shop, told):
    assert told.lacking == []
    truth = shop[1].loc[told.now["customer_id"]].to_numpy()
    table = deciles(told.now["churn_probability"].to_numpy(), truth)
    assert len(told.now) > 30_000
    assert (table["forecast"] - table["truth"]).abs().max() < 0.02
    assert table["truth"].iloc[-1] > table["truth"].iloc[0] + 0.4


def test_either_form_of_the_model_is_true(shop, told):
    """n = 9,000 are asked, the model has learnt from 20,000 others; .035 for both samples' noise."""
    past = told.past
    asked = (np.arange(len(past)) % 3) == 0
    truth = shop[1].loc[past["customer_id"]].to_numpy()[asked]
    for kind in KINDS:
        with one_thread("sklearn.linear_model"):
            model = fit(kind, cases(past[~asked], told.features), past["churned"].to_numpy()[~asked])
        assert model.isotonic
        table = deciles(model.probability(past[asked]), truth)
        assert (table["forecast"] - table["truth"]).abs().max() < 0.035, kind


def test_the_record_is_of_customers_in_a_time_the_model_had_not_seen(shop, told):
    engine = opened(shop[0], until=told.cutoffs.test)
    assert max(told.cutoffs.train).toordinal() + WINDOW <= told.cutoffs.test.toordinal()
    assert told.cutoffs.test.toordinal() + WINDOW == DAY.toordinal()
    blind = churn.forecast(engine, layered(engine, told.cutoffs.test), DEFINITIONS, Churn())
    assert list(blind.now["customer_id"]) == list(told.past["customer_id"])
    assert told.record.auc_low > 0.65
    assert told.record.brier < told.record.brier_of_base


def test_the_simpler_model_is_kept_where_the_other_is_not_better(told):
    assert told.kind == "logistic"
    assert told.difference[1] <= 0


def test_boosting_is_kept_where_it_is_better_by_more_than_noise():
    """Who bought 20 to 40 days ago comes back, all others leave: no straight line says so."""
    random = np.random.default_rng(5)
    rows = []
    for cut in (270, 180, 90, 0):
        for i, last in enumerate(random.integers(1, 80, 900)):
            rows.append((f"c{cut}-{i:04d}", back(cut + int(last)), 10.0))
            if cut and 20 <= last <= 40:
                rows.append((f"c{cut}-{i:04d}", back(cut - 5), 10.0))
    engine = opened(orders_of(rows))
    found = churn.forecast(engine, layered(engine), DEFINITIONS, Churn())
    assert found.lacking == []
    assert found.kind == "boosting"
    assert found.difference[1] > 0


def small(n=1500, seed=3):
    orders, _ = poisson_shop(n, seed)
    return orders


def test_neither_the_order_of_rows_nor_threads_change_it():
    orders = small()
    one = opened(orders)
    other = opened(orders.sample(frac=1, random_state=1))
    first = churn.forecast(one, layered(one), DEFINITIONS, Churn())
    second = churn.forecast(other, layered(other), DEFINITIONS, Churn())
    pd.testing.assert_frame_equal(first.now, second.now, check_exact=False, rtol=0, atol=1e-9)
    past, scores = first.past.head(300), []
    learning = cases(past, first.features)
    for threads in (1, 2):
        with threadpool_limits(threads):
            estimator = learnt("boosting", learning, past["churned"].to_numpy())
            scores.append(estimator.decision_function(learning.matrix))
    assert np.abs(scores[0] - scores[1]).max() < 1e-9


@pytest.mark.parametrize(
    ("orders", "lacks"),
    [
        (lambda: orders_of([("one", DAY, 10)]), "churn.lack.history"),
        (lambda: orders_of([(f"c{i}", back(3), 10) for i in range(700)]), "churn.lack.history"),
        (lambda: small(300), "churn.lack.buyers"),
        (lambda: orders_of([(f"c{i:04d}", back(d), 1) for i in range(600) for d in range(0, 400, 30)]), "churn.lack.leavers"),
        (lambda: orders_of([(f"c{i:04d}", back(d), 1) for i in range(600) for d in range(80, 400, 200)]), "churn.lack.stayers"),
    ],
)  # fmt: skip
def test_it_is_refused_with_what_is_missing_and_the_rules_stand_in(orders, lacks):
    engine = opened(orders())
    layers = layered(engine)
    found = churn.forecast(engine, layers, DEFINITIONS, Churn())
    assert found.model is None
    assert lacks in {message.id for message in found.lacking}
    assert found.now["churn_probability"].isna().all()
    stages = lifecycle(engine, layers.customers, DAY, 180)
    assert list(churn.artifact(found, stages).columns) == list(handoff.ARTIFACTS["churn_scores"].columns)
    assert churn.contacts(found).empty
    finding = churn.leaving(found)
    table = churn.methods(found)
    for language in ("zh", "en"):
        words = catalogue(language)
        for message in (finding.headline, finding.evidence, finding.action, churn.methods_title(table, found)):
            assert words.text(message)
    assert set(table["method"]) == {"no_order", "overdue"}


def test_a_model_no_better_than_chance_is_not_used():
    """Everyone buys once in each window, on a random day, or by the toss of a coin not at all."""
    random = np.random.default_rng(2)
    rows = [
        (f"c{i:04d}", back(window * 90 + int(random.integers(0, 90))), 10.0)
        for i in range(900)
        for window in range(5)
        if random.random() < 0.5
    ]
    engine = opened(orders_of(rows))
    found = churn.forecast(engine, layered(engine), DEFINITIONS, Churn())
    assert [message.id for message in found.lacking] == ["churn.lack.no_better"]
    assert found.warned.empty
    assert found.now["churn_probability"].isna().all()


def test_a_model_that_hardly_ranks_gives_way_to_the_rules(shop, told):
    engine = opened(shop[0])
    least = told.record.auc_low + 0.001
    found = churn.forecast(engine, layered(engine), DEFINITIONS, Churn(least_auc=least))
    finding = churn.leaving(found)
    assert found.warned.empty
    assert finding.headline.id == "churn.finding.not_forecast.tried"
    assert f"{least:.2f}" in catalogue("en").text(finding.evidence)
    assert finding.action.id == "churn.finding.not_forecast.action"


def test_a_break_even_that_nearly_everybody_passes_is_no_selection(told):
    cheap, dear = (
        churn.leaving(forecasting._with(told, settings=Churn(contact_cost=cost)))
        for cost in (0.0001, float((told.active["churn_probability"] * told.active["worth"]).quantile(0.9)) / 10)
    )
    assert (cheap.headline.id, dear.headline.id) == ("churn.finding.leaving.all", "churn.finding.leaving")
    assert (cheap.action.id, dear.action.id) == ("churn.finding.leaving.action_order", "churn.finding.leaving.action")


def test_the_finding_tells_the_record_of_the_list_that_it_recommends(told):
    listed = told.warned_then
    first = listed.head(math.ceil(len(listed) / 10))
    record = churn.leaving(told).evidence.args["record"].value
    assert record.id == "churn.record.list"
    assert record.args["n"].value == len(listed)
    assert record.args["precision"].value == pytest.approx(first["churned"].mean())
    assert record.args["times"].value == pytest.approx(listed["churned"].mean() / told.record.base)
    alike = told.past.assign(churned=np.random.default_rng(1).random(len(told.past)) < told.record.base)
    words = churn.leaving(forecasting._with(told, past=alike)).evidence.args["record"].value
    assert words.id == "churn.record.list_alike"


def test_a_forecast_that_was_off_says_what_that_means_for_the_loss(told):
    base = told.record.base
    for said, id in ((base, "churn.record"), (base / 2, "churn.record.low"), ((1 + base) / 2, "churn.record.high")):
        words = churn_findings._record_words(told, replace(told.record, mean_probability=said))
        assert words.args["record"].value.id == id
        for language in ("zh", "en"):
            assert catalogue(language).text(words)


def test_who_refused_is_on_no_list_and_in_no_number_that_asks_for_calls(told):
    first = list(told.warned["customer_id"].head(4))
    some = forecasting._with(told, refused=frozenset(first))
    assert len(some.warned) == len(told.warned)  # they leave all the same
    assert list(churn.contacts(some)["customer_id"]) == list(told.warned["customer_id"].iloc[4:])
    assert len(churn.first_to_contact(some, some.now.assign(operating_class="core"))) == min(30, len(told.warned) - 4)
    given = churn.leaving(some).action.args
    called = told.warned.iloc[4:].head(given["first"].value)
    assert given["first"].value == math.ceil((len(told.warned) - 4) / 10)
    assert given["loss"].value == pytest.approx((called["churn_probability"] * called["worth"]).sum())


def test_a_handful_worth_a_contact_is_no_campaign(told):
    gain = 0.1 * told.active["churn_probability"] * told.active["worth"]
    dear = forecasting._with(told, settings=Churn(contact_cost=float(gain.nlargest(5).min())))
    found = churn.leaving(dear)
    assert found.headline.id == "churn.finding.few"
    assert found.severity == "low"
    assert churn.contacts(dear).empty
    assert churn.first_to_contact(dear, dear.now.assign(operating_class="core")).empty
    assert churn.reasons_by_class(dear, dear.now.assign(operating_class="core")).empty
    assert found.action.args["gain"].value == pytest.approx(gain.nlargest(5).sum() - 5 * gain.nlargest(5).min())


def test_a_rule_that_can_warn_of_no_active_customer_is_not_held_against_the_model(told):
    groups = {days: churn.methods(forecasting._with(told, settings=Churn(rule_days=days))) for days in (60, 90)}
    methods = {days: set(table.loc[table["group"] == "active", "method"]) for days, table in groups.items()}
    assert methods[60] - methods[90] == {"no_order", "model_same"}
    assert [words.id for words in groups[90]["way"]] == [f"churn.method.{name}" for name in groups[90]["method"]]
    assert churn.active_words(groups[90], told) is None


def test_cut_offs_follow_each_other_by_a_window_and_end_at_the_baseline():
    found = cutoffs(date(2025, 1, 1), date(2026, 3, 31), 90, 365, Churn())
    assert [*found.train, found.test] == [date(2025, 7, 4), date(2025, 10, 2), date(2025, 12, 31)]
    assert found.lookback_days == 185
    assert cutoffs(date(2025, 7, 5), date(2026, 3, 31), 90, 365, Churn()).train == (date(2025, 10, 2),)
    assert cutoffs(date(2025, 7, 6), date(2026, 3, 31), 90, 365, Churn()).train == ()
    assert cutoffs(None, date(2026, 3, 31), 90, 365, Churn()).train == ()


def test_reasons_are_told_only_where_the_past_bears_them_out():
    random = np.random.default_rng(1)
    has = random.random(400) < 0.5
    contributions = pd.DataFrame({"true": np.where(has, 0.5, -0.5), "false": np.where(has, -0.5, 0.5), "rare": -1.0})
    left = random.random(400) < np.where(has, 0.7, 0.3)
    assert reasons.borne_out(contributions, left) == ["true"]
    assert reasons.strongest(pd.DataFrame({"a": [0.2, 0.05], "b": [0.9, 0.3]})) == [("b", "a"), ("b",)]


def test_a_reason_is_told_on_its_worse_side_only(told):
    active = told.active
    usual = active["spend"].median()
    named = np.array(["spend" in found for found in active["reasons"]])
    assert not (named & (active["spend"] >= usual).to_numpy()).any()
    late = reasons.plausible(active)["silence"].to_numpy()
    assert not (np.array(["silence" in found for found in active["reasons"]]) & ~late).any()
    assert not late[(active["silent_days"] <= active["gap_days"]).to_numpy()].any()
    usual = reasons.typical(active)
    once, often = (active[active["gaps"] == 0].iloc[0], active[active["gaps"] > 0].iloc[0])
    assert [reasons.in_words("silence", row, usual).id for row in (once, often)] == [
        "churn.told.silence_once",
        "churn.told.silence",
    ]


def test_a_reason_is_what_typical_values_in_its_features_would_change(told):
    model = told.model
    matrix, places = model.design.matrix(told.now.head(200)), model.design.groups["silence"]
    found = reasons.contributions(model, matrix)
    changed = matrix.copy()
    changed[:, places] = np.median(matrix[:, places], axis=0)
    np.testing.assert_allclose(found["silence"], model.score_of(matrix) - model.score_of(changed), atol=1e-9)


def test_large_data_are_learnt_from_a_part_and_it_is_said(shop, told, monkeypatch):
    monkeypatch.setattr(sample, "MOST_ROWS", 9000)
    engine = opened(shop[0])
    part = churn.forecast(engine, layered(engine), DEFINITIONS, Churn())
    assert told.cases == told.cases_known == part.cases_known
    assert 5000 < part.cases < 7000  # two of three cut-offs
    assert part.model.rows <= 9000
    assert part.record.n == told.record.n
    whole = told.now["churn_probability"]
    assert np.abs(part.now["churn_probability"] - whole).mean() < 0.03
    words = catalogue("en")
    said, plain = (" ".join(words.text(one) for one in churn.method_words(found)) for found in (part, told))
    assert f"{part.cases:,} of {part.cases_known:,}" in said
    assert " of " + f"{told.cases_known:,}" not in plain


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), unique=True), min_size=1, max_size=3), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_sample_holds_customers_whole_whatever_the_order(groups, most):
    frames = [pd.DataFrame({"customer_id": sorted(ids)}) for ids in groups]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample, "MOST_ROWS", most)
        found = [set(frame["customer_id"]) for frame in sample.sampled(frames)]
        turned = [set(frame["customer_id"]) for frame in sample.sampled([frame[::-1] for frame in frames])]
    assert found == turned
    assert sum(map(len, found)) <= most
    chosen = set.union(*found)
    assert found == [set(ids) & chosen for ids in groups]


@pytest.fixture(scope="module")
def demo():
    folder = PROJECT / "data" / "demo"
    engagement = load(folder)
    engine = connect(prepare(folder, engagement), engagement.cycle.baseline)
    layers = layer(engine, engagement.cycle.baseline, engagement.layering, engagement.definitions)
    return engine, layers, churn.forecast(engine, layers, engagement.definitions, engagement.churn)


def test_the_planted_wave_is_among_those_put_first(demo):
    """Planted: whoever joined through the mini-program leaves since November, after each purchase by chance .42 to .74."""
    truth = json.loads((PROJECT / "data" / "demo" / "truth.json").read_text(encoding="utf-8"))["wave"]
    assert truth["joined_through"] == "小程序"
    _, _, found = demo
    active = found.active.sort_values("churn_probability", ascending=False, kind="stable")
    mini = (active["join_channel"] == "mini_program").to_numpy(dtype=bool)
    tenth, fifth = mini[: len(mini) // 10].mean(), mini[: len(mini) // 5].mean()
    assert tenth > 1.7 * mini.mean()
    assert fifth > 1.5 * mini.mean()
    assert any("channel" in told for told in found.warned["reasons"])


def test_the_demo_is_written_as_the_handoff_says(demo, tmp_path):
    engine, layers, found = demo
    frame = churn.artifact(found, lifecycle(engine, layers.customers, layers.as_of, 180))
    handoff.write(tmp_path, "churn_scores", frame)
    read = handoff.read(tmp_path, "churn_scores")
    assert len(read) == len(layers.customers)
    known = read["churn_probability"].dropna()
    assert len(known) == len(found.now)
    assert known.between(0, 1).all()
    assert not math.isnan(found.threshold)
    handoff.write(tmp_path, "churn_contacts", churn.contacts(found))
    called = handoff.read(tmp_path, "churn_contacts")
    assert list(called["customer_id"]) == list(found.to_call["customer_id"])
    assert 0 < len(called) < len(found.warned)  # some have refused
    assert called["expected_loss"].is_monotonic_decreasing
    listed = churn.first_to_contact(found, layers.customers)
    words = catalogue("en")
    shown = " ".join(words.text(one) for one in listed["customer"])
    assert not any(id in shown for id in layers.customers["customer_id"])
