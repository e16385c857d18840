"""The optional dependency group that brings a package of sample data."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+).*extra\s*==\s*['\"]([^'\"]+)['\"]")


def group_of(package: str) -> str:
    """Name of the group of this project that holds the package; '' where none does."""
    try:
        lines = requires("crm-playbooks") or []
    except PackageNotFoundError:
        return ""
    wanted = _plain(package.partition(".")[0])
    found = (match for line in lines if (match := _REQUIREMENT.match(line)))
    return next((match[2] for match in found if _plain(match[1]) == wanted and match[2] != "test"), "")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
