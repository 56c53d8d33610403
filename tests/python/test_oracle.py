"""The warehouse against the oracle: every cell of every mart, computed twice."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest
from conftest import PROJECT
from oracle.compare import compare_with_warehouse
from oracle.oracle import MART_KEYS, QUALITY_KEYS, compute

Both = tuple[duckdb.DuckDBPyConnection, dict[str, pd.DataFrame]]

# Sentences built from the other marts, so checked by a test that reads them against those.
CHECKED_ELSEWHERE = {"mart_headline_answers"}


@pytest.fixture(scope="module", params=["sample", "course", "publication"])
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    """The built warehouse, opened read-only, and the oracle's tables, from the same raw files."""
    own = request.param == "sample"
    raw_dir = PROJECT / "seeds" / "raw" if own else request.getfixturevalue(f"{request.param}_raw_dir")
    warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection, compute(raw_dir, PROJECT)


def test_the_oracle_computes_every_mart_of_the_warehouse(both: Both) -> None:
    connection, tables = both
    found = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'marts'"
    ).fetchall()
    assert {name for (name,) in found} - CHECKED_ELSEWHERE == set(MART_KEYS)
    assert set(MART_KEYS) <= set(tables)


@pytest.mark.parametrize("mart", sorted(MART_KEYS))
def test_every_cell_of_a_mart_equals_the_oracle(both: Both, mart: str, request: pytest.FixtureRequest) -> None:
    connection, tables = both
    # The course tables are three, so marts of the others are empty there.
    may_be_empty = request.node.callspec.params["both"] == "course"
    assert len(tables[mart]) or may_be_empty, f"the oracle has no rows for {mart}, so this would prove nothing"
    differences = compare_with_warehouse(tables, connection, mart)
    assert not differences, "\n" + "\n".join(differences)


@pytest.mark.parametrize("table", sorted(QUALITY_KEYS))
def test_every_figure_of_a_quality_table_equals_the_oracle(both: Both, table: str) -> None:
    connection, tables = both
    differences = compare_with_warehouse(tables, connection, table)
    assert not differences, "\n" + "\n".join(differences)
