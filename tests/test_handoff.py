from pathlib import Path

import pandas as pd
import pytest

from crm_lib import handoff
from crm_lib.errors import Defect, UserError

MEMBERS = pd.DataFrame({"group_id": ["scope:a"], "customer_id": ["1"]})


def test_what_is_written_is_read(tmp_path: Path):
    handoff.write(tmp_path, "scope_members", MEMBERS)
    pd.testing.assert_frame_equal(
        handoff.read(tmp_path, "scope_members"), MEMBERS, check_dtype=False, check_column_type=False
    )


@pytest.mark.parametrize("frame", [MEMBERS.drop(columns="group_id"), MEMBERS.assign(more=1)])
def test_another_schema_is_a_defect_when_written(tmp_path: Path, frame: pd.DataFrame):
    with pytest.raises(Defect, match="scope_members"):
        handoff.write(tmp_path, "scope_members", frame)
    assert not list(tmp_path.iterdir())


def test_another_schema_is_a_defect_when_read(tmp_path: Path):
    MEMBERS.rename(columns={"group_id": "other"}).to_parquet(tmp_path / "scope_members.parquet")
    with pytest.raises(Defect, match="other"):
        handoff.read(tmp_path, "scope_members")


def test_a_value_that_does_not_fit_its_type_is_a_defect(tmp_path: Path):
    layers = pd.DataFrame({column: ["x"] for column in handoff.ARTIFACTS["layers"].columns})
    with pytest.raises(Defect, match="layers"):
        handoff.write(tmp_path, "layers", layers)


def test_a_missing_handoff_names_the_phase_to_run(tmp_path: Path):
    with pytest.raises(UserError, match="layering"):
        handoff.read(tmp_path, "layers")


def test_empty_tables_keep_their_types(tmp_path: Path):
    empty = pd.DataFrame({column: [] for column in handoff.ARTIFACTS["targets"].columns})
    handoff.write(tmp_path, "targets", empty)
    assert len(handoff.read(tmp_path, "targets")) == 0
