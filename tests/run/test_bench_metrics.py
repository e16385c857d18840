"""The ways that the benchmark compares compute the same."""

import json
from pathlib import Path

import pytest

from crm_lib.run import bench_metrics, bench_metrics_pandas, bench_metrics_plain

WAYS = {"ours": bench_metrics.ours, "plain": bench_metrics_plain.plain, "pandas": bench_metrics_pandas.plain}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    bench_metrics.generate(folder, 20_000)
    for way, compute in WAYS.items():
        (folder / f"{way}.json").write_text(json.dumps(bench_metrics.digest(compute(folder))), encoding="utf-8")
    return folder


def test_the_ways_agree(folder: Path):
    bench_metrics.agree(folder, list(WAYS))
    found = json.loads((folder / "ours.json").read_text(encoding="utf-8"))
    assert found["operating_class core"] > 100
    assert found["sum of churn_rate"] > 1
    assert found["sum of cohorts' active"] > 10_000


def test_a_way_that_counts_otherwise_is_found(folder: Path):
    found = json.loads((folder / "ours.json").read_text(encoding="utf-8"))
    (folder / "other.json").write_text(json.dumps(found | {"sum of revenue": found["sum of revenue"] * 1.001}))
    with pytest.raises(AssertionError, match="sum of revenue"):
        bench_metrics.agree(folder, ["plain", "other"])
