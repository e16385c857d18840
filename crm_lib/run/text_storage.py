"""How pandas keeps text: Arrow's arrays save memory in large frames and cost time in frames of some thousand rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

LITTLE = 8 << 20  # bytes of canonical tables


def fit_text_storage(canonical: Path) -> None:
    """Of this process from now on, by the size of its tables; the same values either way."""
    size = sum(path.stat().st_size for path in canonical.glob("*.parquet"))
    pd.set_option("mode.string_storage", "python" if size < LITTLE else "auto")
