"""Settings for every test: messages are in English; property tests have no deadline, since machines are noisy."""

import os

from hypothesis import settings

os.environ["CRM_LANG"] = "en"

settings.register_profile("project", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("project")
