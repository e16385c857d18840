"""What the fork server imports, in stages: for the contract, for kernels, for rendering, for models."""

from __future__ import annotations

from crm_lib.language import LANGUAGES, LOCALES, catalogue
from crm_lib.run.plan import playbooks

CONTRACT, KERNEL, RENDER = 1, 2, 3  # number of stages that a contract, a kernel, a rendering waits for

_CONTRACT = ["crm_lib.run.preload:read_catalogues", "crm_lib.run.contract"]
_KERNEL = [
    "crm_lib.run.kernels:without_debugger",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "psutil",
    "sqlite3",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
]
_RENDER = [
    "crm_lib.run.preload:read_locales",
    "crm_lib.run.deliver",
    "crm_lib.report.charts:every_form",
    "crm_lib.report.html",
    "crm_lib.report.pdf",
    "crm_lib.report.xlsx",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
]
# What playbooks import only where data carry a model; a kernel that begins earlier imports it itself.
_MODELS = [
    "scipy.optimize",
    "scipy.stats",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "sklearn.isotonic",
    "crm_lib.layering.tags.compile",
    "crm_lib.report.display:chinese_family",
    "mlxtend.frequent_patterns",
]


def read_catalogues() -> None:
    """Read the words of every language; they are kept."""
    for language in LANGUAGES:
        catalogue(language)


def read_locales() -> None:
    """Read what is known of numbers, dates and places in every language, and that by which regions are checked."""
    from babel import Locale

    for name in ("en", *LOCALES.values()):
        _ = Locale.parse(name).territories


def stages() -> list[list[str]]:
    """Stages of modules and 'module:function' to call: what the playbooks import, ipykernel imports as it starts, the
    renderers as they work, and models."""
    imported = [
        name
        for playbook in playbooks()
        if playbook.path.is_file() and playbook.problem is None
        for name in playbook.imports
    ]
    return [_CONTRACT, ["crm_lib.run.session", *dict.fromkeys(imported), *_KERNEL], _RENDER, _MODELS]
