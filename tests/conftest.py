"""Settings for every test: messages are in English; property tests have no deadline, since machines are noisy."""

import gc
import os

import pytest
from hypothesis import Phase, settings

from crm_lib.run.forkserver import GARBAGE

os.environ["CRM_LANG"] = "en"

# A failing example is told as it was found: making it smaller runs the slow ones for minutes.
settings.register_profile(
    "project", deadline=None, max_examples=60, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("project")

# Files that take the longest, first: the last files to be begun should be short. The others keep their order.
LONGEST = (
    "test_every_file.py",
    "test_fuzz_corpus.py",
    "test_runs.py",
    "test_corpus.py",
    "test_conservation_tables.py",
    "test_conservation.py",
    "test_resolution.py",
    "test_secrets.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


def pytest_collection_finish() -> None:
    """Modules and the thousands of tests stay: looking through them for garbage took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
