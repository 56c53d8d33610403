"""What a publication's page offers and the warehouse does not use: left out by name, with the reason."""

import zipfile
from pathlib import Path

import pytest
from conftest import make
from publication.recognise import read_layouts
from publication_files import NEW, PROJECT, REGIONAL, csv_of, imported, manifest_of, run_import, write

OVERVIEW = (
    b"APPOINTMENT_MONTH,APPT_STATUS,HCP_TYPE,APPT_MODE,SERVICE_SETTING,CONTEXT_TYPE,NATIONAL_CATEGORY,APPOINTMENTS\r\n"
)
PATIENTS_OF_ALL_AGES = b"PUBLICATION,EXTRACT_DATE,TYPE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\r\n"


def daily(day: str) -> bytes:
    return csv_of(REGIONAL, {"appointment_month": day}).replace(b"Appointment_Month", b"Appointment_Date")


def test_all_that_a_page_offers_is_imported_or_left_out_with_the_reason(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    known = read_layouts()
    for number, table in enumerate(known.tables):
        layout = next(layout for layout in known.layouts if layout.table == table)
        write(page / f"{number}.csv", csv_of(layout.name))
    with zipfile.ZipFile(page / "Daily.zip", "w") as archive:
        for day in range(10, 17):
            archive.writestr(f"Daily_{day}.csv", daily(f"{day}MAY2022"))
    write(page / "National_Overview.csv", OVERVIEW + b"2022-05,Attended,GP,Caf\xe9,,,,1\r\n")
    write(page / "NIMS_Vaccinations.csv", b"WEEK,VACCINATIONS\r\n1,2\r\n")
    write(page / "gp-reg-pat-prac-all.csv", PATIENTS_OF_ALL_AGES)
    write(page / "Summary.xlsx", b"x")
    write(page / "Annex.xlsx", b"")
    output = imported(tmp_path / "p", page)
    assert list(manifest_of(tmp_path / "p" / "2022-05")["tables"]) == list(known.tables)
    named = output[output.index("Left out:\n") :].split("\nAbsent")[0].splitlines()[1:]
    assert sorted(line.strip() for line in named) == [
        "Annex.xlsx, Summary.xlsx: not CSV files",
        "Daily.zip:Daily_10.csv, Daily.zip:Daily_11.csv, Daily.zip:Daily_12.csv, Daily.zip:Daily_13.csv, "
        "Daily.zip:Daily_14.csv and 2 more: counts by day of the appointments that are in the regional files",
        "NIMS_Vaccinations.csv: counts of COVID-19 vaccinations, which are not appointments",
        "National_Overview.csv: the National Overview, which has the appointments of the regional files for England as "
        "a whole",
        "gp-reg-pat-prac-all.csv: registered patients by year of age or of all ages; those by five years of age are "
        "used",
    ]


def test_an_unknown_csv_stops_the_import_until_it_may_be_ignored(tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    write(page / "a.csv", csv_of(REGIONAL))
    write(page / "odd.csv", b"a,b\n1,2\n")
    write(page / "old.csv", b"Caf\xe9,b\n1,2\n")
    run = run_import(tmp_path / "p", page, IGNORE_UNKNOWN="0")
    assert run.returncode == 2
    assert "old.csv: line 1 is not UTF-8" in run.stderr
    assert "odd.csv: no known layout has this header" in run.stderr
    assert "IGNORE_UNKNOWN=1 leaves out every CSV that is unknown" in run.stderr
    for arguments, environment in (([], {"IGNORE_UNKNOWN": "1"}), (["--ignore-unknown"], {})):
        output = imported(tmp_path / "p", page, *arguments, **environment)
        assert "Left out:\n   odd.csv, old.csv: unknown CSV files, which IGNORE_UNKNOWN=1 leaves out" in output
        assert list(manifest_of(tmp_path / "p" / "2022-05")["tables"]) == ["appointments_regional"]


def test_make_hands_the_leave_to_ignore_on(tmp_path: Path) -> None:
    """In a folder without an environment of its own, whose python prints what it was asked."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    write(tmp_path / "Makefile", (PROJECT / "Makefile").read_bytes())
    write(tmp_path / "requirements-build.lock", b"")
    python = write(tmp_path / ".venv" / "bin" / "python", b'#!/bin/sh\necho "$* IGNORE_UNKNOWN=$IGNORE_UNKNOWN"\n')
    python.chmod(0o755)
    write(tmp_path / ".venv" / "build.stamp", b"")
    run = make(tmp_path, "import", "PUBLICATION=a.zip", "IGNORE_UNKNOWN=1")
    assert run.stdout == "scripts/import_publication.py a.zip IGNORE_UNKNOWN=1\n", run.stderr


@pytest.mark.parametrize("ignore", ["0", "1"])
def test_leave_to_ignore_is_none_to_read_a_known_file_badly(tmp_path: Path, ignore: str) -> None:
    file = write(tmp_path / "a.csv", csv_of(REGIONAL) + b"15N\r\n")
    run = run_import(tmp_path / "p", file, IGNORE_UNKNOWN=ignore)
    assert run.returncode == 2
    assert "a.csv: line 3 cannot be read" in run.stderr


def test_a_page_without_anything_to_use_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "National_Overview.csv", OVERVIEW)
    run = run_import(tmp_path / "p", tmp_path)
    assert run.returncode == 2
    assert (
        "there is nothing in these files that the warehouse uses.\n   National_Overview.csv: the National" in run.stderr
    )


def test_a_name_leaves_no_file_out_that_a_layout_reads(tmp_path: Path) -> None:
    imported(tmp_path / "p", write(tmp_path / "during_covid.csv", csv_of(f"actual_duration {NEW}")))
    assert list(manifest_of(tmp_path / "p" / "2022-05")["tables"]) == ["actual_duration"]


def test_a_folder_s_name_leaves_no_file_out(tmp_path: Path) -> None:
    folder = tmp_path / "covid"
    folder.mkdir()
    run = run_import(tmp_path / "p", write(folder / "odd.csv", b"a,b\n1,2\n"))
    assert "odd.csv: no known layout has this header" in run.stderr


def test_what_computers_leave_behind_is_passed_over(tmp_path: Path) -> None:
    page = tmp_path / "page"
    (page / "__MACOSX").mkdir(parents=True)
    with zipfile.ZipFile(page / "REGIONAL.ZIP", "w") as archive:
        archive.mkdir("folder")
        archive.writestr("folder/DEVON.CSV", csv_of(REGIONAL))
        for name in ("__MACOSX/folder/._DEVON.CSV", "folder/.DS_Store", "folder/Thumbs.db", "folder/desktop.ini"):
            archive.writestr(name, b"\x00\x05\x16\x07")
    for name in ("__MACOSX/a.csv", "._b.csv", ".DS_Store", "Thumbs.db", "~$Summary.xlsx"):
        write(page / name, b"\x00\x05\x16\x07")
    output = imported(tmp_path / "p", page)
    assert "Left out" not in output
    [source] = manifest_of(tmp_path / "p" / "2022-05")["tables"]["appointments_regional"]["sources"]
    assert source["member"] == "folder/DEVON.CSV"
