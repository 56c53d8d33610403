"""Importing a publication: layouts, hostile files, double loads, releases side by side, and the real October 2025."""

import csv
import hashlib
import io
import json
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import NO_UNIT_TESTS, PROJECT, Dbt, fingerprint

# The publisher's headers, as they stand in the files.
HEADERS = {
    ("appointments_regional", "by sub-ICB location"): (
        "SUB_ICB_LOCATION_CODE,SUB_ICB_LOCATION_ONS_CODE,SUB_ICB_LOCATION_NAME,ICB_ONS_CODE,ICB_NAME,REGION_ONS_CODE,"
        "REGION_NAME,Appointment_Month,APPT_STATUS,HCP_TYPE,APPT_MODE,TIME_BETWEEN_BOOK_AND_APPT,COUNT_OF_APPOINTMENTS"
    ),
    ("appointments_regional", "by CCG"): (
        "CCG_CODE,CCG_ONS_CODE,CCG_NAME,STP_ONS,STPNM,REGION_ONS_CODE,REGION_NAME,Appointment_Month,APPT_STATUS,"
        "HCP_TYPE,APPT_MODE,TIME_BETWEEN_BOOK_AND_APPT,COUNT_OF_APPOINTMENTS"
    ),
    ("actual_duration", "by sub-ICB location"): (
        "SUB_ICB_LOCATION_CODE,SUB_ICB_LOCATION_ONS_CODE,SUB_ICB_LOCATION_NAME,ICB_ONS_CODE,REGION_ONS_CODE,"
        "Appointment_Date,ACTUAL_DURATION,COUNT_OF_APPOINTMENTS"
    ),
    ("actual_duration", "by CCG"): (
        "CCG_CODE,CCG_ONS_CODE,CCG_NAME,STP_ONS_CODE,REGION_ONS_CODE,Appointment_Date,ACTUAL_DURATION,"
        "COUNT_OF_APPOINTMENTS"
    ),
    ("national_categories", "by sub-ICB location"): (
        "SUB_ICB_LOCATION_CODE,SUB_ICB_LOCATION_ONS_CODE,SUB_ICB_LOCATION_NAME,ICB_ONS_CODE,REGION_ONS_CODE,"
        "APPOINTMENT_DATE,SERVICE_SETTING,CONTEXT_TYPE,NATIONAL_CATEGORY,COUNT_OF_APPOINTMENTS"
    ),
    ("national_categories", "by CCG"): (
        "CCG_CODE,CCG_ONS_CODE,CCG_NAME,STP_ONS_CODE,REGION_ONS_CODE,APPOINTMENT_DATE,SERVICE_SETTING,CONTEXT_TYPE,"
        "NATIONAL_CATEGORY,COUNT_OF_APPOINTMENTS"
    ),
    ("sub_icb_coverage", "by sub-ICB location"): (
        "SUB_ICB_LOCATION_CODE,ICB_ONS_CODE,REGION_CODE,Appointment_Month,Included Practices,Open Practices,"
        "Patients registered at included practices,Patients registered at open practices"
    ),
    ("sub_icb_coverage", "by CCG"): (
        "COMMISSIONER_ORGANISATION_CODE,Appointment_Month,Included Practices,Open Practices,"
        "Patients registered at included practices,Patients registered at open practices"
    ),
}
# What the publisher has also called a column: table, era, first name, other name.
RESPELT = [("actual_duration", "by sub-ICB location", "SUB_ICB_LOCATION_NAME", "SUB_ICB_LOCATION")]
LAYOUTS = [
    *((table, era, header) for (table, era), header in HEADERS.items()),
    *((table, era, HEADERS[table, era].replace(first, other)) for table, era, first, other in RESPELT),
]
# A row for any of them, by the name of the column.
DEVON = {
    **dict.fromkeys(("SUB_ICB_LOCATION_CODE", "CCG_CODE", "COMMISSIONER_ORGANISATION_CODE"), "15N"),
    **dict.fromkeys(("SUB_ICB_LOCATION_ONS_CODE", "CCG_ONS_CODE"), "E38000230"),
    **dict.fromkeys(("SUB_ICB_LOCATION_NAME", "SUB_ICB_LOCATION", "CCG_NAME"), "NHS Devon, all of it"),
    **dict.fromkeys(("ICB_ONS_CODE", "STP_ONS", "STP_ONS_CODE"), "E54000037"),
    "Appointment_Month": "MAY2022",
    "Appointment_Date": "03MAY2022",
    "APPOINTMENT_DATE": "03MAY2022",
    "APPT_STATUS": "Attended",
    "HCP_TYPE": "GP",
    "APPT_MODE": "Telephone",
    "TIME_BETWEEN_BOOK_AND_APPT": "Same Day",
    "ACTUAL_DURATION": "6-10 Minutes",
    "SERVICE_SETTING": "General Practice",
    "CONTEXT_TYPE": "Care Related Encounter",
    "NATIONAL_CATEGORY": "Walk-in",
    "COUNT_OF_APPOINTMENTS": "10",
    "Included Practices": "9",
    "Open Practices": "10",
    "Patients registered at included practices": "900",
    "Patients registered at open practices": "1000",
}
REGIONAL = HEADERS["appointments_regional", "by sub-ICB location"]


def csv_of(header: str, *rows: dict[str, str]) -> bytes:
    """A file of the publisher's: these rows over DEVON's cells."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), extrasaction="ignore", restval="x")
    writer.writeheader()
    writer.writerows(DEVON | row for row in rows or [{}])
    return text.getvalue().encode()


def zip_of(path: Path, **members: bytes) -> Path:
    """A ZIP of CSVs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return path


def run_import(publications: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, str(PROJECT / "scripts" / "import_publication.py")),
            *map(str, arguments),
            *("--publications", str(publications)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def imported(publications: Path, *arguments: object) -> str:
    """Import what must import; return what was printed."""
    run = run_import(publications, *arguments)
    assert run.returncode == 0, run.stderr
    return run.stdout


def rows_of(file: Path, columns: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.read_parquet(str(file)).project(columns).fetchall()


@pytest.mark.parametrize(("table", "era", "header"), LAYOUTS)
def test_a_file_is_recognised_by_its_header_whatever_its_name(
    tmp_path: Path, table: str, era: str, header: str
) -> None:
    columns = header.split(",")
    shuffled = ",".join(["New column", *reversed(columns)])
    for name, content in {
        "as_published.CSV": csv_of(header),
        "other_order.csv": csv_of(shuffled),
        "other_case.csv": csv_of(header).replace(header.encode(), header.lower().encode()),
        "spreadsheet.csv": b"\xef\xbb\xbf" + csv_of(header).replace(b"\r\n", b"\n"),
    }.items():
        (tmp_path / name).write_bytes(content)
        imported(tmp_path / name.split(".")[0], tmp_path / name)
        folder = tmp_path / name.split(".")[0] / "2022-05"
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        [source] = manifest["tables"][table]["sources"]
        assert source["layout"] == f"{table} {era}"
        assert source["sha256"] == hashlib.sha256(content).hexdigest()
        [row] = duckdb.read_parquet(str(folder / f"{table}.parquet")).df().to_dict("records")
        assert row["sub_icb_location_code"] == "15N"
        if table == "sub_icb_coverage":
            assert [row[c] for c in list(row)[-4:]] == ["9", "10", "900", "1000"]
            assert row["appointment_month"] == "MAY2022"
            continue
        assert row["icb_ons_code"] == "E54000037"
        assert row["sub_icb_location_ons_code"] == "E38000230"
        assert row["sub_icb_location_name"] == "NHS Devon, all of it"
        assert row["count_of_appointments"] == "10"
        expected = {
            "appointments_regional": ["MAY2022", "Attended", "GP", "Telephone", "Same Day", "10"],
            "actual_duration": ["03MAY2022", "6-10 Minutes", "10"],
            "national_categories": [
                "03MAY2022",
                "General Practice",
                "Care Related Encounter",
                "Walk-in",
                "10",
                "2022-05",
            ],
        }[table]
        assert list(row.values())[5:] == expected


@pytest.mark.parametrize("month", ["MAY2022", "01MAY2022", "2022-05", "2022-05-01", "01-May-22"])
def test_the_release_is_the_latest_month_in_every_form_the_publisher_writes(tmp_path: Path, month: str) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_of(REGIONAL, {"Appointment_Month": month}, {"Appointment_Month": "APR2022"}))
    imported(tmp_path / "p", file)
    manifest = json.loads((tmp_path / "p" / "2022-05" / "manifest.json").read_text(encoding="utf-8"))
    about = manifest["tables"]["appointments_regional"]
    assert (manifest["release_month"], about["first_month"], about["last_month"]) == ("2022-05", "2022-04", "2022-05")
    assert (about["rows"], about["appointments"], about["icbs"], about["sub_icb_locations"]) == (2, 20, 1, 1)


def test_files_folders_and_zips_make_one_release_and_importing_again_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    folder.mkdir()
    zip_of(
        folder / "regional.zip",
        devon=csv_of(REGIONAL),
        notes=csv_of(HEADERS["sub_icb_coverage", "by sub-ICB location"]),
    )
    with zipfile.ZipFile(folder / "regional.zip", "a") as archive:
        archive.writestr("folder/read me.txt", "no CSV")
    loose = tmp_path / "loose.csv"
    loose.write_bytes(csv_of(HEADERS["actual_duration", "by sub-ICB location"]))
    output = imported(tmp_path / "p", folder, loose)
    assert "Imported the 2022-05 publication" in output
    assert "Ignored, being no CSV: " in output and "read me.txt" in output
    assert "No file of national_categories: a build needs all three tables." in output
    first = fingerprint(tmp_path / "p")
    assert {Path(name).name for name in first} == {
        *("appointments_regional.parquet", "actual_duration.parquet", "sub_icb_coverage.parquet"),
        *("release_totals.parquet", "manifest.json"),
    }
    imported(tmp_path / "p", folder, loose)
    assert fingerprint(tmp_path / "p") == first


def test_what_a_partial_release_lacks_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(
        csv_of(
            REGIONAL,
            *({"Appointment_Month": month} for month in ("APR2022", "MAY2022")),
            {"SUB_ICB_LOCATION_CODE": "11J", "ICB_ONS_CODE": "E54000041"},
        )
    )
    output = imported(tmp_path / "p", file)
    output = " ".join(output.split())
    assert "NHS Dorset ICB (E54000041): 1 of 2 months" in output
    assert "NHS Somerset ICB (E54000038)" in output
    assert "NHS Devon ICB" not in output
    absent = json.loads((tmp_path / "p/2022-05/manifest.json").read_text())["tables"]["appointments_regional"]["absent"]
    assert len(absent) == 41


@pytest.mark.parametrize(
    ("icb", "month", "geography", "absent"),
    [
        ("E54000065", "MAR2026", "2026-04", 35),  # a new code tells, whatever the month
        ("E54000025", "MAY2026", "2022-07", 41),  # and so does one that ended
        ("E54000037", "MAR2026", "2022-07", 41),  # Devon's is of both: the month decides
        ("E54000037", "MAY2026", "2026-04", 35),
        ("E54000012", "MAY2021", "2022-07", 41),  # an STP is the ICB of its location
        ("E54999999", "MAY2026", "2026-04", 36),  # nobody's code is none of England's ICBs
    ],
)
def test_a_release_is_held_against_the_icbs_of_its_own_geography(
    tmp_path: Path, icb: str, month: str, geography: str, absent: int
) -> None:
    file = write(
        tmp_path / "a.csv",
        csv_of(REGIONAL, {"ICB_ONS_CODE": icb, "SUB_ICB_LOCATION_CODE": "06K", "Appointment_Month": month}),
    )
    output = imported(tmp_path / "p", file)
    assert f"of geography {geography}, into" in output
    [folder] = (tmp_path / "p").iterdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["geography"] == geography
    named = manifest["tables"]["appointments_regional"]["absent"]
    assert len(named) == absent
    assert ("NHS Central East ICB (E54000065)" in named) == (geography == "2026-04" and icb != "E54000065")


def unsafe_zip(path: Path, name: str, link: bool = False, content: bytes | None = None) -> Path:
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    if link:
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, csv_of(REGIONAL) if content is None else content)
    return path


def zip_with_one_name_twice(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", csv_of(REGIONAL))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", csv_of(REGIONAL, {"Appointment_Month": "APR2022"}))
    return path


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def truncated(path: Path) -> Path:
    zip_of(path, devon=csv_of(REGIONAL, *({"HCP_TYPE": str(number)} for number in range(2000))))
    return write(path, path.read_bytes()[:-200])


def corrupt(path: Path) -> Path:
    """A ZIP whose directory is sound and whose member is not."""
    zip_of(path, devon=csv_of(REGIONAL, *({"HCP_TYPE": str(number)} for number in range(2000))))
    content = bytearray(path.read_bytes())
    content[200:240] = bytes(40)
    return write(path, bytes(content))


def encrypted(path: Path) -> Path:
    """A ZIP whose member claims to be encrypted, in both of its headers."""
    zip_of(path, devon=csv_of(REGIONAL))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = struct.pack("<H", 1)
    return write(path, bytes(content))


REFUSALS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no_such_file": (lambda p: p / "nothing.zip", "no such file or folder"),
    "no_csv": (lambda p: write(p / "a.xlsx", b"x"), "no CSV in"),
    "unknown_header": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL.replace("APPT_MODE,", ""))),
        "nearest: appointments_regional by sub-ICB location, which also has APPT_MODE",
    ),
    "empty_file": (lambda p: write(p / "a.csv", b""), "found: nothing"),
    "practice_level": (
        lambda p: write(p / "a.csv", csv_of("GP_CODE,GP_NAME," + REGIONAL)),
        "a practice-level crosstab",
    ),
    "daily_crosstab": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL.replace("Appointment_Month", "Appointment_Date"))),
        "a daily crosstab",
    ),
    "column_twice": (lambda p: write(p / "a.csv", csv_of(REGIONAL + ",appt_mode")), "APPT_MODE appears more than once"),
    "latin_1": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL, {}, {"HCP_TYPE": "Caf\xe9"}).decode().encode("latin-1")),
        "line 3 is not UTF-8",
    ),
    "utf_16": (lambda p: write(p / "a.csv", csv_of(REGIONAL).decode().encode("utf-16")), "line 1 is not UTF-8"),
    "short_line": (lambda p: write(p / "a.csv", csv_of(REGIONAL) + b"15N,E38000230\r\n"), "line 3 cannot be read"),
    "long_line": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL) + csv_of(REGIONAL).splitlines()[1] + b",1,2\r\n"),
        "line 3 cannot be read",
    ),
    "no_month": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL, {"Appointment_Month": "May"})),
        "is not to be read, which no publication",
    ),
    "odd_year": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL, {"Appointment_Month": "MAY9999"})),
        "is 9999-05, which no publication",
    ),
    "truncated_zip": (lambda p: truncated(p / "a.zip"), "damaged or cut short"),
    "corrupt_zip": (lambda p: corrupt(p / "a.zip"), "the ZIP is damaged"),
    "encrypted_zip": (lambda p: encrypted(p / "a.zip"), "cannot be unpacked"),
    "not_a_zip": (lambda p: write(p / "a.zip", b"<html>Not found</html>"), "damaged or cut short"),
    "zip_slip": (lambda p: unsafe_zip(p / "a.zip", "../../evil.csv"), "a path that leads out of the ZIP"),
    "zip_slip_windows": (lambda p: unsafe_zip(p / "a.zip", "..\\evil.csv"), "a path that leads out of the ZIP"),
    "zip_absolute": (lambda p: unsafe_zip(p / "a.zip", "/tmp/evil.csv"), "a path that leads out of the ZIP"),
    "zip_drive": (lambda p: unsafe_zip(p / "a.zip", "C:evil.csv"), "a path that leads out of the ZIP"),
    "zip_link": (lambda p: unsafe_zip(p / "a.zip", "a.csv", link=True), "a link instead of a file"),
    "zip_in_zip": (lambda p: unsafe_zip(p / "a.zip", "a.zip"), "a ZIP inside a ZIP"),
    "zip_name_twice": (lambda p: zip_with_one_name_twice(p / "a.zip"), "two files of one name in the ZIP"),
    "zip_bomb": (
        lambda p: unsafe_zip(p / "a.zip", "a.csv", content=bytes(50_000_000)),
        "bytes that unpack to 50,000,000",
    ),
    "doubled_file": (lambda p: write(p / "a.csv", csv_of(REGIONAL, {}, {})), "the same rows are in it twice"),
    "a_key_twice": (
        lambda p: write(p / "a.csv", csv_of(REGIONAL, {}, {"COUNT_OF_APPOINTMENTS": "11"})),
        "the same rows are in it twice",
    ),
    "doubled_ccg_file": (
        lambda p: write(
            p / "a.csv", csv_of(HEADERS["appointments_regional", "by CCG"], *({}, {"HCP_TYPE": "Unknown"}) * 2)
        ),
        "the same rows are in it twice",
    ),
    "a_key_twice_in_a_daily_ccg_file": (
        lambda p: write(p / "a.csv", csv_of(HEADERS["actual_duration", "by CCG"], {}, {"COUNT_OF_APPOINTMENTS": "11"})),
        "the same rows are in it twice",
    ),
    "a_file_and_its_copy": (
        lambda p: zip_of(p / "a.zip", devon=csv_of(REGIONAL), copy_of_devon=csv_of(REGIONAL)),
        "are the same file",
    ),
    "two_releases_at_once": (
        lambda p: zip_of(p / "a.zip", devon=csv_of(REGIONAL), later=csv_of(REGIONAL, {"COUNT_OF_APPOINTMENTS": "11"})),
        "appointments_regional holds 15N in 2022-05 in two files",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_no_sound_publication_is_refused_by_name_and_nothing_changes(tmp_path: Path, case: str) -> None:
    make_file, word = REFUSALS[case]
    good = write(tmp_path / "good.csv", csv_of(HEADERS["actual_duration", "by CCG"]))
    publications = tmp_path / "p"
    imported(publications, good)
    before = fingerprint(publications)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    file = make_file(inbox)
    run = run_import(publications, file)
    assert run.returncode == 2, run.stdout
    assert word in run.stderr
    assert file.name in run.stderr or case in ("no_month", "odd_year")
    assert "Nothing was imported." in run.stderr
    assert "Traceback" not in run.stderr
    assert fingerprint(publications) == before
    assert {path.name for path in tmp_path.iterdir()} == {"good.csv", "p", "inbox"}
    assert {path.name for path in inbox.iterdir()} <= {file.name}


def test_every_unusable_file_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path / "one.csv", b"a,b\n1,2\n")
    write(tmp_path / "two.csv", csv_of("GP_CODE," + REGIONAL))
    run = run_import(tmp_path / "p", tmp_path)
    assert run.returncode == 2
    assert "one.csv: no known layout" in run.stderr
    assert "two.csv: a practice-level crosstab" in run.stderr


def test_a_name_cannot_write_on_the_terminal_or_become_sql(tmp_path: Path) -> None:
    evil = "'); drop table x; --\x1b[2J.csv"
    with zipfile.ZipFile(tmp_path / "it's.zip", "w") as archive:
        archive.writestr(evil, csv_of(REGIONAL + ",'); drop table x; --"))
    imported(tmp_path / "p's", tmp_path / "it's.zip")
    manifest = json.loads((tmp_path / "p's" / "2022-05" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["tables"]["appointments_regional"]["sources"][0]["member"] == evil
    copy = write(tmp_path / "copy.csv", csv_of(REGIONAL + ",'); drop table x; --"))
    run = run_import(tmp_path / "p's", tmp_path / "it's.zip", copy)
    assert "'); drop table x; --?[2J.csv are the same file" in run.stderr


def test_a_release_is_replaced_only_by_one_that_holds_all_its_files(tmp_path: Path) -> None:
    devon = write(tmp_path / "devon.csv", csv_of(REGIONAL))
    dorset = write(
        tmp_path / "dorset.csv", csv_of(REGIONAL, {"SUB_ICB_LOCATION_CODE": "11J", "ICB_ONS_CODE": "E54000041"})
    )
    imported(tmp_path / "p", devon)
    run = run_import(tmp_path / "p", dorset)
    assert run.returncode == 2
    assert "files that are not in this import: devon.csv" in run.stderr
    imported(tmp_path / "p", devon, dorset)
    assert len(rows_of(tmp_path / "p/2022-05/appointments_regional.parquet")) == 2


def test_a_release_may_be_named_where_its_data_end_earlier(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", csv_of(HEADERS["national_categories", "by sub-ICB location"]))
    imported(tmp_path / "p", file, "--release", "2022-07")
    assert (tmp_path / "p" / "2022-07" / "national_categories.parquet").is_file()
    run = run_import(tmp_path / "p", file, "--release", "07/2022")
    assert run.returncode == 2
    assert "expected a month as yyyy-mm" in run.stderr
    run = run_import(tmp_path / "p", file, "--release", "2022-04")
    assert run.returncode == 2
    assert "the files hold 2022-05, so they are not of the 2022-04 publication" in run.stderr


def release(folder: Path, era: str, cells: list[tuple[str, str, str, str, str, int]]) -> Path:
    """A sound release of every table: cells of (code, ONS code, ICB, month as MAY2022, status, count)."""
    folder.mkdir()
    rows = [
        {
            **dict.fromkeys(("SUB_ICB_LOCATION_CODE", "CCG_CODE", "COMMISSIONER_ORGANISATION_CODE"), code),
            **dict.fromkeys(("SUB_ICB_LOCATION_ONS_CODE", "CCG_ONS_CODE"), ons),
            **dict.fromkeys(("ICB_ONS_CODE", "STP_ONS", "STP_ONS_CODE"), icb),
            "Appointment_Month": month,
            **dict.fromkeys(("Appointment_Date", "APPOINTMENT_DATE"), f"03{month}"),
            "APPT_STATUS": status,
            "COUNT_OF_APPOINTMENTS": str(count),
            "NATIONAL_CATEGORY": "Walk-in" if status == "Attended" else "Clinical Triage",
        }
        for code, ons, icb, month, status, count in cells
    ]
    months = dict.fromkeys(row["Appointment_Month"] for row in rows)
    places = {row["CCG_CODE"]: row for row in rows}.values()
    for table, chosen in {
        "appointments_regional": rows,
        "actual_duration": [row for row in rows if row["APPT_STATUS"] == "Attended"],
        "national_categories": rows,
        "sub_icb_coverage": [place | {"Appointment_Month": month} for place in places for month in months],
    }.items():
        write(folder / f"{table}.csv", csv_of(HEADERS[table, era], *chosen))
    return folder


NEW, OLD = "by sub-ICB location", "by CCG"
DEVON_NOW = ("15N", "E38000230", "E54000037")
DERBY_NOW = ("15M", "E38000261", "E54000058")


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Dbt]:
    """Two releases of Devon and Derbyshire, the first in the era of CCGs; Devon's May has changed by 3% since."""
    folder = tmp_path_factory.mktemp("releases")
    first = release(
        folder / "first",
        OLD,
        [
            ("99P", "E38000129", "E54000037", "APR2022", "Attended", 70),
            ("99Q", "E38000152", "E54000037", "APR2022", "Attended", 30),
            ("15N", "E38000230", "E54000037", "MAY2022", "Attended", 90),
            ("15N", "E38000230", "E54000037", "MAY2022", "DNA", 10),
            ("15M", "E38000229", "E54000012", "MAY2022", "Attended", 40),
        ],
    )
    second = release(
        folder / "second",
        NEW,
        [
            (*DEVON_NOW, "APR2022", "Attended", 100),
            (*DEVON_NOW, "MAY2022", "Attended", 93),
            (*DEVON_NOW, "MAY2022", "DNA", 10),
            (*DEVON_NOW, "JUN2022", "Attended", 50),
            (*DERBY_NOW, "MAY2022", "Attended", 41),
        ],
    )
    # The later one first: the order of importing is not that of publishing.
    imported(folder / "p", second)
    imported(folder / "p", first)
    return folder / "p", Dbt(folder / "build")


def query(dbt: Dbt, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(dbt.build_file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_releases_lie_side_by_side_and_what_was_restated_is_shown(releases: tuple[Path, Dbt]) -> None:
    publications, dbt = releases
    run = dbt("build", *NO_UNIT_TESTS, NHS_RAW_DIR=str(publications / "2022-06"))
    assert run.returncode == 0, run.stdout
    restated = query(
        dbt,
        "select icb_ons_code, strftime(appointment_month, '%Y-%m'), measure, "
        "strftime(first_published_release, '%Y-%m'), strftime(latest_release, '%Y-%m'), first_count, latest_count, "
        "change, round(change_share, 6), revision_count from quality.quality_restatements order by all",
    )
    both = ("2022-05", "2022-06")
    assert restated == [
        ("E54000037", "2022-04", "appointments", *both, 100, 100, 0, 0.0, 0),
        ("E54000037", "2022-04", "attended", *both, 100, 100, 0, 0.0, 0),
        ("E54000037", "2022-04", "dna", *both, 0, 0, 0, None, 0),
        ("E54000037", "2022-05", "appointments", *both, 100, 103, 3, 0.03, 1),
        ("E54000037", "2022-05", "attended", *both, 90, 93, 3, round(3 / 90, 6), 1),
        ("E54000037", "2022-05", "dna", *both, 10, 10, 0, 0.0, 0),
    ], "the CCG of Derbyshire had another boundary, so it is not compared"
    [(headline,)] = query(
        dbt, "select headline from marts.mart_headline_answers where evidence_mart = 'quality_restatements'"
    )
    assert headline == (
        "Later publications changed 1 of 2 ICB months by more than 1%, most of all NHS Devon ICB in May 2022: "
        "100 appointments as first published, 103 now (3.0%)."
    )
    areas = query(
        dbt,
        "select area_name, sum(appointment_count), max(registered_patients) from marts.mart_demand_by_mode_and_status "
        "where area_level in ('England', 'ICB', 'Sub-ICB location') group by area_level, area_name order by all",
    )
    assert areas == [
        # 900 patients in each location and month.
        ("England (1 of 42 ICBs)", 294, 1800.0),
        ("NHS Derby and Derbyshire ICB (1 of 3 months)", 41, 900.0),
        ("NHS Derby and Derbyshire ICB - 15M (1 of 3 months)", 41, 900.0),
        ("NHS Devon ICB", 253, 900.0),
        ("NHS Devon ICB - 15N", 253, 900.0),
    ]


def test_a_warehouse_can_be_built_as_an_earlier_release_had_it(releases: tuple[Path, Dbt]) -> None:
    publications, dbt = releases
    run = dbt("build", *NO_UNIT_TESTS, NHS_RAW_DIR=str(publications), NHS_AS_OF="2022-05")
    assert run.returncode == 0, run.stdout
    assert query(dbt, "select count(*) from quality.quality_restatements") == [(0,)]
    # Two CCGs that merged in 2019 are Devon; one whose boundary changed in 2022 is an area of its own, and said to be.
    assert query(
        dbt,
        "select sub_icb_location_code, icb_ons_code, strftime(appointment_month, '%Y-%m'), sum(appointment_count) "
        "from core.fct_appointments_monthly group by all order by all",
    ) == [
        ("15N", "E54000037", "2022-04", 100),
        ("15N", "E54000037", "2022-05", 100),
        ("E38000229", "E54000012", "2022-05", 40),
    ]
    # A CCG's coverage file has its short code alone; its patients are counted where its appointments are.
    assert query(
        dbt,
        "select sub_icb_location_code, icb_ons_code, sum(included_practice_patients) "
        "from core.fct_sub_icb_coverage_monthly where coverage_month = '2022-05-01' group by all order by all",
    ) == [("15N", "E54000037", 2700), ("E38000229", "E54000012", 900)]
    assert "New sub-ICB location code, kept under its own name: E38000229" in run.stdout
    missing = dbt("seed", NHS_RAW_DIR=str(publications), NHS_AS_OF="2021-01")
    assert missing.returncode != 0
    assert f"{publications}/2021-01" in missing.stdout


# The real release: figures of the publisher's files, counted once with pandas, and identities that must hold in it.
def test_the_real_release_is_imported_to_the_appointment(publication_raw_dir: Path) -> None:
    manifest = json.loads((publication_raw_dir / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["release_month"] == "2025-10"
    found = {
        table: (about["rows"], about["appointments"], about["first_month"], about["last_month"], about["icbs"])
        for table, about in manifest["tables"].items()
    }
    assert found == {
        "appointments_regional": (712_198, 917_026_378, "2023-05", "2025-10", 42),
        "actual_duration": (593_444, 822_664_647, "2023-05", "2025-10", 42),
        "national_categories": (436_113, 193_462_649, "2024-01", "2024-12", 24),
        "sub_icb_coverage": (3_180, None, "2023-05", "2025-10", 42),
    }
    assert [len(about["sources"]) for about in manifest["tables"].values()] == [42, 1, 1, 1]
    assert [len(about["absent"]) for about in manifest["tables"].values()] == [0, 0, 18, 0]


def test_both_identities_hold_in_every_location_and_month_of_the_real_release(publication_warehouse: Path) -> None:
    for fact, condition, cells in (
        ("fct_appointment_durations_daily", "appointment_status = 'Attended'", 3_180),
        ("fct_appointment_categories_daily", "true", 444),
    ):
        with duckdb.connect(str(publication_warehouse), read_only=True) as connection:
            found = connection.execute(
                f"""
                select count(*), sum(abs(daily.appointments - monthly.appointments)) from (
                    select sub_icb_location_code, appointment_month, sum(appointment_count) as appointments
                    from core.{fact} group by all
                ) as daily inner join (
                    select sub_icb_location_code, appointment_month, sum(appointment_count) as appointments
                    from core.fct_appointments_monthly where {condition} group by all
                ) as monthly using (sub_icb_location_code, appointment_month)
                """
            ).fetchone()
        assert found == (cells, 0), fact


def test_the_release_s_own_coverage_is_what_the_reference_seed_has(publication_warehouse: Path) -> None:
    """The seed was summed from the same publication by other hands: 106 locations in 30 months."""
    with duckdb.connect(str(publication_warehouse), read_only=True) as connection:
        seed = str(PROJECT / "seeds" / "reference" / "practice_coverage.csv")
        found = connection.execute(
            f"""
            select count(*), count(*) filter (
                r.included_practices = c.included_practices and r.open_practices = c.open_practices
                and r.included_practice_patients = c.included_practice_patients
                and r.open_practice_patients = c.open_practice_patients
            ) from core.fct_sub_icb_coverage_monthly as c
            left join read_csv('{seed}') as r using (icb_ons_code, sub_icb_location_code, coverage_month)
            """
        ).fetchone()
    assert found == (3180, 3180)
