"""The semantic layer: valid against the warehouse, and its figures are the marts' own."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, QUESTIONS
from copies import copy_project, plain_environment
from test_publish import copy_build


class MetricFlow:
    """dbt and mf on the built sample."""

    def __init__(self, warehouse: Path, folder: Path) -> None:
        """Set up a copy of the project in `folder`, because mf looks for dbt's target below the project."""
        self.folder = copy_project(folder)
        copy_build(warehouse, self.folder / "target")
        self.environment = plain_environment()
        run = self("dbt", "parse")
        assert run.returncode == 0, run.stdout

    def __call__(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name(command)), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def query(self, *arguments: str) -> list[dict[str, str]]:
        """The rows of a query, as text by column."""
        file = self.folder / "query.csv"
        run = self("mf", "query", *arguments, "--csv", str(file))
        assert run.returncode == 0, run.stdout + run.stderr
        with file.open(encoding="utf-8") as lines:
            return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def mf(sample_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> MetricFlow:
    return MetricFlow(sample_warehouse, tmp_path_factory.mktemp("metrics") / "project")


def mart(warehouse: Path, sql: str) -> dict[str, tuple[Any, ...]]:
    """Rows of the built sample by their first column, the others as a tuple."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {row[0]: row[1:] for row in connection.execute(sql).fetchall()}


def test_the_metrics_are_valid_against_the_warehouse(mf: MetricFlow) -> None:
    run = mf("mf", "validate-configs")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0" in run.stdout


def test_rates_by_region_are_those_of_the_marts(mf: MetricFlow, sample_warehouse: Path) -> None:
    rows = mf.query(
        *("--metrics", "appointments,attended_appointments,dna_appointments,attendance_rate,dna_rate"),
        *("--group-by", "icb__region_name"),
    )
    expected = mart(
        sample_warehouse,
        """
        select regions.region_name, sum(appointment_count), sum(attended_count), sum(dna_count)
        from marts.mart_attendance_by_lead_time as lead_time
        inner join (select distinct region_ons_code, region_name from core.dim_icb) as regions
            on lead_time.area_code = regions.region_ons_code
        where area_level = 'NHS region' and hcp_type = 'All'
        group by regions.region_name
        """,
    )
    assert {row["icb__region_name"] for row in rows} == set(expected)
    for row in rows:
        appointments, attended, missed = expected[row["icb__region_name"]]
        assert int(row["appointments"]) == appointments
        assert int(row["attended_appointments"]) == attended
        assert int(row["dna_appointments"]) == missed
        assert float(row["attendance_rate"]) == pytest.approx(attended / (attended + missed))
        assert float(row["dna_rate"]) == pytest.approx(missed / (attended + missed))


def test_months_per_working_day_are_those_of_the_mart(mf: MetricFlow, sample_warehouse: Path) -> None:
    rows = mf.query("--metrics", "appointments_per_working_day", "--group-by", "metric_time__month")
    expected = mart(
        sample_warehouse,
        "select cast(appointment_month as varchar), appointments_per_working_day from marts.mart_monthly_demand "
        "where area_level = 'England'",
    )
    found = {row["metric_time__month"][:10]: float(row["appointments_per_working_day"] or 0) for row in rows}
    assert {month: found[month] for month in expected} == {
        month: pytest.approx(value) for month, (value,) in expected.items()
    }


def test_same_day_share_by_professional_is_that_of_the_mart(mf: MetricFlow, sample_warehouse: Path) -> None:
    rows = mf.query("--metrics", "same_day_share", "--group-by", "appointment_group__hcp_type")
    expected = mart(
        sample_warehouse,
        "select hcp_type, same_day_share from marts.mart_demand_by_professional where area_level = 'England'",
    )
    assert {row["appointment_group__hcp_type"]: float(row["same_day_share"]) for row in rows} == {
        hcp_type: pytest.approx(value) for hcp_type, (value,) in expected.items()
    }


def test_appointments_by_role_are_those_of_the_marts(mf: MetricFlow, sample_warehouse: Path) -> None:
    """In England by the saved query, and by region and month."""
    role = "role_group__sds_role_group"
    found = {row[role]: (int(row["appointments_by_role"]),) for row in mf.query("--saved-query", "question_4_roles")}
    of_england = "select sds_role_group, appointment_count from marts.mart_demand_by_role where area_level = 'England'"
    assert found == mart(sample_warehouse, of_england)

    rows = mf.query(
        *("--metrics", "appointments_by_role", "--group-by", f"{role},icb__region_name,metric_time__month"),
    )
    by_region = {
        f"{row[role]}, {row['icb__region_name']}, {row['metric_time__month'][:10]}": (int(row["appointments_by_role"]),)
        for row in rows
        if row["appointments_by_role"]
    }
    assert by_region == mart(
        sample_warehouse,
        """
        select concat_ws(', ', sds_role_group, region_name, appointment_month), appointment_count
        from marts.mart_monthly_demand_by_role as demand
        inner join (select distinct region_ons_code, region_name from core.dim_icb) as regions
            on demand.area_code = regions.region_ons_code
        where area_level = 'NHS region'
        """,
    )


def test_appointments_per_1000_patients_are_those_of_the_published_coverage(
    mf: MetricFlow, sample_warehouse: Path
) -> None:
    """In a month that the coverage seed has, by ICB: appointments of the mart over patients of the seed."""
    rows = mf.query("--metrics", "appointments_per_1000_patients", "--group-by", "icb,metric_time__month")
    found = {
        row["icb"]: float(row["appointments_per_1000_patients"])
        for row in rows
        if row["metric_time__month"].startswith("2021-10-01") and row["appointments_per_1000_patients"]
    }
    appointments = mart(
        sample_warehouse,
        "select area_code, appointment_count from marts.mart_monthly_demand "
        "where area_level = 'ICB' and appointment_month = '2021-10-01'",
    )
    with (PROJECT / "seeds" / "reference" / "practice_coverage.csv").open(encoding="utf-8") as lines:
        patients = {
            row["icb_ons_code"]: int(row["included_practice_patients"])
            for row in csv.DictReader(lines)
            if row["coverage_month"] == "2021-10-01"
        }
    # Made whole of ICBs that the seed has in that month.
    patients |= {"E54000071": patients["E54000027"] + patients["E54000028"], "E54000067": patients["E54000042"]}
    made_of_parts = {"E54000065", "E54000068"}
    assert found.keys() - patients.keys() == made_of_parts
    expected = {icb: 1000 * count / patients[icb] for icb, (count,) in appointments.items() if icb not in made_of_parts}
    assert {icb: rate for icb, rate in found.items() if icb in expected} == pytest.approx(expected)
    assert len(expected) == 12


@pytest.mark.parametrize(
    ("entity", "profile", "key"),
    [("practice", "mart_practice_profile", "practice_code"), ("practice__pcn", "mart_pcn_profile", "pcn_code")],
)
def test_metrics_by_practice_and_pcn_are_those_of_their_profiles(
    mf: MetricFlow, sample_warehouse: Path, entity: str, profile: str, key: str
) -> None:
    """The sample has three months of practices, which is what a profile covers."""
    metrics = ["appointments_in_practices", "practice_gp_share", "practice_dna_rate", "unmapped_category_share"]
    rows = mf.query("--metrics", ",".join(metrics), "--group-by", entity)
    expected = mart(
        sample_warehouse,
        f"select {key}, appointment_count, gp_share, dna_rate, unmapped_category_share from marts.{profile}",
    )
    # A practice that belongs to no PCN is in a row without one.
    found = {row[entity]: [float(row[metric]) for metric in metrics] for row in rows if row[entity]}
    assert found == {code: pytest.approx(figures) for code, figures in expected.items()}


@pytest.mark.parametrize("number", QUESTIONS)
def test_every_question_has_a_saved_query(mf: MetricFlow, number: int) -> None:
    assert mf.query("--saved-query", f"question_{number}")
