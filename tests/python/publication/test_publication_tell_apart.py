"""Appointments in PCNs' own systems have the header of regional files and are never taken for them."""

from pathlib import Path

import pytest
from publication_files import OLD, PCN, REGIONAL, csv_of, imported, manifest_of, rows_of, run_import, write

# Devon's practices in the coverage file have 1.27 to 1.30 million patients, so that these are 0.5 and 0.02 for each.
MANY, FEW = {"count_of_appointments": "650000"}, {"count_of_appointments": "26000"}
TELLS_NOTHING = {"count_of_appointments": "499"}
UNKNOWN, BOOKED, ATTENDED = ({"appointment_status": status} for status in ("Unknown", "Booked", "Attended"))
TABLES = {"regional": "appointments_regional", "pcn": "appointments_by_pcn_system"}


@pytest.mark.parametrize(
    ("volume", "status", "name", "expected"),
    [
        # Both signs of the rows agree: the name does not matter.
        (MANY, UNKNOWN, "Regional_CSV_devon.csv", "regional"),
        (MANY, UNKNOWN, "PCN_GRANULAR.csv", "regional"),
        (FEW, BOOKED, "PCN_GRANULAR.csv", "pcn"),
        (FEW, BOOKED, "Appointments_Regional.csv", "pcn"),
        (FEW, BOOKED, "a.csv", "pcn"),
        # One speaks: it stands where the name does not say otherwise.
        (MANY, ATTENDED, "a.csv", "regional"),
        (FEW, ATTENDED, "a.csv", "pcn"),
        (FEW, ATTENDED, "pcn.csv", "pcn"),
        (TELLS_NOTHING, UNKNOWN, "regional.csv", "regional"),
        (TELLS_NOTHING, BOOKED, "a.csv", "pcn"),
        (FEW, ATTENDED, "Regional_CSV_devon.csv", None),
        (MANY, ATTENDED, "PCN_GRANULAR.csv", None),
        (TELLS_NOTHING, BOOKED, "regional.csv", None),
        (TELLS_NOTHING, UNKNOWN, "pcn.csv", None),
        # They contradict each other: the name decides only for what the volume says.
        (FEW, UNKNOWN, "a.csv", None),
        (FEW, UNKNOWN, "Regional_CSV_devon.csv", None),
        (FEW, UNKNOWN, "PCN_GRANULAR.csv", "pcn"),
        (MANY, BOOKED, "a.csv", None),
        (MANY, BOOKED, "PCN_GRANULAR.csv", None),
        (MANY, BOOKED, "Regional_CSV_devon.csv", "regional"),
        # Neither speaks: the name decides, and without one the header.
        (TELLS_NOTHING, ATTENDED, "PCN_GRANULAR.csv", "pcn"),
        (TELLS_NOTHING, ATTENDED, "PCN_regional.csv", "regional"),
        (TELLS_NOTHING, ATTENDED, "a.csv", "regional"),
    ],
)
def test_a_file_is_told_by_its_rows_and_asked_about_where_they_disagree(
    tmp_path: Path, volume: dict[str, str], status: dict[str, str], name: str, expected: str | None
) -> None:
    file = write(tmp_path / name, csv_of(REGIONAL, volume | status | {"appointment_month": "MAY2024"}))
    run = run_import(tmp_path / "p", file)
    if expected:
        assert run.returncode == 0, run.stderr
        assert list(manifest_of(tmp_path / "p" / "2024-05")["tables"]) == [TABLES[expected]]
    else:
        assert run.returncode == 2
        assert f"{name}: the file holds appointments in general practice or appointments in PCNs' own" in run.stderr
        assert not list((tmp_path / "p").iterdir())


def test_a_question_says_what_speaks_for_each_and_its_answer_is_taken(tmp_path: Path) -> None:
    content = csv_of(REGIONAL, FEW | UNKNOWN)
    run = run_import(tmp_path / "p", write(tmp_path / "Regional_a.csv", content))
    assert (
        "For appointments in general practice: there is the status Unknown, which only appointments in general "
        "practice have; the file's name says so.\n"
        "    For appointments in PCNs' own systems: there are 0.020 appointments per registered patient and month; in "
        "general practice there are 0.3 to 1.0, and in PCNs' own systems fewer than 0.1.\n"
        "    It cannot be imported as appointments in general practice. If that is what it should hold, download it "
        "again.\n"
        "    If it holds appointments in PCNs' own systems, give it a name that begins with PCN_.\n"
    ) in run.stderr
    imported(tmp_path / "p", write(tmp_path / "PCN_a.csv", content))
    assert list(manifest_of(tmp_path / "p" / "2022-05")["tables"]) == ["appointments_by_pcn_system"]
    content = csv_of(REGIONAL, MANY | BOOKED)
    run = run_import(tmp_path / "q", write(tmp_path / "a.csv", content))
    assert "If it holds appointments in general practice, give it a name that begins with Regional_." in run.stderr
    imported(tmp_path / "q", write(tmp_path / "Regional_b.csv", content))
    assert list(manifest_of(tmp_path / "q" / "2022-05")["tables"]) == ["appointments_regional"]


def test_both_tables_of_one_place_and_month_lie_side_by_side(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "Regional_1.csv", csv_of(REGIONAL, MANY | UNKNOWN)),
        write(tmp_path / "Regional_2.csv", csv_of(PCN, FEW)),
    ]
    imported(tmp_path / "p", *files)
    for table, count in (("appointments_regional", "650000"), ("appointments_by_pcn_system", "26000")):
        assert rows_of(tmp_path / "p/2022-05" / f"{table}.parquet", "count_of_appointments") == [(count,)]


def test_files_by_ccg_are_regional_whatever_they_say(tmp_path: Path) -> None:
    """They are of years in which PCNs' own systems were not published."""
    row = FEW | BOOKED | {"appointment_month": "MAY2021"}
    imported(tmp_path / "p", write(tmp_path / "PCN_GRANULAR.csv", csv_of(f"appointments_regional {OLD}", row)))
    assert list(manifest_of(tmp_path / "p" / "2021-05")["tables"]) == ["appointments_regional"]
