"""The build record: what was built, from what and how it was tested."""

import datetime
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import duckdb
from fingerprint import sha256_of

TEST_STATUSES = {"passed": "pass", "warned": "warn"}


def raw_files(source: str) -> list[dict[str, Any]]:
    """Return path, size in bytes and SHA-256 of a raw table's file, or of its parts; nothing for what is not local."""
    path = Path(source).expanduser()
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    return [{"path": str(file), "bytes": file.stat().st_size, "sha256": sha256_of(file)} for file in files]


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
        # Of several releases each has a file, and a table that is missing has none.
        sources = connection.execute(
            f"select distinct source_file from build.raw.{row['raw_table']} where source_file is not null order by all"
        ).fetchall()
        row["files"] = [file for (source,) in sources for file in raw_files(source)]
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
        "allowed": {
            name: os.environ.get(name) or None for name in ("ALLOW_REJECTED", "ALLOW_NEW_LABELS", "ALLOW_MISSING")
        },
        "tests": {status: statuses.count(dbt) for status, dbt in TEST_STATUSES.items()},
        "tables": {
            f"{model['schema']}.{model['alias']}": connection.execute(
                f'select count(*) from build.{model["schema"]}."{model["alias"]}"'
            ).fetchall()[0][0]
            for model in models
        },
    }
