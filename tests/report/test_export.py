import json
import subprocess
import sys

import nbformat
import pytest
from nbconvert.exporters import get_export_names, get_exporter

from crm_lib.errors import UserError
from crm_lib.report.export import CrmHtmlExporter, CrmPdfExporter
from tests.report.notebooks import executed, notebook
from tests.report.page import parse


@pytest.fixture(scope="module")
def run():
    return executed(plain=True)


def test_the_lab_offers_our_exporters():
    for name, title in (("crm_html", "CRM report (HTML)"), ("crm_pdf", "CRM report (PDF)")):
        assert name in get_export_names()
        assert get_exporter(name).export_from_notebook == title


def test_html_in_the_language_asked_for(run):
    for language, words in (("", "执行摘要"), ("zh", "执行摘要"), ("en", "Executive summary")):
        html, resources = CrmHtmlExporter(language=language).from_notebook_node(run)
        assert resources["output_extension"] == ".html"
        assert next(parse(html).all("h2")).text == words


def test_the_engagements_first_language_is_the_default(run):
    found = nbformat.from_dict(json.loads(json.dumps(run)))
    cover = next(out for cell in found.cells for out in cell.get("outputs", []) if "data" in out)
    cover.data["application/vnd.crm-playbooks.block+json"]["language"] = "en"
    assert "Executive summary" in CrmHtmlExporter().from_notebook_node(found)[0]
    found.metadata["crm"] = {"language": "zh"}
    assert "执行摘要" in CrmHtmlExporter().from_notebook_node(found)[0]


def test_pdf_is_bytes(run):
    pdf, resources = CrmPdfExporter(language="en").from_notebook_node(run)
    assert pdf.startswith(b"%PDF-")
    assert resources["output_extension"] == ".pdf"


def test_a_notebook_that_did_not_run_is_refused_with_words():
    with pytest.raises(UserError, match="run it from the top"):
        CrmHtmlExporter().from_notebook_node(notebook())


def test_nbconvert_on_the_command_line(run, tmp_path):
    path = tmp_path / "01.ipynb"
    nbformat.write(run, path)
    command = [sys.executable, "-m", "nbconvert", "--to", "crm_html", "--CrmHtmlExporter.language=en", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    assert "Churn has risen" in (tmp_path / "01.html").read_text(encoding="utf-8")
