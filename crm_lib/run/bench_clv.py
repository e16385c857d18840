"""`tasks.py bench clv`: BG/NBD and Gamma-Gamma by us, by clvkit used plainly and by lifetimes.

Every way runs in a process of its own on the same file; each rival in an environment of its own under `bench/`, made
once. A rival whose fit is not done after `LIMIT` seconds is stopped and counts as that long: its ratio is a lower bound.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from crm_lib.language import Catalogue, Value
from crm_lib.paths import PROJECT

ROWS, SEED, TARGET = (1_000_000,), 20050201, 4.0  # the faster rival takes at least so many times ours at the last size
LIMIT = 180  # seconds that a rival gets for one size
RIVALS = {"clvkit": ("clvkit==0.2.1", "pyarrow"), "lifetimes": ("lifetimes==0.11.3", "pyarrow")}
WAYS = ("ours", *RIVALS)
FOLDER = PROJECT / "bench"
RESULT = FOLDER / "clv.json"
CDNOW = "lifetimes/datasets/cdnow_customers_summary_with_transactions.csv"


def clv(rows: Sequence[int], words: Catalogue) -> int:
    """Print the tables, write RESULT; 1 where the target is missed."""
    pythons = {"ours": Path(sys.executable)} | {name: _environment(name, words) for name in RIVALS}
    told = []
    for count in (None, *(rows or ROWS)):
        frame = simulated(count) if count else _cdnow()
        told.append(_told(str(count or "CDNOW"), frame, pythons))
        Console().print(_table(told[-1], words))
    RESULT.write_text(json.dumps({"sizes": told, "target": TARGET}, indent=2) + "\n", encoding="utf-8")
    print(words.text("run.bench.written", file=str(RESULT)))
    return 0 if told[-1]["ratio"] >= TARGET else 1


def simulated(customers: int) -> pd.DataFrame:
    """Customers of the model's own story, in whole weeks: frequency, recency, T, monetary_value."""
    draw = np.random.default_rng(SEED)
    rate, p = draw.gamma(0.6, 1 / 6.0, customers), draw.beta(0.9, 2.5, customers)
    age = draw.integers(20, 105, customers)
    x, last, clock, alive = (np.zeros(customers) for _ in range(4))
    alive = alive == 0
    while alive.any():
        clock += np.where(alive, draw.exponential(1 / rate), 0)
        inside = alive & (clock <= age)
        x[inside] += 1
        last[inside] = np.ceil(clock[inside])
        alive = inside & (draw.random(customers) >= p)
    mean = draw.gamma(np.maximum(6.0 * x, 1e-9), 1 / draw.gamma(3.7, 1 / 15.0, customers)) / np.maximum(x, 1)
    return pd.DataFrame({"frequency": x, "recency": last, "T": age.astype("float64"), "monetary_value": mean})


def _cdnow() -> pd.DataFrame:
    (path,) = (FOLDER / "clv-lifetimes").glob(f"lib/*/site-packages/{CDNOW}")
    frame = pd.read_csv(path).rename(columns={"x": "frequency", "t_x": "recency", "zbar": "monetary_value"})
    return frame[["frequency", "recency", "T", "monetary_value"]].astype("float64")


def _environment(name: str, words: Catalogue) -> Path:
    """The rival's interpreter, its environment made where there is none."""
    folder = FOLDER / f"clv-{name}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        print(words.text("run.bench.clv.installing", name=name, folder=str(folder)), file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *RIVALS[name]], check=True)
        ready.touch()
    return python


def _told(name: str, frame: pd.DataFrame, pythons: dict[str, Path]) -> dict[str, Any]:
    with TemporaryDirectory(prefix="crm-bench-") as folder:
        given = Path(folder) / "customers.parquet"
        frame.to_parquet(given)
        ways = {way: _measured(way, pythons[way], given) for way in WAYS}
    fastest = min(ways[name]["seconds"] for name in RIVALS)
    return {"name": name, "customers": len(frame), "ways": ways, "ratio": round(fastest / ways["ours"]["seconds"], 2)}


def _measured(way: str, python: Path, given: Path) -> dict[str, Any]:
    module = ["-m", "crm_lib.run.bench_clv"] if way == "ours" else [str(Path(__file__).with_name("bench_clv_rival.py"))]
    command = [str(python), "-P", *module, way, str(given), str(LIMIT)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{way}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main(given: Path) -> None:
    """Fit the customers of a file; print seconds, peak memory, parameters and log-likelihoods as JSON."""
    import resource

    from crm_lib.layering.lifetime_value import purchases, spend
    from crm_lib.layering.threads import one_thread

    frame = pd.read_parquet(given)
    with one_thread():  # as the playbook fits
        _fit(frame.head(1000), purchases, spend)  # imports are no part of a fit, here and with the rivals
        began, used = time.perf_counter(), time.process_time()
        bought, spent = _fit(frame, purchases, spend)
    told = {
        "seconds": round(time.perf_counter() - began, 3),
        "cpu": round(time.process_time() - used, 3),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "bg_nbd": [*bought.parameters.round(5), round(bought.log_likelihood, 2)],
        "gamma_gamma": [*spent.parameters.round(5), round(spent.log_likelihood, 2)],
    }
    print(json.dumps(told))


def _fit(frame: pd.DataFrame, purchases: Any, spend: Any) -> tuple[Any, Any]:
    columns = (frame[name].to_numpy("float64") for name in ("frequency", "recency", "T"))
    bought = purchases.fit(purchases.histories(*columns), "bg_nbd")
    repeat = frame[(frame["frequency"] > 0) & (frame["monetary_value"] > 0)]
    return bought, spend.fit(repeat["frequency"].to_numpy("float64"), repeat["monetary_value"].to_numpy("float64"))


def _table(told: dict[str, Any], words: Catalogue) -> Table:
    table = Table(title=words.text("run.bench.clv.title", n=Value("int", told["customers"])), title_justify="left")
    for name in ("way", "seconds", "ratio", "clv.cpu", "rss"):
        table.add_column(words.text(f"run.bench.{name}"), justify="left" if name == "way" else "right")
    table.add_column(words.text("run.bench.clv.parameters"))
    for way, one in told["ways"].items():
        label = words.text("run.bench.clv.ours") if way == "ours" else way
        seconds, ratio = (words.format("ratio", one["seconds"] / by) for by in (1, told["ways"]["ours"]["seconds"]))
        if one.get("stopped"):
            table.add_row(label, f"> {seconds}", f"> {ratio}", "", "", words.text("run.bench.clv.stopped", n=LIMIT))
            continue
        fitted = " ".join(f"{value:g}" for value in one["bg_nbd"])
        table.add_row(label, seconds, ratio, words.format("ratio", one["cpu"]), f"{one['rss_mb']:,}", fitted)
    return table


if __name__ == "__main__":
    main(Path(sys.argv[2]))
