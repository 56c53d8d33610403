"""The real publication of October 2025, which is not in the project: imported and built to the appointment."""

import json
from pathlib import Path

import duckdb
from conftest import PROJECT


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
