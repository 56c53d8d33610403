"""Run dbt, one build at a time in a checkout, and say why a run failed."""

import datetime
import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from building import FailedBuild, UnfinishedBuild
from building.report import follow, report, what_stopped

LOG = Path("logs/dbt.log")


@contextmanager
def only_build(target: Path) -> Iterator[int]:
    """Hold the checkout's build lock and give its descriptor. Raises UnfinishedBuild, naming the other process, where
    another has it.

    The lock is the operating system's: it ends with the last process that has the descriptor, however that ends.
    """
    target.mkdir(parents=True, exist_ok=True)
    with (target / "build.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise UnfinishedBuild(
                f"another build is running here: {lock.read().strip() or 'just begun'}. Wait until it has ended."
            ) from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {datetime.datetime.now():%H:%M:%S}")
        lock.flush()
        yield lock.fileno()


def run_dbt(
    target: Path,
    dbt_vars: str | None,
    lock: int,
    engine: str = "duckdb",
    workbooks: dict[str, dict[str, str]] | None = None,
) -> None:
    """Build and test everything, from scratch: on DuckDB into `target`, else where the profile of `engine` says.

    `workbooks` is what became of the raw tables that are Excel workbooks, as convert_workbooks returns it.

    Raises FailedBuild, with the causes, where anything fails. Without the unit tests, which test the SQL on rows
    of their own: `dbt build` and `make test` run them. dbt has the lock too: should this process be killed, dbt goes on
    writing to `target` until it has ended.
    """
    if engine == "duckdb":
        for file in ("build.duckdb", "build.duckdb.wal"):
            (target / file).unlink(missing_ok=True)
    # dbt tells its events as JSON, for `follow`; its log file stays text, for people.
    command = [
        *(str(Path(sys.executable).with_name("dbt")), "--log-format", "json", "--log-format-file", "debug"),
        *("--no-use-colors", "build", "--exclude-resource-type", "unit_test"),
        # The profile's own target is not named: dbt would parse everything anew after a plain `dbt build`.
        *([] if engine == "duckdb" else ["--target", engine]),
        *(["--vars", dbt_vars] if dbt_vars else []),
    ]
    environment = {name: value for name, value in os.environ.items() if name != "DBT_TARGET"}
    environment["NHS_WORKBOOKS"] = json.dumps(workbooks or {})
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
            env=environment,
            pass_fds=[lock],
        ) as dbt:
            assert dbt.stdout is not None
            try:
                causes = follow(dbt.stdout)
            except KeyboardInterrupt:
                end(dbt)
                raise
        if dbt.returncode != 0:
            said = keep(complaints)
            raise FailedBuild(report(causes or [what_stopped(dbt.returncode, said)]))


def end(dbt: subprocess.Popen[str]) -> None:
    """Wait until dbt, which Ctrl-C has reached too, has stopped its statements; end it if it has not after a while."""
    try:
        dbt.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        dbt.kill()
        dbt.communicate()


def keep(complaints: IO[str]) -> str:
    """Put what a failed dbt and its engine wrote on the error stream at the end of the log, and return it."""
    complaints.seek(0)
    said = complaints.read()
    if said:
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"\n\nOn the error stream:\n{said}")
    return said
