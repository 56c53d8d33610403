"""Excel workbooks as raw tables: what becomes of a sheet, and what is said of one that is none."""

import csv
import datetime
import os
import re
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from building import workbooks
from building.workbooks import convert_workbooks
from workbook_files import Row, write_workbook

SEED = """
version: 2
seeds:
  - name: table_a
    columns: [{name: code}, {name: day}, {name: amount}]
"""
HEADER = ("code", "Day", "AMOUNT")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "table_a.yml").write_text(SEED)
    return folder


def converted(folder: Path, seeds: Path) -> dict[str, str]:
    return convert_workbooks(folder, seeds, folder / "converted")["table_a"]


def rows_of(about: dict[str, str]) -> list[list[str]]:
    with Path(about["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_cells_become_the_text_that_a_csv_of_the_table_has(tmp_path: Path, seeds: Path) -> None:
    """Dates as yyyy-mm-dd, whole numbers without a point; text stays text, also where it looks like a number."""
    write_workbook(
        tmp_path / "table_a.xlsx",
        [
            HEADER,
            ("00L", datetime.date(2021, 12, 31), 12),
            ("01E5", "31/12/2021", 12.0),
            ("0123", "2021-12-31", 12.5),
            ('Bath, \u201cBristol\u201d and "Devon" <&> \u2013', None, True),
            (100000.0, " two\nlines ", "1,000"),
        ],
        hidden=[("code", "day", "amount"), ("hidden", "hidden", "hidden")],
        second=[("code", "day", "amount"), ("second", "second", "second")],
    )
    assert rows_of(converted(tmp_path, seeds)) == [
        ["code", "Day", "AMOUNT"],
        ["00L", "2021-12-31", "12"],
        ["01E5", "31/12/2021", "12"],
        ["0123", "2021-12-31", "12.5"],
        ['Bath, \u201cBristol\u201d and "Devon" <&> \u2013', "", "true"],
        ["100000", " two lines ", "1,000"],
    ]


def test_the_header_may_stand_below_a_title_and_empty_rows_are_no_rows(tmp_path: Path, seeds: Path) -> None:
    """Nine rows above it at most. A note of one column's name is no header."""
    above: list[Row] = [("Appointments",), (None,), ("amount", "per day"), (None,), ("Source: me",), (), (), (), ()]
    table: list[Row] = [
        (None, *HEADER),
        (0, "00L", "2021-12-31", 1),
        (None, "", None),
        (1, "01E", "2021-12-31", 2),
        (),
        (),
    ]
    write_workbook(tmp_path / "table_a.xlsx", above + table)
    assert rows_of(converted(tmp_path, seeds)) == [
        ["", "code", "Day", "AMOUNT"],
        ["0", "00L", "2021-12-31", "1"],
        ["1", "01E", "2021-12-31", "2"],
    ]
    write_workbook(tmp_path / "table_a.xlsx", [("x",), *above, *table])
    assert rows_of(converted(tmp_path, seeds))[0] == ["amount", "per day", "", ""], "the eleventh row is not looked at"


def test_a_workbook_is_read_once_and_again_when_it_changes(
    tmp_path: Path, seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_workbook(tmp_path / "table_a.xlsx", [HEADER, ("00L", "2021-12-31", 1)])
    first = converted(tmp_path, seeds)
    assert f"Reading {tmp_path}/table_a.xlsx" in capsys.readouterr().out
    assert converted(tmp_path, seeds) == first
    assert not capsys.readouterr().out
    write_workbook(tmp_path / "table_a.xlsx", [HEADER, ("00L", "2021-12-31", 2)])
    assert rows_of(converted(tmp_path, seeds))[1] == ["00L", "2021-12-31", "2"]
    (seeds / "table_a.yml").write_text(SEED.replace("amount", "number"))
    assert converted(tmp_path, seeds) not in (first, {}), "another header may be the right one now"


def test_an_empty_sheet_is_an_empty_file(tmp_path: Path, seeds: Path) -> None:
    """Of which the load says that it has no header."""
    write_workbook(tmp_path / "table_a.xlsx", [])
    assert rows_of(converted(tmp_path, seeds)) == []


Damage = Callable[[bytes, Path], object]


def all_hidden(content: bytes, path: Path) -> None:
    """The same workbook without a sheet that a reader would see."""
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with zipfile.ZipFile(path, "w") as changed:
        for name, part in parts.items():
            changed.writestr(name, re.sub(rb'(sheetId="[23]")', rb'\1 state="veryHidden"', part))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda content, path: path.write_bytes(content[:-200]), ["this is not a whole Excel workbook", "cut short"]),
        (lambda content, path: path.write_bytes(content[:500] + bytes(100) + content[600:]), ["not a whole Excel"]),
        (lambda content, path: path.write_bytes(b""), ["not a whole Excel workbook"]),
        (lambda content, path: path.write_bytes(b"<html>Sign in</html>"), ["not a whole Excel workbook"]),
        (all_hidden, ["not a whole Excel workbook", "no worksheet that can be seen"]),
        # As Excel encrypts a workbook, and as it wrote them until 2003.
        (
            lambda content, path: path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)),
            ["protected with a password, or is an old .xls", "save it as .xlsx without a password"],
        ),
    ],
    ids=["cut_short", "overwritten", "empty", "web_page", "all_hidden", "password"],
)
def test_what_is_no_workbook_is_named_and_leaves_nothing(
    tmp_path: Path, seeds: Path, damage: Damage, words: list[str]
) -> None:
    path = write_workbook(tmp_path / "table_a.xlsx", [HEADER, *[("00L", "2021-12-31", n) for n in range(50)]])
    damage(path.read_bytes(), path)
    about = converted(tmp_path, seeds)
    assert about.keys() == {"problem"}
    assert about["problem"].startswith(f"{tmp_path}/table_a.xlsx: ")
    assert len(about["problem"].splitlines()) == 4
    for word in words:
        assert word in about["problem"]
    assert not list((tmp_path / "converted").iterdir())


def test_a_sheet_that_ends_the_process_that_reads_it_is_named(
    tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell in the last row and column makes a table of 17 thousand million cells. Here the process ends itself."""
    write_workbook(tmp_path / "table_a.xlsx", [HEADER])
    monkeypatch.setattr(workbooks, "first_sheet", lambda workbook: os.kill(os.getpid(), signal.SIGKILL))
    assert "the first sheet does not fit into memory" in converted(tmp_path, seeds)["problem"]
