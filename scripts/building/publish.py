"""Publish: put a build that passed where its readers look.

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

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
from database import connect, quote

from building import UnfinishedBuild
from building.record import build_record

PUBLISHED_SCHEMAS = ("core", "marts", "quality")
WAREHOUSE_FILE = "nhs_gp_appointments.duckdb"
# Files of DuckDB 2.0's own format cannot be opened by any 1.x client; this one is read by 1.0.0 to 2.0.
STORAGE_VERSION = "v1.0.0"
KEPT_BUILDS = 3
LINKS = (WAREHOUSE_FILE, "parquet", "build.json")


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
    if args["which"] != "build" or any(map(args.get, ("select", "exclude", "empty"))):
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


def publish(build: Path, target: Path, warehouse: Path, inputs: str | None = None) -> dict[str, Any]:
    """Publish the build, made from `inputs` where they are known, and return its record.

    Raises UnfinishedBuild where there is none to publish.
    """
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
            record = build_record(connection, results, models) | {"inputs": inputs}
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
