"""A whole engagement from a database: its password is nowhere but where the address stands."""

import os
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from adbc_driver_postgresql import dbapi

from crm_lib.paths import PROJECT
from tests.ingest.servers import PASSWORD, postgresql
from tests.run.small import ENGAGEMENT, Place

SOURCE = """[[sources]]
name = "orders"
table = "order_lines"
format = "sql"
query = "SELECT * FROM orders"
"""
LOOK = """import os
sorted(os.environ.items())"""
MAKE = (
    f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
    "CREATE TABLE orders AS SELECT i::text AS order_id, 'C' || i % 7 AS customer_key, date '2026-01-01' + i % 90"
    " AS ordered_on, (10 + i)::numeric(9, 2) AS amount FROM generate_series(1, 200) AS i",
    "GRANT SELECT ON orders TO reader",
)
CANARIES = [part.encode() for part in (PASSWORD, quote(PASSWORD, safe=""), "c4n")]


@pytest.fixture(scope="module")
def url():
    with postgresql() as server:
        with dbapi.connect(server.url("owner", database="postgres"), autocommit=True) as connection:
            for statement in MAKE:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
        yield server.url(database="postgres")


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path / "place", {"diagnosis": LOOK, "review": LOOK})
    (made.engagement / "raw" / "orders.csv").unlink()
    return made


def describe(place: Place, origin: str) -> None:
    text = ENGAGEMENT.partition("[[sources]]")[0] + SOURCE + origin
    (place.engagement / "engagement.toml").write_text(text, encoding="utf-8")


def command_lines() -> bytes:
    """Of every process that runs now."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(found)


def watched(place: Place, **environment: str) -> tuple[int, str, bytes]:
    """Status and output of a run, and every command line that was seen meanwhile."""
    process, seen = place.start(**environment), []
    while process.poll() is None:
        seen.append(command_lines())
    out, error = process.communicate()
    return process.returncode, out + error, b"\n".join(seen)


def written(root: Path) -> dict[str, bytes]:
    """Every file, and every part of the workbooks."""
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for path in root.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            files |= {f"{path.name} {name}": book.read(name) for name in book.namelist()}
    return files


def holding(root: Path, *more: bytes) -> list[str]:
    files = written(root) | {f"said {i}": text for i, text in enumerate(more)}
    return [name for name, text in files.items() if any(canary in text for canary in CANARIES)]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["variable", "file"])
def test_the_password_stands_nowhere_else(place, url, tmp_path, way):
    if way == "variable":
        describe(place, 'url_env = "SHOP_DATABASE"\n')
        place.engagement = Path(os.path.relpath(place.engagement, PROJECT))  # as one types it
        status, said, seen = watched(place, SHOP_DATABASE=url)
    else:
        (tmp_path / "shop.url").write_text(url, encoding="utf-8")
        (tmp_path / "shop.url").chmod(0o600)
        describe(place, f'url_file = "{tmp_path}/shop.url"\n')
        status, said, seen = watched(place)
    assert status == 0, said
    assert b"crm_lib.cli" in seen
    notebooks = [name for name in written(place.out) if name.endswith(".ipynb")]
    assert len(notebooks) >= 5
    assert any(b"CRM_CANONICAL" in text for text in written(place.out).values())  # the kernels did look
    assert holding(tmp_path / "place", said.encode(), seen) == []


@pytest.mark.slow
def test_a_run_that_fails_does_not_tell_either(place, url, tmp_path):
    describe(place, 'url_env = "SHOP_DATABASE"\n')
    for wrong in (url.replace("reader:", "reader:c4n"), url.replace("127.0.0.1:", "127.0.0.1:1"), url + "?a=c4n"):
        status, said, seen = watched(place, SHOP_DATABASE=wrong)
        assert status == 1
        assert "engagement.toml [[sources]] #1 (orders)" in said
        assert holding(tmp_path, said.encode(), seen) == []


@pytest.mark.slow
def test_an_address_is_not_kept_among_the_reports(place, url):
    place.out.mkdir()
    (place.out / "shop.url").write_text(url, encoding="utf-8")
    (place.out / "shop.url").chmod(0o600)
    describe(place, f'url_file = "{place.out}/shop.url"\n')
    status, said, _ = watched(place)
    assert (status, place.latest) == (1, None)
    assert "shop.url lies inside" in said
