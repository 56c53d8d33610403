"""Compare an expected table with the one a warehouse holds, cell by cell."""

import datetime
import math
from collections.abc import Iterable

import duckdb
import numpy as np
import pandas as pd

from .oracle import KEYS, MART_KEYS

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-12
SHOWN = 5


def fetch_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> pd.DataFrame:
    """A table of the warehouse as Python objects, so that null (None) and NaN stay apart."""
    relation = connection.table(f'"{schema}"."{table}"')
    return pd.DataFrame(relation.fetchall(), columns=relation.columns, dtype=object)


def compare_with_warehouse(
    expected: dict[str, pd.DataFrame], connection: duckdb.DuckDBPyConnection, table: str
) -> list[str]:
    """Readable differences between what the oracle expects of a mart or quality table and what a warehouse holds.

    A quality table may also name its areas; the oracle speaks of its keys and figures.
    """
    is_mart = table in MART_KEYS
    actual = fetch_table(connection, "marts" if is_mart else "quality", table)
    if not is_mart:
        actual = actual[[name for name in actual.columns if name in expected[table].columns]]
    return compare_tables(expected[table], actual, KEYS[table])


def compare_tables(expected: pd.DataFrame, actual: pd.DataFrame, key: list[str]) -> list[str]:
    """Readable differences between two tables, in any order of rows; an empty list if they agree.

    Prints the number of cells compared. See `compare_cells` for what counts as a difference.
    """
    differences, cell_count = compare_cells(expected, actual, key)
    print(f"{cell_count:,} cells compared, {len(differences)} kinds of difference")
    return differences


def compare_cells(expected: pd.DataFrame, actual: pd.DataFrame, key: list[str]) -> tuple[list[str], int]:
    """The differences between two tables, and the number of cells compared.

    Missing and extra columns, missing and extra rows, and per column the first few cells that
    differ, with their keys. The expected column's type says how its cells are compared: doubles to
    1e-9 relative (1e-12 absolute near zero), everything else exactly and of the same type. In
    `expected` NaN, NA, NaT and None all mean null. In `actual` only None, NA and NaT do: NaN is a
    value, and always a difference.
    """
    differences = []
    if missing := [name for name in expected.columns if name not in actual.columns]:
        differences.append(f"missing columns: {', '.join(missing)}")
    if extra := [name for name in actual.columns if name not in expected.columns]:
        differences.append(f"extra columns: {', '.join(extra)}")
    if absent := [name for name in key if name in missing or name not in expected.columns]:
        return [*differences, f"no rows compared, for want of key columns {', '.join(absent)}"], 0

    keys_and_rows = []
    for side, frame in (("expected", expected), ("actual", actual)):
        keys = list(zip(*(plain_values(frame[name]) for name in key), strict=True))
        rows = dict(zip(keys, range(len(keys)), strict=True))
        if len(rows) < len(keys):
            differences.append(f"{side}: {len(keys) - len(rows)} rows repeat a key of {key}")
        keys_and_rows.append(rows)
    expected_rows, actual_rows = keys_and_rows
    for word, some, others in (
        ("missing", expected_rows, actual_rows),
        ("extra", actual_rows, expected_rows),
    ):
        if lone := [row_key for row_key in some if row_key not in others]:
            differences.append(f"{word} rows: {len(lone)} of {len(some)}, " + first_few(map(show_key, lone)))

    common = [row_key for row_key in expected_rows if row_key in actual_rows]
    expected_places = [expected_rows[row_key] for row_key in common]
    actual_places = [actual_rows[row_key] for row_key in common]
    cell_count = 0
    for name in expected.columns:
        if name in missing:
            continue
        equal = equal_doubles if pd.api.types.is_float_dtype(expected[name]) else equal_exactly
        wanted = plain_values(expected[name].iloc[expected_places], nan_is_null=True)
        found = plain_values(actual[name].iloc[actual_places])
        cell_count += len(common)
        unequal = [
            f"{show_key(row_key)}: expected {want!r}, found {have!r}"
            for row_key, want, have in zip(common, wanted, found, strict=True)
            if not equal(want, have)
        ]
        if unequal:
            differences.append(f"column {name}: {len(unequal)} of {len(common)} cells differ, " + first_few(unequal))
    return differences, cell_count


def first_few(lines: Iterable[str]) -> str:
    """The first few of several lines, one below the other, and a word where there are more."""
    lines = list(lines)
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n    ".join(["first:", *lines[:SHOWN], *more])


def show_key(row_key: tuple[object, ...]) -> str:
    """A row's key as text."""
    return " | ".join(str(value) for value in row_key)


def plain_values(column: pd.Series, nan_is_null: bool = False) -> list[object]:
    """A column as plain Python values: None for null, a date for a timestamp at midnight."""
    return [plain(value, nan_is_null) for value in column.astype(object)]


def plain(value: object, nan_is_null: bool) -> object:
    """One value as Python has it; NaN becomes None only if asked."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None if nan_is_null else value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date()
    return value


def equal_doubles(expected: object, actual: object) -> bool:
    """Whether two doubles agree to 1e-9 relative or 1e-12 absolute; null equals only null."""
    if expected is None or actual is None:
        return expected is actual
    if not (isinstance(expected, float) and isinstance(actual, float)):
        return False
    return math.isclose(expected, actual, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)


def equal_exactly(expected: object, actual: object) -> bool:
    """Whether two values are the same, and of the same type (1 is neither 1.0 nor true)."""
    return type(expected) is type(actual) and expected == actual
