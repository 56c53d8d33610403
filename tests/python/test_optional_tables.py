"""Whole builds on the raw tables that a folder may lack: roles, practices, PCNs' systems, patients and workforce."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import NO_UNIT_TESTS, PROJECT, Dbt
from test_raw_tables import (
    DEVON,
    DORSET,
    Place,
    Rows,
    build,
    category,
    differences_from_oracle,
    duration,
    regional,
    rows_of,
    write_raw,
)


def role(icb: Place = DEVON, date: str = "2022-05-03", role: str = "GP", count: str = "10") -> dict[str, str]:
    return {
        "sub_icb_location_code": icb[1],
        "icb_ons_code": icb[0],
        "appointment_date": date,
        "sds_role_group": role,
        "count_of_appointments": count,
    }


def practice_row(
    practice: str = "L1", icb: Place = DEVON, month: str = "2022-05", status: str = "Attended", count: str = "10"
) -> dict[str, str]:
    return {
        "appointment_month": month,
        "practice_code": practice,
        "sub_icb_location_code": icb[1],
        "hcp_type": "GP",
        "appointment_mode": "Telephone",
        "national_category": "Walk-in",
        "time_between_book_and_appointment": "Same Day",
        "appointment_status": status,
        "count_of_appointments": count,
    }


def practice(
    code: str = "L1", supplier: str = "TPP", pcn: str = "U1", icb: Place = DEVON, name: str = "THE SURGERY"
) -> dict[str, str]:
    return {
        "practice_code": code,
        "practice_name": name,
        "supplier": supplier,
        "pcn_code": pcn,
        "pcn_name": "UNALLOCATED" if pcn == "U" else f"{pcn} PCN",
        "sub_icb_location_code": icb[1],
        "icb_code": "QJK",
        "region_code": "Y58",
    }


def patients(
    org_type: str = "GP", org: str = "L1", sex: str = "MALE", band: str = "0_4", count: str = "30"
) -> dict[str, str]:
    return {
        "extract_date": "2022-05-01",
        "org_type": org_type,
        "org_code": org,
        "sex": sex,
        "age_group_5": band,
        "number_of_patients": count,
    }


def staff(source: str = "PCN", group: str = "Other GPs", fte: str = "0.5", icb: Place = DEVON) -> dict[str, str]:
    return {
        "source": source,
        "snapshot_month": "2022-05",
        "pcn_code": "U1" if source == "PCN" else "",
        "sub_icb_location_code": icb[1],
        "staff_group": group,
        "staff_role": "Salaried GPs",
        "fte": fte,
    }


def coverage(icb: Place = DEVON, practices: str = "2") -> dict[str, str]:
    return {
        "sub_icb_location_code": icb[1],
        "icb_ons_code": icb[0],
        "appointment_month": "2022-05",
        "included_practices": practices,
        "open_practices": practices,
        "included_practice_patients": "900",
        "open_practice_patients": "1000",
    }


def located(row: dict[str, str], icb: Place = DEVON) -> dict[str, str]:
    """A row of `appointments_regional` in the layout that has locations."""
    return row | {"sub_icb_location_code": icb[1]}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    return Dbt(tmp_path_factory.mktemp("optional_tables"))


def test_optional_tables_are_counted_once_and_added_to_nothing_else(dbt: Dbt, tmp_path: Path) -> None:
    """Two practices of Devon with 12 appointments, by day, role and practice; 7 more in PCNs' own systems."""
    raw_dir = write_raw(
        tmp_path / "raw",
        [located(regional()), located(regional(status="DNA", count="2"))],
        [duration()],
        [category(count="12")],
        appointments_by_role=[role(count="5"), role(role="Nurses", count="4"), role(role="Data Quality", count="3")],
        appointments_by_practice=[
            practice_row(),
            practice_row("L2", count="1"),
            practice_row("L2", status="DNA", count="1"),
        ],
        practices=[practice(), practice(supplier="EMIS"), practice("L2", pcn="U"), practice("L3")],
        appointments_by_pcn_system=[
            regional(status="Booked", count="4") | {"appointment_mode": "Video Conference/Online"},
            regional(count="3"),
        ],
        registered_patients=[patients(), patients("SUB_ICB_LOCATION_CODE", "15N", "ALL", "ALL", "70")],
        workforce=[staff(), staff(), staff("General practice", "GP", "1")],
        sub_icb_coverage=[coverage()],
    )
    code, output = build(dbt, raw_dir)
    assert code == 0, output
    assert "WARN" not in output.replace("WARN=0", "")
    # The oracle's marts know nothing of practices and PCNs.
    assert not differences_from_oracle(dbt.build_file, raw_dir)
    found = {
        query: rows_of(dbt.build_file, f"select {query}")
        for query in (
            "practice_code, practice_name, supplier, pcn_code, icb_name, is_listed from core.dim_practice order by 1",
            "pcn_code, pcn_name, practice_count from core.dim_pcn",
            "appointment_status, appointment_mode, appointment_count "
            "from core.fct_appointments_in_pcn_systems_monthly order by 1",
            "sum(appointment_count), count(distinct practice_code) from core.fct_appointments_by_practice_monthly",
            "org_code, sub_icb_location_code, age_band, number_of_patients "
            "from core.fct_registered_patients order by 1",
            "source, icb_ons_code, fte, record_count from core.fct_workforce_monthly order by 1",
            "identity, sub_icb_location_code, left_count, right_count from quality.quality_reconciliation order by 1",
            "unknown_count, appointment_count from quality.quality_unknown_share "
            "where field = 'sds_role_group' and area_level = 'England'",
            "raw_table, row_count, appointment_count, cast(first_date as text), icb_count, cast(period_to as text) "
            "from quality.quality_raw_profile order by 1",
        )
    }
    assert list(found.values()) == [
        [
            ("L1", "THE SURGERY", "EMIS / TPP", "U1", "NHS Devon ICB", True),
            ("L2", "THE SURGERY", "TPP", None, "NHS Devon ICB", True),
            ("L3", "THE SURGERY", "TPP", "U1", "NHS Devon ICB", True),
        ],
        [("U1", "U1 PCN", 2)],
        [("Attended", "Telephone", 3), ("Unknown", "Video/Online", 4)],
        [(12, 2)],
        [("15N", "15N", "ALL", 70), ("L1", None, "0-4", 30)],
        [("General practice", "E54000037", 1.0, 1), ("PCN", "E54000037", 1.0, 2)],
        [
            ("categories_vs_all", "All", 12, 12),
            ("durations_vs_attended", "All", 10, 10),
            ("practices_vs_all", "15N", 12, 12),
            ("roles_vs_all", "All", 12, 12),
        ],
        [(3, 12)],
        [
            ("actual_duration", 1, 10, "2022-05-03", 1, "2022-05-01"),
            ("appointments_by_pcn_system", 2, 7, "2022-05-01", 1, "2022-05-01"),
            ("appointments_by_practice", 3, 12, "2022-05-01", 0, "2022-05-01"),
            ("appointments_by_role", 3, 12, "2022-05-03", 1, "2022-05-01"),
            ("appointments_regional", 2, 12, "2022-05-01", 1, "2022-05-01"),
            ("national_categories", 1, 12, "2022-05-03", 1, "2022-05-01"),
            ("practices", 4, None, None, 0, None),
            ("registered_patients", 2, None, "2022-05-01", 0, None),
            ("workforce", 3, None, "2022-05-01", 0, None),
        ],
    ]


def test_facts_are_whole_whatever_the_period_of_the_marts(dbt: Dbt, tmp_path: Path) -> None:
    months = ("2022-04", "2022-05")
    raw_dir = write_raw(
        tmp_path / "raw",
        [located(regional(month=month)) for month in months],
        [duration(date=f"{month}-03") for month in months],
        [category(date=f"{month}-03") for month in months],
        appointments_by_role=[role(date=f"{month}-03") for month in months],
        appointments_by_practice=[practice_row(month=month) for month in months],
    )
    select = ("--select", "+quality_unknown_share", "+quality_reconciliation", "+quality_raw_profile")
    # The marts are still those of another test, so what compares them with these facts is not asked.
    cautious = ("--indirect-selection", "cautious", "--vars", "{period_from: 2022-05}")
    code, output = build(dbt, raw_dir, *select, *cautious)
    assert code == 0, output
    for fact in ("fct_appointments_by_role_daily", "fct_appointments_by_practice_monthly"):
        assert rows_of(dbt.build_file, f"select sum(appointment_count) from core.{fact}") == [(20,)], fact
    unknown = "from quality.quality_unknown_share where field = 'sds_role_group' and area_level = 'England'"
    assert rows_of(dbt.build_file, f"select cast(appointment_month as text) {unknown}") == [("2022-05-01",)]
    profile = "select cast(period_from as text) from quality.quality_raw_profile where raw_table like '%_by_%'"
    assert rows_of(dbt.build_file, profile) == [("2022-05-01",)] * 2


@pytest.fixture(scope="module")
def faulty(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the tests of a build say about tables with a fault of every kind, asked all although the first one fails."""
    tables: dict[str, Rows] = {
        "appointments_by_role": [
            role(count="6"),
            role(count="5"),
            role(DORSET, count="10"),
            role(DORSET, role="Wizards", count="1"),
            role(DORSET, role="", count="99"),
        ],
        "appointments_by_practice": [
            practice_row(),
            practice_row(),
            practice_row("L9", DORSET, count="11"),
            practice_row("L8", DORSET, status="Missed", count="0"),
        ],
        "practices": [practice(), practice("L8", icb=DORSET), practice("L8", pcn="U", icb=DORSET)],
        "appointments_by_pcn_system": [regional(month="May", count="4")],
        "registered_patients": [
            patients(),
            patients(),
            patients(sex="OTHER"),
            patients(org="L2", count="-1"),
            patients("SUB_ICB_LOCATION_CODE", "99Z"),
            patients(org="L3"),
            patients(org="L3", sex="ALL", band="ALL", count="31"),
        ],
        "workforce": [staff(fte="full time")],
        "sub_icb_coverage": [coverage(practices="3"), coverage(DORSET)],
    }
    folder = tmp_path_factory.mktemp("faulty") / "raw"
    raw_dir = write_raw(
        folder,
        [located(regional(count="20")), located(regional(DORSET), DORSET)],
        [duration(count="20"), duration(DORSET)],
        [category(count="20"), category(DORSET)],
        **tables,
    )
    models = ("+quality_reconciliation", "+quality_raw_profile", "+quality_rejected_rows", "+dim_pcn", "+core")
    made = dbt(
        "build", "--select", *models, "--exclude-resource-type", "test", *NO_UNIT_TESTS, NHS_RAW_DIR=str(raw_dir)
    )
    assert made.returncode == 0, made.stdout
    asked = dbt("test", "--select", "test_type:singular", NHS_RAW_DIR=str(raw_dir))
    assert asked.returncode != 0
    return asked.stdout


@pytest.mark.parametrize(
    "words",
    [
        # Two loads of one table.
        "appointments_by_role has 2 rows for 15N, 2022-05-03, GP. Was it loaded twice?",
        "appointments_by_practice has 2 rows for 15N, 2022-05-01, L1, Walk-in, Attended, GP, Telephone, Same day.",
        "registered_patients has 2 rows for 2022-05-01, GP, L1, MALE, 0-4. Was it loaded twice?",
        # Identities, to the appointment.
        "roles_vs_all differs in E54000037, May 2022: 11 against 20.",
        "roles_vs_all differs in E54000041, May 2022: 11 against 10.",
        "practices_vs_all differs in 11J, E54000041, May 2022: 11 against 10.",
        "registered_patients has 30 patients of the GP L3 by sex and age on 2022-05-01, but 31 in all.",
        # Labels that nobody has looked at.
        'New label in appointments_by_role.sds_role_group: "Wizards", 1 row, 1 appointment. "Add a label"',
        'New label in appointments_by_practice.appointment_status: "Missed", 1 row, 0 appointments. "Add a label"',
        'New label in registered_patients.sex: "OTHER", 1 row. "Add a label"',
        # Rows that cannot be counted, and tables that have nothing else.
        "1 row of appointments_by_role rejected: sds_role_group is empty",
        "1 row of appointments_by_pcn_system rejected: appointment_month is not a date",
        "1 row of registered_patients rejected: number_of_patients is not a whole number of 0 or more",
        "1 row of workforce rejected: fte is not a number of 0 or more",
        "appointments_by_pcn_system holds no appointments: 1 rows loaded, 1 of them rejected. Export it again.",
        "workforce holds no row that can be used: 1 rows loaded, 1 of them rejected. Export it again.",
        # Warnings: nothing is lost.
        "The practice L9 has 11 appointments but is not in the table practices. It is kept under its own code, in "
        "NHS Dorset ICB - 11J and in no PCN.",
        "The table practices lists L8 in several ways. It is taken as THE SURGERY, in NHS Dorset ICB - 11J and U1 PCN.",
        "appointments_by_practice holds 1 practices of 15N in May 2022, but 3 are in the publication.",
        "New sub-ICB location code, kept under its own name: 99Z",
    ],
)
def test_a_fault_of_an_optional_table_is_named(faulty: str, words: str) -> None:
    assert words in faulty, faulty


def test_a_location_that_lacks_practices_is_not_said_to_differ(faulty: str) -> None:
    assert "practices_vs_all differs in 15N" not in faulty


def test_facts_and_rejected_rows_together_are_the_raw_tables(faulty: str) -> None:
    assert "PASS facts_hold_every_appointment" in faulty


def test_every_raw_table_is_in_the_list_and_is_read_by_the_staging_model_of_its_name(faulty: str, dbt: Dbt) -> None:
    """What is asked of every raw table goes by the macro raw_tables; the rejected rows show whom that names."""
    del faulty
    nodes: dict[str, Any] = json.loads((dbt.target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    seeds = {
        node["name"] for node in nodes.values() if node["resource_type"] == "seed" and node["meta"].get("raw_table")
    }
    package = "nhs_gp_appointments_warehouse"
    # The labels are read by the macro clean_label, which most of them use.
    staging = {
        node["name"]: [name for name in node["depends_on"]["nodes"] if name != f"seed.{package}.labels"]
        for node in nodes.values()
        if node["resource_type"] == "model" and node["schema"] == "staging"
    }
    assert staging == {f"stg_nhs__{seed}": [f"seed.{package}.{seed}"] for seed in seeds}
    listed = nodes[f"model.{package}.quality_rejected_rows"]["depends_on"]["nodes"]
    assert sorted(listed) == sorted(f"model.{package}.{model}" for model in staging), "macros/raw_tables.sql"


def test_new_labels_sort_last(faulty: str, dbt: Dbt) -> None:
    """And every fact has them; the labels before are those of the seed."""
    del faulty
    for dimension, label, order in (("sds_role_group", "Wizards", 6), ("appointment_status", "Missed", 4)):
        last = f"select {dimension}, {dimension}_order from core.dim_{dimension} order by 2 desc limit 1"
        assert rows_of(dbt.build_file, last) == [(label, order)]
    with duckdb.connect(str(dbt.build_file), read_only=True) as connection:
        connection.execute(
            f"create temp table labels as from read_csv('{PROJECT / 'seeds' / 'reference' / 'labels.csv'}')"
        )
        seed = connection.execute(
            "select label from labels where field = 'sds_role_group' order by label_order"
        ).fetchall()
        held = connection.execute(
            "select sds_role_group from core.dim_sds_role_group where is_in_reference order by sds_role_group_order"
        ).fetchall()
        assert held == seed
