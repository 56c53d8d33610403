"""The oracle's own tests: that the comparison sees, and that the figures are what books say.

Expected figures are worked out by hand beside each test, or quoted from the source named there.
"""

import datetime
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracle import statistics
from oracle.compare import compare_cells, compare_tables
from oracle.measures import rank_from_most
from oracle.oracle import KEYS, compute
from oracle.professionals import median_band
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

# --- the comparison -----------------------------------------------------------------------------


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


# --- the statistics -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "trials", "lower", "upper"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_newcombe_1998_table_1(
    events: int, trials: int, lower: float, upper: float
) -> None:
    low, high = statistics.wilson_interval(pd.Series([events, 0]), pd.Series([trials, 0]))
    assert (round(low[0], 4), round(high[0], 4)) == (lower, upper)
    assert math.isnan(low[1]) and math.isnan(high[1])


def test_woolf_interval_is_that_of_the_aspirin_trial() -> None:
    # Agresti, Categorical Data Analysis: heart attacks of 11,034 on placebo, 11,037 on aspirin.
    assert round(statistics.odds_ratio(189, 10845, 104, 10933), 3) == 1.832
    lower, upper = statistics.woolf_interval(189, 10845, 104, 10933)
    assert (round(lower, 2), round(upper, 2)) == (1.44, 2.33)


@pytest.mark.parametrize("cells", [(0, 5, 5, 5), (5, 0, 5, 5), (5, 5, 0, 5), (5, 5, 5, 0)])
def test_woolf_interval_is_null_where_a_cell_is_0(cells: tuple[int, int, int, int]) -> None:
    assert all(math.isnan(end) for end in statistics.woolf_interval(*cells))


def test_odds_ratio_is_0_without_dna_and_null_where_a_denominator_is_0() -> None:
    assert statistics.odds_ratio(0, 5, 5, 5) == 0
    for cells in [(5, 0, 5, 5), (5, 5, 0, 5), (5, 5, 5, 0)]:
        assert math.isnan(statistics.odds_ratio(*cells))


def test_pooled_odds_ratio_is_that_of_the_berkeley_admissions() -> None:
    # R's mantelhaen.test(UCBAdmissions) gives a common odds ratio of 0.9046968: men admitted and
    # rejected, women admitted and rejected, in six departments.
    departments = [
        [[512, 313], [89, 19]],
        [[353, 207], [17, 8]],
        [[120, 205], [202, 391]],
        [[138, 279], [131, 244]],
        [[53, 138], [94, 299]],
        [[22, 351], [24, 317]],
    ]
    strata = np.array(departments)
    assert round(statistics.mantel_haenszel_odds_ratio(strata), 7) == 0.9046968
    # A stratum with one side only adds nothing, nor does an empty one.
    lone = np.array([[[7, 9], [0, 0]], [[0, 0], [3, 4]], [[0, 0], [0, 0]]])
    with_lone = statistics.mantel_haenszel_odds_ratio(np.concatenate([strata, lone]))
    assert round(with_lone, 7) == 0.9046968


def test_pooled_odds_ratio_is_null_only_where_its_denominator_is_0() -> None:
    assert statistics.mantel_haenszel_odds_ratio(np.array([[[0, 3], [2, 5]]])) == 0
    assert math.isnan(statistics.mantel_haenszel_odds_ratio(np.array([[[3, 2], [0, 5]]])))
    assert math.isnan(statistics.mantel_haenszel_odds_ratio(np.array([[[3, 2], [0, 0]]])))


def test_adjusted_residuals_are_those_of_agresti_party_by_gender() -> None:
    # Agresti, An Introduction to Categorical Data Analysis, 1991 General Social Survey:
    # chi-squared 7.01 on 2 degrees of freedom; residuals 2.29, 0.46, -2.62 for women.
    table = pd.DataFrame([[279, 73, 225], [165, 47, 191]])
    assert round(statistics.chi_squared(table), 2) == 7.01
    assert statistics.degrees_of_freedom(table) == 2
    residuals = statistics.adjusted_residuals(table)
    assert residuals.round(2).to_numpy().tolist() == [[2.29, 0.46, -2.62], [-2.29, -0.46, 2.62]]
    # 577 women and 444 Democrats among 980: 577 x 444 / 980.
    assert statistics.expected_counts(table).loc[0, 0] == pytest.approx(261.4163265306)


def test_residuals_of_a_single_row_are_null_and_its_expected_counts_its_own() -> None:
    table = pd.DataFrame([[4, 6]])
    assert statistics.adjusted_residuals(table).isna().all(axis=None)
    assert statistics.expected_counts(table).to_numpy().tolist() == [[4, 6]]


def test_bergsma_v_by_hand() -> None:
    # n = 80, chi2 = 80 (30 x 30 - 10 x 10)^2 / 40^4 = 20, phi2 = 20/80 - 1/79, r~ - 1 = 1 - 1/79.
    by_hand = math.sqrt((20 / 80 - 1 / 79) / (1 - 1 / 79))
    assert statistics.bergsma_v(pd.DataFrame([[30, 10], [10, 30]])) == pytest.approx(by_hand)
    assert statistics.bergsma_v(pd.DataFrame([[10, 0], [0, 10]])) == pytest.approx(1)
    assert statistics.bergsma_v(pd.DataFrame([[10, 20], [10, 20]])) == 0


@pytest.mark.parametrize("cells", [[[3, 4]], [[3], [4]], [[1]], [[1, 0], [0, 0]]])
def test_bergsma_v_is_null_where_it_is_not_defined(cells: list[list[int]]) -> None:
    assert math.isnan(statistics.bergsma_v(pd.DataFrame(cells)))


def test_fisher_interval_by_hand() -> None:
    # 28 units with r = 0.5 exactly: atanh(0.5) +- 1.959963984540054 / sqrt(25).
    x = np.tile([1.0, -1.0], 14)
    noise = np.tile([1.0, 1.0, -1.0, -1.0], 7)
    r, lower, upper = statistics.pearson(x, 0.5 * x + math.sqrt(0.75) * noise)
    assert r == pytest.approx(0.5)
    margin = 1.959963984540054 / 5
    assert lower == pytest.approx(math.tanh(math.atanh(0.5) - margin))
    assert upper == pytest.approx(math.tanh(math.atanh(0.5) + margin))


def test_correlations_are_null_for_few_units_or_constants() -> None:
    three, four = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0, 5.0])
    assert all(math.isnan(value) for value in statistics.pearson(three[:2], three[:2]))
    r, lower, upper = statistics.pearson(three, three[::-1])
    assert not math.isnan(r) and math.isnan(lower) and math.isnan(upper)
    assert math.isnan(statistics.pearson(four, np.full(4, 0.1))[0])
    assert math.isnan(statistics.spearman(np.full(4, 0.1), four))


def test_spearman_gives_ties_their_mean_rank() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 x 5).
    rho = statistics.spearman(np.array([1.0, 5.0, 5.0, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert rho == pytest.approx(4.5 / math.sqrt(4.5 * 5))


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        (0.0, "negligible"),
        (-0.0999, "negligible"),
        (0.1, "weak"),
        (-0.2999, "weak"),
        (0.3, "moderate"),
        (-0.4999, "moderate"),
        (0.5, "strong"),
        (-1.0, "strong"),
        (math.nan, None),
    ],
)
def test_strength_has_its_limits_at_a_tenth_three_tenths_and_a_half(effect: float, word: str | None) -> None:
    assert statistics.strength(effect) == word


def test_ranks_of_ties_are_1_2_2_4() -> None:
    assert rank_from_most(pd.Series([5, 9, 7, 7])).tolist() == [4, 1, 2, 2]


def test_median_band_is_the_first_that_reaches_half_the_known() -> None:
    assert median_band({"Same day": 5, "1 day": 1, "2 to 7 days": 4, "Unknown": 90}) == "Same day"
    assert median_band({"Same day": 4, "1 day": 1, "2 to 7 days": 5}) == "1 day"
    assert median_band({"Unknown": 3}) is None


# --- reading the raw files ----------------------------------------------------------------------


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
    assert clean_label("Video/Online") == "Video/Online"
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


# --- whole tables, small enough to work out by hand ---------------------------------------------

GEOGRAPHY = """\
geography,valid_from,valid_to,sub_icb_location_code,sub_icb_location_ons_code,sub_icb_location_name,icb_ons_code,\
icb_name,region_ons_code,region_name
2022-07,2022-07-01,2026-03-31,00A,E38000001,North ICB - 00A,E54000001,North ICB,E40000001,Uplands
2022-07,2022-07-01,2026-03-31,00B,E38000002,North ICB - 00B,E54000001,North ICB,E40000001,Uplands
2022-07,2022-07-01,2026-03-31,01E,E38000003,Mid ICB - 01E,E54000002,Mid ICB,E40000001,Uplands
2022-07,2022-07-01,2026-03-31,00D,E38000004,South ICB - 00D,E54000003,South ICB,E40000002,Lowlands
"""
COVERAGE = """\
icb_ons_code,sub_icb_location_code,coverage_month,included_practices,open_practices,included_practice_patients,\
open_practice_patients
E54000001,00A,2020-08-01,1,1,600,600
E54000001,00B,2020-08-01,1,1,400,400
E54000001,00A,2020-10-01,1,1,1800,2400
E54000001,00B,2020-10-01,1,1,1200,1600
E54000002,01E,2020-08-01,1,1,1000,1000
E54000003,00D,2020-08-01,1,1,2000,2000
"""
BANK_HOLIDAYS = """\
bank_holiday_date,bank_holiday_name
2022-06-02,Spring bank holiday
2022-06-03,Platinum Jubilee bank holiday
"""
REGIONAL = (
    "ICB_ONS_CODE,appointment_month,appointment_status,hcp_type,appointment_mode,"
    "time_between_book_and_appointment,count_of_appointments"
)
DURATIONS = (
    "sub_icb_location_code,sub_icb_location_ons_code,sub_icb_location_name,icb_ons_code,"
    "region_ons_code,appointment_date,actual_duration,count_of_appointments,is_synthetic"
)
CATEGORIES = (
    "appointment_date,icb_ons_code,sub_icb_location_name,service_setting,context_type,"
    "national_category,count_of_appointments,appointment_month"
)
NORTH, MID, SOUTH, NEW = "E54000001", "E54000002", "E54000003", "E54000099"


MakeTables = Callable[..., dict[str, pd.DataFrame]]


@pytest.fixture
def make_tables(tmp_path: Path) -> MakeTables:
    """A function that writes raw tables and seeds and gives what the oracle makes of them."""

    def make(
        regional: Sequence[str] = (),
        durations: Sequence[str] = (),
        categories: Sequence[str] = (),
        header: str = REGIONAL,
        **options: str,
    ) -> dict[str, pd.DataFrame]:
        reference = tmp_path / "seeds" / "reference"
        reference.mkdir(parents=True)
        (reference / "geography.csv").write_text(GEOGRAPHY)
        (reference / "practice_coverage.csv").write_text(COVERAGE)
        (reference / "bank_holidays.csv").write_text(BANK_HOLIDAYS)
        raw = tmp_path / "raw"
        raw.mkdir()
        for name, first, rows in (
            ("appointments_regional", header, regional or [appointments()]),
            ("actual_duration", DURATIONS, durations or [duration()]),
            ("national_categories", CATEGORIES, categories or [category()]),
        ):
            # As published: a byte order mark, and carriage returns.
            text = "\ufeff" + "".join(f"{line}\r\n" for line in [first, *rows])
            (raw / f"{name}.csv").write_bytes(text.encode())
        return compute(raw, tmp_path, **options)

    return make


def appointments(
    icb: str = NORTH,
    month: str = "2022-06",
    status: str = "Attended",
    hcp: str = "GP",
    mode: str = "Telephone",
    band: str = "Same Day",
    count: int | str = 1,
    location: str | None = None,
) -> str:
    """A line of appointments_regional; with a location, of the publication layout."""
    first = [] if location is None else [location]
    return ",".join([*first, icb, month, status, hcp, mode, band, str(count)])


def duration(
    code: str = "00A", icb: str = NORTH, date: str = "01-Jun-22", band: str = "1-5 Minutes", count: int = 1
) -> str:
    """A line of actual_duration."""
    return f"{code},E38,name,{icb},E40,{date},{band},{count},true"


def category(
    name: str = "North ICB - 00A", icb: str = NORTH, date: str = "2022-06-01", label: str = "Home Visit", count: int = 1
) -> str:
    """A line of national_categories."""
    setting = "General Practice,Care Related Encounter"
    return f"{date},{icb},{name},{setting},{label},{count},{date[:7]}"


def only(table: pd.DataFrame, **where: object) -> pd.Series:
    """The one row of a table with these values."""
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1, table
    return table.iloc[0]


def test_repeated_rows_are_summed_not_dropped(make_tables: MakeTables) -> None:
    tables = make_tables(regional=[appointments(count=7)] * 2)
    mart = tables["mart_demand_by_mode_and_status"]
    assert mart["area_level"].tolist() == ["England", "NHS region", "ICB"]
    assert mart["appointment_count"].tolist() == [14] * 3


def test_publication_layout_adds_locations_without_patients(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[appointments(location="00A", count=3), appointments(location="00B", count=1)],
        header=f"sub_icb_location_code,{REGIONAL}",
    )
    mart = tables["mart_demand_by_professional"]
    location = only(mart, area_level="Sub-ICB location", area_code="E38000001")
    assert location["area_name"] == "North ICB - 00A"
    assert location["appointment_count"] == 3
    assert math.isnan(location["registered_patients"])
    assert only(mart, area_level="ICB")["appointment_count"] == 4


def test_rows_that_are_not_right_are_left_out(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(count=5),
            appointments(count="1.5"),
            appointments(count="-2"),
            appointments(month="2035-01"),
            appointments(icb=""),
            appointments(status=" "),
        ]
    )
    mart = tables["mart_demand_by_mode_and_status"]
    assert only(mart, area_level="England")["appointment_count"] == 5


def test_names_say_which_icbs_and_months_are_whole(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(NORTH, "2022-05"),
            appointments(NORTH, "2022-06"),
            appointments(MID, "2022-06"),
        ]
    )
    mart = tables["mart_demand_by_professional"]
    named = mart[["area_level", "area_name", "icb_count"]]
    assert named.to_numpy().tolist() == [
        ["England", "England (1 of 3 ICBs)", 2],
        ["NHS region", "Uplands (1 of 2 ICBs)", 2],
        ["ICB", "North ICB", 1],
        ["ICB", "Mid ICB (1 of 2 months)", 1],
    ]


def test_a_new_code_is_kept_with_its_own_code_as_name_and_counts_in_england(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[appointments(count=3), appointments(NEW, count=2)],
        durations=[duration(count=3), duration("99Z", NEW, count=2)],
    )
    mart = tables["mart_demand_by_professional"]
    assert only(mart, area_level="England")["appointment_count"] == 5
    new = only(mart, area_code=NEW)
    assert new["area_name"] == NEW and math.isnan(new["registered_patients"])
    assert only(mart, area_code="Unknown")["area_name"] == "Unknown"
    place = only(tables["mart_top_locations"], sub_icb_location_code="99Z")
    assert place["sub_icb_location_name"] == "99Z" and place["icb_name"] == NEW
    assert place["region_ons_code"] == place["region_name"] == "Unknown"


def test_months_without_coverage_take_the_nearest_covered_one(make_tables: MakeTables) -> None:
    # July takes August's 1,000, September too; October has its own 3,000, November takes it: 2,000.
    months = ("2020-07", "2020-09", "2020-10", "2020-11")
    tables = make_tables(regional=[appointments(month=month, count=10) for month in months])
    icb = only(tables["mart_demand_by_professional"], area_level="ICB")
    assert icb["registered_patients"] == pytest.approx(2000)
    assert icb["month_count"] == 4
    assert icb["appointments_per_1000_patients_per_month"] == pytest.approx(40 / 2 / 4)


def test_shares_and_quotients_compare_an_area_with_england(make_tables: MakeTables) -> None:
    rows = [
        appointments(NORTH, mode="Telephone", count=30),
        appointments(NORTH, mode="Home Visit", count=10),
        appointments(SOUTH, mode="Home Visit", count=10),
    ]
    mart = make_tables(regional=rows)["mart_demand_by_mode_and_status"]
    north = only(mart, area_code=NORTH, appointment_mode="Telephone")
    assert north["share_of_area"] == pytest.approx(0.75)
    assert north["england_share"] == pytest.approx(0.6)
    assert north["share_difference_from_england"] == pytest.approx(0.15)
    assert north["location_quotient"] == pytest.approx(1.25)
    assert north["demand_rank_in_area"] == 1


def test_availability_is_over_known_lead_times(make_tables: MakeTables) -> None:
    bands = ["Same Day", "1 Day", "2 to 7 Days", "8  to 14 Days", "15  to 21 Days"]
    bands += ["22  to 28 Days", "More than 28 Days", "Unknown / Data Quality"]
    counts = [1, 2, 4, 8, 16, 32, 64, 128]
    rows = [appointments(band=band, count=count) for band, count in zip(bands, counts, strict=True)]
    tables = make_tables(regional=[*rows, appointments(hcp="Unknown", count=127)])
    gp = only(tables["mart_demand_by_professional"], area_level="England", hcp_type="GP")
    assert gp["known_lead_time_count"] == 127
    assert gp["same_day_share"] == pytest.approx(1 / 127)
    assert gp["within_7_days_share"] == pytest.approx(7 / 127)
    assert gp["over_14_days_share"] == pytest.approx(112 / 127)
    assert gp["median_lead_time_band"] == "More than 28 days"
    icb = tables["mart_resource_allocation"].iloc[0]
    assert icb["gp_share"] == pytest.approx(255 / 382)
    assert icb["same_day_share"] == pytest.approx(128 / 254)
    assert icb["over_14_days_share"] == pytest.approx(112 / 254)


def test_ratios_against_same_day_by_hand(make_tables: MakeTables) -> None:
    rows = [
        appointments(status=status, hcp=hcp, band=band, count=count)
        for status, hcp, band, count in [
            ("Attended", "GP", "Same Day", 90),
            ("DNA", "GP", "Same Day", 10),
            ("Attended", "GP", "1 Day", 30),
            ("DNA", "GP", "1 Day", 10),
            ("Unknown", "GP", "1 Day", 5),
            ("Attended", "Unknown", "Same Day", 40),
            ("DNA", "Unknown", "Same Day", 10),
            ("Attended", "Unknown", "1 Day", 20),
            ("Attended", "Other Practice staff", "22  to 28 Days", 9),
        ]
    ]
    mart = make_tables(regional=rows)["mart_attendance_by_lead_time"]
    mart = mart[mart["area_level"] == "England"]

    both = only(mart, hcp_type="All", lead_time_band="1 day")
    assert both["appointment_count"] == 65 and both["unknown_status_count"] == 5
    assert both["dna_rate"] == pytest.approx(10 / 60)
    assert both["dna_rate_of_all"] == pytest.approx(10 / 65)
    assert both["dna_relative_risk"] == pytest.approx((10 / 60) / (20 / 150))
    assert both["dna_odds_ratio"] == pytest.approx((10 / 50) / (20 / 130))
    log_error = math.sqrt(1 / 10 + 1 / 50 + 1 / 20 + 1 / 130) * 1.959963984540054
    assert both["dna_odds_ratio_ci_upper"] == pytest.approx(1.3 * math.exp(log_error))
    # Strata GP (10, 30; 10, 90) of 140 and Unknown (0, 20; 10, 40) of 70.
    pooled = (10 * 90 / 140 + 0) / (30 * 10 / 140 + 20 * 10 / 70)
    assert both["adjusted_dna_odds_ratio"] == pytest.approx(pooled)

    none_missed = only(mart, hcp_type="Unknown", lead_time_band="1 day")
    for name in ("dna_relative_risk", "dna_odds_ratio", "adjusted_dna_odds_ratio"):
        assert none_missed[name] == 0
    assert math.isnan(none_missed["dna_odds_ratio_ci_lower"])
    no_same_day = only(mart, hcp_type="Other Practice staff")
    same_day = only(mart, hcp_type="All", lead_time_band="Same day")
    for name in ("dna_relative_risk", "dna_odds_ratio", "adjusted_dna_odds_ratio"):
        assert math.isnan(no_same_day[name])
        assert same_day[name] == 1
    assert math.isnan(same_day["dna_odds_ratio_ci_upper"])
    # A stratum that has one of the two bands only changes nothing but the crude ratio.
    late = only(mart, hcp_type="All", lead_time_band="22 to 28 days")
    assert late["dna_odds_ratio"] == 0 and math.isnan(late["adjusted_dna_odds_ratio"])


def test_strata_are_modes_within_one_professional_type(make_tables: MakeTables) -> None:
    rows = [
        appointments(status=status, mode=mode, band=band, count=count)
        for status, mode, band, count in [
            ("Attended", "Telephone", "Same Day", 60),
            ("DNA", "Telephone", "Same Day", 10),
            ("Attended", "Telephone", "1 Day", 20),
            ("DNA", "Telephone", "1 Day", 10),
            ("Attended", "Home Visit", "Same Day", 10),
            ("DNA", "Home Visit", "Same Day", 20),
            ("Attended", "Home Visit", "1 Day", 5),
            ("DNA", "Home Visit", "1 Day", 15),
        ]
    ]
    mart = make_tables(regional=rows)["mart_attendance_by_lead_time"]
    mart = mart[mart["area_level"] == "England"]
    for hcp_type in ("All", "GP"):
        row = only(mart, hcp_type=hcp_type, lead_time_band="1 day")
        pooled = (10 * 60 / 100 + 15 * 10 / 50) / (20 * 10 / 100 + 5 * 20 / 50)
        assert row["adjusted_dna_odds_ratio"] == pytest.approx(pooled)
        assert row["dna_odds_ratio"] == pytest.approx((25 / 25) / (30 / 70))


def test_duration_minutes_and_cumulative_shares_by_hand(make_tables: MakeTables) -> None:
    mart = make_tables(
        durations=[
            duration(band="1-5 Minutes", count=1),
            duration(band="31-60 Minutes", count=3),
            duration(band="Unknown / Data Quality", count=6),
        ]
    )["mart_duration_profile"]
    mart = mart[mart["area_level"] == "Sub-ICB location"]
    longest = only(mart, duration_band="31-60 minutes")
    assert longest["share_of_area"] == pytest.approx(0.3)
    assert longest["share_of_known"] == pytest.approx(0.75)
    assert longest["cumulative_share_of_known"] == 1
    assert longest["mean_minutes_lower"] == pytest.approx((1 + 3 * 31) / 4)
    assert longest["mean_minutes_midpoint"] == pytest.approx((3 + 3 * 45.5) / 4)
    assert longest["mean_minutes_upper"] == pytest.approx((5 + 3 * 60) / 4)
    unknown = only(mart, duration_band="Unknown")
    assert math.isnan(unknown["share_of_known"])
    assert math.isnan(unknown["cumulative_share_of_known"])


def test_associations_compare_icbs_and_icb_months(make_tables: MakeTables) -> None:
    # Per ICB: share up to 10 minutes, over 20 minutes, of unknown duration; and GPs among 100.
    icbs = {
        NORTH: ((10, 20, 30, 40), 10),
        MID: ((30, 10, 40, 20), 20),
        SOUTH: ((20, 30, 10, 40), 40),
        NEW: ((50, 10, 20, 20), 30),
    }
    bands = ("6-10 Minutes", "11-15 Minutes", "21-30 Minutes", "Unknown / Data Quality")
    durations, regional = [], []
    for icb, (minutes, gps) in icbs.items():
        for band, count in zip(bands, minutes, strict=True):
            durations.append(duration(icb, icb, band=band, count=count))
        regional.append(appointments(icb, hcp="GP", count=gps))
        regional.append(appointments(icb, hcp="Unknown", mode="Unknown", count=100 - gps))
    mart = make_tables(regional=regional, durations=durations)["mart_duration_associations"]
    assert len(mart) == 40
    known = [60, 80, 60, 80]
    by_hand = {
        "mean_minutes_midpoint": [
            (8 * up_to_10 + 13 * middle + 25.5 * over_20) / (up_to_10 + middle + over_20)
            for (up_to_10, middle, over_20, _), _ in icbs.values()
        ],
        "share_up_to_10_minutes": [count / of for count, of in zip([10, 30, 20, 50], known, strict=True)],
        "share_over_20_minutes": [count / of for count, of in zip([30, 40, 10, 20], known, strict=True)],
        "unknown_duration_share": [0.4, 0.2, 0.4, 0.2],
    }
    gp_shares = [0.1, 0.2, 0.4, 0.3]
    for measure, values in by_hand.items():
        r = np.corrcoef(values, gp_shares)[0, 1]
        for unit in ("ICB", "ICB-month"):
            row = only(mart, unit=unit, duration_measure=measure, other_measure="gp_share")
            assert row["unit_count"] == 4
            assert row["pearson_r"] == pytest.approx(r)
            assert math.isnan(row["pearson_r_ci_lower"]) == (unit == "ICB-month")
    # Face-to-face is 0 everywhere: a constant goes together with nothing.
    constant = mart[mart["other_measure"] == "face_to_face_share"]
    assert constant["pearson_r"].isna().all() and constant["strength"].isna().all()


def test_mix_holds_every_pair_of_what_the_area_has(make_tables: MakeTables) -> None:
    mart = make_tables(
        regional=[
            appointments(hcp="GP", mode="Telephone", count=8),
            appointments(hcp="Other Practice staff", mode="Face-to-Face", count=4),
            appointments(hcp="Unknown", mode="Unknown", count=4),
        ]
    )["mart_professional_mix"]
    modes = mart[(mart["area_level"] == "ICB") & (mart["attribute"] == "appointment_mode")]
    assert len(modes) == 9
    absent = only(modes, hcp_type="GP", attribute_value="Face-to-Face")
    assert absent["appointment_count"] == 0 and absent["share_of_hcp_type"] == 0
    assert absent["area_share"] == pytest.approx(4 / 16)
    # Known are 12: GP 8, face-to-face 4.
    assert absent["expected_count"] == pytest.approx(8 * 4 / 12)
    residual = -(32 / 12) / math.sqrt(32 / 12 * (1 - 8 / 12) * (1 - 4 / 12))
    assert absent["adjusted_residual"] == pytest.approx(residual)
    unknown = only(modes, hcp_type="Unknown", attribute_value="Telephone")
    assert unknown["appointment_count"] == 0 and math.isnan(unknown["expected_count"])
    # One known lead time only: expected equals actual, without a variance.
    same_day = only(mart, area_level="ICB", attribute="lead_time_band", hcp_type="GP")
    assert same_day["expected_count"] == 8 and math.isnan(same_day["adjusted_residual"])


def test_seasonal_index_changes_and_rolling_average_by_hand(make_tables: MakeTables) -> None:
    # 100 per working day, 200 in the seventh of 13 months; no bank holidays in 2020-21 here.
    months = pd.date_range("2020-07-01", periods=13, freq="MS")
    rows = []
    for place, month in enumerate(months):
        days = len(pd.bdate_range(month, month + pd.offsets.MonthEnd(0)))
        rows.append(appointments(month=f"{month:%Y-%m}", count=days * (200 if place == 6 else 100)))
    mart = make_tables(regional=rows)["mart_monthly_demand"]
    england = mart[mart["area_level"] == "England"].reset_index(drop=True)
    assert england["seasonal_index"].notna().tolist() == [place == 6 for place in range(13)]
    assert england.loc[6, "seasonal_index"] == pytest.approx(200 / (1300 / 12))
    assert england.loc[6, "change_from_previous_month"] == pytest.approx(1)
    assert england.loc[7, "change_from_previous_month"] == pytest.approx(-0.5)
    assert england["change_from_same_month_last_year"].notna().tolist() == [False] * 12 + [True]
    assert england.loc[8, "rolling_3_month_average"] == pytest.approx(400 / 3)
    assert england["rolling_3_month_average"].isna().tolist() == [True] * 2 + [False] * 11
    assert england["demand_rank_in_area"].tolist() == [2] * 6 + [1] + [2] * 6
    assert england.loc[6, "utilisation_of_assumed_capacity"] == pytest.approx(200 / 1_200_000)
    assert mart.loc[mart["area_level"] != "England", "utilisation_of_assumed_capacity"].isna().all()


def test_an_absent_month_is_no_previous_month(make_tables: MakeTables) -> None:
    rows = [appointments(month=month) for month in ("2021-01", "2021-03", "2021-04", "2022-03")]
    mart = make_tables(regional=rows)["mart_monthly_demand"]
    england = mart[mart["area_level"] == "England"]
    assert england["change_from_previous_month"].notna().tolist() == [False, False, True, False]
    assert england["change_from_same_month_last_year"].notna().tolist() == [False] * 3 + [True]
    assert england["rolling_3_month_average"].isna().all()


def test_bank_holidays_are_a_weekday_of_their_own(make_tables: MakeTables) -> None:
    # June 2022 has five Thursdays and four Fridays; the 2nd and 3rd are bank holidays, which
    # leaves 20 working days.
    mart = make_tables(
        durations=[
            duration(date="02-Jun-22", count=5),
            duration(date="09-Jun-22", count=30),
            duration(date="10-Jun-22", count=10),
            duration(date="11-Jun-22", count=4),
        ]
    )["mart_weekday_demand"]
    england = mart[(mart["area_level"] == "England") & (mart["raw_table"] == "actual_duration")]
    found = england.set_index("weekday")[["weekday_order", "day_count", "appointment_count"]]
    assert found.to_dict("index") == {
        "Bank holiday": {"weekday_order": 8, "day_count": 2, "appointment_count": 5},
        "Thursday": {"weekday_order": 4, "day_count": 4, "appointment_count": 30},
        "Friday": {"weekday_order": 5, "day_count": 3, "appointment_count": 10},
        "Saturday": {"weekday_order": 6, "day_count": 4, "appointment_count": 4},
    }
    # 40 appointments on 20 working days; 30 on 4 Thursdays.
    assert only(england, weekday="Thursday")["weekday_index"] == pytest.approx((30 / 4) / 2)
    assert only(england, weekday="Thursday")["share_of_area"] == pytest.approx(30 / 49)


def test_top_locations_name_all_ties(make_tables: MakeTables) -> None:
    lines = [duration("00A", count=1), duration("00A", date="02-Jun-22", count=1)]
    lines += [duration("00B", count=9), duration("01E", MID, count=1), duration("00D", SOUTH)]
    mart = make_tables(durations=lines)["mart_top_locations"]
    mart = mart[mart["raw_table"] == "actual_duration"].set_index("sub_icb_location_code")
    assert mart["record_rank"].to_dict() == {"00A": 1, "00B": 2, "01E": 2, "00D": 2}
    assert mart["appointment_rank"].to_dict() == {"00A": 2, "00B": 1, "01E": 3, "00D": 3}
    assert mart.loc["01E", "icb_name"] == "Mid ICB"
    assert mart.loc["01E", "region_name"] == "Uplands"


def test_allocation_by_hand_over_the_latest_twelve_months(make_tables: MakeTables) -> None:
    months = [f"{month:%Y-%m}" for month in pd.date_range("2021-01-01", periods=13, freq="MS")]
    rows = [appointments(NORTH, months[0], count=999)]
    rows += [
        appointments(icb, month, count=count)
        for month in months[1:]
        for icb, count in ((NORTH, 300), (MID, 200), (SOUTH, 100))
    ]
    mart = make_tables(regional=rows)["mart_resource_allocation"]
    # Patients 3,000, 1,000 and 2,000: 100, 200 and 50 per 1,000 a month; England 600 / 6.
    assert mart["appointments_per_1000_patients_per_month"].tolist() == pytest.approx([100, 200, 50])
    assert mart["england_appointments_per_1000_patients_per_month"].tolist() == pytest.approx([100] * 3)
    assert mart["expected_appointment_count"].tolist() == pytest.approx([3600, 1200, 2400])
    assert mart["allocation_gap"].tolist() == pytest.approx([0, 1200, -1200])
    assert mart["allocation_gap_share"].tolist() == pytest.approx([0, 1, -0.5])
    assert mart["rank_below_england"].tolist() == [2, 3, 1]
    assert mart["period_start_month"].unique() == pd.Timestamp("2021-02-01")
    assert mart["coverage_share"].tolist() == pytest.approx([0.75, 1, 1])


def test_reconciliation_compares_only_what_both_tables_have(make_tables: MakeTables) -> None:
    tables = make_tables(
        regional=[
            appointments(count=3),
            appointments(status="DNA", count=2),
            appointments(month="2022-05"),
        ],
        durations=[duration(count=4), duration("00D", SOUTH)],
        categories=[category(count=5)],
    )
    table = tables["quality_reconciliation"]
    figures = table[["identity", "left_count", "right_count", "difference"]]
    assert figures.to_numpy().tolist() == [
        ["durations_vs_attended", 4, 3, 1],
        ["categories_vs_all", 5, 5, 0],
    ]


def test_unmapped_and_inconsistent_mapping_count_as_unknown(make_tables: MakeTables) -> None:
    labels = [("Unmapped", 2), ("Inconsistent Mapping", 3), ("Home Visit", 5)]
    tables = make_tables(categories=[category(label=name, count=count) for name, count in labels])
    table = tables["quality_unknown_share"]
    row = only(table, field="national_category", area_level="England")
    assert (row["unknown_count"], row["appointment_count"]) == (5, 10)
    assert row["unknown_share"] == 0.5


def test_period_bounds_the_marts_even_to_nothing(make_tables: MakeTables) -> None:
    regional = [appointments(month=month) for month in ("2022-03", "2022-04", "2022-05")]
    tables = make_tables(regional=regional, period_from="2022-04", period_to="2022-05-01")
    months = tables["mart_monthly_demand"]["appointment_month"].dt.strftime("%Y-%m")
    assert sorted(set(months)) == ["2022-04", "2022-05"]
    for mart in ("duration_profile", "duration_associations", "weekday_demand", "top_locations"):
        assert len(tables[f"mart_{mart}"]) == 0


def test_every_table_has_one_row_per_key(make_tables: MakeTables) -> None:
    tables = make_tables()
    assert set(tables) == set(KEYS)
    for name, key in KEYS.items():
        assert not tables[name].duplicated(key).any(), name


# --- the course tables --------------------------------------------------------------------------


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
    }
    months = course.appointments_regional.groupby("appointment_month")["appointment_count"].sum()
    assert (months.idxmax(), months.max()) == (pd.Timestamp("2021-11-01"), 30_405_070)
    assert (months.idxmin(), months.min()) == (pd.Timestamp("2020-04-01"), 16_007_881)
