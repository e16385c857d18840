"""What `warm` forks from: the stages of a run's preload, and what the command line itself imports."""

import gc
import importlib
import os
from contextlib import suppress

from crm_lib.run.forked import ONE_THREAD, _without_threads
from crm_lib.run.preload import stages

os.environ.update(dict.fromkeys(ONE_THREAD, "1"), PYDEVD_DISABLE_FILE_VALIDATION="1")  # a fork inherits no threads
for name in [name for stage in stages() for name in stage]:
    module, _, function = name.partition(":")
    with suppress(ImportError):  # some are functions of a module
        imported = importlib.import_module(module)
        if function:
            getattr(imported, function)()
importlib.import_module("crm_lib.run.pipeline")._notebook()
_without_threads()
gc.collect()
gc.freeze()
