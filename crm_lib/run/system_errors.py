"""What the system refuses, whoever was refused: DuckDB and Arrow say it in words of their own."""

from __future__ import annotations

import errno
import os

# A full disk, a folder that may not be written to, a file where a folder is wanted: the user can mend these.
_NUMBERS = ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EISDIR", "EEXIST", "EFBIG")
MENDABLE = frozenset(getattr(errno, name) for name in _NUMBERS if hasattr(errno, name))
_LIBRARIES = ("duckdb", "_duckdb", "pyarrow")


def system_error(error: BaseException) -> OSError | None:
    """The OSError that the error is, or tells of in its words."""
    if isinstance(error, OSError):
        return error
    if type(error).__module__.partition(".")[0] in _LIBRARIES:
        found = [number for number in sorted(MENDABLE) if os.strerror(number) in str(error)]
        if found:
            return OSError(found[0], os.strerror(found[0]))
    return None
