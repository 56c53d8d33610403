"""Publishing: what may be published, what is put in place, and what stays."""

import fcntl
import functools
import hashlib
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT


def copy_build(warehouse: Path, folder: Path) -> Path:
    """Copy a build that tests share into `folder`, the database among dbt's files, and return it."""
    return Path(shutil.copytree(warehouse.parent, folder))


@pytest.fixture
def build_folder(sample_warehouse: Path, tmp_path: Path) -> Path:
    """A finished build's folder, to spoil at will."""
    return copy_build(sample_warehouse, tmp_path / "build")


def publish_command(build_folder: Path, warehouse: Path, command: str = "publish") -> list[str]:
    script = str(PROJECT / "scripts" / "build.py")
    return [sys.executable, script, command, "--target", str(build_folder), "--warehouse", str(warehouse)]


def publish(
    build_folder: Path, warehouse: Path, command: str = "publish", **settings: Any
) -> subprocess.CompletedProcess[str]:
    """Publish (or another command), with `settings` for the process, such as its environment."""
    return subprocess.run(
        publish_command(build_folder, warehouse, command), capture_output=True, text=True, check=False, **settings
    )


def change_artifact(build_folder: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change one of the files in which dbt tells what it did."""
    file = build_folder / f"{name}.json"
    artifact = json.loads(file.read_text(encoding="utf-8"))
    change(artifact)
    file.write_text(json.dumps(artifact), encoding="utf-8")


def test_the_published_file_holds_the_build_and_nothing_else(build_folder: Path, tmp_path: Path) -> None:
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


def test_old_clients_can_open_the_published_file(build_folder: Path, tmp_path: Path) -> None:
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


def another_build(build_folder: Path, number: int, is_synthetic: bool = True) -> str:
    """Make the build in the folder a later one, of other content, and return its id."""
    built_at = f"2030-01-01T00:00:{number:02}.000000Z"
    change_artifact(
        build_folder, "run_results", lambda r: r["metadata"].update(generated_at=built_at, invocation_id=f"{number:06}")
    )
    with duckdb.connect(str(build_folder / "build.duckdb")) as connection:
        connection.execute(
            "update quality.quality_raw_profile set is_synthetic = ?, row_count = ?", [is_synthetic, number]
        )
        connection.execute("update marts.mart_top_locations set record_count = ?", [number])
    return f"20300101T0000{number:02}Z-{number:06}"


def published(warehouse: Path) -> tuple[str, int, int]:
    """What a reader finds who looks up the published folder once: build id, and a figure of the file and of a mart."""
    folder = (warehouse / "current").resolve()
    record = json.loads((folder / "build.json").read_text(encoding="utf-8"))
    with duckdb.connect(str(folder / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
        [(in_file,)] = connection.execute("select max(row_count) from quality.quality_raw_profile").fetchall()
        mart = str(folder / "parquet" / "mart_top_locations.parquet")
        [(in_mart,)] = connection.execute("select max(record_count) from read_parquet(?)", [mart]).fetchall()
    return record["build_id"], in_file, in_mart


def test_the_last_three_builds_are_kept_and_rollback_goes_back_one(build_folder: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    ids = []
    for number in range(1, 6):
        ids.append(another_build(build_folder, number))
        assert publish(build_folder, warehouse).returncode == 0
        assert published(warehouse) == (ids[-1], number, number)
    assert sorted(folder.name for folder in (warehouse / "builds").iterdir()) == ids[2:]
    for number in (4, 3):
        run = publish(build_folder, warehouse, "rollback")
        assert run.returncode == 0, run.stderr
        assert "Published again: the build of 2030-01-01 00:00 UTC." in run.stdout
        assert published(warehouse) == (ids[number - 1], number, number)
    run = publish(build_folder, warehouse, "rollback")
    assert run.returncode == 2
    assert "no build before the published one" in run.stderr
    assert published(warehouse) == (ids[2], 3, 3)
    # The same names as ever, through the links.
    assert json.loads((warehouse / "build.json").read_text())["build_id"] == ids[2]
    assert (warehouse / "parquet" / "mart_top_locations.parquet").is_file()
    assert (warehouse / "nhs_gp_appointments.duckdb").is_file()


def test_the_sample_does_not_replace_real_tables_unless_forced(build_folder: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    real = another_build(build_folder, 1, is_synthetic=False)
    assert publish(build_folder, warehouse).returncode == 0
    sample = another_build(build_folder, 2)
    for command in ("publish", "build"):
        run = publish(build_folder, warehouse, command)
        assert run.returncode == 2
        assert "was built from real raw tables, this is the synthetic sample" in run.stderr
        assert published(warehouse)[0] == real
    assert publish(build_folder, warehouse, env=os.environ | {"FORCE": "1"}).returncode == 0
    assert published(warehouse)[0] == sample


def test_the_record_says_what_was_built_from_what(build_folder: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    environment = os.environ | {"ALLOW_REJECTED": "7", "ALLOW_NEW_LABELS": "a; b"}
    assert publish(build_folder, warehouse, cwd=PROJECT, env=environment).returncode == 0
    record = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))
    assert record["allowed"] == {"ALLOW_REJECTED": "7", "ALLOW_NEW_LABELS": "a; b", "ALLOW_MISSING": None}
    assert record["tests"]["passed"] > 100
    assert len(record["git"]["revision"]) == 40 and isinstance(record["git"]["is_dirty"], bool)
    for table in record["raw_tables"]:
        [file] = table["files"]
        content = (PROJECT / "seeds" / "raw" / f"{table['raw_table']}.csv").read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert table["row_count"] == content.count(b"\n") - 1
    assert set(record["tables"]) >= {"core.dim_icb", "marts.mart_top_locations", "quality.quality_raw_profile"}


def test_readers_are_never_blocked_and_never_find_two_builds_mixed(build_folder: Path, tmp_path: Path) -> None:
    """One process reads all the while, a client keeps an old file open, and build after build is published."""
    warehouse = tmp_path / "warehouse"
    another_build(build_folder, 1)
    assert publish(build_folder, warehouse).returncode == 0
    seen: set[str] = set()
    problems: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                build_id, in_file, in_mart = published(warehouse)
            except Exception as problem:  # whatever a reader meets is a failure
                problems.append(repr(problem))
                return
            if not build_id.endswith(f"{in_file:06}") or in_file != in_mart:
                problems.append((build_id, in_file, in_mart))
            seen.add(build_id)

    readers = [threading.Thread(target=read) for _ in range(2)]
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as old_client:
        for reader in readers:
            reader.start()
        for number in range(2, 10):
            another_build(build_folder, number)
            run = publish(build_folder, warehouse)
            assert run.returncode == 0, run.stderr
        stop.set()
        for reader in readers:
            reader.join()
        still = old_client.execute("select min(row_count), max(row_count) from quality.quality_raw_profile").fetchone()
        assert still == (1, 1), "the client that was there goes on reading what it had opened"
    assert not problems
    assert len(seen) > 3
    with duckdb.connect(str(warehouse / "nhs_gp_appointments.duckdb"), read_only=True) as client:
        assert client.execute("select max(row_count) from quality.quality_raw_profile").fetchone() == (9,)


def test_a_second_build_is_refused_by_name_of_the_first(build_folder: Path, tmp_path: Path) -> None:
    with (build_folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("process 123, since 12:00:00")
        lock.flush()
        run = publish(build_folder, tmp_path / "warehouse")
    assert run.returncode == 2
    assert "another build is running here: process 123, since 12:00:00" in run.stderr
    assert not (tmp_path / "warehouse").exists()
    assert publish(build_folder, tmp_path / "warehouse").returncode == 0, "the lock ends with its process"


def test_killed_at_any_moment_the_published_build_stays_and_the_next_one_works(
    build_folder: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    ids = [another_build(build_folder, 1)]
    assert publish(build_folder, warehouse).returncode == 0
    killed = 0
    for number in range(2, 14):
        ids.append(another_build(build_folder, number))
        process = subprocess.Popen(
            publish_command(build_folder, warehouse), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(0.1 * number)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        build_id, in_file, in_mart = published(warehouse)
        assert build_id in ids and build_id == ids[in_file - 1] and in_file == in_mart
    assert killed > 5, "too few of the processes were caught at work"
    assert publish(build_folder, warehouse).returncode == 0
    assert published(warehouse) == (ids[-1], 13, 13)
    assert not list((warehouse / "builds").glob(".*"))


def test_on_a_full_disk_the_published_build_stays(build_folder: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk: writing fails in the same way, half way."""
    warehouse = tmp_path / "warehouse"
    first = another_build(build_folder, 1)
    assert publish(build_folder, warehouse).returncode == 0
    second = another_build(build_folder, 2)
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (400_000, 400_000))
    run = publish(build_folder, warehouse, preexec_fn=limit)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert "Nothing was published" in run.stderr
    assert published(warehouse) == (first, 1, 1)
    assert publish(build_folder, warehouse).returncode == 0
    assert published(warehouse) == (second, 2, 2)


def test_a_folder_that_cannot_be_written_is_a_clear_word(build_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("a file where the folder should be")
    run = publish(build_folder, tmp_path / "warehouse")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
    assert str(tmp_path / "warehouse") in run.stderr


def test_a_folder_without_leave_to_write_is_a_clear_word(build_folder: Path, tmp_path: Path) -> None:
    """As any user but root meets it; root is here deprived of the privilege to write regardless."""
    warehouse = tmp_path / "warehouse"
    first = another_build(build_folder, 1)
    assert publish(build_folder, warehouse).returncode == 0
    second = another_build(build_folder, 2)
    as_user = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = as_user + publish_command(build_folder, warehouse)
    for folder in (warehouse, warehouse / "builds"):
        folder.chmod(0o555)
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
        assert run.returncode == 2, folder
        assert "Traceback" not in run.stderr
        assert "Nothing was published" in run.stderr and "Permission denied" in run.stderr
        assert str(folder) in run.stderr
        assert published(warehouse) == (first, 1, 1)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert published(warehouse) == (second, 2, 2)


def test_a_folder_of_parquet_files_that_no_build_made_is_not_touched(build_folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "warehouse" / "parquet" / "mine.parquet"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    run = publish(build_folder, tmp_path / "warehouse")
    assert run.returncode == 2
    assert "is a folder, not a link to a build. Move it elsewhere." in run.stderr
    assert own.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("artifact", "change", "word"),
    [
        ("run_results", lambda r: r["results"][-1].update(status="fail"), "1 of the build's steps did not pass"),
        ("run_results", lambda r: r["results"][0].update(status="error"), "error: "),
        ("run_results", lambda r: r["args"].update(select=["marts"]), "expected the results of a whole `dbt build`"),
        ("run_results", lambda r: r["args"].update(which="run"), "expected the results of a whole `dbt build`"),
        ("run_results", lambda r: r["args"].update(empty=True), "expected the results of a whole `dbt build`"),
        ("manifest", lambda m: m["metadata"].update(adapter_type="spark"), "expected a build on DuckDB, found one on"),
    ],
    ids=["failed_test", "failed_model", "part_of_the_project", "no_tests", "no_rows", "another_engine"],
)
def test_an_unfinished_build_is_not_published(
    build_folder: Path, tmp_path: Path, artifact: str, change: Callable[[dict[str, Any]], None], word: str
) -> None:
    warehouse = tmp_path / "warehouse"
    assert publish(build_folder, warehouse).returncode == 0
    before = published(warehouse)
    change_artifact(build_folder, artifact, change)
    run = publish(build_folder, warehouse)
    assert run.returncode == 2
    assert word in run.stderr
    assert "Nothing was published" in run.stderr
    assert published(warehouse) == before
    assert len(list((warehouse / "builds").iterdir())) == 1


def test_no_build_at_all_is_a_clear_word(tmp_path: Path) -> None:
    run = publish(tmp_path / "nothing", tmp_path / "warehouse")
    assert run.returncode == 2
    assert "there is no build to publish. Run `make build`." in run.stderr
    assert not (tmp_path / "warehouse").exists()
