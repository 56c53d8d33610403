"""The same project on Apache Spark: every table that is published, equal cell by cell to DuckDB's."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import NO_UNIT_TESTS, PROJECT, Dbt, make, require_java, spark_table
from copies import copy_project
from test_raw_tables import category, duration, regional, write_raw

TABLES = sorted(
    f"{file.parent.name}.{file.stem}"
    for schema in ("core", "marts", "quality")
    for file in (PROJECT / "models" / schema).glob("*.sql")
)
RELATIVE_TOLERANCE = 1e-9


class SparkBuild:
    """What `make build TARGET=spark` left in a clone, and what it said."""

    def __init__(self, clone: Path, raw_dir: Path | None = None) -> None:
        require_java()
        self.clone = clone
        copy_project(clone)
        (clone / ".venv").symlink_to(sys.prefix)
        self.files_before = {file.name for file in clone.iterdir()}
        # -o: the environment is the one that runs this test.
        self.run = make(
            clone, "-o", ".venv/dev.stamp", "build", "TARGET=spark", *([f"RAW={raw_dir}"] if raw_dir else [])
        )
        self.output = self.run.stdout + self.run.stderr

    def table(self, name: str) -> str:
        """A from-clause item, in DuckDB's SQL, with a table of the build such as `core.dim_icb`."""
        return spark_table(self.clone / "target" / "spark", *name.split("."))


Engines = tuple[duckdb.DuckDBPyConnection, SparkBuild]


def differences(connection: duckdb.DuckDBPyConnection, expected: str, actual: str) -> tuple[list[str], int]:
    """Readable differences between two from-clause items of one database, and the number of cells compared.

    Column names, order and types must be equal; so must rows, in any order. Doubles may differ by 1e-9 of the larger
    of the two, everything else not at all.
    """
    columns = connection.execute(f"describe from {expected}").fetchall()
    others = connection.execute(f"describe from {actual}").fetchall()
    if [column[:2] for column in columns] != [column[:2] for column in others]:
        return [f"columns {[c[:2] for c in columns]} against {[c[:2] for c in others]}"], 0
    doubles = [f'"{name}"' for name, kind, *_ in columns if kind == "DOUBLE"]
    exact = [f'"{name}"' for name, kind, *_ in columns if kind != "DOUBLE"]
    # Rows that agree in all but their doubles are told apart by the order of those.
    numbered = "select *, true as is_there, row_number() over (partition by {} order by {}) as copy from {}".format
    order = ", ".join(doubles or exact)
    agree = " and ".join(
        f"(a.{name} is not distinct from b.{name} or "
        f"abs(a.{name} - b.{name}) <= {RELATIVE_TOLERANCE} * greatest(abs(a.{name}), abs(b.{name})))"
        for name in doubles
    )
    rows = connection.execute(
        f"with a as ({numbered(', '.join(exact), order, expected)}), "
        f"b as ({numbered(', '.join(exact), order, actual)}) "
        "select a, b from a full join b on a.copy = b.copy and "
        + " and ".join(f"a.{name} is not distinct from b.{name}" for name in exact)
        + f" where a.is_there is null or b.is_there is null or not coalesce({agree or 'true'}, false) limit 5"
    ).fetchall()
    [(row_count,)] = connection.execute(f"select count(*) from {expected}").fetchall()
    return [f"{a} against {b}" for a, b in rows], row_count * len(columns)


@pytest.fixture(
    scope="module",
    params=["sample", *(pytest.param(name, marks=pytest.mark.by_hand) for name in ("course", "publication"))],
)
def engines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """The same raw tables built on DuckDB, opened read-only, and on Spark."""
    raw_dir = None if request.param == "sample" else request.getfixturevalue(f"{request.param}_raw_dir")
    spark = SparkBuild(tmp_path_factory.mktemp("spark") / "a clone", raw_dir)
    assert spark.run.returncode == 0, spark.output
    with duckdb.connect(str(request.getfixturevalue(f"{request.param}_warehouse")), read_only=True) as connection:
        yield connection, spark


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_the_same_on_both_engines(engines: Engines, table: str) -> None:
    connection, spark = engines
    found, cell_count = differences(connection, table, spark.table(table))
    print(f"{table}: {cell_count:,} cells")
    assert not found, "\n" + "\n".join(found)


def test_no_table_is_left_out(engines: Engines) -> None:
    connection, _ = engines
    built = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema in ('core', 'marts', 'quality') order by 1"
    ).fetchall()
    assert [name for (name,) in built] == TABLES


def test_a_spark_build_is_quiet_tidy_and_publishes_nothing(engines: Engines) -> None:
    _, spark = engines
    assert not (spark.clone / "warehouse").exists()
    assert {file.name for file in spark.clone.iterdir()} - spark.files_before == {"target", "logs"}
    assert spark.run.stderr == ""
    assert "target/spark" in spark.run.stdout
    assert "WARN" not in spark.output
    assert len(spark.run.stdout.splitlines()) < 12, spark.run.stdout


@pytest.mark.by_hand
def test_the_unit_tests_pass_on_spark_too(tmp_path: Path) -> None:
    require_java()
    run = Dbt(tmp_path)("build", "--target", "spark", "--exclude-resource-type", "test")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        ("select k, n, x from t", False),
        ("select k, n, x * (1 + 1e-10) as x from t", False),
        ("select k, n, x * (1 + 1e-8) as x from t", True),
        ("select k, n + 1 as n, x from t", True),
        ("select k, n, case when k = 'b' then null else x end as x from t", True),
        ("select k, n, coalesce(x, 0) as x from t", True),
        ("select k, n, x from t where k <> 'a'", True),
        ("from t union all from t", True),
        ("select k, cast(n as integer) as n, x from t", True),
        ("select n, k, x from t", True),
        ("select coalesce(k, '') as k, n, x from t", True),
    ],
)
def test_the_comparison_sees_what_differs(change: str, is_seen: bool) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as from (values ('a', 1::bigint, 0.1::double), ('b', 2, 1e12), ('b', 2, 1e-12), "
            "(null, 3, null)) as t(k, n, x)"
        )
        assert bool(differences(connection, "t", f"({change})")[0]) is is_seen


# fmt: off
# Cells as no publisher writes them, and some as publishers do. Both engines must read, clean and reject them alike.
DATES = [
    "01-Dec-21", "1-Dec-21", "01DEC2021", "01dec2021", "1DEC2021", "2021-12-01", "2021-12-01 00:00:00",
    "  2021-12-01 ", "2021-1-2", "31-Feb-22", "29-Feb-24", "29-Feb-23", "2021-13-01", "01/12/2021", "21-12-01",
    "20211201", "2021-12-01T00:00:00", "2021-12-01 10:00:00", "Dec-21", "01-December-21", "00-Dec-21",
    "32DEC2021", "2016-12-31", "2017-01-01", "2030-12-31", "2031-01-01", "0001-01-01", "99999-01-01", "01-Dec-2021",
    "01-Dec-68", "01-Dec-69", "2021-12-01x", "2021-12-01 00:00:00.000", "NULL", "null", "", "01-d\xe9c-21",
    "\u0660\u0661-Dec-21", "-2021-12-01", "+ 2021-12-01", "2021--12-01", "01 Dec 21", "01-DEC-21",
    "2021-12-01 00:00", "2021-12-1", "02021-12-01", "1-1-21", "01-12-21",
]
MONTHS = [
    "2021-12", "DEC2021", "dec2021", "2021-1", "Dec-21", "December 2021", "2021/12", "202112", "2021-00", "2021-13",
    "12-2021", "21-12", " 2021-12 ", "DEC21",
]
COUNTS = [
    "1", "01", " 1 ", "1.0", "1e3", "-1", "+1", "", "1,000", "999999999999999", "1000000000000000", "\uff11", "1\t",
    "\t1", "NaN", "0x1", "0", "000000000000001", "1 1", "\xa01", "1_000", "inf",
]
LABELS = [
    "  Unknown /  Data Issue ", "Unknown / Data Quality", "unknown", "UNKNOWN", "Same Day", "  8  to 14 Days",
    "\xa0GP", "GP\t", "\tGP", " ", "it's; drop table x; --", "a \\ b", "\\", "%_", "{{ 1 + 1 }}", "${x}",
    "\u2603 \U0001f600", "NULL", "null", '"quoted"', "a,b", "Day Minute Days", "#x", "NHS Devon ICB - 15N - 16N",
    " - ", "x -  y", "-", "Caf\xe9", "<b>", "\x0b", "a\u2028b",
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
CELLS = (
    {field: LABELS for row in (regional(), duration(), category(), COVERAGE, TOTALS) for field in row}
    | dict.fromkeys(("count_of_appointments", "count_of_attended", "count_of_dna", *list(COVERAGE)[3:]), COUNTS)
    | {"icb_ons_code": LABELS + ICBS, "sub_icb_location_code": LABELS + LOCATIONS}
    | {"appointment_date": DATES, "appointment_month": DATES + MONTHS, "release_month": DATES + MONTHS}
)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Dbt]]:
    """Hostile raw tables, one per format, cleaned by both engines; DuckDB's tables opened read-only."""
    require_java()
    folder = tmp_path_factory.mktemp("nasty")
    raw_dir = folder / "raw's [20]{22}"
    regional_rows, duration_rows, category_rows, coverage_rows, total_rows = (
        [sound | {field: cell} for field in sound for cell in CELLS[field]]
        for sound in (regional(), duration(), category(), COVERAGE, TOTALS)
    )
    more = {"sub_icb_coverage": coverage_rows, "release_totals": total_rows}
    write_raw(raw_dir, regional_rows, duration_rows, category_rows, **more)
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
    dbt = Dbt(folder / "build")
    for target in ("duckdb", "spark"):
        run = dbt(
            *("build", "--target", target, "--select", "+quality_rejected_rows", "+quality_restatements"),
            "+fct_sub_icb_coverage_monthly",
            *("--exclude-resource-type", "test", *NO_UNIT_TESTS),
            NHS_RAW_DIR=str(raw_dir),
        )
        assert run.returncode == 0, run.stdout
    with duckdb.connect(str(dbt.build_file), read_only=True) as connection:
        yield connection, dbt


@pytest.mark.parametrize(
    "table",
    [
        "staging.stg_nhs__actual_duration",
        "staging.stg_nhs__appointments_regional",
        "staging.stg_nhs__national_categories",
        "staging.stg_nhs__release_totals",
        "intermediate.int_area_codes",
        "intermediate.int_locations",
        "intermediate.int_published_areas",
        "intermediate.int_published_geographies",
        "core.fct_sub_icb_coverage_monthly",
        "quality.quality_rejected_rows",
        "quality.quality_restatements",
    ],
)
def test_cells_are_read_cleaned_and_rejected_alike(nasty: tuple[duckdb.DuckDBPyConnection, Dbt], table: str) -> None:
    connection, dbt = nasty
    found, cell_count = differences(connection, table, dbt.spark_table(*table.split(".")))
    assert not found, "\n" + "\n".join(found)
    assert cell_count > 20


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
def test_a_model_that_breaks_its_contract_fails_by_name(engine: str, tmp_path: Path) -> None:
    if engine == "spark":
        require_java()
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
    run = Dbt(tmp_path / "build", project)("run", "--target", engine)
    assert run.returncode != 0
    assert "PASS=1 WARN=0 ERROR=3" in run.stdout, run.stdout
    if engine == "spark":
        for name, offence in (
            ("repeated_key", "1 keys (place, month) in more than one row"),
            ("key_without_value", "1 rows without place"),
            ("missing_amount", "1 rows without amount"),
        ):
            assert f"{name} breaks its contract: {offence}" in run.stdout


def test_without_java_a_spark_build_says_so(tmp_path: Path) -> None:
    clone = copy_project(tmp_path / "clone")
    for found in ("", "echo java 11.0.2 2019-01-15"):
        java = tmp_path / "bin" / "java"
        java.parent.mkdir(exist_ok=True)
        java.write_text(f"#!/bin/sh\n{found}\n")
        java.chmod(0o755)
        run = make(clone, "build", "TARGET=spark", JAVA_HOME=str(tmp_path))
        assert run.returncode == 2
        assert "Spark needs Java 17 or later" in run.stderr
        assert found.removeprefix("echo ") in run.stderr
    assert not (clone / ".venv").exists()
