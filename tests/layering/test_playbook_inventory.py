"""The inventory on twelve sources with faults of every kind: whole, sendable, and nobody in it can be told."""

import json
import random

import pytest

from crm_lib.report import blocks as b
from tests.layering.test_playbook_layering import play, speak

HEAD = """
id = "many"
as_of = 2026-03-31
client = { name = "Many", industry = "retail" }
cycles = [{ number = 1, baseline = 2026-03-31, start = 2026-04-01 }]
definitions = { complete_fields = ["name", "phone", "email", "city"] }
"""
SOURCE = """
[[sources]]
name = "{name}"
table = "{table}"
file = "raw/{name}.csv"
key_space = "{space}"
{more}
"""
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "丽伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平"
KINDS = 'values.kind = { "卖" = "sale", "退" = "refund" }'


def people(count):
    """(number, name, phone, e-mail, what they said) of invented customers."""
    draw = random.Random(7)
    for i in range(count):
        name = draw.choice(SURNAMES) + "".join(draw.sample(GIVEN, 2))
        yield (
            f"K{70001 + i}",
            name,
            f"1{draw.choice('3578')}{draw.randrange(10**9):09d}",
            f"someone{i}q@mail.org",
            f"秘密{i}号",
        )


def csv(path, header, rows):
    path.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    (folder / "raw").mkdir()
    everybody, text = list(people(60)), HEAD
    for i in range(5):
        rows = [(n, name, p, e, "城市", "1990-01-01") for n, name, p, e, _ in everybody[i * 8 : i * 8 + 24]]
        csv(folder / "raw" / f"cards{i}.csv", ("customer_key", "name", "phone", "email", "city", "birth_date"), rows)
        text += SOURCE.format(name=f"cards{i}", table="customers", space=f"s{i}", more="")
    header = ("order_id", "customer_key", "phone", "name", "ordered_on", "amount", "kind")
    for i in range(5):
        rows = [
            (f"{i}N{j}", n, p, name, f"2026-0{j % 3 + 1}-1{j % 9}", 10 + j, "卖")
            for j, (n, name, p, _, _) in enumerate(everybody)
        ]
        for j, (n, name, phone, mail, said) in enumerate(everybody[:9]):  # cells that slipped, and rows cut short
            rows += [
                (f"{i}X{j}", n, phone, name, phone, 5, "卖"),
                (f"{i}Y{j}", n, phone, name, "2026-01-01", mail, "卖"),
            ]
            rows += [(f"{i}Z{j}", n, phone, name, "2026-01-01", 5, name), (f"{i}V{j}", n, phone, name, "", said, "卖")]
            rows += [(f"{i}W{j}", n, phone, name), (phone, n, "", name, "2026-01-01", "", "卖")]
        csv(folder / "raw" / f"till{i}.csv", header, rows)
        text += SOURCE.format(name=f"till{i}", table="order_lines", space="s0", more=KINDS)
    rows = [(f"T{j}", n, "2026-02-01 10:00", name, s) for j, (n, name, _, _, s) in enumerate(everybody)]
    csv(folder / "raw" / "desk.csv", ("ticket_id", "customer_key", "opened_at", "kind", "description"), rows)
    text += SOURCE.format(name="desk", table="tickets", space="s1", more="")
    rows = [(f"Q{j}", p, "2026-02-01", 99 if j % 2 else 9, s) for j, (_, _, p, _, s) in enumerate(everybody)]
    csv(folder / "raw" / "survey.csv", ("survey_id", "phone", "answered_on", "nps", "comment"), rows)
    text += SOURCE.format(name="survey", table="surveys", space="s2", more="")
    (folder / "engagement.toml").write_text(text, encoding="utf-8")
    return play(folder), everybody


def test_nobody_can_be_told_from_the_report(shown):
    blocks, everybody = shown
    said = json.dumps([block.to_json() for block in blocks], ensure_ascii=False)
    found = [value for one in everybody for value in one if value in said]
    assert found == []
    assert "****" in said, "there are masked examples"


def test_every_word_can_be_said_in_both_languages(shown):
    for language, words in speak(shown[0]).items():
        assert not [text for text in words if "nan" in text.lower().split() or text == "None"], language


def test_every_kind_of_row_set_aside_is_there_with_an_example(shown):
    tables = {block.id: block for block in shown[0] if isinstance(block, b.Table)}
    aside = tables["inventory.aside"]
    names = [column.name for column in aside.columns]
    assert sum(row[names.index("rows")] for row in aside.rows) >= 5 * 9 * 6
    assert all(row[names.index("examples")] for row in aside.rows)


def test_the_document_stays_short_and_the_rest_is_in_the_workbook(shown):
    tables = [block for block in shown[0] if isinstance(block, b.Table) and block.id.startswith("inventory.")]
    printed = {t.id: min(len(t.rows), t.show) for t in tables if t.id != "inventory.dictionary"}
    assert max(printed.values()) <= 30
    assert sum(printed.values()) <= 160


def test_the_conclusion_stands_first_and_the_questions_are_numbered(shown):
    blocks = shown[0]
    headings = [i for i, block in enumerate(blocks) if isinstance(block, b.Heading)]
    chapter = next(i for i in headings if blocks[i].text.id == "layering.chapter.inventory")
    assert isinstance(blocks[chapter + 2], b.Findings)
    questions = next(block for block in blocks if isinstance(block, b.Table) and block.id == "inventory.questions")
    assert [row[0] for row in questions.rows] == list(range(1, len(questions.rows) + 1))
    assert len(questions.rows) > 10
