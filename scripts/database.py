"""DuckDB as the scripts use it: with the files of the folders that each names, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import duckdb


def quote(text: object) -> str:
    """Return `text` as an SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def connect(folders: Iterable[Path], **config: str) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that can reach the files below `folders` alone: no network, no extension.

    `config` holds DuckDB's own settings. What a statement asks for beyond that raises duckdb.PermissionException.
    """
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False, **config}
    )
    connection.execute(f"set allowed_directories = [{', '.join(map(quote, folders))}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection
