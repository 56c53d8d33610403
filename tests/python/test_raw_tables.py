"""Whole builds on raw tables as users bring them: other layouts, small ones, wrong ones."""

import csv
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from charts import draw
from charts.house import Picture
from conftest import NO_UNIT_TESTS, PROJECT, Dbt
from database import Warehouse
from oracle.compare import compare_tables, compare_with_warehouse, fetch_table
from oracle.oracle import KEYS, MART_KEYS, compute

Place = tuple[str, str, str]  # ICB, location and the location's name
Rows = list[dict[str, str]]

DEVON, DORSET = (
    ("E54000037", "15N", "NHS Devon ICB - 15N"),
    ("E54000041", "11J", "NHS Dorset ICB - 11J"),
)


def regional(
    icb: Place = DEVON,
    month: str = "2022-05",
    status: str = "Attended",
    hcp: str = "GP",
    lead: str = "Same Day",
    count: str = "10",
) -> dict[str, str]:
    return {
        "icb_ons_code": icb[0],
        "appointment_month": month,
        "appointment_status": status,
        "hcp_type": hcp,
        "appointment_mode": "Telephone",
        "time_between_book_and_appointment": lead,
        "count_of_appointments": count,
    }


def duration(
    icb: Place = DEVON, date: str = "2022-05-03", band: str = "6-10 Minutes", count: str = "10"
) -> dict[str, str]:
    return {
        "sub_icb_location_code": icb[1],
        "sub_icb_location_ons_code": "E38000230",
        "sub_icb_location_name": icb[2],
        "icb_ons_code": icb[0],
        "region_ons_code": "E40000006",
        "appointment_date": date,
        "actual_duration": band,
        "count_of_appointments": count,
    }


def category(
    icb: Place = DEVON, date: str = "2022-05-03", category: str = "Walk-in", count: str = "10"
) -> dict[str, str]:
    return {
        "appointment_date": date,
        "icb_ons_code": icb[0],
        "sub_icb_location_name": icb[2],
        "service_setting": "General Practice",
        "context_type": "Care Related Encounter",
        "national_category": category,
        "count_of_appointments": count,
        "appointment_month": date[:7],
    }


def write_raw(folder: Path, regional_rows: Rows, duration_rows: Rows, category_rows: Rows, **more: Rows) -> Path:
    """Write three small raw tables, and `more` by name, into `folder` and return it."""
    folder.mkdir(exist_ok=True)
    for name, rows in (
        ("appointments_regional", regional_rows),
        ("actual_duration", duration_rows),
        ("national_categories", category_rows),
        *more.items(),
    ):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def rows_of(build_file: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def pictures_of(build_file: Path) -> dict[str, Picture]:
    warehouse = Warehouse(build_file)
    with warehouse.connection:
        return draw(warehouse)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """One target folder for all builds here, so that dbt parses the project once."""
    return Dbt(tmp_path_factory.mktemp("raw_tables"))


def build(dbt: Dbt, raw_dir: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    run = dbt(
        "build",
        *NO_UNIT_TESTS,
        *arguments,
        NHS_RAW_DIR=str(raw_dir),
        **environment,
    )
    return run.returncode, run.stdout


def only(*data_tests: str) -> tuple[str, ...]:
    """What selects these data tests with all that they need, for a build of which only they are asked something."""
    return ("--select", *(f"+{name}" for name in data_tests), "--indirect-selection", "cautious")


def differences_from_oracle(build_file: Path, raw_dir: Path, **period: str) -> list[str]:
    """Every difference between the marts and quality tables of a build and the oracle on the same raw tables."""
    expected = compute(raw_dir, PROJECT, **period)
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return [
            f"{table}: {difference}"
            for table in KEYS
            for difference in compare_with_warehouse(expected, connection, table)
        ]


# What marts read of appointments_regional, whose rows have no location in the course layout.
HAVE_NO_LOCATIONS = (
    "raw_table = 'appointments_regional'",
    "ref('int_appointments_by_area')",
    "ref('int_latest_year_by_area')",
)


def test_the_course_layout_gives_the_same_answers_without_locations(
    dbt: Dbt, sample_warehouse: Path, tmp_path: Path
) -> None:
    """The same appointments without the location column, one file gzipped and one in Parquet."""
    subprocess.run(
        [
            *(sys.executable, str(PROJECT / "scripts" / "generate_sample.py")),
            *("--layout", "course", "--output", str(tmp_path)),
        ],
        check=True,
        capture_output=True,
    )
    for name, ending, options in (
        ("national_categories", "parquet", "format parquet"),
        ("appointments_regional", "csv.gz", "format csv, compression gzip"),
    ):
        source = tmp_path / f"{name}.csv"
        duckdb.execute(
            f"copy (from read_csv('{source}', all_varchar = true)) to '{tmp_path / name}.{ending}' ({options})"
        )
        source.unlink()
    code, output = build(dbt, tmp_path)
    assert code == 0, output
    assert "appointments_regional.csv.gz" in output
    without = rows_of(dbt.build_file, "select distinct area_level from marts.mart_monthly_demand")
    assert {level for (level,) in without} == {"England", "NHS region", "ICB"}
    repeats = rows_of(dbt.build_file, "select max(record_count) from core.fct_appointments_monthly")
    assert repeats[0][0] > 1, "rows that share a key are there, and are summed"
    for mart, key in MART_KEYS.items():
        with (
            duckdb.connect(str(dbt.build_file), read_only=True) as course,
            duckdb.connect(str(sample_warehouse), read_only=True) as publication,
        ):
            mine, other = (
                fetch_table(course, "marts", mart),
                fetch_table(publication, "marts", mart),
            )
        [file] = PROJECT.glob(f"models/marts/*/{mart}.sql")
        sql = file.read_text(encoding="utf-8")
        if "area_level" in other and any(name in sql for name in HAVE_NO_LOCATIONS):
            mine, other = (table[table["area_level"] != "Sub-ICB location"] for table in (mine, other))
        # Doubles as the oracle's types have them: the comparison takes its tolerance from those.
        other = other.infer_objects()
        assert not compare_tables(other, mine, key), mart
    profile = rows_of(dbt.build_file, "select bool_and(is_synthetic) from quality.quality_raw_profile")
    assert profile == [(True,)], "a copy of the sample says of itself that it is synthetic"


def test_the_period_bounds_every_mart(dbt: Dbt) -> None:
    raw_dir = PROJECT / "seeds" / "raw"
    code, output = build(dbt, raw_dir, "--vars", "{period_from: 2021-10, period_to: 2022-03}")
    assert code == 0, output
    assert not differences_from_oracle(dbt.build_file, raw_dir, period_from="2021-10", period_to="2022-03")
    used = rows_of(
        dbt.build_file,
        "select raw_table, cast(period_from as varchar), cast(period_to as varchar) "
        "from quality.quality_raw_profile where raw_table in "
        "('actual_duration', 'appointments_regional', 'national_categories') order by raw_table",
    )
    assert used == [
        ("actual_duration", "2021-12-01", "2022-03-01"),
        ("appointments_regional", "2021-10-01", "2022-03-01"),
        ("national_categories", "2021-10-01", "2022-03-01"),
    ]
    unit_test = dbt("test", "--select", "mart_top_locations,test_type:unit", "--vars", "{period_from: 2021-10}")
    assert unit_test.returncode == 0, unit_test.stdout
    code, output = build(dbt, raw_dir, "--vars", "{period_from: 2030-01}", "--select", "+quality_raw_profile")
    assert code != 0
    assert "No raw table has a month in the period of the vars period_from and period_to." in output
    code, output = build(dbt, raw_dir, "--vars", "{period_from: March 2021}", "--select", "int_durations_by_area")
    assert code != 0
    assert "expected a month as 'yyyy-mm', such as '2021-04'; found 'March 2021'" in output


@pytest.mark.parametrize(
    "tables",
    [
        ([regional()], [duration()], [category()]),
        (
            [
                regional(hcp="Unknown", lead="Unknown / Data Quality"),
                regional(hcp="Unknown", status="Unknown", lead="Unknown / Data Quality"),
            ],
            [duration(band="Unknown / Data Quality")],
            [category(category="Unmapped", count="20")],
        ),
    ],
    ids=["known", "unknown"],
)
def test_one_area_one_month_one_label_builds_and_is_null_where_undefined(
    dbt: Dbt, tmp_path: Path, tables: tuple[Rows, Rows, Rows]
) -> None:
    raw_dir = write_raw(tmp_path / "raw", *tables)
    code, output = build(dbt, raw_dir)
    assert code == 0, output
    assert not differences_from_oracle(dbt.build_file, raw_dir)
    with duckdb.connect(str(dbt.build_file), read_only=True) as connection:
        doubles = connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'marts' and data_type = 'DOUBLE'"
        ).fetchall()
        assert doubles
        for mart, column in doubles:
            odd = f"select count(*) from marts.{mart} where isnan({column}) or isinf({column})"
            assert connection.execute(odd).fetchone() == (0,), f"{mart}.{column}"
    for picture in pictures_of(dbt.build_file).values():
        assert not re.search(r"\b(nan|None|inf)\b", picture.title + picture.alt_text)


def test_new_labels_new_codes_and_bad_rows_are_never_dropped_in_silence(dbt: Dbt, tmp_path: Path) -> None:
    nowhere = ("E54999999", "99Z", "NHS Nowhere ICB - 99Z")
    raw_dir = write_raw(
        tmp_path / "raw",
        [
            regional(),
            regional(hcp="Wizard's Apprentice", count="3") | {"appointment_mode": "Face-to-Face"},
            regional(lead="More than a year", count="4"),
            regional(icb=DORSET, count="0"),
            regional(icb=nowhere, count="5"),
            regional(month="2022-99", count="7"),
            regional(month="2022-04", count="ten"),
        ],
        [duration(count="13"), duration(band="Over an hour", count="4"), duration(icb=nowhere, count="5")],
        [category(count="17"), category(icb=nowhere, count="5"), category(icb=DORSET, count="0")],
    )
    code, output = build(dbt, raw_dir, *only("labels_are_known", "rows_are_not_rejected"))
    assert code != 0
    assert (
        'New label in appointments_regional.hcp_type: "Wizard\'s Apprentice", 1 row, 3 appointments. '
        '"Add a label" in CONTRIBUTING.md says where to add it. To allow it for now, use ALLOW_NEW_LABELS.'
    ) in output
    assert "Correct them in the raw tables, or publish without them: ALLOW_REJECTED=2" in output
    labels = "Something else; Wizard's Apprentice; More than a year; Over an hour"
    code, output = build(dbt, raw_dir, *only("rows_are_not_rejected"), ALLOW_REJECTED="1")
    assert code != 0, "two rows are rejected, one is allowed"
    code, output = build(dbt, raw_dir, ALLOW_NEW_LABELS=labels, ALLOW_REJECTED="2")
    assert code == 0, output
    for warning in (
        "New ICB code, kept under its own name: E54999999",
        "New sub-ICB location code, kept under its own name: 99Z",
        "1 row of appointments_regional rejected: appointment_month is not a date",
        "1 row of appointments_regional rejected: count_of_appointments is not a whole number",
        "WARN 2 codes_are_in_reference",
        "WARN 2 rows_are_not_rejected",
    ):
        assert warning in output, warning
    assert not differences_from_oracle(dbt.build_file, raw_dir)
    england = "from marts.mart_demand_by_professional where area_level = 'England'"
    assert rows_of(dbt.build_file, f"select hcp_type, appointment_count {england} order by hcp_type") == [
        ("GP", 19),
        ("Wizard's Apprentice", 3),
    ]
    regions = rows_of(
        dbt.build_file,
        "select area_code, area_name, appointment_count from marts.mart_monthly_demand "
        "where area_level in ('NHS region', 'ICB') order by area_code",
    )
    assert regions == [
        ("E40000006", "South West (1 of 7 ICBs)", 17),
        ("E54000037", "NHS Devon ICB", 17),
        ("E54999999", "E54999999", 5),
        ("Unknown", "Unknown", 5),
    ]
    # Of no region that anyone knows, 100% were by telephone.
    chart = pictures_of(dbt.build_file)["mart_demand_by_mode_and_status"]
    assert chart.title == "Telephone leads in South West (1 of 7 ICBs): 82.4% of appointments"
    rejected = rows_of(
        dbt.build_file,
        "select raw_table, reason, raw_row ->> 'appointment_month', "
        "raw_row ->> 'count_of_appointments' "
        "from quality.quality_rejected_rows order by reason",
    )
    assert rejected == [
        ("appointments_regional", "appointment_month is not a date", "2022-99", "7"),
        (
            "appointments_regional",
            "count_of_appointments is not a whole number of 0 or more",
            "2022-04",
            "ten",
        ),
    ]


def test_a_month_that_one_table_lost_fails_by_name(dbt: Dbt, tmp_path: Path) -> None:
    """April to June in all tables; Devon's May is lost from durations, Dorset never had any."""
    months = ("2022-04", "2022-05", "2022-06")
    raw_dir = write_raw(
        tmp_path / "raw",
        [regional(icb=icb, month=month) for month in months for icb in (DEVON, DORSET)],
        [duration(date=f"{month}-05") for month in months if month != "2022-05"],
        [category(icb=icb, date=f"{month}-05") for month in months for icb in (DEVON, DORSET)],
    )
    code, output = build(dbt, raw_dir, *only("tables_cover_the_same_months"))
    assert code != 0
    lost = "E54000037 has appointments in May 2022 in appointments_regional but not in actual_duration."
    assert lost in output
    assert "E54000041 has appointments" not in output


def test_a_month_far_out_of_line_is_warned_about(dbt: Dbt, tmp_path: Path) -> None:
    """March is 4 beside 10 and 8, less than half of 9; the others are within half of theirs: 10, 7, 7 and 8."""
    counts = {"2022-01": "10", "2022-02": "10", "2022-03": "4", "2022-04": "8", "2022-05": "10"}
    raw_dir = write_raw(
        tmp_path / "raw",
        [regional(month=month, count=count) for month, count in counts.items()],
        [duration(date=f"{month}-03", count=count) for month, count in counts.items()],
        [category(date=f"{month}-03", count=count) for month, count in counts.items()],
    )
    code, output = build(dbt, raw_dir, *only("months_are_in_line"))
    assert code == 0, output
    for table in ("actual_duration", "appointments_regional", "national_categories"):
        assert (
            f"{table} holds 4 appointments in March 2022, but the months around it hold 9 on average. "
            "Was its file cut short or loaded twice?"
        ) in output
    assert "WARN 3 months_are_in_line" in output


def test_a_double_load_fails_by_name(dbt: Dbt, tmp_path: Path) -> None:
    raw_dir = write_raw(
        tmp_path / "raw",
        [regional(count="20")],
        [duration(), duration()],
        [category(), category(), category(category="Planned Clinics")],
    )
    code, output = build(dbt, raw_dir, *only("tables_are_loaded_once"))
    assert code != 0
    assert "actual_duration has 2 rows for 15N, 2022-05-03, 6-10 minutes. Was it loaded twice?" in output
    assert (
        "national_categories has 2 rows for 15N, 2022-05-03, General Practice, Care Related Encounter, Walk-in. "
        "Was it loaded twice?"
    ) in output
    assert "Planned Clinics" not in output


def test_a_table_without_rows_fails_by_name(dbt: Dbt, tmp_path: Path) -> None:
    raw_dir = write_raw(tmp_path / "raw", [regional()], [duration()], [category()])
    for name in ("actual_duration", "national_categories"):
        file = raw_dir / f"{name}.csv"
        file.write_text(file.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    code, output = build(dbt, raw_dir, *only("raw_tables_hold_appointments"))
    assert code != 0
    assert "actual_duration holds no appointments: 0 rows loaded" in output
    assert "national_categories holds no appointments: 0 rows loaded" in output
    assert "appointments_regional holds no appointments" not in output


def test_a_missing_table_is_allowed_by_name_alone(dbt: Dbt, tmp_path: Path) -> None:
    """A misnamed file is not taken for a table that is missing, and a file without rows is a failed export."""
    raw_dir = write_raw(tmp_path / "raw", [regional()], [duration()], [category()])
    (raw_dir / "actual_duration.csv").rename(raw_dir / "durations.csv")
    run = dbt("seed", NHS_RAW_DIR=str(raw_dir), ALLOW_MISSING="national_categories")
    assert run.returncode != 0
    assert "NHS_RAW_DIR holds no raw table 'actual_duration'." in run.stdout
    assert 'If there is no such table: ALLOW_MISSING="actual_duration".' in run.stdout
    for name in ("appointments_regional", "sub_icb_coverage", "durations"):
        run = dbt("seed", NHS_RAW_DIR=str(raw_dir), ALLOW_MISSING=f"actual_duration {name}")
        assert run.returncode != 0
        assert (
            "ALLOW_MISSING: expected names of raw tables that a build can do without (actual_duration, "
            f"national_categories); found '{name}'"
        ) in run.stdout
    (raw_dir / "national_categories.csv").unlink()
    code, output = build(dbt, raw_dir, ALLOW_MISSING="actual_duration, national_categories")
    assert code == 0, output
    assert f"No actual_duration in {raw_dir}: tables that are made of it are empty." in output
    assert not differences_from_oracle(dbt.build_file, raw_dir)
    assert rows_of(
        dbt.build_file, "select raw_table, releases, row_count from quality.quality_raw_profile order by all"
    ) == [("actual_duration", None, 0), ("appointments_regional", None, 1), ("national_categories", None, 0)]


def test_a_missing_appointment_fails_by_name(dbt: Dbt, tmp_path: Path) -> None:
    raw_dir = write_raw(
        tmp_path / "raw",
        [regional(), regional(status="DNA", count="1"), regional(icb=DORSET)],
        [duration(), duration(icb=DORSET, count="9")],
        [category(count="11"), category(icb=DORSET)],
    )
    code, output = build(dbt, raw_dir, *only("tables_reconcile"))
    assert code != 0
    assert "durations_vs_attended differs in E54000041, May 2022: 9 against 10." in output
    assert "E54000037, May 2022" not in output
