"""Playbooks of the demo executed on an engine, and what they leave and say compared."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from crm_lib.engagement import load
from crm_lib.handoff import ARTIFACTS
from crm_lib.paths import DATA
from crm_lib.report.blocks import PLAIN_ENV
from crm_lib.run.bench_plain import execute
from crm_lib.run.plan import CANONICAL_ENV, HANDOFFS_ENV, playbooks
from crm_lib.run.prepare import prepare
from tests.engine_conformance.same import EXACT_TO, assert_same

DUCKDB = 'engine = "duckdb"'
BY_VARIABLE = 'engine_url_env = "CRM_ENGINE_URL"'
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


class Executed:
    """The demo's playbooks of some phases on one engine: their handoffs, and their documents as text."""

    def __init__(self, root: Path, engine: str, phases: Sequence[str], url: str = "") -> None:
        folder, self.handoffs = root / "demo", root / "handoffs"
        source = DATA / "demo"
        canonical = prepare(source, load(source))
        shutil.copytree(source / "raw", folder / "raw")
        shutil.copytree(source / ".work" / "quarantine", folder / ".work" / "quarantine")
        told = f"{engine}\n{(source / 'engagement.toml').read_text(encoding='utf-8')}"
        (folder / "engagement.toml").write_text(told, encoding="utf-8")
        places = {CANONICAL_ENV: str(canonical.resolve()), HANDOFFS_ENV: str(self.handoffs), PLAIN_ENV: "1"}
        places |= {"CRM_ENGINE_URL": url}
        with patch.dict(os.environ, places):
            self.documents = {p.phase: repr(execute(p, folder)) for p in playbooks() if p.phase in phases}

    def frames(self) -> dict[str, pd.DataFrame]:
        return {path.stem: pd.read_parquet(path) for path in sorted(self.handoffs.glob("cycle-*/*.parquet"))}


def compare(found: Executed, wanted: Executed, phases: Sequence[str]) -> None:
    theirs, ours = found.frames(), wanted.frames()
    assert {ARTIFACTS[name].phase for name in ours} == set(phases)
    assert list(theirs) == list(ours)
    for name, frame in ours.items():
        assert_same(theirs[name], frame)
    for phase in phases:
        said, meant = found.documents[phase], wanted.documents[phase]
        assert _NUMBER.sub("#", said) == _NUMBER.sub("#", meant), phase
        assert len(_numbers(meant)) > 500
        np.testing.assert_allclose(_numbers(said), _numbers(meant), rtol=EXACT_TO, atol=EXACT_TO, err_msg=phase)


def _numbers(document: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(document)]
