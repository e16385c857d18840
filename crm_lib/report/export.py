"""nbconvert exporters: JupyterLab's File > Export, and `jupyter nbconvert --to crm_html`."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from traitlets import Unicode, default

from crm_lib.language import LANGUAGES
from crm_lib.report.brand import load_brand
from crm_lib.report.collect import collect
from crm_lib.report.render import render_all


class _CrmExporter(Exporter):
    """Deliverable of an executed playbook. Raise UserError where a cell failed or no cover was shown."""

    format = ""
    language = Unicode("", help="zh or en; else the notebook's metadata crm.language, else the engagement's first").tag(
        config=True
    )

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        document = collect(nb)
        language = self.language or nb.metadata.get("crm", {}).get("language", "") or document.cover.language
        files = render_all(document, language or LANGUAGES[0], [self.format], load_brand())
        return self._output(files[self.format]), resources

    def _output(self, file: bytes) -> str | bytes:
        return file


class CrmHtmlExporter(_CrmExporter):
    export_from_notebook = "CRM report (HTML)"
    output_mimetype = "text/html"
    format = "html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def _output(self, file: bytes) -> str:
        return file.decode()


class CrmPdfExporter(_CrmExporter):
    export_from_notebook = "CRM report (PDF)"
    output_mimetype = "application/pdf"
    format = "pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"
