"""What an import makes of files, folders and ZIPs: the release, its manifest, its geography and what it lacks."""

import zipfile
from pathlib import Path

import import_publication
import pytest
from conftest import fingerprint
from publication_files import (
    NEW,
    OLD,
    PATIENTS,
    REGIONAL,
    csv_of,
    imported,
    manifest_of,
    rows_of,
    run_import,
    write,
    zip_of,
)


@pytest.mark.parametrize(
    "month", ["MAY2022", "01MAY2022", "2022-05", "2022-05-01", "01-May-22", "May-22", "2022-05-01 00:00:00"]
)
def test_the_release_is_the_latest_month_in_every_form_the_publisher_writes(tmp_path: Path, month: str) -> None:
    file = write(tmp_path / "a.csv", csv_of(REGIONAL, {"appointment_month": month}, {"appointment_month": "APR2022"}))
    imported(tmp_path / "p", file)
    manifest = manifest_of(tmp_path / "p" / "2022-05")
    about = manifest["tables"]["appointments_regional"]
    assert (manifest["release_month"], about["first_month"], about["last_month"]) == ("2022-05", "2022-04", "2022-05")
    assert (about["rows"], about["appointments"], about["icbs"], about["sub_icb_locations"]) == (2, 20, 1, 1)


def test_files_folders_and_zips_make_one_release_and_importing_again_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "with a space"
    folder.mkdir()
    zip_of(folder / "regional.zip", devon=csv_of(REGIONAL), notes=csv_of(f"sub_icb_coverage {NEW}"))
    with zipfile.ZipFile(folder / "regional.zip", "a") as archive:
        archive.writestr("folder/read me.txt", "no CSV")
    loose = write(tmp_path / "loose.csv", csv_of(f"actual_duration {NEW}"))
    output = imported(tmp_path / "p", folder, loose)
    assert "Imported the 2022-05 publication" in output
    assert "Left out:\n   regional.zip:folder/read me.txt: not CSV files\n" in output
    said = "The release has no national_categories. If these were published, import again with their files too."
    assert f"{said}\nNext: make build RAW={tmp_path / 'p' / '2022-05'}" in output
    first = fingerprint(tmp_path / "p")
    assert {Path(name).name for name in first} == {
        *("appointments_regional.parquet", "actual_duration.parquet", "sub_icb_coverage.parquet"),
        *("release_totals.parquet", "manifest.json"),
    }
    imported(tmp_path / "p", folder, loose)
    assert fingerprint(tmp_path / "p") == first


def test_a_file_that_pandas_wrote_counts_as_the_publishers_own(tmp_path: Path) -> None:
    """With an index that has no name, counts of `10.0` and a status in other capitals; 10.5 is no count."""
    rows = csv_of(
        REGIONAL,
        {"count_of_appointments": "10.0", "appointment_status": "ATTENDED"},
        {"count_of_appointments": "3.00", "appointment_status": "dna"},
        {"count_of_appointments": "10.5", "appointment_status": "Attended"},
    ).splitlines()
    indexed = [index + line for index, line in zip((b",", b"0,", b"1,", b"2,"), rows, strict=True)]
    file = write(tmp_path / "a.csv", b"\n".join(indexed))
    imported(tmp_path / "p", file)
    release = tmp_path / "p" / "2022-05"
    assert manifest_of(release)["tables"]["appointments_regional"]["appointments"] == 13
    totals = rows_of(release / "release_totals.parquet", "count_of_appointments, count_of_attended, count_of_dna")
    assert totals == [("13", "10", "3")]


def test_coverage_is_written_in_one_order(tmp_path: Path) -> None:
    """Its codes come from a join, which keeps none: importing again would otherwise write another file."""
    places = [{"sub_icb_location_code": f"{number:03}"} for number in reversed(range(100))]
    imported(
        tmp_path / "p",
        write(tmp_path / "a.csv", csv_of(REGIONAL, *places)),
        write(tmp_path / "b.csv", csv_of(f"sub_icb_coverage {NEW}", *places)),
    )
    codes = rows_of(tmp_path / "p" / "2022-05" / "sub_icb_coverage.parquet", "sub_icb_location_code")
    assert codes == [(f"{number:03}",) for number in range(100)]


def test_merged_ccgs_that_share_a_key_all_count(tmp_path: Path) -> None:
    rows = [{"count_of_appointments": "11"}, {"count_of_appointments": "12"}]
    imported(tmp_path / "p", write(tmp_path / "a.csv", csv_of(f"appointments_regional {OLD}", *rows)))
    counts = rows_of(tmp_path / "p" / "2022-05" / "appointments_regional.parquet", "count_of_appointments")
    assert counts == [("11",), ("12",)]


def test_what_a_partial_release_lacks_is_listed(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.csv",
        csv_of(
            REGIONAL,
            *({"appointment_month": month} for month in ("APR2022", "MAY2022")),
            {"sub_icb_location_code": "11J", "icb_ons_code": "E54000041"},
        ),
    )
    output = imported(tmp_path / "p", file)
    output = " ".join(output.split())
    assert "NHS Dorset ICB (E54000041): 1 of 2 months" in output
    assert "NHS Somerset ICB (E54000038)" in output
    assert "NHS Devon ICB" not in output
    assert len(manifest_of(tmp_path / "p" / "2022-05")["tables"]["appointments_regional"]["absent"]) == 41


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
    row = {"icb_ons_code": icb, "sub_icb_location_code": "06K", "appointment_month": month}
    output = imported(tmp_path / "p", write(tmp_path / "a.csv", csv_of(REGIONAL, row)))
    assert f"of geography {geography}, into" in output
    [folder] = (tmp_path / "p").iterdir()
    manifest = manifest_of(folder)
    assert manifest["geography"] == geography
    named = manifest["tables"]["appointments_regional"]["absent"]
    assert len(named) == absent
    assert ("NHS Central East ICB (E54000065)" in named) == (geography == "2026-04" and icb != "E54000065")


def test_a_later_month_of_another_publication_makes_no_release_newer(tmp_path: Path) -> None:
    """Devon's code is of both geographies, so that the month decides."""
    files = [
        write(tmp_path / "a.csv", csv_of(f"national_categories {NEW}", {"appointment_date": "03MAR2026"})),
        write(tmp_path / "b.csv", csv_of(PATIENTS, {"extract_date": "01APR2026"})),
    ]
    imported(tmp_path / "p", *files)
    assert manifest_of(tmp_path / "p" / "2026-03")["geography"] == "2022-07"


def test_a_release_is_replaced_only_by_one_that_holds_all_its_files(tmp_path: Path) -> None:
    devon = write(tmp_path / "devon.csv", csv_of(REGIONAL))
    dorset = write(
        tmp_path / "dorset.csv", csv_of(REGIONAL, {"sub_icb_location_code": "11J", "icb_ons_code": "E54000041"})
    )
    imported(tmp_path / "p", devon)
    run = run_import(tmp_path / "p", dorset)
    assert run.returncode == 2
    assert "files that are not in this import: devon.csv" in run.stderr
    imported(tmp_path / "p", devon, dorset)
    assert len(rows_of(tmp_path / "p/2022-05/appointments_regional.parquet")) == 2


def test_a_release_may_be_named_where_its_data_end_earlier(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", csv_of(f"national_categories {NEW}"))
    imported(tmp_path / "p", file, "--release", "2022-07")
    assert (tmp_path / "p" / "2022-07" / "national_categories.parquet").is_file()
    run = run_import(tmp_path / "p", file, "--release", "07/2022")
    assert run.returncode == 2
    assert "expected a month as yyyy-mm" in run.stderr
    run = run_import(tmp_path / "p", file, "--release", "2022-04")
    assert run.returncode == 2
    assert "the files hold 2022-05, so they are not of the 2022-04 publication" in run.stderr


def test_other_publications_do_not_name_a_release_and_go_with_any(tmp_path: Path) -> None:
    appointments = write(tmp_path / "a.csv", csv_of(REGIONAL, {"appointment_month": "APR2022"}))
    later = [
        write(tmp_path / f"{number}.csv", csv_of(layout))
        for number, layout in enumerate((PATIENTS, "workforce of PCNs", "workforce of general practice"))
    ]
    imported(tmp_path / "p", appointments, *later)
    manifest = manifest_of(tmp_path / "p" / "2022-04")
    assert {table: about["last_month"] for table, about in manifest["tables"].items()} == {
        "appointments_regional": "2022-04",
        "registered_patients": "2022-06",
        "workforce": "2022-06",
    }
    assert manifest["tables"]["registered_patients"]["absent"] == [], "it names organisations, not ICBs"
    imported(tmp_path / "q", appointments, *later, "--release", "2022-05")
    run = run_import(tmp_path / "r", *later)
    assert run.returncode == 2
    assert "no month of appointments can be read in the files, so the release has no name" in run.stderr
    imported(tmp_path / "r", *later, "--release", "2022-05")
    assert len(rows_of(tmp_path / "r" / "2022-05" / "workforce.parquet")) == 2


def test_a_month_of_practices_may_come_in_two_parts_with_a_map_in_each(tmp_path: Path) -> None:
    south = {"practice_code": "Z00002", "sub_icb_location_code": "11J"}
    parts = [
        zip_of(tmp_path / "north.zip", north=csv_of("appointments_by_practice"), Mapping=csv_of("practices")),
        zip_of(tmp_path / "south.zip", south=csv_of("appointments_by_practice", south), Mapping=csv_of("practices")),
    ]
    imported(tmp_path / "p", *parts)
    folder = tmp_path / "p" / "2022-05"
    assert rows_of(folder / "appointments_by_practice.parquet", "practice_code") == [("Z00001",), ("Z00002",)]
    assert rows_of(folder / "practices.parquet", "icb_code, region_code") == [("QJK", "Y58")]
    assert not list(folder.glob("*.csv"))


def test_a_release_that_is_in_place_is_never_said_not_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where `make import | head` closes the pipe that the report is written to."""

    def closed(_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(import_publication, "report", closed)
    file = write(tmp_path / "a.csv", csv_of(REGIONAL))
    with pytest.raises(BrokenPipeError):
        import_publication.main([str(file), "--publications", str(tmp_path / "p")])
    assert (tmp_path / "p" / "2022-05" / "manifest.json").is_file()
    assert "Nothing was imported" not in capsys.readouterr().err
