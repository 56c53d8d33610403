"""The real publication of October 2025, which is not in the project: imported and built to the appointment."""

import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, TEST_DATA, Dbt
from database import quote
from publication_files import NEW, imported, manifest_of, release


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


def asked(release: Path, table: str, select: str) -> list[tuple[Any, ...]]:
    """What a query on a table of a release returns."""
    with duckdb.connect() as connection:
        return connection.execute(select.replace("$", quote(release / f"{table}.parquet"))).fetchall()


def test_all_that_the_real_page_offers_is_imported_to_the_appointment(publication_raw_dir: Path) -> None:
    """Rows and sums were counted on the publisher's files by other hands."""
    manifest = manifest_of(publication_raw_dir)
    assert manifest["release_month"] == "2025-10"
    assert {table: (about["rows"], about["appointments"]) for table, about in manifest["tables"].items()} == {
        "appointments_regional": (712_198, 917_026_378),
        "actual_duration": (593_444, 822_664_647),
        "national_categories": (436_113, 193_462_649),
        "sub_icb_coverage": (3_180, None),
        "appointments_by_role": (407_641, 917_026_378),
        "appointments_by_practice": (392_709, 15_065_690),
        "practices": (6_194, None),
        "appointments_by_pcn_system": (235_446, 27_419_666),
        "registered_patients": (329_079, None),
        "workforce": (38_696, None),
    }
    months = {table: (about["first_month"], about["last_month"]) for table, about in manifest["tables"].items()}
    assert months["appointments_by_pcn_system"] == ("2023-04", "2025-10")
    assert months["registered_patients"] == months["workforce"] == ("2025-11", "2025-11")
    for table in ("appointments_regional", "actual_duration", "sub_icb_coverage"):
        assert (*months[table], manifest["tables"][table]["icbs"]) == ("2023-05", "2025-10", 42)
    categories = manifest["tables"]["national_categories"]
    assert (*months["national_categories"], categories["icbs"]) == ("2024-01", "2024-12", 24)
    assert len(categories["absent"]) == 18
    assert len(manifest["tables"]["appointments_regional"]["sources"]) == 42
    said = (publication_raw_dir.parent / "said.txt").read_text(encoding="utf-8")
    assert re.search(
        r"Left out:\n   National_Overview.zip:National_Overview.csv: the National Overview[^\n]*\nAbsent", said
    )


@pytest.mark.parametrize(
    ("table", "column", "count", "expected"),
    [
        (
            "appointments_by_role",
            "sds_role_group",
            "count_of_appointments",
            {
                "GP": 406_469_861,
                "Other Direct Patient Care": 227_121_274,
                "Nurses": 187_347_748,
                "Data Quality": 58_461_477,
                "Unknown": 37_626_018,
            },
        ),
        (
            "appointments_by_practice",
            "hcp_type",
            "count_of_appointments",
            {"GP": 6_187_232, "Other Practice staff": 8_565_031, "Unknown": 313_427},
        ),
        (
            "appointments_by_practice",
            "appointment_status",
            "count_of_appointments",
            {"Attended": 13_232_071, "Unknown": 1_096_123, "DNA": 737_496},
        ),
        (
            "workforce",
            "staff_group",
            "fte",
            {
                "Other Direct Patient Care staff": 25_313.49,
                "Other Admin/Non-clinical staff": 2_675.67,
                "Other Nurses": 1_229.00,
                "Other GPs": 994.41,
                "Directors": 363.40,
            },
        ),
        ("workforce", "source", "fte", {"PCN": 30_575.976}),
        ("workforce", "snapshot_month", "fte", {"2025-11": 30_575.976}),
    ],
)
def test_every_group_of_the_real_tables_has_its_sum(
    publication_raw_dir: Path, table: str, column: str, count: str, expected: dict[str, float]
) -> None:
    found = dict(
        asked(publication_raw_dir, table, f"select {column}, sum({count}::decimal(18, 6))::double from $ group by all")
    )
    assert found == pytest.approx(expected, abs=0.005)


def test_every_level_of_the_real_patients_has_all_of_them(publication_raw_dir: Path) -> None:
    found = asked(
        publication_raw_dir,
        "registered_patients",
        """
        select
            org_type, sum(number_of_patients::bigint) filter (sex = 'ALL' and age_group_5 = 'ALL'),
            sum(number_of_patients::bigint) filter (sex <> 'ALL' and age_group_5 <> 'ALL')
        from $ group by all
        """,
    )
    levels = ("Comm Region", "GP", "ICB", "PCN", "SUB_ICB_LOCATION_CODE")
    assert {level: everyone for level, everyone, _ in found} == dict.fromkeys(levels, 63_947_100)
    assert {level: parts for level, _, parts in found} == dict.fromkeys(levels, 63_947_100)


def test_the_real_map_has_every_practice_with_codes_as_published(publication_raw_dir: Path) -> None:
    assert asked(publication_raw_dir, "practices", "select count(*), count(distinct practice_code) from $") == [
        (6_194, 6_157)
    ]
    first = "select icb_code, region_code, pcn_name from $ where practice_code = 'A81001'"
    assert asked(publication_raw_dir, "practices", first) == [("QHM", "Y63", "STOCKTON PCN")]


@pytest.mark.usefixtures("publication_raw_dir")
def test_real_pcn_appointments_are_told_under_any_name_and_in_any_company(tmp_path: Path) -> None:
    """Each of the two has the other's name, and so has one ICB's month of each."""
    pcn = content_of(TEST_DATA / "publication_2025_10_more" / "PCN_GRANULAR.zip", "PCN_GRANULAR.csv")
    regional = TEST_DATA / "publication_2025_10" / "Appointments_GP_Regional_CSV_Oct_25.zip"
    devon = content_of(regional, "Regional_CSV_devon.csv")
    dorset = content_of(regional, "Regional_CSV_dorset.csv")
    for name, content in {
        "Regional_CSV_devon.csv": pcn,
        "PCN_GRANULAR.csv": devon,
        "PCN_month.csv": [row for row in dorset if b",OCT2025," in row or row is dorset[0]],
    }.items():
        (tmp_path / name).write_bytes(b"".join(content))
    imported(tmp_path / "p", tmp_path)
    tables = manifest_of(tmp_path / "p" / "2025-10")["tables"]
    assert {table: [source["file"] for source in about["sources"]] for table, about in tables.items()} == {
        "appointments_regional": ["PCN_GRANULAR.csv", "PCN_month.csv"],
        "appointments_by_pcn_system": ["Regional_CSV_devon.csv"],
    }
    small = tmp_path / "small"
    small.mkdir()
    (small / "Appointments_Regional.csv").write_bytes(
        b"".join(row for row in pcn if row is pcn[0] or (b",E54000037," in row and b",01OCT2025," in row))
    )
    imported(tmp_path / "q", small)
    assert list(manifest_of(tmp_path / "q" / "2025-10")["tables"]) == ["appointments_by_pcn_system"]


def content_of(path: Path, member: str) -> list[bytes]:
    """The lines of a CSV in a ZIP."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(member).splitlines(keepends=True)


def test_an_older_release_adds_the_months_that_have_dropped_out_of_the_real_one(
    publication_raw_dir: Path, tmp_path: Path
) -> None:
    """An invented one, of a month that the real release has no more and of one that it has, restated."""
    shutil.copytree(publication_raw_dir, tmp_path / "p" / "2025-10")
    devon = ("15N", "E38000230", "E54000037")
    cells = [(*devon, month, "Attended", 11) for month in ("APR2023", "MAY2023")]
    imported(tmp_path / "p", release(tmp_path / "older", NEW, cells), "--release", "2025-09")
    dbt = Dbt(tmp_path / "build")
    run = dbt("seed", "--select", "path:seeds/raw", NHS_RAW_DIR=str(tmp_path / "p"))
    assert run.returncode == 0, run.stdout
    with duckdb.connect(str(dbt.build_file), read_only=True) as connection:
        for table, rows, appointments in (
            ("appointments_regional", 712_198 + 1, 917_026_378 + 11),
            ("actual_duration", 593_444 + 1, 822_664_647 + 11),
            # The real categories begin in 2024.
            ("national_categories", 436_113 + 2, 193_462_649 + 22),
        ):
            found = connection.execute(
                f"select count(*), sum(count_of_appointments::bigint), count(distinct source_file) from raw.{table}"
            ).fetchone()
            assert found == (rows, appointments, 2), table
        places = connection.execute(
            "select raw_table, release_month::varchar, count(*) from raw.release_places where data_month is not null "
            "group by all order by all"
        ).fetchall()
    # 106 locations in 30 months; the categories have 37 of them in 12 months, and practices 29 in one.
    held = {table for table, month, _ in places if month == "2025-09-01"}
    assert ("appointments_by_practice", "2025-10-01", 29) in places
    assert [place for place in places if place[0] in held] == [
        (table, *found)
        for table, locations_x_months in (
            ("actual_duration", 106 * 30),
            ("appointments_regional", 106 * 30),
            ("national_categories", 37 * 12),
            ("sub_icb_coverage", 106 * 30),
        )
        for found in (("2025-09-01", 2), ("2025-10-01", locations_x_months))
    ]
