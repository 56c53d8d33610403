"""The synthetic sample: the same for everyone, exact where the real tables are, and of their shape.

Checked with pandas on the files as written. Expected values come from the published totals in
scripts/sample_calibration, from the project's geography, and from the publisher's labels.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import generate_sample
import pandas as pd
import pytest

PROJECT_DIR = Path(__file__).resolve().parents[2]
SCRIPT = PROJECT_DIR / "scripts" / "generate_sample.py"
CALIBRATION_DIR = PROJECT_DIR / "scripts" / "sample_calibration"
COMMITTED_SAMPLE_DIR = PROJECT_DIR / "seeds" / "raw"

FILES = ("actual_duration.csv", "appointments_regional.csv", "national_categories.csv")
COUNT = "count_of_appointments"
DAILY_KEYS = {
    "actual_duration": ["sub_icb_location_code", "appointment_date", "actual_duration"],
    "national_categories": [
        "sub_icb_location_code",
        "appointment_date",
        "service_setting",
        "context_type",
        "national_category",
    ],
}
LEAD_TIMES = [
    "Same Day",
    "1 Day",
    "2 to 7 Days",
    "8  to 14 Days",
    "15  to 21 Days",
    "22  to 28 Days",
    "More than 28 Days",
]
LABELS = {
    "appointment_status": {"Attended", "DNA", "Unknown"},
    "hcp_type": {"GP", "Other Practice staff", "Unknown"},
    "appointment_mode": {"Face-to-Face", "Home Visit", "Telephone", "Unknown", "Video/Online"},
    "time_between_book_and_appointment": {*LEAD_TIMES, "Unknown / Data Quality"},
    "actual_duration": {
        "1-5 Minutes",
        "6-10 Minutes",
        "11-15 Minutes",
        "16-20 Minutes",
        "21-30 Minutes",
        "31-60 Minutes",
        "Unknown / Data Quality",
    },
    "service_setting": {
        "General Practice",
        "Primary Care Network",
        "Extended Access Provision",
        "Other",
        "Unmapped",
    },
    "context_type": {"Care Related Encounter", "Inconsistent Mapping", "Unmapped"},
}

Tables = dict[str, pd.DataFrame]


def run_script(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def read_tables(folder: Path) -> Tables:
    """The three files as text, with counts as integers; a count that is no integer fails here."""
    return {
        Path(name).stem: pd.read_csv(folder / name, dtype=str, keep_default_na=False).astype({COUNT: "int64"})
        for name in FILES
    }


def month_of(dates: pd.Series, date_format: str) -> pd.Series:
    return pd.to_datetime(dates, format=date_format).dt.strftime("%Y-%m")


def shares(counts: pd.Series) -> pd.Series:
    return counts / counts.sum()


def published(name: str) -> pd.DataFrame:
    return pd.read_csv(CALIBRATION_DIR / f"{name}.csv")


def dna_rates(table: pd.DataFrame, count: str, by: str) -> pd.Series:
    """DNA / (DNA + Attended), a fraction of 1, per label of `by`."""
    totals = table.pivot_table(index=by, columns="appointment_status", values=count, aggfunc="sum", fill_value=0)
    return totals["DNA"] / (totals["DNA"] + totals["Attended"])


@pytest.fixture(scope="session")
def publication_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes when told nothing but where to."""
    folder = tmp_path_factory.mktemp("publication")
    result = run_script("--output", str(folder))
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="session")
def course_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    generate_sample.write_sample(folder, layout="course")
    return folder


@pytest.fixture(scope="session")
def other_seed_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other_seed")
    generate_sample.write_sample(folder, seed=7)
    return folder


@pytest.fixture(scope="session")
def of_2022(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The sample of the ICBs that there were from July 2022 to March 2026."""
    folder = tmp_path_factory.mktemp("of_2022")
    result = run_script("--geography", "2022-07", "--output", str(folder))
    assert result.returncode == 0, result.stderr
    return read_tables(folder)


@pytest.fixture(scope="session")
def publication(publication_dir: Path) -> Tables:
    return read_tables(publication_dir)


@pytest.fixture(scope="session")
def course(course_dir: Path) -> Tables:
    return read_tables(course_dir)


@pytest.fixture(scope="session")
def other_seed(other_seed_dir: Path) -> Tables:
    return read_tables(other_seed_dir)


@pytest.fixture(params=["publication", "other_seed", "of_2022"])
def tables(request: pytest.FixtureRequest) -> Tables:
    """Claims about shape hold for the committed seed and for another, not by luck of one draw, and in any geography."""
    tables: Tables = request.getfixturevalue(request.param)
    return tables


@pytest.fixture(scope="session")
def geography() -> pd.DataFrame:
    """Every location in every geography: what did not change between them has equal rows."""
    file = PROJECT_DIR / "seeds" / "reference" / "geography.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False)


# The same for everyone


@pytest.mark.parametrize("threads", [1, 4])
def test_same_seed_gives_identical_bytes_on_any_thread_count(
    publication_dir: Path, tmp_path: Path, threads: int
) -> None:
    generate_sample.write_sample(tmp_path, threads=threads)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (publication_dir / name).read_bytes(), name


def test_another_seed_gives_other_counts(publication: Tables, other_seed: Tables) -> None:
    for name, table in publication.items():
        assert not table[COUNT].equals(other_seed[name][COUNT]), name


@pytest.mark.parametrize("name", FILES)
def test_the_committed_sample_is_what_the_script_writes(publication_dir: Path, name: str) -> None:
    committed = COMMITTED_SAMPLE_DIR / name
    assert committed.read_bytes() == (publication_dir / name).read_bytes(), (
        f"{committed} differs; run: python scripts/generate_sample.py"
    )


def test_a_second_run_replaces_the_files_and_leaves_nothing_else(publication_dir: Path, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("an older file")
    generate_sample.write_sample(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert (tmp_path / FILES[0]).read_bytes() == (publication_dir / FILES[0]).read_bytes()


def test_a_failure_leaves_older_files_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FILES:
        (tmp_path / name).write_text("an older file")
    monkeypatch.setattr(generate_sample, "CALIBRATION_DIR", tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="missing"):
        generate_sample.write_sample(tmp_path)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"an older file"}


# What goes wrong says so


def test_unusable_output_exits_2_and_names_it(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "taken"
    not_a_folder.write_text("a file")
    for output in (not_a_folder, not_a_folder / "below"):
        result = run_script("--output", str(output))
        assert result.returncode == 2
        assert str(output) in result.stderr
        assert "Traceback" not in result.stderr
    assert not_a_folder.read_text() == "a file"


@pytest.mark.parametrize("arguments", [("--layout", "other"), ("--seed", "many"), ("--rows", "1"), ("--scale", "0")])
def test_unknown_options_exit_2_and_are_named(tmp_path: Path, arguments: tuple[str, str]) -> None:
    result = run_script("--output", str(tmp_path), *arguments)
    assert result.returncode == 2
    assert arguments[0] in result.stderr
    assert not any(tmp_path.iterdir())


# The files


@pytest.mark.parametrize("layout", ["publication", "course"])
def test_files_are_plain_utf8_text_with_lf_line_ends(request: pytest.FixtureRequest, layout: str) -> None:
    for name in FILES:
        content = (request.getfixturevalue(f"{layout}_dir") / name).read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\n")
        assert content.decode("utf-8")


@pytest.mark.parametrize("layout", ["publication", "course"])
def test_size_limit(request: pytest.FixtureRequest, layout: str) -> None:
    folder = request.getfixturevalue(f"{layout}_dir")
    assert sum((folder / name).stat().st_size for name in FILES) <= 11_500_000


@pytest.mark.parametrize("layout", ["publication", "course"])
def test_every_row_says_that_it_is_synthetic(request: pytest.FixtureRequest, layout: str) -> None:
    for name, table in request.getfixturevalue(layout).items():
        assert table.columns[-1] == "is_synthetic", name
        assert set(table["is_synthetic"]) == {"true"}, name


def test_columns_are_the_publishers(publication: Tables, course: Tables) -> None:
    durations = [
        *("sub_icb_location_code", "sub_icb_location_ons_code", "sub_icb_location_name"),
        *("icb_ons_code", "region_ons_code", "appointment_date", "actual_duration", COUNT),
        "is_synthetic",
    ]
    regional = [
        *("icb_ons_code", "appointment_month", "appointment_status", "hcp_type"),
        *("appointment_mode", "time_between_book_and_appointment", COUNT, "is_synthetic"),
    ]
    categories = [
        *("appointment_date", "icb_ons_code", "sub_icb_location_name", "service_setting"),
        *("context_type", "national_category", COUNT, "appointment_month", "is_synthetic"),
    ]
    assert list(course["actual_duration"]) == durations
    assert list(course["appointments_regional"]) == regional
    assert list(course["national_categories"]) == categories
    assert list(publication["actual_duration"]) == durations
    assert list(publication["appointments_regional"]) == ["sub_icb_location_code", *regional]
    assert list(publication["national_categories"]) == ["sub_icb_location_code", *categories]


def test_labels_are_exactly_the_publishers(tables: Tables) -> None:
    for name, fields in (
        ("actual_duration", ["actual_duration"]),
        ("appointments_regional", list(LABELS)[:4]),
        ("national_categories", ["service_setting", "context_type"]),
    ):
        for field in fields:
            assert set(tables[name][field]) == LABELS[field], field
    real_categories = set(published("category_month")["national_category"])
    assert len(real_categories) == 18
    assert set(tables["national_categories"]["national_category"]) == real_categories


def test_counts_are_positive(tables: Tables) -> None:
    for name, table in tables.items():
        assert table[COUNT].min() > 0, name


def test_periods_are_those_of_the_real_tables(publication: Tables) -> None:
    regional = month_of(publication["appointments_regional"]["appointment_month"], "%b%Y")
    assert set(regional) == set(published("regional_month")["appointment_month"])
    for name, first, last in (
        ("actual_duration", "2021-12-01", "2022-06-30"),
        ("national_categories", "2021-08-01", "2022-06-30"),
    ):
        dates = pd.to_datetime(publication[name]["appointment_date"], format="%d%b%Y")
        expected = pd.date_range(first, last, freq="D")
        assert set(dates) <= set(expected), name
        assert {dates.min(), dates.max()} == {expected[0], expected[-1]}, name


# Places


def test_every_region_has_two_icbs_or_a_large_one(tables: Tables, geography: pd.DataFrame) -> None:
    sampled = set(tables["appointments_regional"]["icb_ons_code"])
    icbs = geography.drop_duplicates("icb_ons_code")
    in_sample = icbs[icbs["icb_ons_code"].isin(sampled)].groupby("region_name").size()
    assert len(in_sample) == 7
    assert in_sample.drop("North West").min() >= 2
    locations = tables["appointments_regional"].groupby("icb_ons_code")["sub_icb_location_code"].nunique()
    in_north_west = locations.index.isin(icbs.loc[icbs["region_name"] == "North West", "icb_ons_code"])
    assert locations[in_north_west].sum() >= 8


def test_places_are_real_and_every_icb_has_all_its_locations(tables: Tables, geography: pd.DataFrame) -> None:
    place = ["sub_icb_location_code", "sub_icb_location_ons_code", "sub_icb_location_name"]
    place += ["icb_ons_code", "region_ons_code"]
    sampled = set(tables["appointments_regional"]["icb_ons_code"])
    expected = geography[geography["icb_ons_code"].isin(sampled)]
    for name, table in tables.items():
        known = [column for column in place if column in table]
        found = set(table[known].drop_duplicates().itertuples(index=False, name=None))
        assert found == set(expected[known].itertuples(index=False, name=None)), name
    assert (expected.groupby("icb_ons_code").size() > 1).sum() >= 3


def icb_totals(name: str, geography: pd.DataFrame, icbs: pd.Index) -> pd.DataFrame:
    """Published totals of ICBs; of one that began in 2026, its locations' part by patients of the ICBs they were in."""
    totals = published(name)
    coverage = pd.read_csv(PROJECT_DIR / "seeds" / "reference" / "practice_coverage.csv")
    first = coverage[coverage["coverage_month"] == "2023-05-01"][["icb_ons_code", "sub_icb_location_code"]].copy()
    patients = coverage.loc[first.index, "included_practice_patients"]
    first["part"] = patients / patients.groupby(first["icb_ons_code"]).transform("sum")
    now = geography[geography["geography"] == "2026-04"].set_index("sub_icb_location_code")["icb_ons_code"]
    parts = totals.merge(first, on="icb_ons_code")
    parts["appointments"] *= parts["part"]
    parts["icb_ons_code"] = parts["sub_icb_location_code"].map(now)
    parts = parts[~parts["icb_ons_code"].isin(totals["icb_ons_code"])]
    both = pd.concat([totals, parts.drop(columns=["sub_icb_location_code", "part"])])
    return both[both["icb_ons_code"].isin(icbs)]


def test_icb_totals_are_the_published_ones(tables: Tables, geography: pd.DataFrame) -> None:
    found = tables["appointments_regional"].groupby("icb_ons_code")[COUNT].sum()
    expected = icb_totals("regional_icb", geography, found.index).groupby("icb_ons_code")["appointments"].sum()
    assert sorted(expected.index) == sorted(found.index)
    whole = [icb for icb in found.index if icb in set(published("regional_icb")["icb_ons_code"])]
    assert found[whole].to_dict() == expected[whole].to_dict()
    # Up to an appointment less for each ICB that a new one is made of.
    assert ((expected - found).abs() <= 3).all()


def test_locations_differ_in_records_and_in_appointments(tables: Tables) -> None:
    locations = tables["national_categories"].groupby("sub_icb_location_code")[COUNT]
    records, appointments = locations.size(), locations.sum()
    assert records.nunique() > len(records) / 2
    assert appointments.is_unique


# Identities


def test_durations_equal_attended_in_every_location_and_month(tables: Tables) -> None:
    durations, regional = tables["actual_duration"], tables["appointments_regional"]
    held = durations.groupby(["sub_icb_location_code", month_of(durations["appointment_date"], "%d%b%Y")])[COUNT].sum()
    kept = regional[regional["appointment_status"] == "Attended"]
    attended = kept.groupby(["sub_icb_location_code", month_of(kept["appointment_month"], "%b%Y")])[COUNT].sum()
    attended = attended[attended.index.get_level_values(1) >= "2021-12"]
    assert len(held) == regional["sub_icb_location_code"].nunique() * 7
    assert held.to_dict() == attended.to_dict()


def test_categories_equal_all_statuses_in_every_location_and_month(tables: Tables) -> None:
    categories, regional = tables["national_categories"], tables["appointments_regional"]
    held = categories.groupby(["sub_icb_location_code", month_of(categories["appointment_date"], "%d%b%Y")])[
        COUNT
    ].sum()
    all_statuses = regional.groupby(["sub_icb_location_code", month_of(regional["appointment_month"], "%b%Y")])[
        COUNT
    ].sum()
    all_statuses = all_statuses[all_statuses.index.get_level_values(1) >= "2021-08"]
    assert len(held) == regional["sub_icb_location_code"].nunique() * 11
    assert held.to_dict() == all_statuses.to_dict()


@pytest.mark.parametrize("name", DAILY_KEYS)
def test_daily_tables_have_one_row_per_key(tables: Tables, name: str) -> None:
    assert not tables[name].duplicated(DAILY_KEYS[name]).any()


def test_regional_has_one_row_per_key_where_the_location_is_known(tables: Tables) -> None:
    regional = tables["appointments_regional"]
    assert not regional.duplicated(regional.columns.difference([COUNT])).any()


def test_month_and_date_of_a_category_row_agree(publication: Tables) -> None:
    categories = publication["national_categories"]
    assert (categories["appointment_date"].str[2:] == categories["appointment_month"]).all()


# Shape


@pytest.mark.parametrize("field", list(LABELS)[:4])
def test_national_mix_is_within_one_percentage_point(tables: Tables, field: str) -> None:
    found = shares(tables["appointments_regional"].groupby(field)[COUNT].sum())
    expected = shares(published("regional_joint").groupby(field)["appointments"].sum())
    assert set(found.index) == set(expected.index)
    assert (found - expected).abs().max() < 0.01


def test_months_and_durations_are_within_one_percentage_point(tables: Tables) -> None:
    regional, durations = tables["appointments_regional"], tables["actual_duration"]
    months = shares(regional.groupby(month_of(regional["appointment_month"], "%b%Y"))[COUNT].sum())
    expected = shares(published("regional_month").set_index("appointment_month")["appointments"])
    assert (months - expected).abs().max() < 0.01

    bands = shares(durations.groupby("actual_duration")[COUNT].sum())
    expected = shares(published("duration_month").groupby("actual_duration")["appointments"].sum())
    assert (bands - expected).abs().max() < 0.01


def test_categories_are_within_one_percentage_point(tables: Tables) -> None:
    key = ["service_setting", "context_type", "national_category"]
    found = shares(tables["national_categories"].groupby(key)[COUNT].sum())
    expected = shares(published("category_month").groupby(key)["appointments"].sum())
    assert set(found.index) <= set(expected.index)
    assert (found.reindex(expected.index, fill_value=0) - expected).abs().max() < 0.01


def test_modes_differ_by_icb_as_published(tables: Tables, geography: pd.DataFrame) -> None:
    found = tables["appointments_regional"].pivot_table(
        index="icb_ons_code", columns="appointment_mode", values=COUNT, aggfunc="sum"
    )
    expected = icb_totals("regional_icb_mode", geography, found.index).pivot_table(
        index="icb_ons_code", columns="appointment_mode", values="appointments", aggfunc="sum"
    )
    found = found.div(found.sum(axis=1), axis=0)
    expected = expected.div(expected.sum(axis=1), axis=0)
    assert list(expected.index) == list(found.index)
    # The joint of mode and status shifts the mix a little, and rare modes come from few rows.
    assert (found - expected).abs().max().max() < 0.025


def test_dna_rises_with_lead_time(tables: Tables) -> None:
    field = "time_between_book_and_appointment"
    found = dna_rates(tables["appointments_regional"], COUNT, field)[LEAD_TIMES]
    expected = dna_rates(published("regional_joint"), "appointments", field)[LEAD_TIMES]
    assert found.is_monotonic_increasing
    assert (found / expected - 1).abs().max() < 0.05
    # As published: 1.8 % on the same day, 10.9 % beyond four weeks.
    assert found["Same Day"] == pytest.approx(0.018, abs=0.001)
    assert found["More than 28 Days"] == pytest.approx(0.109, abs=0.005)


def test_dna_is_lower_with_gps_than_with_other_staff(tables: Tables) -> None:
    found = dna_rates(tables["appointments_regional"], COUNT, "hcp_type")
    # As published: 2.6 % and 6.5 %.
    assert found["GP"] == pytest.approx(0.0257, abs=0.002)
    assert found["Other Practice staff"] == pytest.approx(0.0651, abs=0.003)


def test_hcp_types_keep_their_modes_and_lead_times(tables: Tables) -> None:
    for other in ("appointment_mode", "time_between_book_and_appointment"):
        key = ["hcp_type", other]
        found = shares(tables["appointments_regional"].groupby(key)[COUNT].sum())
        expected = shares(published("regional_joint").groupby(key)["appointments"].sum())
        found = found.reindex(expected.index, fill_value=0)
        assert (found - expected).abs().max() < 0.01, other


def test_unknown_status_is_highest_in_spring_2020(tables: Tables) -> None:
    regional = tables["appointments_regional"]
    totals = regional.assign(month=month_of(regional["appointment_month"], "%b%Y")).pivot_table(
        index="month", columns="appointment_status", values=COUNT, aggfunc="sum"
    )
    share = totals["Unknown"] / totals.sum(axis=1)
    assert set(share.nlargest(2).index) == {"2020-03", "2020-04"}
    # As published: 9.7 % in April 2020.
    assert share["2020-04"] == pytest.approx(0.097, abs=0.01)


def test_icbs_differ_in_what_the_marts_compare(tables: Tables) -> None:
    regional = tables["appointments_regional"]
    by_icb = regional.groupby("icb_ons_code")[COUNT].sum()
    for field, label in (("hcp_type", "GP"), ("time_between_book_and_appointment", "Same Day")):
        share = regional[regional[field] == label].groupby("icb_ons_code")[COUNT].sum() / by_icb
        assert 0.01 < share.std() < 0.05, label
    rates = dna_rates(regional, COUNT, "icb_ons_code")
    assert 0.002 < rates.std() < 0.01
    assert rates.is_unique


@pytest.mark.parametrize("name", DAILY_KEYS)
def test_weekdays_are_as_published_and_bank_holidays_nearly_empty(tables: Tables, name: str) -> None:
    table = tables[name]
    dates = pd.to_datetime(table["appointment_date"], format="%d%b%Y")
    days = table.groupby(dates)[COUNT].sum()
    found = shares(days[days.index >= "2021-12-01"].groupby(lambda day: (day.day_of_week + 1) % 7).sum())
    expected = published("duration_weekday").set_index("weekday_0_is_sunday")["appointments"]
    assert (found - shares(expected)).abs().max() < 0.01

    # GOV.UK's bank holidays of England and Wales in the period of the table.
    holidays = pd.to_datetime(
        ["2021-08-30", "2021-12-27", "2021-12-28", "2022-01-03", "2022-04-15"]
        + ["2022-04-18", "2022-05-02", "2022-06-02", "2022-06-03"]
    )
    holidays = holidays[holidays >= dates.min()]
    ordinary = days[(pd.DatetimeIndex(days.index).day_of_week < 5) & ~days.index.isin(holidays)].mean()
    # Published durations: 0.46 % of an ordinary weekday.
    assert days.reindex(holidays, fill_value=0).mean() / ordinary == pytest.approx(0.0046, abs=0.002)


# Layouts


def test_course_layout_holds_the_same_appointments_without_the_location(publication: Tables, course: Tables) -> None:
    regional = publication["appointments_regional"].drop(columns="sub_icb_location_code")
    regional["appointment_month"] = month_of(regional["appointment_month"], "%b%Y")
    columns = regional.columns.tolist()
    pd.testing.assert_frame_equal(
        course["appointments_regional"].sort_values(columns, ignore_index=True),
        regional.sort_values(columns, ignore_index=True),
    )
    # Which leaves rows that share a key, and some that are alike throughout; both are real rows.
    assert regional.duplicated(regional.columns.difference([COUNT])).sum() > 1000
    assert regional.duplicated().sum() > 0

    durations = publication["actual_duration"].copy()
    durations["appointment_date"] = pd.to_datetime(durations["appointment_date"], format="%d%b%Y").dt.strftime(
        "%d-%b-%y"
    )
    pd.testing.assert_frame_equal(course["actual_duration"], durations)

    categories = publication["national_categories"].copy()
    tails = categories.pop("sub_icb_location_code")
    dates = pd.to_datetime(categories["appointment_date"], format="%d%b%Y")
    categories["appointment_date"] = dates.dt.strftime("%Y-%m-%d")
    categories["appointment_month"] = dates.dt.strftime("%Y-%m")
    pd.testing.assert_frame_equal(course["national_categories"], categories)
    assert (categories["sub_icb_location_name"].str.rsplit(" - ", n=1).str[1] == tails).all()


def test_course_dates_are_written_as_in_the_course_files(course: Tables) -> None:
    for name, field, pattern in (
        ("actual_duration", "appointment_date", r"\d\d-[A-Z][a-z][a-z]-2[12]"),
        ("appointments_regional", "appointment_month", r"202[0-2]-\d\d"),
        ("national_categories", "appointment_date", r"202[12]-\d\d-\d\d"),
        ("national_categories", "appointment_month", r"202[12]-\d\d"),
    ):
        assert course[name][field].str.fullmatch(pattern).all(), name


def test_publication_dates_are_written_as_the_publisher_does(publication: Tables) -> None:
    for name, field, pattern in (
        ("actual_duration", "appointment_date", r"\d\d[A-Z]{3}202[12]"),
        ("appointments_regional", "appointment_month", r"[A-Z]{3}202[0-2]"),
        ("national_categories", "appointment_date", r"\d\d[A-Z]{3}202[12]"),
        ("national_categories", "appointment_month", r"[A-Z]{3}202[12]"),
    ):
        assert publication[name][field].str.fullmatch(pattern).all(), name


# Many times the rows


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("scaled")
    (folder / "actual_duration.parquet").mkdir()
    (folder / "actual_duration.parquet" / "part-old.parquet").write_text("from a run before")
    result = run_script("--scale", "1", "--output", str(folder))
    assert result.returncode == 0, result.stderr
    tables = {Path(name).stem: pd.read_parquet(folder / f"{Path(name).stem}.parquet") for name in FILES}
    for name, table in tables.items():
        assert f"{name}.parquet: {len(table):,} rows, {table[COUNT].sum():,} synthetic appointments" in result.stdout
    return tables


def test_scale_1_has_the_rows_of_the_real_tables_of_mid_2022(scaled: Tables) -> None:
    """1,511,748 (137,793 + 596,821 + 777,134), and less than one copy of the sampled locations more."""
    rows = sum(len(table) for table in scaled.values())
    places = scaled["actual_duration"]["sub_icb_location_code"].nunique()
    assert 1_511_748 <= rows < 1_511_748 * (1 + 37 / (places - 37))


def test_scaled_tables_fit_together_in_every_place_and_month(scaled: Tables) -> None:
    durations, regional, categories = (scaled[Path(name).stem] for name in FILES)

    def totals(table: pd.DataFrame) -> pd.Series:
        month = table["appointment_month"] if "appointment_month" in table else table["appointment_date"].str[2:]
        return table.groupby([table["sub_icb_location_code"], month.rename("month")])[COUNT].sum()

    attended = totals(regional[regional["appointment_status"] == "Attended"])
    everything = totals(regional)
    assert totals(durations).equals(attended.loc[totals(durations).index])
    assert totals(categories).equals(everything.loc[totals(categories).index])


def test_every_scaled_place_is_another_place_with_the_sampled_ones_among_them(scaled: Tables) -> None:
    keys = DAILY_KEYS["actual_duration"]
    table = scaled["actual_duration"]
    assert not table.duplicated(keys).any()
    places = set(table["sub_icb_location_code"])
    sampled = set(pd.read_csv(COMMITTED_SAMPLE_DIR / "actual_duration.csv")["sub_icb_location_code"])
    assert sampled < places
    assert {place.split(" ")[0] for place in places} == sampled
    assert all(set(other["sub_icb_location_code"]) == places for other in scaled.values())


def test_scaled_tables_never_take_the_place_of_the_sample(tmp_path: Path) -> None:
    for arguments in (("--scale", "1"), ("--scale", "1", "--layout", "course", "--output", str(tmp_path))):
        result = run_script(*arguments)
        assert result.returncode == 2
        assert "--scale: needs --output DIR" in result.stderr
    assert not any(tmp_path.iterdir())
