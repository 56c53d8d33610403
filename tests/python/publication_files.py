"""Files of made-up publications, in each layout that the import knows, and the import itself.

Each layout has a fixture in publication/fixtures: a CSV whose first line is the publisher's header ("A or B" where a
column has had two names), whose second line says which column of the raw table each becomes (nothing for a column that
is not read), and whose further lines are made-up rows.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "publication" / "fixtures"

NEW, OLD = "by sub-ICB location", "by CCG"
TABLES = ("appointments_regional", "actual_duration", "national_categories", "sub_icb_coverage")
REGIONAL = f"appointments_regional {NEW}"
PCN = f"appointments_by_pcn_system {NEW}"
PATIENTS = "registered_patients by five years of age"


@dataclass(frozen=True)
class Fixture:
    """A layout's fixture: by position, the publisher's names and our column ('' for none); and the rows, as cells."""

    names: list[list[str]]
    columns: list[str]
    rows: list[list[str]]


def fixture_file(layout: str) -> Path:
    """Where a layout's fixture is."""
    return FIXTURES / (re.sub(r"[^a-z0-9]+", "_", layout.lower()) + ".csv")


def fixture_of(layout: str) -> Fixture:
    """A layout's fixture. Fails the test, with a word on what to add, where there is none."""
    file = fixture_file(layout)
    if not file.is_file():
        pytest.fail(
            f"The layout {layout!r} has no fixture. Add {file.relative_to(PROJECT)}: its first line is the publisher's "
            "header, its second line says which column of the raw table each becomes (nothing for a column that is not "
            "read), and its further lines are made-up rows."
        )
    with file.open(encoding="utf-8", newline="") as lines:
        header, columns, *rows = csv.reader(lines)
    return Fixture([names.split(" or ") for names in header], columns, rows)


def as_csv(header: list[str], rows: list[list[str]]) -> bytes:
    """A CSV as the publisher writes it."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def csv_of(layout: str, *rows: dict[str, str]) -> bytes:
    """A file in a layout. Each row is the first of its fixture, but for the cells given by the names of our columns."""
    fixture = fixture_of(layout)
    return as_csv(
        [names[0] for names in fixture.names],
        [
            [row.get(column, cell) for column, cell in zip(fixture.columns, fixture.rows[0], strict=True)]
            for row in rows or [{}]
        ],
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zip_of(path: Path, **members: bytes) -> Path:
    """A ZIP of CSVs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


def release(
    folder: Path, era: str, cells: list[tuple[str, str, str, str, str, int]], tables: Iterable[str] = TABLES
) -> Path:
    """A sound release of the tables: cells of (code, ONS code, ICB, month as MAY2022, status, count)."""
    folder.mkdir()
    rows = [
        {
            "sub_icb_location_code": code,
            "sub_icb_location_ons_code": ons,
            "icb_ons_code": icb,
            "appointment_month": month,
            "appointment_date": f"03{month}",
            "appointment_status": status,
            "count_of_appointments": str(count),
            "national_category": "Walk-in" if status == "Attended" else "Clinical Triage",
        }
        for code, ons, icb, month, status, count in cells
    ]
    months = dict.fromkeys(row["appointment_month"] for row in rows)
    places = {row["sub_icb_location_code"]: row for row in rows}.values()
    chosen = {
        "actual_duration": [row for row in rows if row["appointment_status"] == "Attended"],
        "sub_icb_coverage": [place | {"appointment_month": month} for place in places for month in months],
    }
    for table in tables:
        write(folder / f"{table}.csv", csv_of(f"{table} {era}", *chosen.get(table, rows)))
    return folder


def run_import(publications: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, str(PROJECT / "scripts" / "import_publication.py")),
            *map(str, arguments),
            *("--publications", str(publications)),
        ],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def imported(publications: Path, *arguments: object, **environment: str) -> str:
    """Import what must import; return what was printed."""
    run = run_import(publications, *arguments, **environment)
    assert run.returncode == 0, run.stderr
    return run.stdout


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of an imported release."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def rows_of(file: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.read_parquet(str(file)).project(columns).fetchall()
