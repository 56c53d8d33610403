"""Releases side by side: what later ones restated, and the warehouse as an earlier one had it."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import NO_UNIT_TESTS, Dbt
from publication_files import NEW, OLD, TABLES, imported, release
from test_answers import write_page
from test_publish import publish
from test_raw_tables import build, differences_from_oracle, pictures_of

DEVON_NOW = ("15N", "E38000230", "E54000037")
DERBY_NOW = ("15M", "E38000261", "E54000058")

ONLY_THE_TEST_OF_LOCATIONS = ("--select", "+releases_hold_every_location", "--indirect-selection", "cautious")


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
    assert f"{publications}/2021-01, with the manifest.json of its import" in missing.stdout
    assert "found: 2022-05, 2022-06" in missing.stdout


# Places as three releases name them. Hertfordshire's ICB ended, and so did D4U1Y.
DEVON_CCG = ("15N", "E38000230", "E54000037")
HERTFORDSHIRE = ("06K", "E38000049", "E54000025")
HERTFORDSHIRE_TODAY = ("06K", "E38000049", "E54000065")
FRIMLEY = ("D4U1Y", "E38000252", "E54000034")
THAMES = ("U2G6B", "E38009901", "E54000070")


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases that follow each other, of CCGs, of the 42 ICBs and of today's; the first has no daily table."""
    folder = tmp_path_factory.mktemp("years")
    cells: dict[str, Any] = {
        "2022-05": (
            OLD,
            [
                (*place, month, "Attended", count)
                for place in (DEVON_CCG, HERTFORDSHIRE, FRIMLEY)
                for month, count in (("MAR2022", 10), ("APR2022", 11), ("MAY2022", 12))
            ],
            ("appointments_regional", "sub_icb_coverage"),
        ),
        "2022-06": (
            NEW,
            [
                (*place, month, status, count)
                for place in (DEVON_NOW, HERTFORDSHIRE, FRIMLEY)
                for month, status, count in (("MAY2022", "Attended", 12), ("MAY2022", "DNA", 1), ("JUN2022", "DNA", 1))
            ],
            TABLES,
        ),
        "2026-04": (
            NEW,
            [
                (*place, month, "Attended", count)
                for place in (DEVON_NOW, HERTFORDSHIRE_TODAY, THAMES)
                for month, count in (("JUN2022", 15), ("JUL2022", 14))
            ],
            TABLES,
        ),
    }
    for month, (era, rows, tables) in cells.items():
        imported(folder / "p", release(folder / month, era, rows, tables), "--release", month)
    return folder / "p"


def test_every_month_is_built_from_the_newest_release_that_has_it(years: Path, tmp_path: Path) -> None:
    dbt = Dbt(tmp_path)
    code, output = build(dbt, years)
    assert code == 0, output
    assert "Loaded 22 rows into raw.appointments_regional" not in output
    assert "Loaded 18 rows into raw.appointments_regional from 3 releases, 2022-05 to 2026-04" in output
    assert query(
        dbt,
        "select sub_icb_location_code, icb_ons_code, strftime(appointment_month, '%Y-%m'), sum(appointment_count) "
        "from core.fct_appointments_monthly group by all order by all",
    ) == [
        (place, icb, month, count)
        for place, icb, months in (
            ("06K", "E54000065", (3, 4, 5, 6, 7)),
            ("15N", "E54000037", (3, 4, 5, 6, 7)),
            ("D4U1Y", "E54000034", (3, 4, 5)),
            ("U2G6B", "E54000070", (6, 7)),
        )
        for month, count in ((f"2022-{number:02}", {3: 10, 4: 11, 5: 13, 6: 15, 7: 14}[number]) for number in months)
    ]
    assert query(dbt, "select raw_table, releases, source_file from quality.quality_raw_profile order by all") == [
        (table, f"{first}2022-05 from 2022-06; 2022-06 to 2022-07 from 2026-04", f"{years}/2026-04/{table}.parquet")
        for table, first in (
            ("actual_duration", ""),
            ("appointments_regional", "2022-03 to 2022-04 from 2022-05; "),
            ("national_categories", ""),
        )
    ]
    # The restatements are those of all releases, each ICB's as long as it was there.
    assert query(
        dbt,
        "select icb_ons_code, strftime(appointment_month, '%Y-%m'), first_count, latest_count "
        "from quality.quality_restatements where measure = 'appointments' order by all",
    ) == [
        ("E54000034", "2022-05", 12, 13),
        ("E54000037", "2022-05", 12, 13),
        ("E54000037", "2022-06", 1, 15),
        ("E54000065", "2022-05", 12, 13),
        ("E54000065", "2022-06", 1, 15),
    ]
    assert not differences_from_oracle(dbt.build_file, years)


def test_a_release_that_lacks_a_location_of_an_older_one_fails(years: Path, tmp_path: Path) -> None:
    """Frimley's location ended, so the newest release need not have it; Devon's file was left out of that release.

    In February, an older release has Devon as a CCG that merged into it.
    """
    shutil.copytree(years, tmp_path / "p")
    shutil.rmtree(tmp_path / "p" / "2026-04")
    merged = [("99P", "E38000129", "E54000037", "FEB2022", "Attended", 3)]
    imported(tmp_path / "p", release(tmp_path / "ccg", OLD, merged, ["appointments_regional"]), "--release", "2022-04")
    months = ("FEB2022", "MAY2022", "JUN2022")
    rows = [(*place, month, "Attended", 7) for place in (HERTFORDSHIRE_TODAY, THAMES) for month in months]
    files = release(tmp_path / "files", NEW, rows, ["appointments_regional", "national_categories"])
    imported(tmp_path / "p", files, "--release", "2026-04")
    dbt = Dbt(tmp_path / "build")
    code, output = build(dbt, tmp_path / "p", *ONLY_THE_TEST_OF_LOCATIONS)
    assert code != 0
    for table in ("appointments_regional", "national_categories"):
        assert (
            f"{table} of release 2026-04 lacks NHS Devon ICB - 15N in May 2022 to June 2022 (2 months), which release "
            "2022-06 has. Import 2026-04 again with all of its files, or remove its folder."
        ) in output
    lacking = (
        "appointments_regional of release 2026-04 lacks NHS Devon ICB - 15N in February 2022, which release 2022-04"
    )
    assert f"{lacking} has." in output
    assert "Got 3 results" in output, output


def test_no_location_of_the_ccgs_is_missed_in_a_newer_release(releases: tuple[Path, Dbt]) -> None:
    """Two CCGs merged into one that is a location now, and one was drawn anew."""
    publications, dbt = releases
    code, output = build(dbt, publications, *ONLY_THE_TEST_OF_LOCATIONS)
    assert code == 0, output
    held = "select count(*), count(distinct release_month) from raw.release_places where data_month is not null"
    # Four rows in each table of appointments, and coverage of four places in two months and two places in three.
    assert query(dbt, held) == [(3 * 4 + 4 * 2 + 3 * 4 + 2 * 3, 2)]


def test_a_release_without_daily_tables_builds_and_says_what_has_no_answer(years: Path, tmp_path: Path) -> None:
    dbt = Dbt(tmp_path / "build")
    code, output = build(dbt, years / "2022-05")
    assert code == 0, output
    for line in (
        f"No actual_duration in {years}/2022-05: tables that are made of it are empty.",
        f"No national_categories in {years}/2022-05: tables that are made of it are empty.",
        "durations_vs_attended was not checked, because the build has no actual_duration.",
        "categories_vs_all was not checked, because the build has no national_categories.",
    ):
        assert line in output, output
    answered = query(dbt, "select question_number, headline from marts.mart_headline_answers order by all")
    assert {
        (3, "The raw tables hold no durations, so this question has no answer here."),
        (5, "The raw tables hold no durations, so the build cannot say which weekdays are busiest."),
        (6, "The raw tables hold no national categories, so this question has no answer here."),
    } <= set(answered)
    assert [number for number, _ in answered].count(3) == [number for number, _ in answered].count(6) == 1
    assert not differences_from_oracle(dbt.build_file, years / "2022-05")

    warehouse = tmp_path / "warehouse"
    run = publish(dbt.target, warehouse)
    assert run.returncode == 0, run.stderr
    record = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))
    files = {raw["raw_table"]: [file["path"] for file in raw["files"]] for raw in record["raw_tables"]}
    assert files == {
        "actual_duration": [],
        "appointments_regional": [f"{years}/2022-05/appointments_regional.parquet"],
        "national_categories": [],
    }
    run = write_page(warehouse)
    assert run.returncode == 0, run.stderr
    page = (warehouse / "answers.html").read_text(encoding="utf-8")
    assert "The raw tables hold no durations, so this question has no answer here." in page
    assert 'id="chart-months"' in page
    for table in ("durations", "locations", "roles"):
        assert f'id="chart-{table}"' not in page, "it would have neither marks nor figures"
    drawn = pictures_of(warehouse / "nhs_gp_appointments.duckdb")
    assert {"mart_monthly_demand", "mart_resource_allocation"} < set(drawn)
    assert not {"mart_duration_profile", "mart_top_locations"} & set(drawn)
