"""The real tables of mid-2022 against totals that several analysts published independently."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from published_totals import PUBLISHED_TOTALS

FACTS = {"appointments_regional": "fct_appointments_monthly", "actual_duration": "fct_appointment_durations_daily"}


@pytest.fixture(scope="module")
def course(course_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(course_warehouse), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(("raw_table", "label"), PUBLISHED_TOTALS)
def test_totals_by_label_are_the_published_ones(course: duckdb.DuckDBPyConnection, raw_table: str, label: str) -> None:
    fact = FACTS[raw_table]
    found = course.execute(f"select {label}, sum(appointment_count) from core.{fact} group by {label}").fetchall()
    assert dict(found) == PUBLISHED_TOTALS[raw_table, label]


def test_rows_sums_and_dates_are_those_of_the_files(course: duckdb.DuckDBPyConnection) -> None:
    found = course.execute(
        "select raw_table, row_count, appointment_count, first_date, last_date, icb_count, "
        "sub_icb_location_count from quality.quality_raw_profile order by raw_table"
    ).fetchall()
    day = datetime.date
    assert found == [
        ("actual_duration", 137_793, 167_980_692, day(2021, 12, 1), day(2022, 6, 30), 42, 106),
        ("appointments_regional", 596_821, 742_804_525, day(2020, 1, 1), day(2022, 6, 1), 42, 0),
        ("national_categories", 777_134, 296_046_770, day(2021, 8, 1), day(2022, 6, 30), 42, 106),
    ]
    odd = course.execute(
        "select count(*) from quality.quality_raw_profile where is_synthetic or rejected_row_count <> 0"
    ).fetchone()
    assert odd == (0,)


def test_the_busiest_and_quietest_months_are_the_published_ones(course: duckdb.DuckDBPyConnection) -> None:
    months = course.execute(
        "select strftime(appointment_month, '%Y-%m'), appointment_count from marts.mart_monthly_demand "
        "where area_level = 'England' order by appointment_count"
    ).fetchall()
    assert len(months) == 30
    assert months[0] == ("2020-04", 16_007_881)
    assert months[-1] == ("2021-11", 30_405_070)


def test_both_identities_hold_in_every_icb_and_month(course: duckdb.DuckDBPyConnection) -> None:
    found = course.execute(
        "select identity, count(*), sum(abs(difference)) from quality.quality_reconciliation "
        "group by identity order by identity"
    ).fetchall()
    assert found == [("categories_vs_all", 462, 0), ("durations_vs_attended", 294, 0)]


def test_six_locations_tie_for_the_most_duration_records(course: duckdb.DuckDBPyConnection) -> None:
    ties = course.execute(
        "select count(*) from marts.mart_top_locations where raw_table = 'actual_duration' and record_rank = 1"
    ).fetchone()
    assert ties == (6,)
