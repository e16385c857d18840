import itertools
from dataclasses import replace

import pytest

from crm_lib.language import Value, msg
from crm_lib.report.brand import load_brand
from crm_lib.report.index import PHASES, File, render_index
from tests.report import sample
from tests.report.page import Node, parse

BRAND = load_brand()


def index(phases=PHASES, languages=("zh", "en")) -> Node:
    return parse(index_html(phases, languages))


def index_html(phases=PHASES, languages=("zh", "en")) -> str:
    document = sample.document()
    documents = {phase: replace(document, cover=replace(document.cover, phase=phase)) for phase in phases}
    files = [
        File(phase, language, format, f"{phase} 1.{language}.{format}", 1_234_567)
        for phase in phases
        for language in languages
        for format in ("html", "pdf")
    ]
    return render_index(documents, files, languages, BRAND, [(msg("run.fact.run"), Value("text", "r-1"))])


def test_both_languages_say_the_engagement_its_phases_and_their_headlines():
    tree = index()
    for language, headline, fact in (("zh", "流失率从", "花漾美妆连锁"), ("en", "Churn rose from", "Huayang Beauty")):
        edition = next(node for node in tree.all("section") if node.attrs["id"] == f"main-{language}")
        assert edition.attrs["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
        assert edition.text.count(headline) == 5
        assert len(list(edition.all("h3"))) == 5
        header = next(node for node in tree.all("header"))
        assert fact in header.text
        assert "r-1" in header.text


def test_a_runs_number_is_not_broken_at_its_hyphens():
    assert '<bdi class="whole">r-1</bdi>' in index_html()


def test_the_switch_has_a_target_in_the_page():
    tree = index()
    ids = [node.attrs["id"] for node in tree.all() if "id" in node.attrs]
    links = [node.attrs["href"].lstrip("#") for node in next(tree.all("nav")).all("a")]
    assert links == ["zh", "en"]
    assert set(links) <= set(ids)
    assert not list(index(languages=("en",)).all("nav"))


def test_every_file_is_linked_in_each_edition_own_language_first():
    for section in index().all("section"):
        links = list(section.all("a"))
        assert len(links) == 20
        assert links[0].attrs["href"] == f"diagnosis%201.{section.attrs['id'][-2:]}.html"
        assert "1.2 MB" in links[0].text


def test_absent_phases_are_named_and_greyed():
    section = next(index(phases=("diagnosis", "review")).all("section"))
    absent = [node for node in section.all("li") if node.attrs.get("class") == "absent"]
    assert len(absent) == 3
    assert "差异化互动策略" in absent[1].text
    assert not list(absent[1].all("a"))


def test_a_run_without_documents_is_still_a_page():
    assert len(list(index(phases=()).all("section"))) == 2


@pytest.mark.parametrize("languages", [("zh", "en"), ("en", "zh"), ("en",)])
def test_headings_and_title_follow_the_first_language(languages):
    tree = index(languages=languages)
    assert next(tree.all("html")).attrs["lang"] == {"zh": "zh-Hans", "en": "en"}[languages[0]]
    levels = [int(node.tag[1]) for node in tree.all("h1", "h2", "h3")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
