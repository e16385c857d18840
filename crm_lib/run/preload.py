"""What the fork server imports: what the playbooks do, what renders, and what an ipykernel imports as it starts."""

from __future__ import annotations

from collections.abc import Iterator

from crm_lib.run.plan import playbooks

_FIRST = ("crm_lib.run.contract",)  # the first job needs it
_KERNEL = (
    "crm_lib.run.kernels",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "matplotlib_inline.config",
    "psutil",
    "sqlite3",
)
_RENDER = (
    "crm_lib.run.deliver",
    "crm_lib.report.charts",
    "crm_lib.report.html",
    "crm_lib.report.pdf",
    "crm_lib.report.xlsx",
)


def modules() -> Iterator[str]:
    """Module names in the order in which they are wanted."""
    yield from _FIRST
    yield "crm_lib.run.session"
    for playbook in playbooks():
        if playbook.path.is_file():
            yield from playbook.imports
    yield from _KERNEL
    yield from _RENDER
