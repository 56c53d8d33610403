"""All tables of October 2025, built: the totals of the publisher's files, found by other hands, to the appointment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

Found = dict[Any, Any]

ROLES = {
    "GP": 406_469_861,
    "Other Direct Patient Care": 227_121_274,
    "Nurses": 187_347_748,
    "Data Quality": 58_461_477,
    "Unknown": 37_626_018,
}


@pytest.fixture(scope="module")
def warehouse(publication_warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(publication_warehouse), read_only=True) as connection:
        yield connection


def one(warehouse: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    [row] = warehouse.execute(query).fetchall()
    return row


@pytest.mark.parametrize(
    ("fact", "label", "expected"),
    [
        (
            "fct_appointments_by_role_daily",
            "sds_role_group",
            ROLES,
        ),
        (
            "fct_appointments_by_practice_monthly",
            "hcp_type",
            {"GP": 6_187_232, "Other Practice staff": 8_565_031, "Unknown": 313_427},
        ),
        (
            "fct_appointments_by_practice_monthly",
            "appointment_status",
            {"Attended": 13_232_071, "Unknown": 1_096_123, "DNA": 737_496},
        ),
        # As the publisher writes them: Video Conference/Online.
        (
            "fct_appointments_by_practice_monthly",
            "appointment_mode = 'Video/Online'",
            {True: 1_284_556, False: 15_065_690 - 1_284_556},
        ),
        # As the publisher writes them: Booked.
        (
            "fct_appointments_in_pcn_systems_monthly",
            "appointment_status",
            {"Attended": 22_220_176, "Unknown": 3_020_292, "DNA": 2_179_198},
        ),
        # Of no place, as the publisher says.
        (
            "fct_appointments_in_pcn_systems_monthly",
            "sub_icb_location_code = 'UNMAPPED'",
            {True: 1_042_307, False: 27_419_666 - 1_042_307},
        ),
    ],
)
def test_appointments_by_label_are_those_of_the_files(
    warehouse: duckdb.DuckDBPyConnection, fact: str, label: str, expected: Found
) -> None:
    found = warehouse.execute(f"select {label}, sum(appointment_count) from core.{fact} group by 1").fetchall()
    assert dict(found) == expected


@pytest.mark.parametrize("mart", ["mart_demand_by_role", "mart_monthly_demand_by_role"])
def test_appointments_by_role_come_out_of_the_marts(warehouse: duckdb.DuckDBPyConnection, mart: str) -> None:
    found = warehouse.execute(
        f"select sds_role_group, sum(appointment_count) from marts.{mart} where area_level = 'England' group by 1"
    ).fetchall()
    assert dict(found) == ROLES


@pytest.mark.parametrize("area_level", ["England", "NHS region", "ICB", "Sub-ICB location"])
def test_appointments_in_pcn_systems_come_out_of_the_mart_and_are_in_no_other(
    warehouse: duckdb.DuckDBPyConnection, area_level: str
) -> None:
    """Those of no place too. General practice has 917,026,378 in the months of October 2025, all but the first."""
    found = one(
        warehouse,
        "select sum(appointment_count), "
        "sum(appointment_count) filter (area_level <> 'England' and area_code in ('UNMAPPED', 'Unknown')), "
        "sum(general_practice_appointment_count) filter (area_level = 'England') "
        f"from marts.mart_demand_in_pcn_systems where area_level = '{area_level}'",
    )
    is_england = area_level == "England"
    assert found == (27_419_666, None if is_england else 1_042_307, 917_026_378 if is_england else None)


def test_weekdays_by_role_hold_every_appointment(warehouse: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select sum(appointment_count), sum(day_count) from marts.mart_weekday_demand "
        "where raw_table = 'appointments_by_role' and area_level = 'England'"
    )
    # May 2023 to October 2025, a leap year in them.
    assert one(warehouse, query) == (917_026_378, 245 + 366 + 304)


def test_full_time_equivalents_by_staff_group_are_those_of_the_file(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select staff_group, sum(fte) from core.fct_workforce_monthly where source = 'PCN' group by 1"
    ).fetchall()
    assert dict(found) == pytest.approx(
        {
            "Other Direct Patient Care staff": 25_313.49,
            "Other Admin/Non-clinical staff": 2_675.67,
            "Other Nurses": 1_229.00,
            "Other GPs": 994.41,
            "Directors": 363.40,
        },
        abs=0.005,
    )
    whole = "select sum(fte), sum(record_count), count(distinct sub_icb_location_code) from core.fct_workforce_monthly"
    assert one(warehouse, whole) == (pytest.approx(30_575.976, abs=0.0005), 38_696, 106)


def test_every_type_of_organisation_has_all_patients(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        """
        select org_type,
            sum(number_of_patients) filter (sex = 'ALL' and age_band = 'ALL'),
            sum(number_of_patients) filter (sex <> 'ALL' and age_band <> 'ALL')
        from core.fct_registered_patients group by 1
        """
    ).fetchall()
    types = ("GP", "PCN", "SUB_ICB_LOCATION_CODE", "ICB", "Comm Region")
    assert {org_type: sums for org_type, *sums in found} == {org_type: [63_947_100] * 2 for org_type in types}
    places = "select count(distinct sub_icb_location_code) from core.fct_registered_patients where sex = 'ALL'"
    assert one(warehouse, places) == (106,)


@pytest.mark.parametrize(
    ("fact", "cells"), [("fct_appointments_by_role_daily", 3_180), ("fct_appointments_by_practice_monthly", 29)]
)
def test_an_identity_holds_in_every_location_and_month(
    warehouse: duckdb.DuckDBPyConnection, fact: str, cells: int
) -> None:
    sums = (
        "select sub_icb_location_code, appointment_month, sum(appointment_count) as appointments "
        "from core.{} group by all"
    )
    found = one(
        warehouse,
        f"select count(*), sum(abs(parts.appointments - whole.appointments)) from ({sums.format(fact)}) as parts "
        f"join ({sums.format('fct_appointments_monthly')}) as whole using (sub_icb_location_code, appointment_month)",
    )
    assert found == (cells, 0)


def test_the_build_compares_them_all_itself(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "select identity, count(*), sum(abs(difference)) from quality.quality_reconciliation group by 1 order by 1"
    ).fetchall()
    assert found == [
        ("categories_vs_all", 24 * 12, 0),
        ("durations_vs_attended", 42 * 30, 0),
        ("practices_vs_all", 29, 0),
        ("roles_vs_all", 42 * 30, 0),
    ]


def test_a_practice_and_a_network_is_one_row_and_nothing_counts_twice(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The 6,194 rows of Mapping.csv name 6,157 practices, 44 of them in no network and 36 by several suppliers."""
    practices = "select count(*), count(*) filter (pcn_code is null), count(*) filter (supplier like '% / %'), "
    assert one(warehouse, f"{practices} count(*) filter (is_listed) from core.dim_practice") == (6_157, 44, 36, 6_157)
    assert one(warehouse, "select count(*), sum(practice_count) from core.dim_pcn") == (1_297, 6_157 - 44)
    joined = one(
        warehouse,
        """
        select count(distinct practice_code), count(distinct pcn_code), sum(appointment_count)
        from core.fct_appointments_by_practice_monthly join core.dim_practice using (practice_code)
        """,
    )
    assert joined == (2_101, 530, 15_065_690)
