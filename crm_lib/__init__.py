"""CRM Playbooks: from a client's exports to five bilingual deliverables."""

__version__ = "0.1.0"
