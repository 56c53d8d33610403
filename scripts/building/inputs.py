"""What a build is made from, so that one that is published already need not be made again."""

import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fingerprint import fingerprint

from building.publish import LINKS, published_record
from building.workbooks import raw_tables

# What decides which rows are published, and how: SQL, seeds and their tests, and the Python around them.
CODE = (
    *("dbt_project.yml", "profiles.yml", "macros/**/*", "models/**/*", "seeds/**/*", "tests/**/*.sql"),
    *("scripts/build.py", "scripts/building/*.py", "scripts/database.py"),
)
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "python-calamine")


def inputs_of(dbt_vars: str | None) -> str:
    """Return a hash of all that decides a build: the raw tables, the code, the settings, and the versions of packages.

    Every file of a raw table in the folder of the raw tables counts, also one that the build would not choose.
    """
    code = [file for pattern in CODE for file in Path().glob(pattern) if file.is_file() and file.suffix != ".pyc"]
    texts = [file.read_text(encoding="utf-8") for file in code if file.suffix in (".sql", ".yml")]
    asked = sorted({name for text in texts for name in re.findall(r"env_var\(['\"](\w+)", text)})
    settings = [f"{name}={os.environ.get(name, '')}" for name in asked]
    versions = [f"{package} {version(package)}" for package in PACKAGES]
    return fingerprint([*code, *raw_files()], [*settings, *versions, dbt_vars or ""])


def raw_files() -> list[Path]:
    """Return the files of raw tables, and the manifests of releases, in the folder that a build reads them from."""
    folder = os.environ.get("NHS_RAW_DIR") or ("data/publications" if os.environ.get("NHS_AS_OF") else "")
    if not folder:
        return []
    named = {"manifest", *raw_tables(Path("seeds/raw"))}
    found = [
        entry
        for place in (Path(folder).expanduser(), *Path(folder).expanduser().glob("20??-??"))
        if place.is_dir()
        for entry in place.iterdir()
        if entry.name.partition(".")[0] in named
    ]
    return [file for entry in found for file in ([entry] if entry.is_file() else entry.rglob("*")) if file.is_file()]


def published_already(inputs: str, target: Path, warehouse: Path) -> dict[str, Any] | None:
    """Return the record of the published build if it is of these inputs and dbt has not built in `target` since.

    The docs site is made of what lies in `target`, so that must be the published build too.
    """
    record = published_record(warehouse)
    build = target / "build.duckdb"
    if not record or record.get("inputs") != inputs or not build.exists():
        return None
    if not all((warehouse / name).exists() for name in LINKS):
        return None
    return record if build.stat().st_mtime <= (warehouse / "build.json").stat().st_mtime else None
