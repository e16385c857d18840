"""Settings for every test: messages are in English; property tests have no deadline, since machines are noisy."""

import os

from hypothesis import Phase, settings

os.environ["CRM_LANG"] = "en"

# A failing example is told as it was found: making it smaller runs the slow ones for minutes.
settings.register_profile(
    "project", deadline=None, max_examples=60, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("project")
