from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crm_lib.run.text_storage import LITTLE, fit_text_storage


@pytest.mark.parametrize(("size", "storage"), [(LITTLE - 1, "python"), (LITTLE, "pyarrow")])
def test_text_of_little_data_is_kept_as_python_s(tmp_path: Path, size: int, storage: str):
    with (tmp_path / "customers.parquet").open("wb") as file:
        file.truncate(size)
    with pd.option_context("mode.string_storage", "auto"):
        fit_text_storage(tmp_path)
        assert pd.Series(["a", None]).dtype.storage == storage
