"""engagement.toml: typed, frozen, presets filled in, every problem told at once with its key."""

import re
import tomllib
from copy import deepcopy
from datetime import date

import pytest
from pydantic import ValidationError

from crm_lib import engagement, engagement_errors
from crm_lib.engagement import Engagement, load, validate
from crm_lib.errors import UserError
from crm_lib.language import LANGUAGES, catalogue
from crm_lib.paths import DATA, PROJECT

GIVEN = {
    "id": "shop",
    "client": {"name": "Shop", "industry": "b2b", "stage": "mature"},
    "as_of": date(2026, 6, 30),
    "cycles": [{"number": 1, "baseline": date(2026, 3, 31), "start": date(2026, 4, 1)}],
    "sources": [{"name": "pos", "table": "order_lines", "file": "pos.csv"}],
}
TEAMS = [{"id": "care", "label": "Care", "owners": [{"id": "wang", "label": "Wang", "contacts_per_week": 10}]}]
STRATEGY = {"id": "s", "label": "S", "operating_class": "core", "mode": "call", "owner": "wang", "metric": "csat"}


def told(given):
    """(id, key) of every problem."""
    with pytest.raises(UserError) as error:
        validate(given)
    return [
        (p.message.id.removeprefix("errors.engagement."), p.where.removeprefix("engagement.toml").strip())
        for p in error.value.problems
    ]


def with_changes(**more):
    return deepcopy(GIVEN) | more


def test_presets_fill_in_what_is_not_said_and_give_way_to_what_is():
    found = validate(with_changes(definitions={"churn_window_days": 99}))
    assert found.definitions.active_window_days == 180
    assert found.definitions.churn_window_days == 99
    assert found.layering.m_weight == 2
    assert validate(with_changes(client={"name": "x", "industry": "retail"})).definitions.active_window_days == 90


def test_customers_are_counted_by_what_they_are():
    """Companies by their kind or trade; neither where the two may be mixed."""
    shop = {"name": "x", "industry": "retail"}

    def head(client, columns=None, **identity):
        source = {"name": "crm", "table": "customers", "file": "crm.csv", "columns": columns or {}}
        return validate(with_changes(client=client, identity=identity, sources=[source])).head

    assert head(shop) == "person"
    assert head(shop, kind="company") == head(GIVEN["client"]) == "company"
    assert head(shop, kind="none") == head(GIVEN["client"], kind="person") == "any"
    assert head(shop, {"company_size": "规模"}) == "any"
    assert head(shop, {"company_size": ""}) == "person"
    assert head(shop, {"company_size": "规模"}, kind="company") == "company"


def test_companies_are_not_asked_for_a_birthday():
    client = {"name": "x", "industry": "saas"}
    fields = validate(with_changes(client=client, identity={"kind": "company"})).definitions.complete_fields
    assert not {"gender", "birth_date"} & set(fields)
    assert (
        "birth_date" in validate(with_changes(client=client, identity={"kind": "person"})).definitions.complete_fields
    )
    own = {"complete_fields": ["city"]}
    assert validate(
        with_changes(client=client, identity={"kind": "company"}, definitions=own)
    ).definitions.complete_fields == ("city",)


def test_one_language_is_enough_where_reports_are_in_one():
    client = {"name": {"en": "Shop"}, "industry": "retail"}
    found = validate(with_changes(client=client, report={"languages": ["en"]}))
    assert found.client.name.en == found.client.name.zh == "Shop"
    assert told(with_changes(client=client)) == [("missing", "client.name.zh")]
    assert told(with_changes(client=client, report={"languages": ["zh"]})) == [("missing", "client.name.zh")]


def test_it_cannot_be_changed():
    with pytest.raises(ValidationError):
        validate(GIVEN).as_of = date(2027, 1, 1)


def test_every_problem_is_told_at_once_with_its_key():
    given = tomllib.loads("""
        id = "Shop 1"
        as_of = "soon"
        colour = "red"
        client = { name = { zh = "店" }, industry = "retial" }
        cycles = [{ number = 0, baseline = 2026-03-31, start = 2026-03-01 }]
        [report]
        languages = ["fr"]
        currency = "yuan"
        [layering]
        top_share = 2
        scores = "many"
        [cadence]
        stand_up = "daily"
        reprot = "weekly"
        [[sources]]
        name = "a"
        table = "orderz"
        file = "x"
        [[sources]]
        name = "b"
        table = "customers"
        colums = {}
    """)
    assert sorted(told(given)) == sorted(
        [
            ("wrong_id", "id"),
            ("not_date", "as_of"),
            ("unknown_key", "colour"),
            ("missing", "client.name.en"),
            ("not_one_of", "client.industry"),
            ("out_of_range", "[[cycles]] #1 number"),
            ("not_one_of", "report.languages #1"),
            ("wrong_form", "report.currency"),
            ("out_of_range", "layering.top_share"),
            ("not_whole", "layering.scores"),
            ("unknown_key_near", "cadence.reprot"),
            ("source.unknown_table", "[[sources]] #1 (a)"),
            ("unknown_key_near", "[[sources]] #2 (b) colums"),
        ]
    )


@pytest.mark.parametrize(
    ("written", "example"), [("Zoë O'Neil", "zoe_o_neil"), ("3 Shops", "shops"), ("王敏", "big_spenders")]
)
def test_what_is_no_id_is_told_with_one_that_is_like_it(written: str, example: str):
    with pytest.raises(UserError) as caught:
        validate(GIVEN | {"id": written})
    assert f"such as {example}." in catalogue("en").text(caught.value.problems[0].message)


def test_keys_of_words_under_a_name_of_the_file_s_own_are_listed():
    given = GIVEN | {"layering": {"names": {"core": {"zh": "贵宾", "en": "VIP", "de": "VIP"}}}}
    with pytest.raises(UserError) as caught:
        validate(given)
    assert "layering.names.core.de: This key is not known here. Known: en, zh." in str(caught.value)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"cycles": []}, ("too_few", "cycles")),
        ({"cycles": 3}, ("not_list", "cycles")),
        ({"client": "Shop"}, ("not_table", "client")),
        (
            {"cycles": [{"number": 1, "baseline": date(2026, 4, 2), "start": date(2026, 4, 1)}]},
            ("cycle.start_before_baseline", "[[cycles]] #1"),
        ),
        (
            {"cycles": [GIVEN["cycles"][0] | {"end": date(2026, 4, 1)}]},
            ("cycle.end_before_start", "[[cycles]] #1"),
        ),
        ({"cycles": GIVEN["cycles"] * 2}, ("cycles.not_in_order", "")),
        (
            {"cycles": [GIVEN["cycles"][0] | {"number": n} for n in (1, 2)]},
            ("cycles.baselines_not_in_order", ""),
        ),
        ({"as_of": date(2026, 3, 1)}, ("cycles.as_of_before_baseline", "")),
        (
            {"scope": [{"id": "s", "label": "S", "measure": "spend", "at_least": 180, "at_most": 90}]},
            ("scope.bounds_crossed", "[[scope]] #1 (s)"),
        ),
        (
            {"targets": [{"id": "t", "metric": "nps", "due": date(2026, 6, 30)}]},
            ("target.value_or_change", "[[targets]] #1 (t)"),
        ),
        (
            {"targets": [{"id": "t", "metric": "nps", "value": 1, "due": date(2026, 3, 31)}]},
            ("due_before_baseline", "[[targets]] #1 (t) due"),
        ),
        (
            {"targets": [{"id": "t", "metric": "nps", "value": 1, "due": date(2026, 6, 30), "group": "scope:big"}]},
            ("unknown_group", "[[targets]] #1 (t) group"),
        ),
        ({"scope": [{"id": "s", "label": "S", "measure": "spend"}]}, ("scope.no_bound", "[[scope]] #1 (s)")),
        ({"links": [{"id": "l", "label": "L", "team": "care"}]}, ("unknown_team", "[[links]] #1 (l) team")),
        (
            {"teams": TEAMS, "strategies": [STRATEGY | {"owner": "li"}]},
            ("unknown_owner", "[[strategies]] #1 (s) owner"),
        ),
        ({"teams": TEAMS, "strategies": [STRATEGY] * 2}, ("double_id", "strategies")),
    ],
)
def test_what_does_not_fit_together_is_refused(more, problem):
    assert told(with_changes(**more)) == [problem]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ({"file": None}, "source.one_origin"),
        ({"files": {"a": "a.csv"}}, "source.one_origin"),
        ({"file": None, "files": {"a": "a.csv", "b": "b.csv"}}, "source.files_without_query"),
        ({"file": None, "url_env": "SHOP_URL"}, "source.sql_incomplete"),
        ({"columns": {"colour": "Colour"}}, "unknown_column"),
        ({"table": "campaigns", "columns": {"customer_key": "x"}}, "unknown_column"),
    ],
)
def test_a_source_says_one_thing(source, rule):
    given = with_changes(sources=[GIVEN["sources"][0] | source])
    assert [id for id, _ in told(given)] == [rule]


def test_another_day_has_to_fit_too():
    found = validate(GIVEN)
    assert found.with_as_of(None) is found
    assert found.with_as_of(date(2026, 5, 1)).as_of == date(2026, 5, 1)
    with pytest.raises(UserError):
        found.with_as_of(date(2026, 1, 1))


def test_a_folder_without_engagement_and_a_broken_file(tmp_path):
    with pytest.raises(UserError, match=re.escape("tasks.py new")):
        load(tmp_path)
    (tmp_path / "engagement.toml").write_text('id = "a"\nas_of = soon\n', encoding="utf-8")
    with pytest.raises(UserError, match="line 2"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["demo", "complete-journey"])
def test_the_engagements_of_the_project_are_valid(name):
    assert isinstance(load(DATA / name), Engagement)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_can_be_broken_has_words(language):
    words = catalogue(language)
    ids = {*engagement_errors.TYPES.values(), *engagement_errors.RULES, "wrong_value"} - {"rule"}
    assert {id for id in ids if f"errors.engagement.{id}" not in words} == set()


def test_the_rules_that_are_named_are_the_rules_that_are_raised():
    files = sorted((PROJECT / "crm_lib").glob("engagement_*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in files if path.name != "engagement_errors.py")
    raised = re.findall(r'(?:ValueError\(|return )"([a-z_]+\.[a-z_]+)"', source)
    assert sorted(set(raised)) == sorted(engagement_errors.RULES)
    assert engagement.FILE_NAME == "engagement.toml"


def test_problems_are_told_in_both_languages():
    with pytest.raises(UserError) as error:
        validate(with_changes(colour="red", cycles="x", id=7))
    for language in LANGUAGES:
        assert len(error.value.text(catalogue(language)).splitlines()) == 3


def paths(node, path=()):
    if path:
        yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield from paths(part, (*path, key))


@pytest.mark.parametrize(
    "odd", ["", -1, 3.5, True, [], {}, ["x"], {"a": 1}, [{"id": 2}], [[1]], date(1, 1, 1), "长" * 500]
)
def test_whatever_stands_in_the_file_is_told_and_breaks_nothing(odd):
    whole = with_changes(teams=TEAMS, strategies=[STRATEGY], links=[{"id": "l", "label": "L", "team": "care"}])
    told = 0
    for path in paths(whole):
        given = deepcopy(whole)
        node = given
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = odd
        examined = engagement.examine(given)
        told += bool(examined.problems)
        assert all(len(p.text(catalogue(language))) < 2000 for p in examined.problems for language in LANGUAGES)
    assert told > 10


@pytest.mark.parametrize(
    ("headers", "zh", "en"),
    [
        (["所属大区"], "常购区域", "main region"),
        (["校区名称"], "常购校区", "main campus"),
        (["所属门店"], "常购门店", "main store"),
        (["机构"], "常购门店", "main store"),
        (["Sales region", "门店"], "常购门店", "main store"),
    ],
)
def test_parts_are_called_what_the_mapped_column_holds(headers, zh, en):
    sources = [
        {"name": f"s{i}", "table": "order_lines", "file": "a.csv", "columns": {"store": header}}
        for i, header in enumerate(headers)
    ]
    found = validate(GIVEN | {"sources": sources})
    for language, words in (("zh", zh), ("en", en)):
        own = catalogue(language, class_names=found.class_names(language))
        assert own.word("diagnosis.dimension.store") == words


@pytest.mark.parametrize(
    ("headers", "place"),
    [
        (("Hotel", "House"), "hotel"),
        (("酒店名称",), "hotel"),
        (("House",), "store"),
        (("Hotel", "Region"), "store"),
        (("Filiale",), "branch"),
        (("Geschäftsstelle",), "branch"),
    ],
)
def test_what_the_stores_are_is_told_by_the_headers_that_speak_of_one(headers, place):
    named = [
        {"name": f"s{i}", "table": "order_lines", "file": "a.csv", "columns": {"store": h}}
        for i, h in enumerate(headers)
    ]
    given = {"id": "x", "client": {"name": "X", "industry": "service"}, "as_of": "2026-03-31", "sources": named}
    given["cycles"] = [{"number": 1, "baseline": "2026-03-31", "start": "2026-04-01"}]
    assert validate(given).place == place


def test_places_are_called_as_the_orders_call_them():
    """Tickets name service stations, orders departments: the reports speak of departments."""
    source = {"name": "sold", "table": "order_lines", "file": "a.csv", "columns": {"store": "销售部门"}}
    tickets = {"name": "tickets", "table": "tickets", "file": "b.csv", "columns": {"store": "服务站"}}
    assert validate(GIVEN | {"sources": [source, tickets]}).place == "department"
    other = source | {"name": "old", "columns": {"store": "门店"}}
    assert validate(GIVEN | {"sources": [source, other, tickets]}).place == "store"


def test_a_number_of_a_scale_may_stand_without_quotes():
    source = {"name": "asked", "table": "surveys", "file": "a.csv", "values": {"csat": {"满意": 4, "一般": "3"}}}
    assert validate(GIVEN | {"sources": [source]}).sources[0].values["csat"] == {"满意": "4", "一般": "3"}
