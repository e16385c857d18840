"""Where the project's own files stand."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = PROJECT / "templates"
LOCALE = TEMPLATES / "locale"
PLAYBOOKS = PROJECT / "playbooks"
DATA = PROJECT / "data"
REPORTS = PROJECT / "reports"
