"""The fits: gradients, recovery of what was simulated, order of rows, guards."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_lib.engagement_lifetime import Lifetime
from crm_lib.layering.lifetime_value import guards, purchases, spend
from crm_lib.layering.lifetime_value.estimate import buying, estimate, spending
from crm_lib.layering.lifetime_value.fitting import Fit
from crm_lib.layering.lifetime_value.forecast import forecast

KINDS = ("bg_nbd", "mbg_nbd")
TRUTH = np.array([0.6, 6.0, 0.9, 2.5])
SPEND = np.array([4.0, 3.5, 60.0])


def simulated(kind, customers, weeks, seed, ahead=0.0):
    """Customers from the model's own story, bought week by week: repeats, recency, age (weeks), repeats ahead, alive."""
    draw = np.random.default_rng(seed)
    r, alpha, a, b = TRUTH
    rate, p = draw.gamma(r, 1 / alpha, customers), draw.beta(a, b, customers)
    age = draw.integers(weeks // 2, weeks + 1, customers).astype("float64")
    repeats, recency, later = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    clock = np.zeros(customers)
    alive = draw.random(customers) >= p if kind == "mbg_nbd" else np.ones(customers, dtype=bool)
    there = alive.copy()
    while alive.any():
        clock += np.where(alive, draw.exponential(1 / rate), 0)
        inside, after = alive & (clock <= age), alive & (clock > age) & (clock <= age + ahead)
        repeats[inside] += 1
        recency[inside] = clock[inside]
        later[after] += 1
        stays = draw.random(customers) >= p
        there &= ~inside | stays
        alive &= (inside | after) & stays
    return repeats, recency, age, later, there


def frame(kind="bg_nbd", customers=4000, weeks=78, seed=7, ahead=0.0):
    repeats, recency, age, later, there = simulated(kind, customers, weeks, seed, ahead)
    draw = np.random.default_rng(seed + 1)
    p, q, v = SPEND
    mean = draw.gamma(np.maximum(p * repeats, 1e-9), 1 / draw.gamma(q, 1 / v, customers)) / np.maximum(repeats, 1)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:06}" for i in range(customers)],
            "repeats": repeats.astype("int64"),
            "recency_weeks": recency,
            "age_weeks": age,
            "mean_value": np.where(repeats > 0, mean, np.nan),
            "later": later,
            "there": there,
        }
    )


@pytest.fixture(scope="module", params=KINDS)
def known(request):
    found = frame(request.param, 8000, ahead=52.0)
    return request.param, found, estimate(found, (request.param,))


positive = st.floats(-2, 2).map(np.exp)


@given(st.tuples(positive, positive, positive, positive), st.sampled_from(KINDS))
@settings(max_examples=25)
def test_the_gradient_of_purchases_is_that_of_the_likelihood(parameters, kind):
    given_rows = purchases.histories(*simulated(kind, 60, 40, 3)[:3])
    _, gradient = purchases.log_likelihood(np.array(parameters), given_rows, kind)
    assert gradient == pytest.approx(
        by_differences(lambda p: purchases.log_likelihood(p, given_rows, kind)[0], parameters), rel=1e-4, abs=1e-3
    )


@given(st.tuples(positive, positive, positive))
@settings(max_examples=15)
def test_the_gradient_of_spend_is_that_of_the_likelihood(parameters):
    x, mean = np.array([1.0, 1, 2, 5]), np.array([3.0, 8, 2, 4])
    _, gradient = spend.log_likelihood(np.array(parameters), x, mean)
    assert gradient == pytest.approx(
        by_differences(lambda p: spend.log_likelihood(p, x, mean)[0], parameters), rel=1e-4, abs=1e-4
    )


def by_differences(function, parameters):
    steps = [np.eye(len(parameters))[i] * parameters[i] * 1e-6 for i in range(len(parameters))]
    return [(function(parameters + s) - function(parameters - s)) / (2 * s.sum()) for s in steps]


def test_the_likelihood_is_the_paper_s():
    """Eq. 6 of Fader, Hardie and Lee 2005, written out with gamma and beta functions."""
    from scipy.special import beta, gamma

    r, alpha, a, b = TRUTH
    for x, recency, age in ((0, 0.0, 9.0), (1, 3.0, 9.0), (4, 8.5, 9.0)):
        one = purchases.histories(*(np.array([float(value)]) for value in (x, recency, age)))
        stays = beta(a, b + x) / beta(a, b) * (alpha + age) ** -(r + x)
        lost = beta(a + 1, b + x - 1) / beta(a, b) * (alpha + recency) ** -(r + x) if x else 0
        written = np.log(gamma(r + x) * alpha**r / gamma(r) * (stays + lost))
        assert purchases.log_likelihood(TRUTH, one, "bg_nbd")[0] == pytest.approx(written)
        assert purchases.p_alive(TRUTH, one, "bg_nbd")[0] == pytest.approx(stays / (stays + lost))


def test_parameters_are_recovered(known):
    """Within 3.3 standard errors (99.9 %); the next test counts how often 95 % intervals hold."""
    kind, _, made = known
    assert made.kind == kind
    off = np.log(made.fit.parameters / TRUTH) / np.sqrt(np.diag(made.fit.covariance))
    assert np.abs(off).max() < 3.3
    assert np.sqrt(np.diag(made.fit.covariance)).max() < 0.3


def test_intervals_cover_as_often_as_they_say():
    """95 % intervals of four parameters in 15 simulations: 57 of 60 are expected, 50 are more than five sigma away."""
    held = 0
    for seed in range(15):
        fit = purchases.fit(purchases.histories(*simulated("bg_nbd", 1500, 78, seed)[:3]), "bg_nbd")
        held += sum(low < t < high for t, (low, high) in zip(TRUTH, map(fit.interval, purchases.NAMES), strict=True))
    assert held >= 51


def test_spend_is_recovered(known):
    _, found, _ = known
    made = spending(found, 30, Lifetime())
    assert made.guard is None
    off = np.log(made.model.parameters / SPEND) / np.sqrt(np.diag(made.model.covariance))
    assert np.abs(off).max() < 3.3


def test_probabilities_are_those_of_the_simulated_customers(known):
    kind, found, made = known
    alive = purchases.p_alive(TRUTH, made.given, kind)[made.given.of_customer]
    fifths = pd.qcut(alive + np.arange(len(found)) * 1e-12, 5, labels=False)
    for fifth in range(5):
        assert alive[fifths == fifth].mean() == pytest.approx(found["there"][fifths == fifth].mean(), abs=0.04)


def test_what_came_lies_in_the_interval_of_the_forecast(known):
    _, found, made = known
    ahead = forecast(made, spending(found, 30, Lifetime()), found["mean_value"].to_numpy(), 1, 52.0)
    total, low, high = ahead.sum_of(np.ones(len(found), dtype=bool), "purchases")
    assert low < found["later"].sum() < high
    assert high - low < 0.2 * total


def test_expected_purchases_are_the_mean_of_simulated_futures(known):
    _, found, made = known
    spent = spending(found, 30, Lifetime())
    ahead = forecast(made, spent, found["mean_value"].to_numpy(), 1, 52.0)
    from crm_lib.layering.lifetime_value.forecast import _futures

    bought, brought = _futures(made, spent, ahead.value, found["mean_value"].fillna(0).to_numpy(), 52.0)
    assert bought.sum(axis=1).mean() == pytest.approx(ahead.purchases.sum(), rel=0.02)
    assert brought.sum(axis=1).mean() == pytest.approx((ahead.purchases * ahead.value).sum(), rel=0.05)


@pytest.mark.parametrize("a", [0.3, 1.0, 3.0, 80.0])
def test_both_forms_of_the_expectation_agree_with_the_integral(a):
    """Eq. 10 against its definition: the rate while alive, integrated over the weeks ahead."""
    from scipy.integrate import quad
    from scipy.special import betaln, gammaln

    r, alpha, b, x, age = 0.7, 5.0, 4.0, 3.0, 20.0
    one = purchases.histories(np.array([x]), np.array([15.0]), np.array([age]))
    parameters = np.array([r, alpha, a, b])

    def rate(week):
        """E[lambda p-free] of an alive customer: sum over purchases j made by then of their chance to be made."""
        j = np.arange(400)
        stay = betaln(a, b + x + j) - betaln(a, b + x)
        weight = gammaln(r + x + 1 + j) - gammaln(r + x) - gammaln(j + 1)
        logs = (
            weight
            + stay
            + j * np.log(week or 1e-300)
            + (r + x) * np.log(alpha + age)
            - (r + x + 1 + j) * np.log(alpha + age + week)
        )
        return np.exp(logs).sum()

    expected = quad(rate, 0, 10)[0] * purchases.p_alive(parameters, one, "bg_nbd")[0]
    assert purchases.expected_purchases(parameters, one, "bg_nbd", 10.0)[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("kind", "x"), list(product(KINDS, (0, 1, 40, 900))))
def test_expectations_are_finite_and_grow(kind, x):
    one = purchases.histories(np.array([float(x)]), np.array([50.0 if x else 0.0]), np.array([52.0]))
    for a in (1e-4, 0.5, 1.0, 40.0, 500.0):
        found = [
            purchases.expected_purchases(np.array([0.5, 3.0, a, 300.0]), one, kind, w)[0] for w in (0.0, 4.0, 52.0)
        ]
        assert np.isfinite(found).all()
        assert 0 <= found[0] <= found[1] <= found[2]


def test_the_order_of_customers_changes_nothing(known):
    kind, found, made = known
    mixed = found.sample(frac=1, random_state=3)
    again = estimate(mixed, (kind,))
    assert again.fit.parameters == pytest.approx(made.fit.parameters, rel=1e-9)
    one, other = (spending(rows, 30, Lifetime()).model.parameters for rows in (found, mixed))
    assert other == pytest.approx(one, rel=1e-9)


def test_another_start_leads_to_the_same_fit(known):
    kind, found, made = known
    again = estimate(found, (kind,), np.array([2.0, 30.0, 3.0, 1.0]))
    assert again.fit.parameters == pytest.approx(made.fit.parameters, rel=1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), max_size=40))
@settings(max_examples=30)
def test_equal_histories_are_told_once(rows):
    columns = np.array(rows, dtype="float64").reshape(-1, 3).T
    found = purchases.histories(*columns)
    assert found.total == len(rows)
    told = np.column_stack([found.repeats, found.recency_weeks, found.age_weeks])
    assert len(np.unique(told, axis=0)) == len(told)
    assert (told[found.of_customer] == columns.T).all() if rows else True


def test_the_data_have_to_carry_a_model():
    found = frame(customers=400).assign(repeats=lambda f: f["repeats"].clip(upper=1))
    failed = guards.of_data(found, 100, Lifetime())
    assert [(g.name, g.found, g.needed) for g in failed] == [
        ("buyers", 400, 500), ("history_days", 100, 180), ("three_days", 0, 1),
    ]  # fmt: skip
    assert guards.of_data(frame(customers=600), 180, Lifetime()) == ()


def test_buyers_who_all_behave_alike_run_to_a_boundary():
    """Everybody bought every week without end: no spread of rates is left to estimate."""
    n = 600
    same = pd.DataFrame({"repeats": np.full(n, 20), "recency_weeks": np.full(n, 20.0), "age_weeks": np.full(n, 20.0)})
    made = estimate(same)
    assert made.kind is None
    assert made.guards
    assert {guard.name for guard in made.guards} <= {"boundary", "converged", "covariance"}


def test_a_common_chance_to_be_lost_is_a_model():
    draw = np.random.default_rng(5)
    n, p = 3000, 0.15
    rate, age = draw.gamma(2, 0.1, n), np.full(n, 60.0)
    repeats, recency, clock, alive = np.zeros(n), np.zeros(n), np.zeros(n), np.ones(n, dtype=bool)
    while alive.any():
        clock += np.where(alive, draw.exponential(1 / rate), 0)
        inside = alive & (clock <= age)
        repeats[inside] += 1
        recency[inside] = clock[inside]
        alive = inside & (draw.random(n) >= p)
    made = estimate(pd.DataFrame({"repeats": repeats, "recency_weeks": recency, "age_weeks": age}), ("bg_nbd",))
    assert made.kind == "bg_nbd"
    _, _, a, b = made.fit.parameters
    assert a / (a + b) == pytest.approx(p, abs=0.03)


def test_value_that_goes_with_frequency_is_not_modelled():
    found = frame(customers=1500)
    tied = found.assign(mean_value=found["repeats"].where(found["repeats"] > 0) * 10.0)
    made = spending(tied, 30, Lifetime())
    assert made.model is None
    assert made.guard.name == "correlation"
    assert made.mean == pytest.approx(10 * (tied["repeats"] ** 2).sum() / tied["repeats"].sum())
    losing = spending(found.assign(mean_value=-1.0), 30, Lifetime())
    assert (losing.guard.name, losing.mean) == ("repeat_buyers", 0.0)


def test_a_fit_that_did_not_end_is_not_used():
    fit = Fit(("r", "alpha", "a", "b"), np.ones(4), np.eye(4), -1.0, False, ())
    assert [guard.name for guard in guards.of_fit(fit)] == ["converged"]
    fit = Fit(("r", "alpha", "a", "b"), np.array([500.0, 1, 1, 1]), np.eye(4), -1.0, True, ("r",))
    assert [(guard.name, guard.parameter) for guard in guards.of_fit(fit)] == [("boundary", "r")]


def test_buying_is_counted_in_days():
    from datetime import date

    from crm_lib.engine import connect_frames

    rows = [
        ("a", 0, 10.0),
        ("a", 0, 5.0),
        ("a", 14, 20.0),
        ("a", 14, 4.0),
        ("a", 20, -6.0),
        ("b", 3, 9.0),
        ("c", 5, -2.0),
    ]
    orders = pd.DataFrame(
        {
            "order_id": [f"o{i}" for i in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "ordered_on": [pd.Timestamp("2026-01-01") + pd.Timedelta(days=row[1]) for row in rows],
            "amount": [row[2] for row in rows],
            "kind": ["sale" if row[2] > 0 else "refund" for row in rows],
            "margin": [row[2] / 2 if row[2] != 4.0 else None for row in rows],
        }
    )
    found = buying(connect_frames({"orders": orders}), date(2026, 1, 29), "revenue").set_index("customer_id")
    assert list(found.index) == ["a", "b"]
    one = found.loc["a"]
    assert (one["repeats"], one["recency_weeks"], one["age_weeks"], one["mean_value"]) == (1, 2.0, 4.0, 18.0)
    assert np.isnan(found.loc["b"]["mean_value"])
    by_margin = buying(connect_frames({"orders": orders}), date(2026, 1, 29), "margin").set_index("customer_id")
    assert by_margin.loc["a"]["mean_value"] == pytest.approx(18 / 2)
