"""Rules of [[tags]] that cannot be: each problem with its place, what was found, the closest name, all at once."""

import tomllib
from typing import Any

import pytest

from crm_lib.engagement import validate
from crm_lib.errors import UserError
from crm_lib.language import LANGUAGES, catalogue

BASE = """
id = "shop"
client = { name = "Shop", industry = "retail" }
as_of = 2026-06-30
cycles = [{ number = 1, baseline = 2026-03-31, start = 2026-04-01 }]
sources = [{ name = "pos", table = "order_lines", file = "pos.csv" }]
"""


def problems(text: str) -> list[tuple[str, str, str]]:
    """(id, place, words) of every problem."""
    with pytest.raises(UserError) as caught:
        validate(tomllib.loads(BASE + text))
    for language in LANGUAGES:
        assert all(problem.text(catalogue(language)) for problem in caught.value.problems)
    return [
        (
            p.message.id.removeprefix("tag.error.").removeprefix("errors.engagement."),
            p.where.removeprefix("engagement.toml").strip(),
            catalogue("en").text(p.message),
        )
        for p in caught.value.problems
    ]


def tag(rule: str) -> str:
    return f'[[tags]]\nid = "t"\nlabel = "T"\nrule = {rule}\n'


@pytest.mark.parametrize(
    ("rule", "id", "place", "word"),
    [
        ("{}", "form", "rule", "measure"),
        ('{ measure = "spend", tag = "sleeping" }', "form", "rule", "tag, measure"),
        ('{ measure = "spend" }', "no_test", "rule", "at_least"),
        ('{ measure = "spending", at_least = 1 }', "not_one_of", "rule.measure", "spend"),
        ('{ table = "order", aggregate = "count", at_least = 1 }', "unknown_table", "rule.table", "orders"),
        ('{ table = "orders", aggregate = "sum", column = "amout", at_least = 1 }', "unknown_column", "rule.column", "amount"),
        ('{ table = "orders", aggregate = "sum", at_least = 1 }', "no_column", "rule", "sum"),
        ('{ table = "orders", at_least = 1 }', "no_aggregate", "rule", "count"),
        ('{ table = "orders", aggregate = "sum", column = "store", at_least = 1 }', "not_of_numbers", "rule.column", "store"),
        ('{ tag = "slepping" }', "unknown_tag", "rule.tag", "sleeping"),
        ('{ tag = "t" }', "ring", "rule", "t -> t"),
        ('{ customer = "town", known = true }', "unknown_column", "rule.customer", "town"),
        ('{ customer = "city" }', "no_test", "rule", "known"),
        ('{ customer = "city", above = "A" }', "tag.no_number", "rule.above", "A"),
        ('{ customer = "city", above = 3 }', "no_order", "rule.above", "city"),
        ('{ customer = "city", equals = 3 }', "wrong_type", "rule.equals", "city"),
        ('{ customer = "gender", equals = "femal" }', "unknown_value", "rule.equals", "female"),
        ('{ customer = "city", anniversary_within_days = 3 }', "no_date", "rule.anniversary_within_days", "city"),
        ('{ not = { tag = "nobody" } }', "unknown_tag", "rule.not.tag", "nobody"),
        ('{ all = [] }', "empty", "rule.all", "empty"),
        ('{ any = [{ tag = "sleeping" }], at_least = 2 }', "not_with", "rule", "at_least"),
        ('{ measure = "spend", window_days = 0, at_least = 1 }', "tag.no_days", "rule.window_days", "0"),
        ('{ measure = "spend", window_days = "dormant", at_least = 1 }', "tag.no_days", "rule.window_days", "dormant"),
        ('{ measure = "spend", at_least = "much" }', "tag.no_number", "rule.at_least", "much"),
        ('{ measure = "spend", offset_days = 3, at_least = 1 }', "offset_alone", "rule", "window_days"),
        ('{ measure = "recency_days", relative_to = { measure = "spend" }, at_least = 1 }', "no_ratio", "rule", "days_since"),
        ('{ measure = "spend", windw_days = 3, at_least = 1 }', "unknown_key_near", "rule.windw_days", "window_days"),
        ('{ measure = "spend", where = [{ column = "chanel", equals = "x" }], at_least = 1 }', "unknown_column", "rule.where #1 column", "channel"),
        ('{ measure = "spend", where = [{ column = "channel" }], at_least = 1 }', "no_test", "rule.where #1", "equals"),
        ('{ measure = "spend", equals = 1979-05-27T07:32:00 }', "tag.no_value", "rule.equals", "1979"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_told_with_its_place(rule, id, place, word):
    found = problems(tag(rule))
    assert (id, word) in {(name, word) for name, where, words in found if word in words}, found
    assert any(name == id and where.endswith(place) for name, where, _ in found), found
    assert all(where.startswith("[[tags]] #1 (t)") for _, where, _ in found)


def test_all_problems_are_told_at_once():
    text = '[tagging]\nlibrary = ["sleepy"]\n' + tag(
        '{ all = [{ tag = "nobody" }, { customer = "town", known = true }, { measure = "spend" }] }'
    )
    text += '[[tags]]\nid = "u"\nrule = { any = [{ table = "order", aggregate = "count", at_least = 1 }, {}] }\n'
    found = {(id, place) for id, place, _ in problems(text)}
    assert found == {
        ("unknown_tag", "tagging.library"),
        ("unknown_tag", "[[tags]] #1 (t) rule.all #1 tag"),
        ("unknown_column", "[[tags]] #1 (t) rule.all #2 customer"),
        ("no_test", "[[tags]] #1 (t) rule.all #3"),
        ("no_label", "[[tags]] #2 (u)"),
        ("unknown_table", "[[tags]] #2 (u) rule.any #1 table"),
        ("form", "[[tags]] #2 (u) rule.any #2"),
    }


def test_tags_that_need_each_other_are_told_once():
    pair = tag('{ tag = "u" }') + '[[tags]]\nid = "u"\nlabel = "U"\nrule = { not = { any = [{ tag = "t" }] } }\n'
    assert [words for id, _, words in problems(pair) if id == "ring"] == [
        "Tags need each other in a ring: t -> u -> t. Take one of the references out."
    ]
    through = '[[tags]]\nid = "sleeping"\nrule = { tag = "churn_warning" }\n'  # a library tag that needs it back
    assert "sleeping -> churn_warning -> sleeping" in problems(through)[0][2]


def test_two_tags_of_one_id_are_told():
    assert any(id == "double_id" for id, _, _ in problems(tag('{ tag = "sleeping" }') * 2))


def test_a_library_tag_can_be_given_another_rule_and_the_day_another_date():
    rule: dict[str, Any] = {"measure": "recency_days", "at_least": 400}
    given = tomllib.loads(BASE) | {"tags": [{"id": "sleeping", "rule": {"not": rule}}]}
    found = validate(given)
    again = found.with_as_of(found.as_of.replace(day=29))
    assert again.tags == found.tags
    assert found.tags[0].rule.not_.at_least == 400


@pytest.mark.parametrize(
    ("layering", "id"),
    [
        ('cut = "fixed"', "layering.cuts_missing"),
        ('cut = "fixed"\nscores = 3\nr_cuts = [30, 90]\nf_cuts = [2, 5]\nm_cuts = [1]', "layering.cuts_missing"),
        (
            'cut = "fixed"\nscores = 3\nr_cuts = [90, 30]\nf_cuts = [2, 5]\nm_cuts = [1, 2]',
            "layering.cuts_not_ascending",
        ),
    ],
)
def test_fixed_cut_points_have_to_fit_the_scores(layering, id):
    assert [name for name, _, _ in problems(f"[layering]\n{layering}\n")] == [id]
