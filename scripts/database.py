"""DuckDB as the scripts use it: with the files of the folders that each names, and nothing else."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:  # a build has no pandas
    import pandas as pd


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


def open_published(file: Path) -> duckdb.DuckDBPyConnection:
    """Open a published warehouse for reading, with its schemas as they are named there; no other file is in reach."""
    connection = connect([file.parent.resolve()])
    connection.execute(f"attach {quote(file.resolve())} as warehouse (read_only)")
    connection.execute("use warehouse")
    return connection


def headline_answers(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, list[str]]]:
    """Return each question's number, its words and its sentences, from a published warehouse; the goal (0) last."""
    return connection.execute(
        """
        select question_number, question, list(headline order by headline_order)
        from marts.mart_headline_answers
        group by question_number, question
        order by question_number = 0, question_number
        """
    ).fetchall()


class Warehouse:
    """A published warehouse, open for reading."""

    def __init__(self, file: Path) -> None:
        self.connection = open_published(file)
        [(self.is_synthetic,)] = self.connection.execute(
            "select bool_or(is_synthetic) from quality.quality_raw_profile"
        ).fetchall()

    def rows(self, sql: str) -> "pd.DataFrame":
        """Return what a query finds."""
        return self.connection.execute(sql).df()

    def period(self, raw_table: str) -> str:
        """Return the months of a raw table in words: January 2020 to June 2022. Empty where it has none."""
        period: str
        [(period,)] = self.connection.execute(
            "select coalesce(strftime(period_from, '%B %Y') || ' to ' || strftime(period_to, '%B %Y'), '') "
            "from quality.quality_raw_profile where raw_table = ?",
            [raw_table],
        ).fetchall()
        return period
