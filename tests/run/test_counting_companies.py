"""A whole Chinese run of a company client counts its customers as companies; in a consumer's words they are persons."""

import html
import json
import os
import re
import shutil

import pytest
from openpyxl import load_workbook

from crm_lib.language import catalogue
from crm_lib.paths import DATA, PROJECT
from crm_lib.report.brand import load_brand
from crm_lib.report.collect import collect
from crm_lib.report.html import render
from crm_lib.run.plan import FILES
from tests.run import warm

PERSONS = re.compile(
    r"[\d,.%～] ?(?:位|人|名)(?![单称册下])|[一两每](?:位|人|名)(?![单称册下])|(?<!责)人[均数]|人次|(?<!其)本人|他们"
)
STAFF = re.compile(r"\d+ 位负责人(?:中 \d+ 位)?|另 \d+ 位(?:没有任务|…)|一名负责人|一人联系")
PLACES = re.compile(r"\d+ 家门店")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of the reports and internal lists, where the demo's customers are said to be companies."""
    root = tmp_path_factory.mktemp("firms")
    folder = root / "demo"
    folder.mkdir()
    shutil.copytree(DATA / "demo" / "raw", folder / "raw")
    told = (DATA / "demo" / "engagement.toml").read_text(encoding="utf-8")
    told = told.replace("[definitions]", '[identity]\nkind = "company"\n\n[definitions]', 1)
    (folder / "engagement.toml").write_text(told, encoding="utf-8")
    arguments = ["run", str(folder), "--out", str(root / "reports"), "--lang", "zh", "--format", "html,xlsx"]
    status, _, error = warm.run(arguments, PROJECT, os.environ | {"CRM_LANG": "zh"})
    assert status == 0, error
    return root / "reports" / "demo" / "latest", folder / ".work" / "lists.xlsx"


def page_text(page):
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "\n", page)).replace("\xa0", " ").replace("\u2060", "")


def sheet_text(path):
    book = load_workbook(path, read_only=True)
    cells = (cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return "\n".join([*book.sheetnames, *{cell for cell in cells if isinstance(cell, str)}])


def counted(pattern, text):
    return sorted({line for line in PLACES.sub("", STAFF.sub("", text)).split("\n") if pattern.search(line)})


def test_no_company_is_counted_as_a_person(run):
    reports, lists = run
    texts = {path.name: page_text(path.read_text(encoding="utf-8")) for path in reports.glob("*.html")}
    texts |= {path.name: sheet_text(path) for path in (*reports.glob("*.xlsx"), lists)}
    assert len(texts) == 12
    assert {name: found for name, text in texts.items() if (found := counted(PERSONS, text))} == {}
    companies = re.compile(r"\d 家|户均|客户数")
    assert [name for name, text in texts.items() if name[:2].isdigit() and not counted(companies, text)] == []


def test_a_consumer_client_reads_persons_in_the_same_places(run):
    reports, _ = run
    for file in FILES:
        notebook = json.loads((reports / "notebooks" / f"{file}.ipynb").read_text(encoding="utf-8"))
        document = collect(notebook)
        said, theirs = (
            page_text(render(document, words, load_brand(), {}))
            for words in (document.cover.words("zh"), catalogue("zh"))
        )
        firms = len(re.findall(r"\d 家", PLACES.sub("", said))) - len(re.findall(r"\d 家", PLACES.sub("", theirs)))
        persons = len(re.findall(r"\d [位人]", theirs)) - len(re.findall(r"\d [位人]", said))
        assert firms == persons > 0, file
