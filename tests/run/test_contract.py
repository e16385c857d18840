"""Whatever is wrong with an engagement is told in one round: models, references, metrics, parameters, files and rows."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crm_lib.errors import UserError
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.run.contract import check
from crm_lib.run.plan import Asked
from tests.run.small import ENGAGEMENT, write_engagement, write_playbooks

WRONG = """
[report]
currency = "RMB"
phone_region = "UK"
time_zone = "Asia/Shangai"
[[targets]]
id = "more"
metric = "repurchase"
group = "scope:big_spender"
value = 1
due = "soon"
[[targets]]
id = "early"
metric = "revenue"
value = 1
due = 2026-01-31
[[scope]]
id = "big_spenders"
label = "Big"
measure = "spend"
at_least = 1
[[links]]
id = "entry"
label = "Entry"
team = "sale"
[[teams]]
id = "sales"
label = "Sales"
owners = [{ id = "wang", label = "Wang", contacts_per_week = 5 }]
[[strategies]]
id = "care"
label = "Care"
operating_class = "kore"
mode = "call"
owner = "wan"
metric = "nps"
[[sources]]
name = "visits"
table = "tickets"
file = "raw/visits.csv"
columns = { opend_at = "day" }
[[sources]]
name = "members"
table = "customer"
file = "raw/members.csv"
[[sources]]
name = "points"
table = "loyalty"
file = "raw/points.csv"
[parameters.diagnosis]
smalest = 3
"""
TOLD = [
    ("report.meant", "engagement.toml report.currency"),
    ("report.unknown_time_zone", "engagement.toml report.time_zone"),
    ("report.meant", "engagement.toml report.phone_region"),
    ("source.unknown_table", "engagement.toml [[sources]] #3 (members)"),
    ("not_date", "engagement.toml [[targets]] #1 (more) due"),
    ("not_one_of", "engagement.toml [[strategies]] #1 (care) operating_class"),
    ("unknown_group", "engagement.toml [[targets]] #1 (more) group"),
    ("due_before_baseline", "engagement.toml [[targets]] #2 (early) due"),
    ("unknown_team", "engagement.toml [[links]] #1 (entry) team"),
    ("unknown_owner", "engagement.toml [[strategies]] #1 (care) owner"),
    ("unknown_column", "engagement.toml [[sources]] #2 (visits) columns.opend_at"),
    ("cycles.as_of_before_baseline", "--as-of"),
    ("run.parameter.unknown_near", "engagement.toml parameters.diagnosis.smalest = 3"),
    ("run.metric.unknown", "engagement.toml [[targets]] #1 (more) metric"),
    ("run.metric.no_data", "engagement.toml [[strategies]] #1 (care) metric"),
    ("errors.data.missing_column", "engagement.toml [[sources]] #2 (visits) columns.ticket_id"),
    ("errors.data.missing_column", "engagement.toml [[sources]] #2 (visits) columns.opened_at"),
    ("errors.data.date_order", "engagement.toml [[sources]] #1 (orders) date_order"),
    ("errors.data.empty", "engagement.toml [[sources]] #4 (points)"),
]


@pytest.fixture
def wrong(tmp_path: Path) -> Asked:
    folder = tmp_path / "shop"
    (folder / "raw").mkdir(parents=True)
    (folder / "engagement.toml").write_text(ENGAGEMENT + WRONG, encoding="utf-8")
    (folder / "raw" / "orders.csv").write_text("id,customer,day,amount\n1,C1,31/01/2026,5\n", encoding="utf-8")
    (folder / "raw" / "visits.csv").write_text("no,day\n1,2026-01-31\n", encoding="utf-8")
    (folder / "raw" / "points.csv").write_text("entry_id,customer_key,occurred_on,points\n", encoding="utf-8")
    playbooks = write_playbooks(tmp_path / "playbooks")
    return Asked(folder, phases=(1,), as_of=date(2020, 1, 1), playbooks=playbooks)


def test_everything_is_told_in_one_round(wrong: Asked):
    with pytest.raises(UserError) as caught:
        check(wrong)
    found = [(p.message.id.removeprefix("errors.engagement."), p.where) for p in caught.value.problems]
    assert found == TOLD


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_meant_is_guessed_and_the_rest_listed(wrong: Asked, language: str):
    with pytest.raises(UserError) as caught:
        check(wrong)
    text = caught.value.text(catalogue(language))
    for near in ("Asia/Shanghai", "scope:big_spenders", "sales", "wang", "opened_at", "customers", "repurchase_rate"):
        assert any(near in line for line in text.splitlines()), near
    assert '"soon"' in text
    assert '"RMB"' in text


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ('metric = "repurchase_rate"\nvalue = 48', "share"),
        ('metric = "repurchase_rate"\nvalue = -0.1', "share"),
        ('metric = "repurchase_rate"\nvalue = 0.48', ""),
        ('metric = "repurchase_rate"\nchange = 15', "change"),
        ('metric = "repurchase_rate"\nchange = -0.15', ""),
        ('metric = "average_order_value"\nvalue = -1', "negative"),
        ('metric = "average_order_value"\nvalue = 480', ""),
    ],
)
def test_a_level_that_no_metric_comes_to_is_no_target(tmp_path: Path, level: str, told: str):
    folder = tmp_path / "shop"
    (folder / "raw").mkdir(parents=True)
    target = f'[[targets]]\nid = "t"\ndue = 2099-12-31\n{level}\n'
    (folder / "engagement.toml").write_text(ENGAGEMENT + target, encoding="utf-8")
    with pytest.raises(UserError) as caught:  # the file of orders is not there
        check(Asked(folder, phases=(1,), playbooks=write_playbooks(tmp_path / "playbooks")))
    levels = [p.message.id for p in caught.value.problems if "[[targets]]" in p.where]
    assert levels == ([f"run.metric.{told}"] if told else [])


def test_a_phase_that_has_run_for_another_cycle_is_told_with_the_cycle(tmp_path: Path):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    with pytest.raises(UserError, match="needs scope_members of the phase Diagnosis: run that first"):
        check(Asked(folder, phases=(3,), playbooks=playbooks))
    toml = (folder / "engagement.toml").read_text(encoding="utf-8")
    (folder / "engagement.toml").write_text(toml.replace("number = 1", "number = 2"), encoding="utf-8")
    with pytest.raises(UserError, match="Diagnosis, which has not run in cycle 2"):
        check(Asked(folder, phases=(3,), playbooks=playbooks))


def test_a_day_outside_the_data_is_told_where_it_was_given(tmp_path: Path):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    with pytest.raises(UserError) as caught:
        check(Asked(folder, phases=(1,), as_of=date(2035, 1, 1), playbooks=playbooks))
    assert [p.where for p in caught.value.problems] == ["--as-of"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [("", False), ('currency = "USD"', True), ('currency = "USD"\n[churn]\ncontact_cost = 8', False)],
)
def test_a_cost_of_contact_that_is_meant_in_yuan_is_told_where_reports_are_in_another_currency(
    tmp_path: Path, lines: str, told: bool
):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    toml = (folder / "engagement.toml").read_text(encoding="utf-8")
    more = f"{toml}\n[report]\n{lines}\n" if lines else toml
    (folder / "engagement.toml").write_text(more, encoding="utf-8")
    said = [one.id for one in check(Asked(folder, phases=(1,), playbooks=playbooks)).set_aside]
    assert ("run.remark.cost_in_yuan" in said) is told


def test_words_that_differ_in_case_or_spaces_only_are_told(tmp_path: Path):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    orders = pd.read_csv(folder / "raw" / "orders.csv", dtype=str)
    toml = (folder / "engagement.toml").read_text(encoding="utf-8")

    def told(words: list[str]) -> list[str]:
        orders.assign(site=[words[i % len(words)] for i in range(len(orders))]).to_csv(
            folder / "raw" / "orders.csv", index=False
        )
        (folder / "engagement.toml").write_text(toml.replace("order_id = ", 'store = "site"\norder_id = ', 1), "utf-8")
        said = check(Asked(folder, phases=(1,), playbooks=playbooks)).set_aside
        return [catalogue("en").text(one) for one in said if one.id == "ingest.remark.alike_words"]

    (one,) = told(["North", "north", "Ｎorth ", "South"])
    assert "Order lines" in one
    assert all(word in one for word in ("North", "north", "values.store"))
    assert "South" not in one
    assert told(["North", "South"]) == []


def test_values_in_chinese_without_an_english_name_are_counted_where_english_is_asked_for(tmp_path: Path):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    orders = pd.read_csv(folder / "raw" / "orders.csv", dtype=str)
    orders.assign(site=[("城西仓", "城东仓", "North")[i % 3] for i in range(len(orders))]).to_csv(
        folder / "raw" / "orders.csv", index=False
    )
    toml = (folder / "engagement.toml").read_text("utf-8").replace("order_id = ", 'store = "site"\norder_id = ', 1)

    def told(report: str) -> list[tuple[int, str]]:
        (folder / "engagement.toml").write_text(f"{toml}\n{report}\n", "utf-8")
        said = check(Asked(folder, phases=(1,), playbooks=playbooks)).set_aside
        return [(m.args["n"].value, m.args["names"].value) for m in said if m.id == "ingest.remark.unnamed"]

    named = '[report.names]\n"城西仓" = { zh = "城西仓", en = "West warehouse" }'
    assert [n for n, _ in told("")] == [2]
    assert told(named) == [(1, "城东仓")]
    assert told('[report]\nlanguages = ["zh"]') == []


def test_a_header_that_says_utc_is_told_where_its_cells_name_no_offset(tmp_path: Path):
    folder, playbooks = write_engagement(tmp_path / "shop"), write_playbooks(tmp_path / "playbooks")
    orders = pd.read_csv(folder / "raw" / "orders.csv", dtype=str)
    toml = (folder / "engagement.toml").read_text(encoding="utf-8")

    def told(header: str, behind: str) -> list[str]:
        times = orders["day"] + f" 12:00:00{behind}"
        orders.assign(**{header: times}).to_csv(folder / "raw" / "orders.csv", index=False)
        mapped = toml.replace("order_id = ", f'ordered_at = "{header}"\norder_id = ', 1)
        (folder / "engagement.toml").write_text(mapped, "utf-8")
        said = check(Asked(folder, phases=(1,), playbooks=playbooks)).set_aside
        return [catalogue("en").text(one) for one in said if one.id == "ingest.remark.header_utc"]

    (one,) = told("Paid at (UTC)", "")
    assert "“Paid at (UTC)” (ordered_at)" in one
    assert told("Paid at (UTC)", "+00:00") == []
    assert len(told("paid_at_utc", "")) == 1
    toml = toml.replace("[sources.columns]", 'time_zone = "UTC"\n[sources.columns]', 1)
    assert told("Paid at (UTC)", "") == []
    assert told("Paid at", "") == []


def test_a_secret_is_not_shown(tmp_path: Path):
    source = '[[sources]]\nname = "base"\ntable = "customers"\nformat = "sql"\nquery = "SELECT 1"\n'
    toml = ENGAGEMENT + source + 'url_env = "postgresql://reader:s3cret@host/base"\n'
    (tmp_path / "engagement.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        check(Asked(tmp_path, phases=(1,)))
    assert "s3cret" not in str(caught.value)
    assert "[[sources]] #2 (base) url_env" in str(caught.value)
