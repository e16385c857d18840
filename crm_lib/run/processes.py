"""Which processes run."""

from __future__ import annotations

import os
import sys


def running(pid: int) -> bool:
    """Whether there is such a process. Windows cannot be asked without ending it: there every process runs."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
