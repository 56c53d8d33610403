"""The oracle's comparison of two tables: that it sees every difference."""

import datetime
import math

import pandas as pd
import pytest
from oracle.compare import compare_cells, compare_tables


@pytest.fixture
def expected() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area": ["England", "London", "Devon"],
            "month": pd.to_datetime(["2022-01-01", "2022-02-01", "2022-03-01"]),
            "count": [3, 0, 7],
            "rate": [0.1, math.nan, 0.0],
            "rank": pd.array([1, None, 2], dtype="Int64"),
            "is_top": [True, False, True],
            "word": ["weak", None, "strong"],
        }
    )


@pytest.fixture
def actual() -> pd.DataFrame:
    """The same table as a warehouse gives it, in another order of rows."""
    months = [datetime.date(2022, month, 1) for month in (1, 2, 3)]
    rows = [
        ("Devon", months[2], 7, 0.0, 2, True, "strong"),
        ("England", months[0], 3, 0.1, 1, True, "weak"),
        ("London", months[1], 0, None, None, False, None),
    ]
    columns = ["area", "month", "count", "rate", "rank", "is_top", "word"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def test_equal_tables_have_no_differences(expected: pd.DataFrame, actual: pd.DataFrame) -> None:
    assert compare_cells(expected, actual, ["area"]) == ([], 21)


def test_the_number_of_compared_cells_is_printed(
    expected: pd.DataFrame, actual: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare_tables(expected, actual, ["area", "month"]) == []
    assert capsys.readouterr().out.startswith("21 cells compared, 0 kinds")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("count", 4),
        ("count", 3.0),
        ("count", None),
        ("rate", 0.1 * (1 + 1e-8)),
        ("rate", math.nan),
        ("rate", None),
        ("rate", math.inf),
        ("rank", None),
        ("is_top", False),
        ("is_top", 1),
        ("word", "Weak"),
        ("word", None),
        ("month", datetime.date(2022, 1, 2)),
    ],
)
def test_a_changed_cell_is_a_difference_that_names_its_row(
    expected: pd.DataFrame, actual: pd.DataFrame, column: str, value: float | str | datetime.date | None
) -> None:
    actual.at[1, column] = value
    [difference] = compare_tables(expected, actual, ["area"])
    assert difference.startswith(f"column {column}: 1 of 3 cells differ")
    assert "England: expected" in difference


@pytest.mark.parametrize(
    ("column", "value"),
    [("rate", 0.0), ("rate", math.nan), ("rank", 0), ("word", ""), ("word", math.nan)],
)
def test_null_equals_only_null(
    expected: pd.DataFrame, actual: pd.DataFrame, column: str, value: float | str | datetime.date | None
) -> None:
    actual.at[2, column] = value
    [difference] = compare_tables(expected, actual, ["area"])
    assert "London: expected None" in difference


def test_a_double_may_be_off_in_the_tenth_digit_or_by_a_millionth_of_a_millionth(
    expected: pd.DataFrame, actual: pd.DataFrame
) -> None:
    actual.at[1, "rate"] = 0.1 * (1 + 1e-10)
    actual.at[0, "rate"] = 1e-13
    assert compare_tables(expected, actual, ["area"]) == []


def test_missing_and_extra_rows_are_differences(expected: pd.DataFrame, actual: pd.DataFrame) -> None:
    actual.at[1, "area"] = "Kent"
    differences = compare_tables(expected, actual, ["area"])
    assert len(differences) == 2
    assert differences[0].startswith("missing rows: 1 of 3") and "England" in differences[0]
    assert differences[1].startswith("extra rows: 1 of 3") and "Kent" in differences[1]


def test_a_repeated_key_is_a_difference(expected: pd.DataFrame, actual: pd.DataFrame) -> None:
    twice = pd.concat([actual, actual.iloc[[0]]], ignore_index=True)
    assert compare_tables(expected, twice, ["area"]) == ["actual: 1 rows repeat a key of ['area']"]


def test_missing_and_extra_columns_are_differences(expected: pd.DataFrame, actual: pd.DataFrame) -> None:
    assert compare_tables(expected, actual.drop(columns="count"), ["area"]) == ["missing columns: count"]
    assert compare_tables(expected, actual.assign(more=1), ["area"]) == ["extra columns: more"]


def test_a_missing_key_column_is_a_difference(expected: pd.DataFrame, actual: pd.DataFrame) -> None:
    differences = compare_tables(expected, actual.drop(columns="area"), ["area"])
    assert differences[0] == "missing columns: area"
    assert "no rows compared" in differences[1]
