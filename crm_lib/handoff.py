"""Typed tables that one phase leaves for the next: Parquet, the schema checked when written and when read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm_lib.errors import Defect, Problem, UserError
from crm_lib.language import msg, term
from crm_lib.scratch import scratch

if TYPE_CHECKING:  # the runner reads the schemas without pandas and DuckDB
    import pandas as pd


@dataclass(frozen=True)
class Artifact:
    """Columns are name -> DuckDB type; `phase` writes it."""

    name: str
    phase: str
    columns: dict[str, str]


ARTIFACTS: dict[str, Artifact] = {
    artifact.name: artifact
    for artifact in (
        # Phase 1: what was measured at baseline, and what is aimed at.
        Artifact(
            "kpi_baseline",
            "diagnosis",
            {
                "metric": "VARCHAR",
                "group_id": "VARCHAR",
                "value": "DOUBLE",
                "low": "DOUBLE",
                "high": "DOUBLE",
                "base": "BIGINT",
            },
        ),
        Artifact(
            "pain_points",
            "diagnosis",
            {
                "rank": "BIGINT",
                "pain_point": "VARCHAR",
                "severity": "VARCHAR",
                "customers": "BIGINT",
                "revenue_per_year": "DOUBLE",
                "message": "VARCHAR",
                "action": "VARCHAR",
            },
        ),
        Artifact(
            "targets",
            "diagnosis",
            {
                "target_id": "VARCHAR",
                "metric": "VARCHAR",
                "group_id": "VARCHAR",
                "baseline": "DOUBLE",
                "baseline_low": "DOUBLE",
                "baseline_high": "DOUBLE",
                "target": "DOUBLE",
                "due": "DATE",
            },
        ),
        Artifact("scope_members", "diagnosis", {"group_id": "VARCHAR", "customer_id": "VARCHAR"}),
        # Customers that a finding on key customers asks to call: of each finding those it counts.
        Artifact(
            "key_customer_list", "diagnosis", {"pain_point": "VARCHAR", "customer_id": "VARCHAR", "spent": "DOUBLE"}
        ),
        # Phase 2: every customer's scores and class, fixed at baseline.
        Artifact(
            "layers",
            "layering",
            {
                "customer_id": "VARCHAR",
                "recency_days": "BIGINT",
                "frequency": "BIGINT",
                "monetary": "DOUBLE",
                "r_score": "BIGINT",
                "f_score": "BIGINT",
                "m_score": "BIGINT",
                "segment": "VARCHAR",
                "value": "DOUBLE",
                "potential": "DOUBLE",
                "quadrant": "VARCHAR",
                "operating_class": "VARCHAR",
            },
        ),
        Artifact("tags", "layering", {"customer_id": "VARCHAR", "tag": "VARCHAR"}),
        Artifact(
            "layer_profile",
            "layering",
            {
                "operating_class": "VARCHAR",
                "customers": "BIGINT",
                "revenue": "DOUBLE",
                "revenue_share": "DOUBLE",
                "median_recency_days": "DOUBLE",
                "mean_frequency": "DOUBLE",
                "mean_monetary": "DOUBLE",
            },
        ),
        # Forecasts at baseline; NULL where there is none. `reasons`: ids joined by ';', the strongest first.
        Artifact(
            "churn_scores",
            "layering",
            {
                "customer_id": "VARCHAR",
                "churn_probability": "DOUBLE",
                "repurchase_probability": "DOUBLE",
                "stage": "VARCHAR",
                "reasons": "VARCHAR",
            },
        ),
        # Customers that the finding on who is leaving asks to call; no rows where nobody is worth a contact.
        Artifact(
            "churn_contacts", "layering", {"finding": "VARCHAR", "customer_id": "VARCHAR", "expected_loss": "DOUBLE"}
        ),
        # No rows where the data carry no model. Over the engagement's lifetime.horizon_months; clv is discounted.
        Artifact(
            "lifetime_values",
            "layering",
            {
                "customer_id": "VARCHAR",
                "p_alive": "DOUBLE",
                "expected_purchases": "DOUBLE",
                "purchases_low": "DOUBLE",
                "purchases_high": "DOUBLE",
                "clv": "DOUBLE",
                "clv_low": "DOUBLE",
                "clv_high": "DOUBLE",
            },
        ),
        # Phase 3: what is to be done, with whom, how often, by whom.
        Artifact(
            "strategy_plan",
            "strategy",
            {
                "strategy": "VARCHAR",
                "operating_class": "VARCHAR",
                "customers": "BIGINT",
                "mode": "VARCHAR",
                "channels": "VARCHAR",
                "contacts_per_week": "DOUBLE",
                "owner": "VARCHAR",
                "target_metric": "VARCHAR",
                "target_value": "DOUBLE",
            },
        ),
        Artifact("strategy_members", "strategy", {"strategy": "VARCHAR", "customer_id": "VARCHAR"}),
        # The contacts of each week, levelled to the owner's capacity; `overflow` is what did not fit.
        Artifact(
            "contact_plan",
            "strategy",
            {
                "strategy": "VARCHAR",
                "owner": "VARCHAR",
                "week": "DATE",
                "due": "DATE",
                "contacts": "BIGINT",
                "overflow": "BIGINT",
            },
        ),
        # Phase 4: the state of the work at as_of.
        Artifact(
            "task_status",
            "monitoring",
            {
                "task_id": "VARCHAR",
                "strategy": "VARCHAR",
                "owner": "VARCHAR",
                "due": "DATE",
                "planned": "BIGINT",
                "done": "BIGINT",
                "status": "VARCHAR",
            },
        ),
        # Contacts counted for each strategy, and those of them with customers who are not on its list.
        Artifact(
            "strategy_contacts",
            "monitoring",
            {"strategy": "VARCHAR", "contacts": "BIGINT", "off_list": "BIGINT"},
        ),
        Artifact(
            "kpi_status",
            "monitoring",
            {
                "target_id": "VARCHAR",
                "metric": "VARCHAR",
                "group_id": "VARCHAR",
                "actual": "DOUBLE",
                "expected": "DOUBLE",
                "target": "DOUBLE",
                "status": "VARCHAR",
            },
        ),
        # What each part adds to the change of a target that is behind; `role`: 'cause', 'nameless', 'standing' or ''.
        Artifact(
            "target_parts",
            "monitoring",
            {
                "target_id": "VARCHAR",
                "metric": "VARCHAR",
                "dimension": "VARCHAR",
                "part": "VARCHAR",
                "before": "DOUBLE",
                "now": "DOUBLE",
                "base": "BIGINT",
                "share": "DOUBLE",
                "contribution": "DOUBLE",
                "change": "DOUBLE",
                "p": "DOUBLE",
                "role": "VARCHAR",
            },
        ),
        # Phase 5: what the next cycle's diagnosis starts from.
        Artifact(
            "iterations",
            "review",
            {
                "iteration_id": "VARCHAR",
                "subject": "VARCHAR",
                "decision": "VARCHAR",
                "message": "VARCHAR",
                "owner": "VARCHAR",
                "due": "DATE",
            },
        ),
    )
}


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Write the artifact; whoever looks finds it whole or not at all. Raise Defect where columns are missing, unknown, or do not fit their type."""
    artifact = ARTIFACTS[name]
    if set(frame.columns) != set(artifact.columns):
        raise Defect(f"handoff {name}: columns {sorted(frame.columns)}, schema {sorted(artifact.columns)}")
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    path, staged = folder / f"{name}.parquet", folder / f".{name}-{os.getpid()}"
    casts = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in artifact.columns.items())
    with scratch() as connection:
        connection.register("frame", frame)
        try:
            connection.execute(
                f"COPY (SELECT {casts} FROM frame) TO '{str(staged).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
            )
        except duckdb.Error as error:
            raise Defect(f"handoff {name}: {str(error).splitlines()[0]}") from error
    staged.replace(path)
    return path


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read the artifact. Raise UserError naming the phase that has to run first; Defect on another schema."""
    artifact = ARTIFACTS[name]
    path = folder / f"{name}.parquet"
    if not path.exists():
        raise UserError(Problem(msg("errors.handoff.missing", phase=term(f"phase.{artifact.phase}"), artifact=name)))
    with scratch() as connection:
        relation = connection.read_parquet(str(path))
        found = dict(zip(relation.columns, map(str, relation.types), strict=True))
        if found != artifact.columns:
            raise Defect(f"handoff {name}: {path.name} holds {found}, schema {artifact.columns}")
        return relation.df()
