"""Settings for every test: property tests have no deadline, since machines are noisy."""

from hypothesis import settings

settings.register_profile("project", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("project")
