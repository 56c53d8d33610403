"""Publish a finished build: one DuckDB file, one Parquet file per mart and a build record.

Only a whole build whose every node succeeded and every test passed is published. Everything is written
beside the old files first and put in place last, so that a crash leaves the old warehouse as it was.
"""

import argparse
import datetime
import json
import os
import shutil
import sys
import textwrap
from pathlib import Path

import duckdb

PUBLISHED_SCHEMAS = ("core", "marts", "quality")
WAREHOUSE_FILE = "nhs_gp_appointments.duckdb"
# Files of DuckDB 2.0's own format cannot be opened by any 1.x client; this one is read by 1.0.0 to 2.0.
STORAGE_VERSION = "v1.0.0"


class UnfinishedBuild(Exception):
    """The build in the target folder is not one to publish; the message says why and what to do."""


def read_build(target: Path) -> tuple[dict, dict]:
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
    bad = [r for r in results["results"] if r["status"] not in ("success", "pass", "warn")]
    if bad:
        names = "".join(f"\n    {r['status']}: {r['unique_id']}" for r in bad[:10])
        raise UnfinishedBuild(f"{len(bad)} of the build's steps did not pass:{names}")
    return manifest, results


def published_models(manifest: dict) -> list[dict]:
    """Return the models whose schema is published, by schema and name."""
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in PUBLISHED_SCHEMAS
    ]
    return sorted(models, key=lambda model: (model["schema"], model["alias"]))


def quote(text: str) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def write_database(connection: duckdb.DuckDBPyConnection, models: list[dict], path: Path) -> None:
    """Write the models into a new DuckDB file, sorted and with their descriptions as comments.

    Without primary keys: the build has checked them, and with one a 1.0.0 client cannot open the file.
    """
    connection.execute(f"attach {quote(str(path))} as published (storage_version {quote(STORAGE_VERSION)})")
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


def write_parquet(connection: duckdb.DuckDBPyConnection, marts: list[dict], folder: Path) -> None:
    """Write one Parquet file per mart into `folder`."""
    folder.mkdir()
    for mart in marts:
        connection.execute(
            f'copy (from build.marts."{mart["alias"]}" order by all) '
            f"to {quote(str(folder / (mart['alias'] + '.parquet')))} (format parquet, compression zstd)"
        )


def build_record(connection: duckdb.DuckDBPyConnection, manifest: dict, results: dict, models: list[dict]) -> dict:
    """Return what was built, from what and how it was tested, as plain JSON types."""
    statuses = [r["status"] for r in results["results"] if r["unique_id"].split(".")[0] in ("test", "unit_test")]
    profile = connection.execute("from build.quality.quality_raw_profile order by raw_table")
    names = [column[0] for column in profile.description]
    rows = [dict(zip(names, row, strict=True)) for row in profile.fetchall()]
    for row in rows:
        for key, value in row.items():
            if isinstance(value, datetime.date):
                row[key] = value.isoformat()
    return {
        "built_at": results["metadata"]["generated_at"],
        "dbt_version": results["metadata"]["dbt_version"],
        "duckdb_version": duckdb.__version__,
        "is_synthetic": any(row["is_synthetic"] for row in rows),
        "raw_tables": rows,
        "tests": {"passed": statuses.count("pass"), "warned": statuses.count("warn")},
        "tables": {
            f"{model['schema']}.{model['alias']}": connection.execute(
                f'select count(*) from build.{model["schema"]}."{model["alias"]}"'
            ).fetchone()[0]
            for model in models
        },
    }


def put_in_place(staging: Path, warehouse: Path) -> None:
    """Move the files of `staging` over those of `warehouse`, the build record last.

    Parquet files of marts that the last build record lists and this one lacks are removed; files that no
    build wrote are left alone.
    """
    parquet = warehouse / "parquet"
    parquet.mkdir(exist_ok=True)
    old_record = warehouse / "build.json"
    old_tables = json.loads(old_record.read_text(encoding="utf-8"))["tables"] if old_record.exists() else {}
    new_parquet = sorted((staging / "parquet").iterdir())
    (staging / WAREHOUSE_FILE).replace(warehouse / WAREHOUSE_FILE)
    for file in new_parquet:
        file.replace(parquet / file.name)
    for table in old_tables:
        schema, name = table.split(".", 1)
        stale = parquet / f"{name}.parquet"
        if schema == "marts" and stale.name not in {file.name for file in new_parquet}:
            stale.unlink(missing_ok=True)
    (staging / "build.json").replace(old_record)


def publish(build: Path, target: Path, warehouse: Path) -> dict:
    """Publish the build and return its record. Raises UnfinishedBuild where there is none to publish."""
    manifest, results = read_build(target)
    models = published_models(manifest)
    if not build.exists():
        raise UnfinishedBuild(f"{build} is missing: there is no build to publish. Run `make build`.")
    warehouse.mkdir(parents=True, exist_ok=True)
    staging = warehouse / ".unfinished"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"attach {quote(str(build))} as build (read_only)")
        write_database(connection, models, staging / WAREHOUSE_FILE)
        write_parquet(connection, [m for m in models if m["schema"] == "marts"], staging / "parquet")
        record = build_record(connection, manifest, results, models)
    (staging / "build.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    put_in_place(staging, warehouse)
    shutil.rmtree(staging)
    return record


def print_answers(warehouse: Path, record: dict) -> None:
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
        f"   {warehouse / 'build.json'}   what was built, from what\n"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Publish the last `dbt build` to a folder that BI tools read, and print its headline answers."
    )
    parser.add_argument("--build", type=Path, default=Path("target/build.duckdb"), help="the file dbt built")
    parser.add_argument("--target", type=Path, default=Path("target"), help="dbt's target folder")
    parser.add_argument("--warehouse", type=Path, default=Path("warehouse"), help="where to publish")
    options = parser.parse_args(arguments)
    try:
        record = publish(options.build, options.target, options.warehouse)
    except UnfinishedBuild as problem:
        print(
            f"publish: {problem}\nNothing was published; {options.warehouse} is as it was.",
            file=sys.stderr,
        )
        return 2
    except OSError as problem:
        print(
            f"publish: {problem}\nClose whatever holds the file and run `make build` again.",
            file=sys.stderr,
        )
        return 2
    print_answers(options.warehouse, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
