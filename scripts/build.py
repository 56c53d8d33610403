"""Write, audit, publish: build the warehouse with dbt, test it, and only then put it where its readers look.

Each build that passes is a folder of its own: one DuckDB file, one Parquet file per mart and a build record.
`warehouse/current` is a link to the one that is published, and what readers open are links through it, so that
switching one link switches everything at once:

    warehouse/nhs_gp_appointments.duckdb -> current/nhs_gp_appointments.duckdb
    warehouse/parquet                    -> current/parquet
    warehouse/build.json                 -> current/build.json
    warehouse/current                    -> builds/20261124T231500Z-1f3a9c
    warehouse/builds/                       the last three

A reader that has the old file open goes on reading it. A crash at any moment leaves the link as it was.
"""

import argparse
import datetime
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from database import connect, quote
from progress import complain, step, wants_colour

PUBLISHED_SCHEMAS = ("core", "marts", "quality")
WAREHOUSE_FILE = "nhs_gp_appointments.duckdb"
# Files of DuckDB 2.0's own format cannot be opened by any 1.x client; this one is read by 1.0.0 to 2.0.
STORAGE_VERSION = "v1.0.0"
KEPT_BUILDS = 3
TEST_STATUSES = {"passed": "pass", "warned": "warn"}
LINKS = (WAREHOUSE_FILE, "parquet", "build.json")


class UnfinishedBuild(Exception):
    """There is nothing to publish, or it may not be; the message says why and what to do."""


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


def read_build(target: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return dbt's manifest and run results from `target`, having checked that they say 'publish me'."""
    try:
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnfinishedBuild(
            f"{error.filename} is missing: there is no build to publish. Run `make build`."
        ) from error
    engine = manifest["metadata"]["adapter_type"]
    if engine != "duckdb":
        raise UnfinishedBuild(
            f"expected a build on DuckDB, found one on {engine}, whose tables stay where they are. Run `make build`."
        )
    args = results["args"]
    if args["which"] != "build" or args.get("select") or args.get("exclude"):
        raise UnfinishedBuild(
            f"expected the results of a whole `dbt build`, found those of `{args['invocation_command']}`. "
            "Run `make build`."
        )
    bad = [r for r in results["results"] if r["status"] not in ("success", "pass", "warn", "no-op")]
    if bad:
        names = "".join(f"\n    {r['status']}: {r['unique_id']}" for r in bad[:10])
        raise UnfinishedBuild(f"{len(bad)} of the build's steps did not pass:{names}")
    return manifest, results


def published_models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the models whose schema is published, by schema and name."""
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS
    ]
    return sorted(models, key=lambda model: (model["schema"], model["alias"]))


def write_database(connection: duckdb.DuckDBPyConnection, models: list[dict[str, Any]], path: Path) -> None:
    """Write the models into a new DuckDB file, sorted and with their descriptions as comments.

    Without primary keys: the build has checked them, and with one a 1.0.0 client cannot open the file.
    """
    connection.execute(f"attach {quote(path)} as published (storage_version {quote(STORAGE_VERSION)})")
    for schema in PUBLISHED_SCHEMAS:
        connection.execute(f"create schema published.{schema}")
    for model in models:
        table = f'{model["schema"]}."{model["alias"]}"'
        connection.execute(f"create table published.{table} as from build.{table} order by all")
        connection.execute(f"comment on table published.{table} is {quote(model['description'].strip())}")
        for name, column in model["columns"].items():
            connection.execute(
                f'comment on column published.{table}."{name}" is {quote(column["description"].strip())}'
            )
    connection.execute("detach published")


def write_parquet(connection: duckdb.DuckDBPyConnection, marts: list[dict[str, Any]], folder: Path) -> None:
    """Write one Parquet file per mart into `folder`."""
    folder.mkdir()
    for mart in marts:
        connection.execute(
            f'copy (from build.marts."{mart["alias"]}" order by all) '
            f"to {quote(folder / (mart['alias'] + '.parquet'))} (format parquet, compression zstd)"
        )


def raw_files(source: str) -> list[dict[str, Any]]:
    """Return path, size in bytes and SHA-256 of a raw table's file, or of its parts; nothing for what is not local."""
    path = Path(source).expanduser()
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    described = []
    for file in files:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        described.append({"path": str(file), "bytes": file.stat().st_size, "sha256": digest})
    return described


def git_state() -> dict[str, str | bool | None]:
    """Return the checkout's revision and whether it differs from it; nulls where this is no git checkout."""

    def git(*arguments: str) -> str | None:
        run = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
        return run.stdout.strip() if run.returncode == 0 else None

    try:
        changes = git("status", "--porcelain")
        return {"revision": git("rev-parse", "HEAD"), "is_dirty": None if changes is None else changes != ""}
    except FileNotFoundError:
        return {"revision": None, "is_dirty": None}


def build_record(
    connection: duckdb.DuckDBPyConnection, results: dict[str, Any], models: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what was built, from what and how it was tested, as plain JSON types."""
    statuses = [r["status"] for r in results["results"] if r["unique_id"].startswith("test.")]
    profile = connection.execute("from build.quality.quality_raw_profile order by raw_table")
    names = [column[0] for column in profile.description]
    rows = [dict(zip(names, row, strict=True)) for row in profile.fetchall()]
    for row in rows:
        for key, value in row.items():
            if isinstance(value, datetime.date):
                row[key] = value.isoformat()
        row["files"] = raw_files(row["source_file"] or "")
    built_at = results["metadata"]["generated_at"]
    return {
        "build_id": f"{built_at[:19].replace('-', '').replace(':', '')}Z-{results['metadata']['invocation_id'][:6]}",
        "built_at": built_at,
        "git": git_state(),
        "dbt_version": results["metadata"]["dbt_version"],
        "duckdb_version": duckdb.__version__,
        "python_version": platform.python_version(),
        "is_synthetic": any(row["is_synthetic"] for row in rows),
        # One for the whole build, though the profile has it beside each table.
        "geography": rows[0]["geography"],
        "published_geography": rows[0]["published_geography"],
        "raw_tables": rows,
        "allowed": {name: os.environ.get(name) or None for name in ("ALLOW_REJECTED", "ALLOW_NEW_LABELS")},
        "tests": {status: statuses.count(dbt) for status, dbt in TEST_STATUSES.items()},
        "tables": {
            f"{model['schema']}.{model['alias']}": connection.execute(
                f'select count(*) from build.{model["schema"]}."{model["alias"]}"'
            ).fetchall()[0][0]
            for model in models
        },
    }


def published_record(warehouse: Path) -> dict[str, Any] | None:
    """Return the record of the published build, or None where there is none."""
    try:
        record: dict[str, Any] = json.loads((warehouse / "build.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return record


def refuse_sample(is_synthetic: bool, warehouse: Path) -> None:
    """Raise UnfinishedBuild where generated data would take the place of a warehouse built from real tables."""
    published = published_record(warehouse)
    if is_synthetic and published and not published["is_synthetic"] and os.environ.get("FORCE") != "1":
        raise UnfinishedBuild(
            f"{warehouse} was built from real raw tables, this is the synthetic sample. Name the tables with "
            "RAW=folder, or say FORCE=1 to replace them by the sample."
        )


def kept_builds(warehouse: Path) -> list[Path]:
    """Return the folders of the builds that are kept, oldest first."""
    return sorted(folder for folder in (warehouse / "builds").glob("*Z-*") if folder.is_dir())


def switch(link: Path, target: str) -> None:
    """Point a link elsewhere, in one step."""
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def put_in_place(staging: Path, warehouse: Path, build_id: str) -> None:
    """Make a finished folder the published build, and remove builds that are no longer kept."""
    for name in LINKS:
        if (warehouse / name).is_dir() and not (warehouse / name).is_symlink():
            raise UnfinishedBuild(f"{warehouse / name} is a folder, not a link to a build. Move it elsewhere.")
    folder = warehouse / "builds" / build_id
    if folder.exists():
        shutil.rmtree(staging)
    else:
        staging.rename(folder)
    switch(warehouse / "current", f"builds/{build_id}")
    for name in LINKS:
        link = warehouse / name
        if not link.is_symlink() or link.readlink() != Path("current") / name:
            switch(link, f"current/{name}")
    for old in kept_builds(warehouse)[:-KEPT_BUILDS]:
        if old.name != build_id:
            shutil.rmtree(old)


def publish(build: Path, target: Path, warehouse: Path) -> dict[str, Any]:
    """Publish the build and return its record. Raises UnfinishedBuild where there is none to publish."""
    manifest, results = read_build(target)
    models = published_models(manifest)
    if not build.exists():
        raise UnfinishedBuild(f"{build} is missing: there is no build to publish. Run `make build`.")
    staging = warehouse / "builds" / ".unfinished"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        spill = staging / "spill"
        memory_limit = os.environ.get("NHS_MEMORY_LIMIT", "80%")
        with connect([build.parent, warehouse], memory_limit=memory_limit, temp_directory=str(spill)) as connection:
            connection.execute(f"attach {quote(build)} as build (read_only)")
            record = build_record(connection, results, models)
            refuse_sample(record["is_synthetic"], warehouse)
            write_database(connection, models, staging / WAREHOUSE_FILE)
            write_parquet(connection, [m for m in models if m["schema"] == "marts"], staging / "parquet")
        shutil.rmtree(spill, ignore_errors=True)
        (staging / "build.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        put_in_place(staging, warehouse, record["build_id"])
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return record


def rollback(warehouse: Path) -> dict[str, Any]:
    """Publish the build before the published one again and return its record."""
    published = published_record(warehouse)
    older = [folder for folder in kept_builds(warehouse) if published and folder.name < published["build_id"]]
    if not older:
        raise UnfinishedBuild(f"{warehouse / 'builds'} holds no build before the published one.")
    switch(warehouse / "current", f"builds/{older[-1].name}")
    record: dict[str, Any] = json.loads((older[-1] / "build.json").read_text(encoding="utf-8"))
    return record


def run_dbt(target: Path, dbt_vars: str | None, lock: int) -> None:
    """Build and test everything into `target`, from scratch. Raises UnfinishedBuild where anything fails.

    Without the unit tests, which test the SQL on rows of their own: `dbt build` and `make test` run them. dbt has the
    lock too: should this process be killed, dbt goes on writing to `target` until it notices.
    """
    for file in ("build.duckdb", "build.duckdb.wal"):
        (target / file).unlink(missing_ok=True)
    run = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("dbt")), "--quiet"),
            *([] if wants_colour(sys.stdout) else ["--no-use-colors"]),
            *("build", "--exclude-resource-type", "unit_test"),
            *(["--vars", dbt_vars] if dbt_vars else []),
        ],
        # The profile's own target. Named here, dbt would parse everything anew after a plain `dbt build`.
        env={name: value for name, value in os.environ.items() if name != "DBT_TARGET"},
        pass_fds=[lock],
        check=False,
    )
    if run.returncode != 0:
        raise UnfinishedBuild("the build failed. What failed is named above, the full log is logs/dbt.log.")


def print_answers(warehouse: Path, record: dict[str, Any]) -> None:
    """Print the headline answers, question by question, and where the files are."""
    with duckdb.connect(str(warehouse / WAREHOUSE_FILE), read_only=True) as connection:
        headlines = connection.execute(
            "select question_number, question, headline from marts.mart_headline_answers "
            "order by question_number = 0, question_number, headline_order"
        ).fetchall()
    width = min(shutil.get_terminal_size().columns, 110)
    shown = None
    for number, question, headline in headlines:
        if number != shown:
            heading, indent = (f"{number}. {question}", "   ") if number else (question, "")
            print("\n" + textwrap.fill(heading, width, subsequent_indent=indent, break_on_hyphens=False))
            shown = number
        print(textwrap.fill(headline, width, initial_indent="   - ", subsequent_indent="     ", break_on_hyphens=False))
    marts = sum(table.startswith("marts.") for table in record["tables"])
    tests = record["tests"]
    print(
        f"\n{tests['passed']} tests passed, {tests['warned']} warned. Published:\n"
        f"   {warehouse / WAREHOUSE_FILE}   every table of {', '.join(PUBLISHED_SCHEMAS)}; open it with any BI tool\n"
        f"   {warehouse / 'parquet'}{os.sep}   {marts} marts, one Parquet file each\n"
        f"   {warehouse / 'build.json'}   what was built, from what; `make rollback` goes back to the build before\n\n"
        "`make answers` shows this as a page with charts and tables, `make docs` describes every table and column.\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "command",
        choices=["build", "publish", "rollback"],
        help="build with dbt and publish; publish the last `dbt build`; publish the build before the published one",
    )
    parser.add_argument("--vars", dest="dbt_vars", help="variables for dbt, as YAML")
    parser.add_argument("--target", type=Path, default=Path("target"), help="the folder dbt builds in")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where to publish")
    options = parser.parse_args(arguments)
    try:
        with only_build(options.target) as lock:
            if options.command == "rollback":
                record = rollback(options.warehouse)
                print(f"Published again: the build of {record['built_at'][:16].replace('T', ' ')} UTC.")
                return 0
            if options.command == "build":
                refuse_sample(not any(map(os.environ.get, ("NHS_RAW_DIR", "NHS_AS_OF"))), options.warehouse)
                with step("Building and testing the warehouse"):
                    run_dbt(options.target, options.dbt_vars, lock)
            with step("Publishing it"):
                record = publish(options.target / "build.duckdb", options.target, options.warehouse)
    except (UnfinishedBuild, OSError, duckdb.Error) as problem:
        complain(f"Nothing was published: {problem}\n{options.warehouse} is as it was.")
        return 2
    print_answers(options.warehouse, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
