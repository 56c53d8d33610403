"""The oracle's reading of raw files, of every form and of the course tables."""

import datetime
from pathlib import Path

import pandas as pd
import pytest
from oracle.raw import (
    RawTables,
    clean_label,
    code_in_name,
    parse_count,
    parse_date,
    parse_month,
    read_raw_tables,
    read_text_columns,
)
from published_totals import PUBLISHED_TOTALS


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("01-Dec-21", datetime.date(2021, 12, 1)),
        ("01DEC2021", datetime.date(2021, 12, 1)),
        (" 2021-12-01 ", datetime.date(2021, 12, 1)),
        ("29-Feb-21", None),
        ("2016-12-31", None),
        ("2031-01-01", None),
        ("12/01/2021", None),
        ("", None),
    ],
)
def test_dates_are_read_in_all_published_spellings_or_rejected(text: str, date: datetime.date | None) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize("text", ["2021-12", "DEC2021", "01DEC2021", "2021-12-01"])
def test_months_are_read_in_all_published_spellings(text: str) -> None:
    assert parse_month(text) == datetime.date(2021, 12, 1)


def test_counts_are_plain_non_negative_integers() -> None:
    assert [parse_count(text) for text in ("364", "0", "1,000", "-1", "1.0", "1e3", "")] == [
        364,
        0,
        *[None] * 5,
    ]


def test_labels_lose_double_spaces_and_codes_are_found_in_names() -> None:
    assert clean_label("15  to 21 Days") == "15 to 21 days"
    assert clean_label("Unknown / Data Issue") == "Unknown"
    assert clean_label("Video Conference/Online") == clean_label("Video/Online") == "Video/Online"
    assert code_in_name("NHS Stoke - on - Trent ICB - 05W") == "05W"
    assert code_in_name("NHS Devon ICB") is None


def test_typed_parquet_and_compressed_csv_read_as_text_like_a_plain_csv(tmp_path: Path) -> None:
    text = "Code,appointment_date,count\n01E,2021-12-01,7\n,2021-12-02,0\n"
    typed = pd.DataFrame(
        {
            "code": ["01E", None],
            "Appointment_Date": pd.to_datetime(["2021-12-01", "2021-12-02"]),
            "COUNT": [7, 0],
        }
    )
    (tmp_path / "plain.csv").write_text(text)
    typed.assign(Code=typed.pop("code")).to_parquet(tmp_path / "typed.parquet")
    pd.read_csv(tmp_path / "plain.csv", dtype=str, keep_default_na=False).to_csv(
        tmp_path / "packed.csv.gz", index=False
    )
    columns = ["code", "appointment_date", "count"]
    read = [
        read_text_columns(tmp_path, name)[columns].astype(object).to_numpy().tolist()
        for name in ("plain", "packed", "typed")
    ]
    assert read == [[["01E", "2021-12-01", "7"], ["", "2021-12-02", "0"]]] * 3
    with pytest.raises(FileNotFoundError, match=r"holds no absent\.csv"):
        read_text_columns(tmp_path, "absent")


@pytest.fixture(scope="module")
def course(course_raw_dir: Path) -> RawTables:
    """The course tables, as the oracle reads them."""
    return read_raw_tables(course_raw_dir)


@pytest.mark.parametrize(("table", "column"), PUBLISHED_TOTALS)
def test_course_totals_are_the_published_ones(course: RawTables, table: str, column: str) -> None:
    rows = getattr(course, table)
    totals = rows.groupby(column, observed=True)["appointment_count"].sum().to_dict()
    assert totals == PUBLISHED_TOTALS[table, column]


def test_course_rows_are_all_accepted(course: RawTables) -> None:
    counts = {name: len(rows) for name, rows in course._asdict().items()}
    assert counts == {
        "actual_duration": 137_793,
        "appointments_regional": 596_821,
        "national_categories": 777_134,
        "appointments_by_role": 0,
        "appointments_by_practice": 0,
    }
    months = course.appointments_regional.groupby("appointment_month")["appointment_count"].sum()
    assert (months.idxmax(), months.max()) == (pd.Timestamp("2021-11-01"), 30_405_070)
    assert (months.idxmin(), months.min()) == (pd.Timestamp("2020-04-01"), 16_007_881)
