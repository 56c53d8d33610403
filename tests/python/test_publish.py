"""Publishing: what may be published, what is put in place, and what stays."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT


@pytest.fixture
def build_folder(sample_warehouse: Path, tmp_path: Path) -> Path:
    """A finished build's folder, to spoil at will: build.duckdb and dbt's target folder."""
    shutil.copytree(sample_warehouse.parent, tmp_path / "build")
    return tmp_path / "build"


def publish(build_folder: Path, warehouse: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, str(PROJECT / "scripts" / "publish.py")),
            *("--build", str(build_folder / "build.duckdb")),
            *("--target", str(build_folder / "target")),
            *("--warehouse", str(warehouse)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def change_artifact(build_folder: Path, name: str, change) -> None:
    """Change one of the files in which dbt tells what it did."""
    file = build_folder / "target" / f"{name}.json"
    artifact = json.loads(file.read_text(encoding="utf-8"))
    change(artifact)
    file.write_text(json.dumps(artifact), encoding="utf-8")


def test_the_published_file_holds_the_build_and_nothing_else(build_folder, tmp_path):
    warehouse = tmp_path / "warehouse"
    run = publish(build_folder, warehouse)
    assert run.returncode == 0, run.stderr
    with duckdb.connect() as connection:
        connection.execute(f"attach '{build_folder}/build.duckdb' as build (read_only)")
        connection.execute(f"attach '{warehouse}/nhs_gp_appointments.duckdb' as published (read_only)")
        listing = (
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = '{}' and table_schema in ('core', 'marts', 'quality') order by all"
        )
        tables = connection.execute(listing.format("build")).fetchall()
        everything = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = 'published' order by all"
        ).fetchall()
        assert len(tables) > 30
        assert everything == tables
        for schema, table in tables:
            name = f'{schema}."{table}"'
            only_in_one = connection.execute(
                f"select count(*) from ((from build.{name} except all from published.{name}) "
                f"union all (from published.{name} except all from build.{name}))"
            ).fetchone()
            assert only_in_one == (0,), name
        for file in (warehouse / "parquet").iterdir():
            name = f'marts."{file.stem}"'
            only_in_one = connection.execute(
                f"select count(*) from ((from build.{name} except all from '{file}') "
                f"union all (from '{file}' except all from build.{name}))"
            ).fetchone()
            assert only_in_one == (0,), file.name
        comments = connection.execute(
            "select count(*) from duckdb_columns() where database_name = 'published' and comment is null"
        ).fetchone()
    assert comments == (0,), "every column carries its description"


def test_old_clients_can_open_the_published_file(build_folder, tmp_path):
    """Bytes 12 to 20 of a DuckDB file hold its storage version: 64 is what 0.10 to 1.1 read."""
    warehouse = tmp_path / "warehouse"
    assert publish(build_folder, warehouse).returncode == 0
    with (warehouse / "nhs_gp_appointments.duckdb").open("rb") as file:
        header = file.read(20)
    assert header[8:12] == b"DUCK"
    assert struct.unpack("<Q", header[12:20]) == (64,)
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        constraints = connection.execute(
            "select count(*) from duckdb_constraints() where constraint_type = 'PRIMARY KEY'"
        ).fetchone()
    assert constraints == (0,), "1.0.0 cannot open a file with a primary key"


def test_a_users_own_files_stay_and_marts_that_are_gone_go(build_folder, tmp_path):
    warehouse = tmp_path / "warehouse"
    (warehouse / "parquet").mkdir(parents=True)
    own = warehouse / "parquet" / "my_own.parquet"
    own.write_bytes(b"mine")
    stale = warehouse / "parquet" / "mart_of_old.parquet"
    stale.write_bytes(b"old")
    (warehouse / "build.json").write_text('{"tables": {"marts.mart_of_old": 1, "core.my_own": 1}}')
    assert publish(build_folder, warehouse).returncode == 0
    assert own.read_bytes() == b"mine"
    assert not stale.exists()
    assert not (warehouse / ".unfinished").exists()


@pytest.mark.parametrize(
    ("artifact", "change", "word"),
    [
        ("run_results", lambda r: r["results"][-1].update(status="fail"), "1 of the build's steps did not pass"),
        ("run_results", lambda r: r["results"][0].update(status="error"), "error: "),
        ("run_results", lambda r: r["args"].update(select=["marts"]), "expected the results of a whole `dbt build`"),
        ("run_results", lambda r: r["args"].update(which="run"), "expected the results of a whole `dbt build`"),
        ("manifest", lambda m: m["metadata"].update(adapter_type="spark"), "expected a build on DuckDB, found one on"),
    ],
    ids=["failed_test", "failed_model", "part_of_the_project", "no_tests", "another_engine"],
)
def test_an_unfinished_build_is_not_published(build_folder, tmp_path, artifact, change, word):
    warehouse = tmp_path / "warehouse"
    warehouse.mkdir()
    (warehouse / "nhs_gp_appointments.duckdb").write_bytes(b"the last good one")
    change_artifact(build_folder, artifact, change)
    run = publish(build_folder, warehouse)
    assert run.returncode == 2
    assert word in run.stderr
    assert "Nothing was published" in run.stderr
    assert [f.name for f in warehouse.iterdir()] == ["nhs_gp_appointments.duckdb"]
    assert (warehouse / "nhs_gp_appointments.duckdb").read_bytes() == b"the last good one"


def test_no_build_at_all_is_a_clear_word(tmp_path):
    run = publish(tmp_path / "nothing", tmp_path / "warehouse")
    assert run.returncode == 2
    assert "there is no build to publish. Run `make build`." in run.stderr
    assert not (tmp_path / "warehouse").exists()
