"""Monitoring and review say the same of the same target: value, span, what is expected, status."""

import pandas as pd
import pytest

from crm_lib import layering, monitoring, review
from crm_lib.diagnosis.scope import scope_members
from crm_lib.engagement import load
from crm_lib.engine import connect
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.metrics import METRICS, span_words
from crm_lib.paths import DATA
from crm_lib.run.prepare import prepare

DEMO = DATA / "demo"
DAYS = ["2026-04-20", "2026-05-31", "2026-06-30"]  # no whole month yet; before the due date; on it


@pytest.fixture(scope="module", params=DAYS)
def both(request):
    """(Engagement, monitoring's readings, review's attainment) of the demo on a day; invented baselines."""
    day = pd.Timestamp(request.param).date()
    engagement = load(DEMO)
    canonical = prepare(DEMO, engagement)
    known = connect(canonical, engagement.cycle.baseline)
    layers = layering.layer(known, engagement.cycle.baseline, engagement.layering, engagement.definitions)
    layers, scope = layering.artifact(layers), scope_members(known, engagement, engagement.cycle.baseline)
    rows = [(t.id, t.metric, t.group, 0.4, t.value or 0.5, pd.Timestamp(t.due)) for t in engagement.targets]
    targets = pd.DataFrame(rows, columns=["target_id", "metric", "group_id", "baseline", "target", "due"])
    targets = targets.assign(baseline_low=targets["baseline"], baseline_high=targets["baseline"])
    then, engine = engagement.with_as_of(day), connect(canonical, day)
    groups = monitoring.target_groups(layers, scope)
    measured = monitoring.measured(engine, then, targets, groups, day)
    paths = monitoring.against_path(then, targets, measured)
    readings = monitoring.readings(then, targets, measured, paths, day)
    fixed = review.fixed_groups(layers, scope)
    return then, readings, review.attainment(engine, then, review.windows(then.cycle, day), targets, fixed)


def test_value_span_expectation_and_status_agree(both):
    _, readings, reached = both
    names = {"value": "actual", "low": "actual_low", "high": "actual_high", "base": "actual_base"}
    columns = ["target_id", "actual", "actual_low", "actual_high", "actual_base", "from_period", "to_period"]
    columns += ["starts_on", "ends_on", "expected", "gap", "progress", "standing", "status"]
    pd.testing.assert_frame_equal(readings.rename(columns=names)[columns], reached[columns])
    assert reached["actual"].notna().any()


def test_both_tables_name_the_span_of_the_figure(both):
    engagement, readings, reached = both
    ours, theirs = monitoring.status_table(engagement, readings), review.attainment_table(engagement, reached)
    known = readings["value"].notna()
    for language in LANGUAGES:
        say = catalogue(language).text
        for row, level, span in zip(
            readings[known].itertuples(), ours["level"][known], theirs["span"][known], strict=True
        ):
            assert say(span_words(row)) in say(level)
            assert say(span) == say(span_words(row))


def test_bounds_are_told_in_the_kind_of_their_rows_metric(both):
    engagement, readings, _ = both
    table = monitoring.status_table(engagement, readings)
    for name in ("value", "low", "high"):
        told = [message.args["value"] for message in table[name]]
        assert [one.kind for one in told] == [METRICS[metric].kind for metric in readings["metric"]]
        assert [one.value for one in told] == [None if pd.isna(one) else one for one in readings[name]]
