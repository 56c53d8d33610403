"""What the synthetic sample's three main tables hold: exact where the real ones are, and of their shape.

Checked with pandas on the files as written. Expected values come from the published totals in
scripts/sample/calibration, from the project's geography, and from the publisher's labels.
"""

import pandas as pd
import pytest
from conftest import PROJECT, Once
from test_generate_sample import COUNT, DURATION_KEY, SAMPLE_DIR, Tables, month_of, read_tables, sample_dir

CATEGORY = ["service_setting", "context_type", "national_category"]
DAILY_KEYS = {
    "actual_duration": DURATION_KEY,
    "national_categories": ["sub_icb_location_code", "appointment_date", *CATEGORY],
}
LEAD_TIME = "time_between_book_and_appointment"
LEAD_TIMES = [
    *("Same Day", "1 Day", "2 to 7 Days", "8  to 14 Days", "15  to 21 Days", "22  to 28 Days"),
    "More than 28 Days",
]
DURATIONS = ("1-5 Minutes", "6-10 Minutes", "11-15 Minutes", "16-20 Minutes", "21-30 Minutes", "31-60 Minutes")
SETTINGS = ("General Practice", "Primary Care Network", "Extended Access Provision", "Other", "Unmapped")
LABELS = {
    "appointments_regional": {
        "appointment_status": {"Attended", "DNA", "Unknown"},
        "hcp_type": {"GP", "Other Practice staff", "Unknown"},
        "appointment_mode": {"Face-to-Face", "Home Visit", "Telephone", "Unknown", "Video/Online"},
        LEAD_TIME: {*LEAD_TIMES, "Unknown / Data Quality"},
    },
    "actual_duration": {"actual_duration": {*DURATIONS, "Unknown / Data Quality"}},
    "national_categories": {
        "service_setting": set(SETTINGS),
        "context_type": {"Care Related Encounter", "Inconsistent Mapping", "Unmapped"},
    },
}


def shares(counts: pd.Series) -> pd.Series:
    return counts / counts.sum()


def published(name: str) -> pd.DataFrame:
    return pd.read_csv(PROJECT / "scripts" / "sample" / "calibration" / f"{name}.csv")


def dna_rates(table: pd.DataFrame, count: str, by: str) -> pd.Series:
    """DNA / (DNA + Attended), a fraction of 1, per label of `by`."""
    totals = table.pivot_table(index=by, columns="appointment_status", values=count, aggfunc="sum", fill_value=0)
    return totals["DNA"] / (totals["DNA"] + totals["Attended"])


@pytest.fixture(scope="session")
def committed() -> Tables:
    return read_tables(SAMPLE_DIR)


@pytest.fixture(scope="session")
def other_seed(once: Once) -> Tables:
    return read_tables(sample_dir(once, "other_seed"))


@pytest.fixture(scope="session")
def of_2022(once: Once) -> Tables:
    """The sample of the ICBs that there were from July 2022 to March 2026."""
    return read_tables(sample_dir(once, "of_2022"))


@pytest.fixture(params=["committed", "other_seed", "of_2022"])
def tables(request: pytest.FixtureRequest) -> Tables:
    """Claims about shape hold for the committed seed and for another, not by luck of one draw, and in any geography."""
    tables: Tables = request.getfixturevalue(request.param)
    return tables


@pytest.fixture(scope="session")
def geography() -> pd.DataFrame:
    """Every location in every geography: what did not change between them has equal rows."""
    file = PROJECT / "seeds" / "reference" / "geography.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def test_another_seed_gives_other_counts(committed: Tables, other_seed: Tables) -> None:
    for name, table in committed.items():
        assert not table[COUNT].equals(other_seed[name][COUNT]), name


# Rows


def test_labels_are_exactly_the_publishers(tables: Tables) -> None:
    for name, fields in LABELS.items():
        for field, labels in fields.items():
            assert set(tables[name][field]) == labels, field
    real_categories = set(published("category_month")["national_category"])
    assert len(real_categories) == 18
    assert set(tables["national_categories"]["national_category"]) == real_categories


def test_counts_are_positive(tables: Tables) -> None:
    for name, table in tables.items():
        assert table[COUNT].min() > 0, name


def test_periods_are_those_of_the_real_tables(committed: Tables) -> None:
    regional = month_of(committed["appointments_regional"]["appointment_month"], "%b%Y")
    assert set(regional) == set(published("regional_month")["appointment_month"])
    for name, first in (("actual_duration", "2021-12-01"), ("national_categories", "2021-08-01")):
        dates = pd.to_datetime(committed[name]["appointment_date"], format="%d%b%Y")
        expected = pd.date_range(first, "2022-06-30", freq="D")
        assert set(dates) <= set(expected), name
        assert {dates.min(), dates.max()} == {expected[0], expected[-1]}, name
    categories = committed["national_categories"]
    assert (categories["appointment_date"].str[2:] == categories["appointment_month"]).all()


def test_each_key_has_one_row(tables: Tables) -> None:
    for name, key in DAILY_KEYS.items():
        assert not tables[name].duplicated(key).any(), name
    regional = tables["appointments_regional"]
    assert not regional.duplicated(regional.columns.difference([COUNT])).any()


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


def test_the_list_of_sampled_icbs_names_them_as_they_are(geography: pd.DataFrame) -> None:
    listed = pd.read_csv(PROJECT / "scripts" / "sample" / "sampled_icbs.csv")
    named = set(geography[list(listed)].itertuples(index=False, name=None))
    assert not listed.duplicated().any()
    assert set(listed.itertuples(index=False, name=None)) < named


def icb_totals(name: str, geography: pd.DataFrame, icbs: pd.Index) -> pd.DataFrame:
    """Published totals of ICBs; of one that began in 2026, its locations' part by patients of the ICBs they were in."""
    totals = published(name)
    coverage = pd.read_csv(PROJECT / "seeds" / "reference" / "practice_coverage.csv")
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


@pytest.mark.parametrize(
    ("name", "first_month", "months"), [("actual_duration", "2021-12", 7), ("national_categories", "2021-08", 11)]
)
def test_durations_equal_attended_and_categories_all_statuses_in_every_location_and_month(
    tables: Tables, name: str, first_month: str, months: int
) -> None:
    daily, regional = tables[name], tables["appointments_regional"]
    locations = regional["sub_icb_location_code"].nunique()
    if name == "actual_duration":
        regional = regional[regional["appointment_status"] == "Attended"]
    held = daily.groupby(["sub_icb_location_code", month_of(daily["appointment_date"], "%d%b%Y")])[COUNT].sum()
    known = regional.groupby(["sub_icb_location_code", month_of(regional["appointment_month"], "%b%Y")])[COUNT].sum()
    assert len(held) == locations * months
    assert held.to_dict() == known[known.index.get_level_values(1) >= first_month].to_dict()


# Shape


@pytest.mark.parametrize(
    ("name", "key", "calibration"),
    [
        *[("appointments_regional", [field], "regional_joint") for field in LABELS["appointments_regional"]],
        # HCP types keep their modes and lead times.
        ("appointments_regional", ["hcp_type", "appointment_mode"], "regional_joint"),
        ("appointments_regional", ["hcp_type", LEAD_TIME], "regional_joint"),
        ("appointments_regional", ["appointment_month"], "regional_month"),
        ("actual_duration", ["actual_duration"], "duration_month"),
        ("national_categories", CATEGORY, "category_month"),
    ],
)
def test_mix_is_within_one_percentage_point(tables: Tables, name: str, key: list[str], calibration: str) -> None:
    table = tables[name]
    if key == ["appointment_month"]:
        table = table.assign(appointment_month=month_of(table["appointment_month"], "%b%Y"))
    found = shares(table.groupby(key)[COUNT].sum())
    expected = shares(published(calibration).groupby(key)["appointments"].sum())
    assert set(found.index) <= set(expected.index)
    assert (found.reindex(expected.index, fill_value=0) - expected).abs().max() < 0.01


def test_modes_differ_by_icb_as_published(tables: Tables, geography: pd.DataFrame) -> None:
    def mode_shares(table: pd.DataFrame, count: str) -> pd.DataFrame:
        totals = table.pivot_table(index="icb_ons_code", columns="appointment_mode", values=count, aggfunc="sum")
        return totals.div(totals.sum(axis=1), axis=0)

    found = mode_shares(tables["appointments_regional"], COUNT)
    expected = mode_shares(icb_totals("regional_icb_mode", geography, found.index), "appointments")
    assert list(expected.index) == list(found.index)
    # The joint of mode and status shifts the mix a little, and rare modes come from few rows.
    assert (found - expected).abs().max().max() < 0.025


def test_dna_rises_with_lead_time(tables: Tables) -> None:
    found = dna_rates(tables["appointments_regional"], COUNT, LEAD_TIME)[LEAD_TIMES]
    expected = dna_rates(published("regional_joint"), "appointments", LEAD_TIME)[LEAD_TIMES]
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
    for field, label in (("hcp_type", "GP"), (LEAD_TIME, "Same Day")):
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
