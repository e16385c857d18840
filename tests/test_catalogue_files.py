"""crm_lib/catalogue_files.py: the words are those of the files, kept or not."""

import os
from pathlib import Path

import pytest

from crm_lib import catalogue_files
from crm_lib.language import LOCALES
from crm_lib.paths import LOCALE


def write(folder: Path, words: str, at: int = 1) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / "one.po"
    path.write_text(f'msgid "one.a"\nmsgstr "{words}"\n\n#, fuzzy\nmsgid "one.b"\nmsgstr "b"\n', encoding="utf-8")
    os.utime(path, ns=(at, at))


@pytest.fixture
def files_read(monkeypatch) -> list[int]:
    """One for each time that Babel reads."""
    found, real = [], catalogue_files._read
    monkeypatch.setattr(catalogue_files, "_read", lambda *given: found.append(1) or real(*given))
    return found


def test_words_are_read_once_until_a_file_changes_comes_or_goes(tmp_path: Path, files_read):
    folder, keep = tmp_path / "zh", tmp_path / "kept"
    write(folder, "甲")
    first, second = (catalogue_files.read(folder, "zh_Hans_CN", keep) for _ in range(2))
    assert first == second == {"one.a": "甲"}
    assert len(files_read) == 1
    write(folder, "乙", at=2)
    assert catalogue_files.read(folder, "zh_Hans_CN", keep) == {"one.a": "乙"}
    (folder / "two.po").write_text('msgid "two.a"\nmsgstr "丙"\n', encoding="utf-8")
    assert catalogue_files.read(folder, "zh_Hans_CN", keep) == {"one.a": "乙", "two.a": "丙"}
    (folder / "one.po").unlink()
    assert catalogue_files.read(folder, "zh_Hans_CN", keep) == {"two.a": "丙"}
    assert len(list(keep.iterdir())) == 1


@pytest.mark.parametrize("left", [b"", b"{", b"[]", b'{"stamp": []}', b"\xff\xfe"])
def test_what_is_kept_and_broken_is_read_again(tmp_path: Path, left: bytes):
    folder, keep = tmp_path / "zh", tmp_path / "kept"
    write(folder, "甲")
    catalogue_files.read(folder, "zh_Hans_CN", keep)
    (kept,) = keep.iterdir()
    kept.write_bytes(left)
    assert catalogue_files.read(folder, "zh_Hans_CN", keep) == {"one.a": "甲"}
    assert kept.read_bytes() != left


def test_where_nothing_can_be_kept_the_files_are_read(tmp_path: Path):
    write(tmp_path / "zh", "甲")
    (tmp_path / "kept").write_text("a file, where the folder would be")
    assert catalogue_files.read(tmp_path / "zh", "zh_Hans_CN", tmp_path / "kept") == {"one.a": "甲"}


@pytest.mark.parametrize("language", LOCALES)
def test_kept_words_are_those_of_the_files(tmp_path: Path, language: str):
    folder = LOCALE / language
    plain = catalogue_files.read(folder, LOCALES[language])
    assert len(plain) > 4000
    for _ in range(2):
        assert catalogue_files.read(folder, LOCALES[language], tmp_path) == plain
