"""Two frames hold the same values."""

from __future__ import annotations

import numpy as np
import pandas as pd

EXACT_TO = 1e-9


def assert_same(found: pd.DataFrame, wanted: pd.DataFrame, ordered: bool = True) -> None:
    """Same columns, dtypes, rows and order (where the query gives one); floats to EXACT_TO, all else exactly."""
    assert list(found.columns) == list(wanted.columns)
    assert found.dtypes.astype(str).to_dict() == wanted.dtypes.astype(str).to_dict()
    assert len(found) == len(wanted)
    if not ordered:
        keys = [name for name in wanted.columns if wanted[name].dtype != float] or list(wanted.columns)
        found, wanted = (f.sort_values(keys, ignore_index=True) for f in (found, wanted))
    for name in wanted.columns:
        theirs, ours = found[name], wanted[name]
        assert theirs.isna().tolist() == ours.isna().tolist(), name
        if ours.dtype == float:
            np.testing.assert_allclose(theirs, ours, rtol=EXACT_TO, atol=EXACT_TO, err_msg=name)
        else:
            assert theirs.dropna().tolist() == ours.dropna().tolist(), name
