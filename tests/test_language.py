from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lib.language import Catalogue, Message, MissingMessage, Value, catalogue, literal, local, msg, plain, term
from crm_lib.report.views import Isolating

EN, ZH = catalogue("en"), catalogue("zh")


@pytest.mark.parametrize(
    ("kind", "value", "en", "zh"),
    [
        ("percent", 0.4123, "41.2%", "41.2%"),
        ("percent", -0.0001, "0.0%", "0.0%"),
        ("float", -0.04, "0.0", "0.0"),
        ("points", -0.08, "-8.0 points", "-8.0 个百分点"),
        ("points", -0.0004, "0.0 points", "0.0 个百分点"),
        ("price", -0.004, "CN¥0.00", "¥0.00"),
        ("int", 1234.4, "1,234", "1,234"),
        ("money", 12345.6, "CN¥12,346", "¥12,346"),
        ("money_short", 1_234_567, "CN¥1.2M", "¥123.5万"),
        ("money_short", 240_000, "CN¥240.0K", "¥24.0万"),
        ("month", "2026-03", "Mar 2026", "2026年3月"),
        ("month", "2026-09", "Sep 2026", "2026年9月"),
        ("date", date(2026, 3, 1), "1 Mar 2026", "2026年3月1日"),
        ("days", 14, "14 days", "14 天"),
        ("status", "bad", "■ off track", "■ 未达标"),
        ("bool", True, "yes", "是"),
        ("term", "class.core", "Core customers", "核心客户"),
        ("percent", None, "–", "–"),
        ("percent", float("nan"), "–", "–"),
    ],
)
def test_values_are_written_as_each_language_does(kind, value, en, zh):
    assert EN.value(Value(kind, value)) == en
    assert ZH.value(Value(kind, value)) == zh


def test_a_full_placeholder_carries_interval_and_base(tmp_path):
    for language in ("en", "zh"):
        (tmp_path / language).mkdir()
        for name in ("common",):
            source = catalogue(language)
            entries = "\n".join(f'msgid "{i}"\nmsgstr "{source.word(i)}"\n' for i in source.ids if i.startswith(name))
            head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
            more = 'msgid "t.rate"\nmsgstr "{rate:full}"\n'
            (tmp_path / language / "common.po").write_text(head + entries + more, encoding="utf-8")
    rate = Value("percent", 0.41, base=1234, low=0.39, high=0.43)
    assert catalogue("en", root=tmp_path).text(msg("t.rate", rate=rate)) == (
        "41.0% (95% interval 39.0% to 43.0%; n = 1,234)"
    )
    assert catalogue("zh", root=tmp_path).text(msg("t.rate", rate=rate)) == (
        "41.0%（95% 置信区间 39.0%～43.0%，n = 1,234）"
    )


def test_the_clients_words_come_in_the_readers_language():
    name = local({"zh": "门店", "en": "Store"})
    assert (ZH.text(name), EN.text(name)) == ("门店", "Store")


def test_unknown_ids_and_missing_arguments_are_refused():
    with pytest.raises(MissingMessage):
        EN.text(msg("no.such.id"))
    with pytest.raises(MissingMessage):
        EN.text(msg("common.base"))
    with pytest.raises(ValueError, match="unknown kind"):
        Value("percents", 1)


def test_braces_in_data_are_text():
    assert EN.text(msg("common.local", text="{0} {x} {{7*7}}")) == "{0} {x} {{7*7}}"
    assert EN.text(literal("{not a placeholder}")) == "{not a placeholder}"


scalars = st.one_of(
    st.none(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
values = st.builds(
    lambda v, b: Value("text" if isinstance(v, str) else "float", v, base=b), scalars, st.none() | st.integers(0, 9)
)


@given(st.dictionaries(st.text("abc", min_size=1), values, max_size=3))
def test_messages_survive_json(args):
    message = Message("common.base", args)
    assert Message.from_json(message.to_json()) == message


def test_nested_messages_survive_json():
    message = msg("common.local", text=[term("class.core"), msg("group.all")])
    again = Message.from_json(message.to_json())
    assert EN.text(again) == EN.text(message) == "Core customers, All customers"


def test_plain_makes_json_of_what_frames_hold():
    import numpy as np
    import pandas as pd

    assert plain([np.int64(3), np.float64("nan"), pd.NaT, pd.Timestamp("2026-01-02"), datetime(2026, 1, 2, 3)]) == [
        3,
        None,
        None,
        "2026-01-02T00:00:00",
        "2026-01-02T03:00:00",
    ]
    assert plain(pd.NA) is None


@pytest.mark.parametrize(("n", "words"), [(0, "0 rows are left"), (1, "1 row is left"), (2, "2 rows are left")])
def test_a_count_of_one_is_singular(n, words):
    english = Catalogue("en", {"t.left": "{n} {n:row is|rows are} left"})
    assert english.text("t.left", n=n) == words


def test_only_a_whole_one_is_singular_and_a_day_is_one_day():
    english = catalogue("en")
    few = Catalogue("en", {"t.left": "{n} {n:row|rows}"})
    assert few.text("t.left", n=1.0) == "1.0 rows"
    assert [english.format("days", n) for n in (0, 1, 1.5, 2)] == ["0 days", "1 day", "1.5 days", "2 days"]


def test_no_space_parts_a_date_from_the_chinese_after_it():
    said = Catalogue(
        "zh", dict(catalogue("zh")._messages) | {"t.t": "自 {day} 起的 {n} 周中，{change} 来自 {who} 一组"}
    )
    args = {"day": date(2026, 4, 1), "n": 4, "change": Value("points", 0.02), "who": "张三"}
    assert said.text("t.t", **args) == "自2026年4月1日起的 4 周中，+2.0 个百分点来自 张三 一组"
    assert "\x00" not in said.text("t.t", **args)


def test_no_space_parts_a_number_in_a_message_of_its_own_from_the_chinese_after_it():
    own = {
        "t.bare": "{value}",
        "t.up": "+{value}",
        "t.named": "{value} 店",
        "t.t": "变化 {change} 中有 {part} 来自这里",
    }
    said = Catalogue("zh", dict(catalogue("zh")._messages) | own)
    points, days = (Value(kind, number) for kind, number in (("points", -0.05), ("days", 3)))
    args = {"change": msg("t.bare", value=points), "part": msg("t.up", value=days)}
    assert said.text("t.t", **args) == "变化 -5.0 个百分点中有 +3 天来自这里"
    inner = Value("message", msg("t.bare", value=points).to_json())  # as a table's row holds it
    assert "百分点中有" in said.text("t.t", change=inner, part=days)
    assert "甲 店 中有" in said.text("t.t", change=msg("t.named", value="甲"), part=days)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("由{share}升至{day}的水平", "由 18.9% 升至2026年4月1日的水平"),
        ("门店{who}的客户", "门店 A 的客户"),
        ("“{who}”的", "“A”的"),
        (
            "{file} 有 {share}，{file} {share} · {file} · 门店",
            "工单（a.csv）有 18.9%，工单（a.csv）18.9% · 工单（a.csv） · 门店",
        ),
    ],
)
def test_figures_and_latin_names_stand_off_chinese_words_whatever_the_template(template, words):
    said = Catalogue("zh", dict(catalogue("zh")._messages) | {"t.t": template})
    args = {"share": Value("percent", 0.189), "day": date(2026, 4, 1), "who": "A", "file": "工单（a.csv）"}
    assert said.text("t.t", **args) == words


def test_an_interval_or_base_within_brackets_has_none_of_its_own():
    share = Value("percent", 0.279, base=2796)
    for language, shown, words in (
        ("zh", "在册客户（{share:full}）", "在册客户（27.9%，n = 2,796）"),
        ("en", "customers ({share:full})", "customers (27.9%, n = 2,796)"),
        ("en", "customers ({share:full} of all)", "customers (27.9% (n = 2,796) of all)"),
    ):
        assert (
            Catalogue(language, dict(catalogue(language)._messages) | {"t.t": shown}).text("t.t", share=share) == words
        )


NAMES = {"zh": (("core", "战略客户"),), "en": (("core", "Key accounts"), ("dormant", "VIP {gone}"))}


def test_classes_are_called_as_the_client_calls_them():
    own = {language: catalogue(language, class_names=names) for language, names in NAMES.items()}
    assert [own["zh"].word("class.core"), own["zh"].word("class.dormant")] == ["战略客户", "沉睡客户"]
    assert own["zh"].word("product.group.core") == "战略客户"
    assert own["zh"].text("monitoring.rule.core_late") == "战略客户沉默超出自身节奏"
    assert own["en"].text("strategy.proposed.core.label") == "Care for key accounts"
    assert own["en"].text("strategy.proposed.dormant.label") == "Wake-up plan for VIP (gone)"
    assert own["en"].text("class.dormant") == "VIP (gone)"


def test_what_stands_in_the_data_is_called_as_the_engagement_names_it():
    english = catalogue("en", class_names=(("value:城西仓", "West {warehouse}"),))
    assert english.text(literal("城西仓")) == english.value(Value("text", "城西仓")) == "West {warehouse}"
    assert english.text("common.local", text=Value("text", "城西仓 2")) == "城西仓 2", "whole values only"
    assert catalogue("en").text(literal("城西仓")) == "城西仓"
    page = Isolating(english)
    assert page.value(Value("text", "城西仓")) == "West {warehouse}"


def test_each_class_of_a_list_within_a_sentence_begins_small():
    classes = Value("list", [term("class.core"), term("class.dormant")])
    said = catalogue("en").text("strategy.finding.bare_do", classes=classes)
    assert "core customers" in said
    assert "dormant customers" in said


def test_nobody_else_s_classes_change():
    assert catalogue("en").text("strategy.proposed.core.label") == "Care for core customers"
    assert catalogue("zh").word("product.group.core") == "核心客户"


def test_a_list_is_one_or_many_by_its_parts():
    said = Catalogue("en", {"t.t": "{a:this|these} {a}", "common.list_join": ", "})
    assert said.text("t.t", a=Value("list", [literal("x")])) == "this x"
    assert said.text("t.t", a=Value("list", [literal("x"), literal("y")])) == "these x, y"


def test_a_name_within_a_sentence_begins_small_but_an_abbreviation_does_not():
    assert EN.text("tag.test.known", column=msg("column.customers.email")) == "e-mail is known"
    assert (
        EN.text("tag.aggregate.count", column=msg("table.orders"), table=msg("table.orders"))
        == "rows of orders (orders)"
    )
    said = Catalogue("en", {"t.t": "{a:low} {b:low} {c:low}"}).text("t.t", a="NPS", b="WeCom", c="A")
    assert said == "NPS WeCom A"


@pytest.mark.parametrize(
    ("kind", "low", "high", "zh", "en"),
    [
        ("hours", 33.2, 45.4, "95% 置信区间 33.2～45.4 小时", "95% interval 33.2 to 45.4 h"),
        ("days", 1, 3.5, "95% 置信区间 1～3.5 天", "95% interval 1 day to 3.5 days"),
        ("percent", 0.1, 0.2, "95% 置信区间 10.0%～20.0%", "95% interval 10.0% to 20.0%"),
    ],
)
def test_an_interval_says_a_unit_in_words_once(kind, low, high, zh, en):
    for language, said in (("zh", zh), ("en", en)):
        assert catalogue(language).interval(Value(kind, low, low=low, high=high)) == said
