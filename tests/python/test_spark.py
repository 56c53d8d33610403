"""The same project on Apache Spark: every table that is published, equal cell by cell to DuckDB's."""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import MARTS, PROJECT, DbtOnSpark, make, require_java, spark_table
from copies import copy_project
from dbt_process import SHORT_LIVED_JAVA, Spark

TABLES = sorted(
    [
        *(f"{schema}.{file.stem}" for schema in ("core", "quality") for file in PROJECT.glob(f"models/{schema}/*.sql")),
        *(f"marts.{mart}" for mart in MARTS),
    ]
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
        arguments = ["build", "TARGET=spark", *([f"RAW={raw_dir}"] if raw_dir else [])]
        # -o: the environment is the one that runs this test.
        self.run = make(clone, "-o", ".venv/dev.stamp", *arguments, JDK_JAVA_OPTIONS=SHORT_LIVED_JAVA)
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
    # A line for each raw table that was loaded, and a few more.
    raw_tables = list((PROJECT / "seeds" / "raw").glob("*.csv"))
    assert len(spark.run.stdout.splitlines()) < len(raw_tables) + 6, spark.run.stdout


@pytest.mark.by_hand
def test_the_unit_tests_pass_on_spark_too(spark: Spark, tmp_path: Path) -> None:
    run = DbtOnSpark(spark, tmp_path)("build", "--exclude-resource-type", "test")
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
