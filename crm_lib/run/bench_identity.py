"""`tasks.py bench identity`: ours against Splink used plainly and against exact keys alone, on invented customers.

Every way runs in a process of its own and gets the same columns: `python -m crm_lib.run.bench_identity WAY IN OUT`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from crm_lib.engagement import Identity
from crm_lib.language import Catalogue, Value
from crm_lib.paths import PROJECT
from crm_lib.run.invented_customers import invented_customers
from crm_lib.run.pair_quality import Quality, quality

ROWS = (200_000, 1_000_000)
DUPLICATES, SEED = 0.1, 20260630
WAYS = ("ours", "splink", "exact")
CURVE = (0.9, 0.95, 0.99, 0.995, 0.999, 0.9999)
RESULT = PROJECT / "bench" / "identity.json"


def identity(rows: Sequence[int], words: Catalogue) -> int:
    """Print the tables, write RESULT; 1 where a target is missed."""
    told: list[dict[str, Any]] = []
    for count in rows or ROWS:
        records, truth = invented_customers(count, DUPLICATES, SEED)
        with TemporaryDirectory(prefix="crm-bench-") as folder:
            given = Path(folder) / "records.parquet"
            records.to_parquet(given)
            found = {way: _measured(way, given, truth) for way in WAYS}
        told.append({"records": count, "persons": int(truth.nunique()), "ways": found, "met": _met(found)})
        Console().print(_table(told[-1], words))
    small, truth = invented_customers(5000, 0.2, SEED, gaps=0.3)
    curve = {str(at): _plain(_at(small, truth, at)) for at in CURVE}
    Console().print(_curve_table(curve, words))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"sizes": told, "curve": curve}, indent=2) + "\n", encoding="utf-8")
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0 if all(all(one["met"].values()) for one in told) else 1


def _measured(way: str, given: Path, truth: pd.Series) -> dict[str, Any]:
    out = given.with_name(f"{way}.parquet")
    command = [sys.executable, "-P", "-m", "crm_lib.run.bench_identity", way, str(given), str(out)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    cost = json.loads(done.stdout.strip().splitlines()[-1])
    found = pd.read_parquet(out)
    order = pd.read_parquet(given, columns=["record_id"])
    return cost | _plain(quality(order.merge(found, on="record_id", how="left")["customer_id"], truth))


def _met(found: dict[str, dict[str, Any]]) -> dict[str, bool]:
    ours = found["ours"]
    return {
        "f1": ours["f1"] > max(found["splink"]["f1"], found["exact"]["f1"]),
        "seconds": ours["seconds"] <= found["splink"]["seconds"],
        "cluster": ours["largest"] <= Identity().largest_cluster,
    }


def _at(records: pd.DataFrame, truth: pd.Series, threshold: float) -> Quality:
    from crm_lib.identity import resolve

    found = resolve(records, Identity(join_at=threshold, review_at=min(threshold, 0.9)))
    return quality(records[["record_id"]].merge(found, on="record_id")["customer_id"], truth)


def _plain(found: Quality) -> dict[str, Any]:
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
        "largest": found.largest,
    }


def _ours(records: pd.DataFrame) -> pd.DataFrame:
    from crm_lib.identity import resolve

    return resolve(records)[["record_id", "customer_id"]]


def _exact(records: pd.DataFrame) -> pd.DataFrame:
    from crm_lib.identity import resolve

    return resolve(records, Identity(kind="none"))[["record_id", "customer_id"]]


def _splink(records: pd.DataFrame) -> pd.DataFrame:
    """As Splink's guide does it: its comparisons, trained on the data, connected components at .99."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    columns = ["record_id", "name", "phone", "email", "gender", "birth_date", "city", "address"]
    connection = duckdb.connect(config={"threads": 2})
    given = DuckDBAPI(connection).register(records[columns])
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("phone", [1, 2]),
            cl.LevenshteinAtThresholds("email", [1, 2]),
            cl.LevenshteinAtThresholds("birth_date", [1, 2]),
            cl.JaroWinklerAtThresholds("address", [0.95, 0.88]),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.ExactMatch("gender"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone"), block_on("email"), block_on("name", "birth_date"), block_on("name", "city"),
            block_on("birth_date", "city"), block_on("address"),
        ],
    )  # fmt: skip
    linker = Linker(given, settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("phone", "name"), block_on("email")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "birth_date"))
    edges = linker.inference.predict(threshold_match_probability=0.99)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_probability=0.99)
    found = clusters.as_pandas_dataframe()
    return found[["record_id", "cluster_id"]].rename(columns={"cluster_id": "customer_id"})


_WAYS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {"ours": _ours, "splink": _splink, "exact": _exact}


def main(way: str, given: Path, out: Path) -> None:
    """Match the records of a file, write their customers; print seconds, CPU seconds and the process's peak memory as JSON."""
    import resource

    records = pd.read_parquet(given)
    began, cpu = time.perf_counter(), time.process_time()
    found = _WAYS[way](records)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    found.to_parquet(out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "rss_mb": round(peak)}))


def _table(told: dict[str, Any], words: Catalogue) -> Table:
    title = words.text(
        "identity.bench.title", records=Value("int", told["records"]), persons=Value("int", told["persons"])
    )
    columns = ("seconds", "rss", "precision", "recall", "f1", "largest")
    table = _columns(title, "way", columns, words)
    for way in WAYS:
        one = told["ways"][way] | {"rss": told["ways"][way]["rss_mb"]}
        table.add_row(words.word(f"identity.bench.{way}"), *(f"{one[name]:,}" for name in columns))
    return table


def _curve_table(curve: dict[str, dict[str, Any]], words: Catalogue) -> Table:
    columns = ("precision", "recall", "f1", "largest")
    table = _columns(words.word("identity.bench.curve"), "threshold", columns, words)
    for at, one in curve.items():
        table.add_row(at, *(str(one[name]) for name in columns))
    return table


def _columns(title: str, first: str, columns: Sequence[str], words: Catalogue) -> Table:
    table = Table(title=title, title_justify="left")
    for name in (first, *columns):
        table.add_column(words.word(f"identity.bench.{name}"), justify="left" if name == first else "right")
    return table


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
