"""Releases side by side: what later ones restated, and the warehouse as an earlier one had it."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import NO_UNIT_TESTS, Dbt
from publication_files import NEW, OLD, imported, release

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
