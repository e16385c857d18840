"""manifest.json: from what, with what and when a run was made, and a hash and size of each file."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import crm_lib
from crm_lib.paths import PROJECT
from crm_lib.run.cache import LIBRARIES, digest, versions
from crm_lib.run.plan import Checked

NAME = "manifest.json"
TOOLS = (*LIBRARIES, "papermill", "nbclient", "ipykernel", "matplotlib", "typst", "xlsxwriter", "babel")


def write(folder: Path, run: str, checked: Checked, made: Mapping[str, Any]) -> None:
    """Write the manifest of all that stands in the folder. `made`: languages, formats, timings, phases from the cache."""
    engagement = checked.engagement
    manifest = {
        "engagement": {
            "id": engagement.id,
            "client": engagement.client.name.model_dump(),
            "as_of": engagement.as_of.isoformat(),
            "cycle": engagement.cycle.model_dump(mode="json"),
        },
        "run": run,
        "phases": [step.playbook.phase for step in checked.steps],
        "inputs": checked.inputs,
        "data": checked.canonical.name,
        **program(),
        **made,
        "files": files(folder),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def files(folder: Path) -> dict[str, dict[str, Any]]:
    """Path within the folder -> sha256 and bytes."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {
        path.relative_to(folder).as_posix(): {"sha256": digest(path), "bytes": path.stat().st_size} for path in found
    }


@cache
def program() -> dict[str, Any]:
    """Versions of what makes the run, and its git revision."""
    own = {"crm-playbooks": crm_lib.__version__, "python": platform.python_version()}
    return {"versions": own | versions(TOOLS), "git": git_revision()}


def git_revision() -> dict[str, Any] | None:
    """Commit of this program and whether its files differ from it; None outside a repository."""
    if not (PROJECT / ".git").exists():
        return None
    try:
        commit = _git("rev-parse", "HEAD")
        return {"commit": commit, "changed": bool(_git("status", "--porcelain", "--untracked-files=no"))}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()
