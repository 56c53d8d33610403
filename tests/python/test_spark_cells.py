"""Hostile cells and broken contracts, which both engines must read, clean, reject and name alike."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import NO_UNIT_TESTS, PROJECT, Dbt, DbtOnSpark
from dbt_process import Spark
from test_optional_tables import patients, practice, practice_row, role, staff
from test_raw_tables import category, duration, regional, write_raw
from test_spark import differences

# fmt: off
# Cells as no publisher writes them, and some as publishers do. Both engines must read, clean and reject them alike.
DATES = [
    "01-Dec-21", "1-Dec-21", "01DEC2021", "01dec2021", "1DEC2021", "2021-12-01", "2021-12-01 00:00:00",
    "  2021-12-01 ", "2021-1-2", "31-Feb-22", "29-Feb-24", "29-Feb-23", "2021-13-01", "01/12/2021", "21-12-01",
    "20211201", "2021-12-01T00:00:00", "2021-12-01 10:00:00", "Dec-21", "01-December-21", "00-Dec-21",
    "32DEC2021", "2016-12-31", "2017-01-01", "2030-12-31", "2031-01-01", "0001-01-01", "99999-01-01", "01-Dec-2021",
    "01-Dec-68", "01-Dec-69", "2021-12-01x", "2021-12-01 00:00:00.000", "NULL", "null", "", "01-d\xe9c-21",
    "\u0660\u0661-Dec-21", "-2021-12-01", "+ 2021-12-01", "2021--12-01", "01 Dec 21", "01-DEC-21",
    "2021-12-01 00:00", "2021-12-1", "02021-12-01", "1-1-21", "01-12-21", "2021-12-01T00:00:00.000000",
    "2021-12-01 00:00:00.", "2021-12-01 00:00:00.001", "2021-12-01  00:00:00", "2021-12-01T", "01/12/2021 00:00:00",
    "1/2/2021", "05/05/2021", "13/13/2021", "45/01/2021", "00/01/2021", "01/12/21", "01/12/02021",
    " 01/02/2021\xa000:00", "01 / 02 / 2021", "01/02/2021 10:00", "/", "01/Dec/2021", "2021/12/01",
]
# With these beside them, the dates with slashes have the month first in one table, the day in one, and contradict each
# other in one; in national_categories no row shows an order.
SHOWING = {
    "actual_duration": ["12/31/2021", "2/31/2021"],
    "sub_icb_coverage": ["31/02/2021"],
    "appointments_regional": ["12/01/2021"],
}
MONTHS = [
    "2021-12", "DEC2021", "dec2021", "2021-1", "Dec-21", "December 2021", "2021/12", "202112", "2021-00", "2021-13",
    "12-2021", "21-12", " 2021-12 ", "DEC21", "dec-21", "Dec-68", "Dez-21", "Dec-2021",
]
COUNTS = [
    "1", "01", " 1 ", "1.0", "1e3", "-1", "+1", "", "1,000", "999999999999999", "1000000000000000", "\uff11", "1\t",
    "\t1", "NaN", "0x1", "0", "000000000000001", "1 1", "\xa01", "1_000", "inf",
    "12.0", "12.00", "12.5", "12.", ".0", "0.0", "12,0", "12.0 ", "999999999999999.0", "1000000000000000.0", "1.0e3",
    "-1.0", "12.0.0", "12.000000000000000000001", "\uff11.0",
]
DECIMALS = [
    "0.053333", "1.", ".5", "1e-3", "0.5 ", "0,5", "-0.5", "00.10", "1.0000000000000001", "999999999.999999999999999",
    "1234567890.5", "0x1p-2", "0.1f", "Infinity", "1 / 2",
]
LABELS = [
    "  Unknown /  Data Issue ", "Unknown / Data Quality", "unknown", "UNKNOWN", "Same Day", "  8  to 14 Days",
    "\xa0GP", "GP\t", "\tGP", " ", "it's; drop table x; --", "a \\ b", "\\", "%_", "{{ 1 + 1 }}", "${x}",
    "\u2603 \U0001f600", "NULL", "null", '"quoted"', "a,b", "Day Minute Days", "#x", "NHS Devon ICB - 15N - 16N",
    " - ", "x -  y", "-", "Caf\xe9", "<b>", "\x0b", "a\u2028b",
    "attended", "FACE-TO-FACE", "face\u2013TO\u2013face", "Face\u2014to\u2014Face", "6\u201310 Minutes", "8 TO 14 days",
    "general consultation\xa0 ACUTE", "UNKNOWN / data  quality", "Cl\u0130nical Triage", "clinical tr\u0131age",
    "Un\u212anown", "CAF\xc9", "stra\xdfe", "\u03a3\u03a3", "NHS Devon ICB \u2013 15N", "15n",
]
# fmt: on
# Places of both geographies, of neither, and of before: what moves and what stays must be the same on both engines.
ICBS = ["E54000065", "E54000025", "E54000028", "E54000034", "E54000042", "E54000009", "E54999999"]
LOCATIONS = ["06K", "07H", "U2G6B", "D4U1Y", "D9Y0V", "99P", "99Z"]
COVERAGE = {
    "sub_icb_location_code": "15N",
    "icb_ons_code": "E54000037",
    "appointment_month": "2022-05",
    "included_practices": "9",
    "open_practices": "10",
    "included_practice_patients": "900",
    "open_practice_patients": "1000",
}
TOTALS = {
    "release_month": "2022-06",
    "sub_icb_location_code": "15N",
    "sub_icb_location_ons_code": "E38000230",
    "icb_ons_code": "E54000037",
    "appointment_month": "2022-05",
    "count_of_appointments": "100",
    "count_of_attended": "90",
    "count_of_dna": "10",
}
OPTIONAL = {
    "sub_icb_coverage": COVERAGE,
    "release_totals": TOTALS,
    "appointments_by_role": role(),
    "appointments_by_practice": practice_row(),
    "practices": practice(),
    "appointments_by_pcn_system": regional(),
    "registered_patients": patients("SUB_ICB_LOCATION_CODE", "15N"),
    "workforce": staff(),
}
CELLS = (
    {field: LABELS for row in (regional(), duration(), category(), *OPTIONAL.values()) for field in row}
    | dict.fromkeys(("count_of_appointments", "count_of_attended", "count_of_dna", *list(COVERAGE)[3:]), COUNTS)
    | {"number_of_patients": COUNTS, "fte": COUNTS + DECIMALS}
    | {"icb_ons_code": LABELS + ICBS, "sub_icb_location_code": LABELS + LOCATIONS, "org_code": LABELS + LOCATIONS}
    | {"appointment_date": DATES, "extract_date": DATES}
    | dict.fromkeys(("appointment_month", "release_month", "snapshot_month"), DATES + MONTHS)
)


def each_cell(table: str, sound: dict[str, str]) -> list[dict[str, str]]:
    """A row of a raw table for each cell in each of its columns, the others as in a sound row."""
    return [
        sound | {field: cell}
        for field in sound
        for cell in CELLS[field] + (SHOWING.get(table, []) if DATES[0] in CELLS[field] else [])
    ]


@pytest.fixture(scope="module")
def nasty(
    spark: Spark, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[duckdb.DuckDBPyConnection, DbtOnSpark]]:
    """Hostile raw tables, one per format, cleaned by both engines; DuckDB's tables opened read-only."""
    folder = tmp_path_factory.mktemp("nasty")
    raw_dir = folder / "raw's [20]{22}"
    regional_rows = each_cell("appointments_regional", regional())
    write_raw(
        raw_dir,
        regional_rows,
        each_cell("actual_duration", duration()),
        each_cell("national_categories", category()),
        **{table: each_cell(table, sound) for table, sound in OPTIONAL.items()},
    )
    # The regional table in parts, as engines with many workers write one, with its columns in another order.
    (raw_dir / "appointments_regional.csv").unlink()
    parts = raw_dir / "appointments_regional.parquet"
    parts.mkdir()
    frame = pd.DataFrame(regional_rows).iloc[:, ::-1]
    for number, part in enumerate((frame[:100], frame[100:])):
        duckdb.from_df(part).write_parquet(str(parts / f"part-{number}.parquet"))
    durations = raw_dir / "actual_duration.csv"
    (raw_dir / "actual_duration.csv.gz").write_bytes(gzip.compress(durations.read_bytes()))
    durations.unlink()
    categories = raw_dir / "national_categories.csv"
    categories.write_bytes(b"\xef\xbb\xbf" + categories.read_bytes())
    on_duckdb, on_spark = Dbt(folder / "on_duckdb"), DbtOnSpark(spark, folder / "on_spark")
    for dbt in (on_duckdb, on_spark):
        run = dbt(
            *("build", "--select", "+quality_rejected_rows", "+quality_restatements", "+fct_sub_icb_coverage_monthly"),
            *("+dim_practice", "+fct_workforce_monthly", "+fct_registered_patients"),
            *("--exclude-resource-type", "test", *NO_UNIT_TESTS),
            NHS_RAW_DIR=str(raw_dir),
        )
        assert run.returncode == 0, run.stdout
    with duckdb.connect(str(on_duckdb.build_file), read_only=True) as connection:
        yield connection, on_spark


@pytest.mark.parametrize(
    "table",
    [
        "staging.stg_nhs__actual_duration",
        "staging.stg_nhs__appointments_regional",
        "staging.stg_nhs__national_categories",
        "staging.stg_nhs__release_totals",
        "staging.stg_nhs__appointments_by_pcn_system",
        "staging.stg_nhs__appointments_by_practice",
        "staging.stg_nhs__appointments_by_role",
        "staging.stg_nhs__practices",
        "staging.stg_nhs__registered_patients",
        "staging.stg_nhs__workforce",
        "intermediate.int_area_codes",
        "intermediate.int_locations",
        "intermediate.int_published_areas",
        "intermediate.int_published_geographies",
        "core.dim_practice",
        "core.fct_registered_patients",
        "core.fct_sub_icb_coverage_monthly",
        "core.fct_workforce_monthly",
        "quality.quality_rejected_rows",
        "quality.quality_restatements",
    ],
)
def test_cells_are_read_cleaned_and_rejected_alike(
    nasty: tuple[duckdb.DuckDBPyConnection, DbtOnSpark], table: str
) -> None:
    connection, on_spark = nasty
    found, cell_count = differences(connection, table, on_spark.spark_table(*table.split(".")))
    assert not found, "\n" + "\n".join(found)
    assert cell_count > 20


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # 12/31/2021 is there, so 1/2/2021 is 2 January, as 01/02/2021 00:00 and 2021-1-2 are; there is no 31 February.
        ("select count(*) from staging.stg_nhs__actual_duration where appointment_date = '2021-01-02'", 3),
        ("select count(*) from quality.quality_rejected_rows where raw_row like '%2/31/2021%' "
         "and reason = 'appointment_date is not a date'", 1),
        # 31/02/2021 is there, so 1/2/2021 is of February.
        ("select count(*) from core.fct_sub_icb_coverage_monthly where coverage_month = '2021-02-01'", 1),
        ("select count(*) from staging.stg_nhs__national_categories "
         "where rejection_reason = 'appointment_date may have the day or the month first, and no row shows which'", 5),
        ("select count(*) from staging.stg_nhs__appointments_regional "
         "where rejection_reason like 'appointment_month has the day first in some rows and the month %'", 6),
    ],
    ids=["month_first", "no_such_day", "day_first", "neither", "both"],
)  # fmt: skip
def test_dates_with_slashes_are_read_as_their_column_shows(
    nasty: tuple[duckdb.DuckDBPyConnection, DbtOnSpark], query: str, expected: int
) -> None:
    """On both engines, as the test above shows."""
    assert nasty[0].execute(query).fetchone() == (expected,)


CONTRACT = """
version: 2
models:
  - name: {name}
    config: {{materialized: table, contract: {{enforced: true}}, file_format: parquet}}
    constraints: [{{type: primary_key, columns: [place, month]}}]
    columns:
      - {{name: place, data_type: string}}
      - {{name: month, data_type: bigint}}
      - {{name: amount, data_type: bigint, constraints: [{{type: not_null}}]}}
"""


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_model_that_breaks_its_contract_fails_by_name(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(
        "name: contracts\nprofile: nhs_gp_appointments_warehouse\n"
        f"macro-paths: ['{PROJECT}/macros/engine']\nflags: {{send_anonymous_usage_stats: false}}\n"
    )
    for name, rows in {
        "sound": "('a', 1, 5), ('a', 2, 5), ('b', 1, 5)",
        "repeated_key": "('a', 1, 5), ('a', 1, 6), ('b', 1, 5)",
        "key_without_value": "('a', 1, 5), (null, 1, 5)",
        "missing_amount": "('a', 1, 5), ('a', 2, null)",
    }.items():
        (project / "models" / f"{name}.yml").write_text(CONTRACT.format(name=name))
        (project / "models" / f"{name}.sql").write_text(
            "select cast(place as string) as place, cast(month as bigint) as month, cast(amount as bigint) as amount "
            f"from (values {rows}) as t (place, month, amount)"
        )
    build = tmp_path / "build"
    on_spark = engine == "spark"
    dbt = DbtOnSpark(request.getfixturevalue("spark"), build, project) if on_spark else Dbt(build, project)
    run = dbt("run")
    assert run.returncode != 0
    assert "PASS=1 WARN=0 ERROR=3" in run.stdout, run.stdout
    if on_spark:
        for name, offence in (
            ("repeated_key", "1 keys (place, month) in more than one row"),
            ("key_without_value", "1 rows without place"),
            ("missing_amount", "1 rows without amount"),
        ):
            assert f"{name} breaks its contract: {offence}" in run.stdout
