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
    says_day_first,
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
        ("2021-12-01 00:00:00", datetime.date(2021, 12, 1)),
        ("2021-12-01T00:00:00.000", datetime.date(2021, 12, 1)),
        ("2021-12-01 10:00:00", None),
        ("", None),
    ],
)
def test_dates_are_read_in_all_published_spellings_or_rejected(text: str, date: datetime.date | None) -> None:
    assert parse_date(text) == date


@pytest.mark.parametrize(
    ("texts", "of_months", "day_first", "dates"),
    [
        (["31/12/2021", "01/02/2022"], False, True, [datetime.date(2021, 12, 31), datetime.date(2022, 2, 1)]),
        (["12/31/2021", "1/2/2022 00:00"], False, False, [datetime.date(2021, 12, 31), datetime.date(2022, 1, 2)]),
        (["01/12/2021", "02/01/2022"], False, None, [None, None]),
        (["31/12/2021", "12/31/2021"], False, None, [None, None]),
        (["01/12/2021", "01/01/2022"], True, True, [datetime.date(2021, 12, 1), datetime.date(2022, 1, 1)]),
        (["12/1/2021", "1/1/2022"], True, False, [datetime.date(2021, 12, 1), datetime.date(2022, 1, 1)]),
        (["01/01/2022"], True, None, [None]),
    ],
)
def test_dates_with_slashes_are_read_in_the_order_that_the_column_shows(
    texts: list[str], of_months: bool, day_first: bool | None, dates: list[datetime.date | None]
) -> None:
    assert says_day_first(texts, of_months) is day_first
    assert [parse_date(text, day_first) for text in texts] == dates


@pytest.mark.parametrize("text", ["2021-12", "DEC2021", "01DEC2021", "2021-12-01", "Dec-21"])
def test_months_are_read_in_all_published_spellings(text: str) -> None:
    assert parse_month(text) == datetime.date(2021, 12, 1)


def test_counts_are_non_negative_integers_with_or_without_a_fraction_of_zeros() -> None:
    assert [parse_count(text) for text in ("364", "0", "12.0", "12.00", "1,000", "-1", "1.5", "1e3", "")] == [
        *(364, 0, 12, 12),
        *[None] * 5,
    ]


def test_labels_are_known_in_any_spelling_and_codes_are_found_in_names() -> None:
    assert clean_label("15  to 21 Days", "lead_time_band") == "15 to 21 days"
    assert clean_label("Unknown / Data Issue", "lead_time_band") == "Unknown"
    assert clean_label("Video/Online", "appointment_mode") == "Video/Online"
    assert clean_label("Video Conference/Online", "appointment_mode") == "Video/Online"
    assert clean_label("face\N{EN DASH}TO-face\xa0", "appointment_mode") == "Face-to-Face"
    assert clean_label("21\N{EN DASH}30 Minutes", "duration_band") == "21-30 minutes"
    assert clean_label("61\N{EN DASH}90  Minutes", "duration_band") == "61\N{EN DASH}90 Minutes"
    assert clean_label("attended", "hcp_type") == "attended", "a label of another field"
    assert code_in_name("NHS Devon ICB \N{EN DASH} 15N") == "15N"
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
        "workforce": 0,
        "appointments_by_pcn_system": 0,
    }
    months = course.appointments_regional.groupby("appointment_month")["appointment_count"].sum()
    assert (months.idxmax(), months.max()) == (pd.Timestamp("2021-11-01"), 30_405_070)
    assert (months.idxmin(), months.min()) == (pd.Timestamp("2020-04-01"), 16_007_881)
