"""Builds that are stopped, killed or run out of disk, and readers meanwhile: the published build stays as it was."""

import fcntl
import functools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, fingerprint, make
from copies import plain_environment
from fault_matrix import CATEGORIES, DURATION, REGIONAL, clone_with_sample, rows

# Nothing has changed since the clone was built.
ANEW = plain_environment() | {"FORCE": "1"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone_with_sample(tmp_path_factory.mktemp("interrupted") / "clone")


@pytest.fixture(scope="module")
def before(clone: Path) -> dict[str, str]:
    return fingerprint(clone / "warehouse")


def wait_for_a_table(run: subprocess.Popen[str]) -> None:
    """Wait until a build has loaded its first table. Fails where it ends before."""
    assert run.stdout is not None
    assert any("Loaded" in line for line in run.stdout), "the build ended before it had loaded a table"


def test_killed_while_dbt_runs_the_published_build_stays_and_a_later_one_works(
    clone: Path, before: dict[str, str]
) -> None:
    """dbt outlives its parent for some seconds, and keeps the lock: two of them never write to one folder."""
    with subprocess.Popen(
        ["make", "build"],
        cwd=clone,
        env=ANEW,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        wait_for_a_table(run)
        lock = (clone / "target" / "build.lock").read_text(encoding="utf-8")
        os.kill(int(re.findall(r"process (\d+)", lock)[0]), signal.SIGKILL)
        second = make(clone, "build", FORCE="1")
        assert second.returncode == 2
        assert "another build is running here: process" in second.stderr
        assert fingerprint(clone / "warehouse") == before
    with (clone / "target" / "build.lock").open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # until dbt, the last one to hold it, has ended
    assert fingerprint(clone / "warehouse") == before
    third = make(clone, "rollback")
    assert third.returncode == 2 and "no build before the published one" in third.stderr, "the lock is free again"


def test_stopped_by_ctrl_c_the_published_build_stays_and_that_is_all_it_says(
    clone: Path, before: dict[str, str]
) -> None:
    with subprocess.Popen(
        ["make", "build"],
        cwd=clone,
        env=ANEW,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As at a keyboard: Ctrl-C reaches make, the script and dbt at once, and none of them was told to ignore it.
        start_new_session=True,
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.default_int_handler),
    ) as run:
        assert run.stderr is not None
        wait_for_a_table(run)
        os.killpg(run.pid, signal.SIGINT)
        said = run.stderr.read()
    assert run.returncode != 0
    assert said.startswith("Nothing was published: the build was stopped by Ctrl-C. warehouse is as it was.\nmake: ***")
    assert len(said.splitlines()) == 2, said
    assert fingerprint(clone / "warehouse") == before


def test_on_a_disk_that_fills_while_dbt_builds_the_published_build_stays(clone: Path, before: dict[str, str]) -> None:
    """A limit on the size of files stands in for the disk; a third of what the build's own file needs."""
    limit = functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8_000_000, 8_000_000))
    run = subprocess.run(
        ["make", "build"],
        cwd=clone,
        env=ANEW,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    output = run.stdout + run.stderr
    assert run.returncode == 2, output
    assert "File too large" in output
    assert "Traceback" not in output
    assert "Nothing was published: " in output
    assert fingerprint(clone / "warehouse") == before


@pytest.mark.by_hand
def test_readers_of_twenty_whole_builds_never_find_an_error_or_two_builds_mixed(
    clone: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two threads read all the while; every other build is of a sample with more rows. About five minutes."""
    raw_dir = tmp_path_factory.mktemp("more") / "raw"
    shutil.copytree(PROJECT / "seeds" / "raw", raw_dir, ignore=shutil.ignore_patterns("*.yml"))
    for table in (DURATION, REGIONAL, CATEGORIES):
        rows(lambda lines: [line for line in lines if line["icb_ons_code"] != "E54000008"])(raw_dir / f"{table}.csv")
    seen: set[str] = set()
    problems: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                folder = (clone / "warehouse" / "current").resolve()
                record = json.loads((folder / "build.json").read_text(encoding="utf-8"))
                with duckdb.connect(str(folder / "nhs_gp_appointments.duckdb"), read_only=True) as connection:
                    for table, count in record["tables"].items():
                        schema, name = table.split(".")
                        found = connection.execute(f'select count(*) from {schema}."{name}"').fetchall()
                        if schema == "marts":
                            file = str(folder / "parquet" / f"{name}.parquet")
                            found += connection.execute("select count(*) from read_parquet(?)", [file]).fetchall()
                        if set(found) != {(count,)}:
                            problems.append((record["build_id"], table, count, found))
                seen.add(record["build_id"])
            except Exception as problem:  # whatever a reader meets is a failure
                problems.append(repr(problem))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        run = make(clone, "build", **({"NHS_RAW_DIR": str(raw_dir)} if number % 2 else {}))
        assert run.returncode == 0, run.stdout + run.stderr
    stop.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert len(seen) == 21
