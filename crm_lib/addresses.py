"""What may be shown of an address: the server, never a user, a password or a token."""

from __future__ import annotations

from urllib.parse import urlsplit


def server(url: str) -> str:
    """'host:port' of an address, for people; '***' where a secret may have slipped into it."""
    if is_odd(url):
        return "***"
    return urlsplit(url).netloc.rpartition("@")[2] or "localhost"


def is_odd(url: str) -> bool:
    """Whether a character of the password that is not escaped splits the address in the wrong place."""
    return "@" in url and "@" not in urlsplit(url).netloc
