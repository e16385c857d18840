"""The engines that run the metric SQL over the canonical tables, cut off at what was known on a day.

Metric files are one SELECT in the portable subset (`portable.py`). DuckDB runs them as they stand; Spark and PostgreSQL
run them in their own dialect (`dialects.py`) over tables sent there (`remote.py`). README.md tells how to go there.
"""

from crm_lib.engine.base import Engine
from crm_lib.engine.duck import DuckEngine, connect_frames
from crm_lib.engine.open import connect

__all__ = ["DuckEngine", "Engine", "connect", "connect_frames"]
