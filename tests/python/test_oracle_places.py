"""The oracle's tables: which rows count, where, and in which months.

Each is small enough to work out by hand.
"""

import math
from pathlib import Path

import pytest
from oracle.oracle import KEYS
from oracle_tables import (
    MID,
    NEW,
    NORTH,
    REGIONAL,
    SOUTH,
    MakeTables,
    appointments,
    category,
    duration,
    only,
    table_maker,
)


@pytest.fixture
def make_tables(tmp_path: Path) -> MakeTables:
    return table_maker(tmp_path)


def test_repeated_rows_are_summed_not_dropped(make_tables: MakeTables) -> None:
    tables = make_tables(regional=[appointments(count=7)] * 2)
    mart = tables["mart_demand_by_mode_and_status"]
    assert mart["area_level"].tolist() == ["England", "NHS region", "ICB"]
    assert mart["appointment_count"].tolist() == [14] * 3


def test_publication_layout_adds_locations_without_patients(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[appointments(location="00A", count=3), appointments(location="00B", count=1)],
        header=f"sub_icb_location_code,{REGIONAL}",
    )
    mart = tables["mart_demand_by_professional"]
    location = only(mart, area_level="Sub-ICB location", area_code="E38000001")
    assert location["area_name"] == "North ICB - 00A"
    assert location["appointment_count"] == 3
    assert math.isnan(location["registered_patients"])
    assert only(mart, area_level="ICB")["appointment_count"] == 4


def test_rows_that_are_not_right_are_left_out(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(count=5),
            appointments(count="1.5"),
            appointments(count="-2"),
            appointments(month="2035-01"),
            appointments(icb=""),
            appointments(status=" "),
        ]
    )
    mart = tables["mart_demand_by_mode_and_status"]
    assert only(mart, area_level="England")["appointment_count"] == 5


def test_names_say_which_icbs_and_months_are_whole(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(NORTH, "2022-05"),
            appointments(NORTH, "2022-06"),
            appointments(MID, "2022-06"),
        ]
    )
    mart = tables["mart_demand_by_professional"]
    named = mart[["area_level", "area_name", "icb_count"]]
    assert named.to_numpy().tolist() == [
        ["England", "England (1 of 3 ICBs)", 2],
        ["NHS region", "Uplands (1 of 2 ICBs)", 2],
        ["ICB", "North ICB", 1],
        ["ICB", "Mid ICB (1 of 2 months)", 1],
    ]


def test_a_new_code_is_kept_with_its_own_code_as_name_and_counts_in_england(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[appointments(count=3), appointments(NEW, count=2)],
        durations=[duration(count=3), duration("99Z", NEW, count=2)],
    )
    mart = tables["mart_demand_by_professional"]
    assert only(mart, area_level="England")["appointment_count"] == 5
    new = only(mart, area_code=NEW)
    assert new["area_name"] == NEW and math.isnan(new["registered_patients"])
    assert only(mart, area_code="Unknown")["area_name"] == "Unknown"
    place = only(tables["mart_top_locations"], sub_icb_location_code="99Z")
    assert place["sub_icb_location_name"] == "99Z" and place["icb_name"] == NEW
    assert place["region_ons_code"] == place["region_name"] == "Unknown"


def test_months_without_coverage_take_the_nearest_covered_one(make_tables: MakeTables) -> None:
    # July takes August's 1,000, September too; October has its own 3,000, November takes it: 2,000.
    months = ("2020-07", "2020-09", "2020-10", "2020-11")
    tables = make_tables(regional=[appointments(month=month, count=10) for month in months])
    icb = only(tables["mart_demand_by_professional"], area_level="ICB")
    assert icb["registered_patients"] == pytest.approx(2000)
    assert icb["month_count"] == 4
    assert icb["appointments_per_1000_patients_per_month"] == pytest.approx(40 / 2 / 4)


def test_reconciliation_compares_only_what_both_tables_have(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(count=3),
            appointments(status="DNA", count=2),
            appointments(month="2022-05"),
        ],
        durations=[duration(count=4), duration("00D", SOUTH)],
        categories=[category(count=5)],
    )
    table = tables["quality_reconciliation"]
    figures = table[["identity", "left_count", "right_count", "difference"]]
    assert figures.to_numpy().tolist() == [
        ["durations_vs_attended", 4, 3, 1],
        ["categories_vs_all", 5, 5, 0],
    ]


def test_unmapped_and_inconsistent_mapping_count_as_unknown(make_tables: MakeTables) -> None:
    labels = [("Unmapped", 2), ("Inconsistent Mapping", 3), ("Home Visit", 5)]
    tables = make_tables(categories=[category(label=name, count=count) for name, count in labels])
    table = tables["quality_unknown_share"]
    row = only(table, field="national_category", area_level="England")
    assert (row["unknown_count"], row["appointment_count"]) == (5, 10)
    assert row["unknown_share"] == 0.5


def test_period_bounds_the_marts_even_to_nothing(make_tables: MakeTables) -> None:
    regional = [appointments(month=month) for month in ("2022-03", "2022-04", "2022-05")]
    tables = make_tables(regional=regional, period_from="2022-04", period_to="2022-05-01")
    months = tables["mart_monthly_demand"]["appointment_month"].dt.strftime("%Y-%m")
    assert sorted(set(months)) == ["2022-04", "2022-05"]
    for mart in ("duration_profile", "duration_associations", "weekday_demand", "top_locations"):
        assert len(tables[f"mart_{mart}"]) == 0


def test_every_table_has_one_row_per_key(make_tables: MakeTables) -> None:
    tables = make_tables()
    assert set(tables) == set(KEYS)
    for name, key in KEYS.items():
        assert not tables[name].duplicated(key).any(), name
