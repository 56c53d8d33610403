"""What the synthetic sample's further tables hold: by role, by practice, PCN systems, patients and staff.

Checked with pandas on the files as written. Expected values come from the sample's own regional table, from the
published totals in scripts/sample/calibration and from the project's reference seeds.
"""

from collections.abc import Hashable

import pandas as pd
import pytest
from conftest import PROJECT, Once
from test_generate_sample import COUNT, OPTIONAL_TABLES, SAMPLE_DIR, TABLES, Tables, month_of, read_tables, sample_dir
from test_sample import LEAD_TIME, published, shares

LOCATION = "sub_icb_location_code"
REGIONAL = ["hcp_type", "appointment_mode", LEAD_TIME, "appointment_status"]
PATIENTS = "number_of_patients"
# Labels that files of practices and PCNs word otherwise than the regional ones.
REGIONAL_LABELS = {"Video Conference/Online": "Video/Online", "Unknown / Data Issue": "Unknown / Data Quality"}
# NHS England's codes of its regions, as the published list of practices has them.
REGIONS = {
    **{"London": "Y56", "South West": "Y58", "South East": "Y59", "Midlands": "Y60"},
    **{"East of England": "Y61", "North West": "Y62", "North East and Yorkshire": "Y63"},
}
BANDS = {*(f"{age}_{age + 4}" for age in range(0, 95, 5)), "95+"}


@pytest.fixture(scope="module", params=["committed", "other_seed", "of_2022"])
def tables(request: pytest.FixtureRequest, once: Once) -> Tables:
    """All tables, with months as 2022-06, numbers as numbers and labels as in the regional table."""
    tables = read_tables(sample_dir(once, request.param), (*TABLES, *OPTIONAL_TABLES))
    for name, date, form in [
        ("appointments_regional", "appointment_month", "%b%Y"),
        ("national_categories", "appointment_month", "%b%Y"),
        ("appointments_by_role", "appointment_date", "%d%b%Y"),
        ("appointments_by_practice", "appointment_month", "%d%b%Y"),
        ("appointments_by_pcn_system", "appointment_month", "%d%b%Y"),
        ("sub_icb_coverage", "appointment_month", "%d%b%Y"),
    ]:
        tables[name]["month"] = month_of(tables[name][date], form)
    for name in ("appointments_by_practice", "appointments_by_pcn_system"):
        tables[name] = tables[name].replace(REGIONAL_LABELS)
    for name in ("sub_icb_coverage", "registered_patients"):
        counts = [column for column in map(str, tables[name]) if column.endswith(("practices", "patients"))]
        tables[name][counts] = tables[name][counts].astype("int64")
    return tables


@pytest.fixture(scope="module")
def places(tables: Tables) -> pd.DataFrame:
    """The sampled locations as the reference has them in the sample's geography, by code."""
    geography = pd.read_csv(PROJECT / "seeds" / "reference" / "geography.csv", dtype=str)
    sampled = tables["actual_duration"][[LOCATION, "sub_icb_location_name"]].drop_duplicates()
    newest = geography.drop_duplicates([LOCATION, "sub_icb_location_name"], keep="last")
    return sampled.merge(newest, on=[LOCATION, "sub_icb_location_name"], validate="1:1").set_index(LOCATION)


def reference_patients(month: str) -> pd.DataFrame:
    """Patients of the 42 ICBs of July 2022 to March 2026, from the reference seed."""
    coverage = pd.read_csv(PROJECT / "seeds" / "reference" / "practice_coverage.csv")
    of_icbs = coverage[coverage[LOCATION].isna() & (coverage["coverage_month"] == f"{month}-01")]
    return of_icbs.set_index("icb_ons_code")[["included_practice_patients", "open_practice_patients"]]


def totals(table: pd.DataFrame, *by: str) -> dict[Hashable, int]:
    return table.groupby(list(by))[COUNT].sum().to_dict()


@pytest.mark.parametrize("name", ["appointments_by_practice", "appointments_by_pcn_system"])
def test_files_of_practices_and_pcns_have_the_publishers_words(name: str) -> None:
    table = read_tables(SAMPLE_DIR, [name])[name]
    words = set(table["appointment_mode"]) | set(table[LEAD_TIME])
    assert words & set(REGIONAL_LABELS)
    assert not words & set(REGIONAL_LABELS.values())


# By role


def test_roles_equal_all_appointments_of_every_location_month_and_day(tables: Tables) -> None:
    roles = tables["appointments_by_role"]
    assert sorted(set(roles["month"])) == [f"2022-0{month}" for month in range(1, 7)]
    regional = tables["appointments_regional"]
    assert totals(roles, LOCATION, "month") == totals(regional[regional["month"] >= "2022-01"], LOCATION, "month")
    categories = tables["national_categories"]
    by_day = totals(categories[categories["month"] >= "2022-01"], LOCATION, "appointment_date")
    assert totals(roles, LOCATION, "appointment_date") == by_day


def test_roles_have_the_published_mix_and_go_with_the_type_of_professional(tables: Tables) -> None:
    roles, regional = tables["appointments_by_role"], tables["appointments_regional"]
    assert not roles.duplicated([LOCATION, "appointment_date", "sds_role_group"]).any()
    expected = shares(published("role").set_index("sds_role_group")["appointments"])
    found = shares(roles.groupby("sds_role_group")[COUNT].sum())
    assert set(found.index) == set(expected.index)
    assert (found - expected).abs().max() < 0.015

    def gp_share(table: pd.DataFrame, field: str) -> pd.Series:
        totals = table.pivot_table(index="icb_ons_code", columns=field, values=COUNT, aggfunc="sum")
        return totals["GP"] / totals.sum(axis=1)

    late = regional[regional["month"] >= "2022-01"]
    assert gp_share(roles, "sds_role_group").corr(gp_share(late, "hcp_type")) > 0.6


# By practice


def test_practices_share_out_every_row_of_their_locations(tables: Tables) -> None:
    by_practice, regional = tables["appointments_by_practice"], tables["appointments_regional"]
    here = regional[LOCATION].isin(tables["practices"][LOCATION]) & (regional["month"] >= "2022-04")
    assert totals(by_practice, LOCATION, "month", *REGIONAL) == totals(regional[here], LOCATION, "month", *REGIONAL)
    assert set(by_practice["month"]) == {"2022-04", "2022-05", "2022-06"}


def test_practices_share_out_the_categories_of_their_locations(tables: Tables) -> None:
    categories = tables["national_categories"]
    here = categories[LOCATION].isin(tables["practices"][LOCATION]) & (categories["month"] >= "2022-04")
    by_category = totals(tables["appointments_by_practice"], LOCATION, "month", "national_category")
    assert by_category == totals(categories[here], LOCATION, "month", "national_category")


def test_a_practice_row_is_one_of_few_and_stands_once(tables: Tables) -> None:
    by_practice = tables["appointments_by_practice"]
    assert not by_practice.duplicated(["month", "practice_code", "national_category", *REGIONAL]).any()
    assert by_practice[COUNT].min() > 0
    assert 6_000 <= len(by_practice) <= 10_000


def test_every_icb_with_practices_has_them_in_all_its_locations(tables: Tables, places: pd.DataFrame) -> None:
    listed = tables["practices"].merge(places["icb_code"], left_on=LOCATION, right_index=True, how="left")
    assert (listed["icb_code_x"] == listed["icb_code_y"]).all()
    assert set(listed[LOCATION]) == set(places.index[places["icb_code"].isin(set(listed["icb_code_x"]))])
    assert (listed[LOCATION].map(places["region_name"]).map(REGIONS) == listed["region_code"]).all()
    practices = listed.drop_duplicates("practice_code")
    assert set(practices.groupby(LOCATION).size()) <= {5, 6, 7, 8}
    pcns = practices[practices["pcn_code"] != "U"].groupby(LOCATION)["pcn_code"].unique()
    assert all(len(codes) == 2 for codes in pcns)
    assert pcns.explode().is_unique


def test_practices_of_the_crosstab_are_those_that_are_listed(tables: Tables) -> None:
    listed = set(zip(tables["practices"]["practice_code"], tables["practices"][LOCATION], strict=True))
    by_practice = tables["appointments_by_practice"]
    for _, month in by_practice.groupby("month"):
        assert set(zip(month["practice_code"], month[LOCATION], strict=True)) == listed


def test_no_code_can_be_a_real_one_and_names_say_what_they_are(tables: Tables) -> None:
    """A published practice or PCN has a letter and five digits: 6,157 and 1,297 of them in October 2025."""
    practices = tables["practices"]
    assert practices["practice_code"].str.fullmatch(r"XX\d{4}").all()
    assert practices["practice_name"].str.fullmatch(r"Sample practice \d of \w{3,5}").all()
    in_pcns = practices[practices["pcn_code"] != "U"]
    assert in_pcns["pcn_code"].str.fullmatch(r"UX\d{4}").all()
    assert in_pcns["pcn_name"].str.fullmatch(r"Sample PCN [12] of \w{3,5}").all()


def test_one_practice_stands_once_per_supplier_and_one_belongs_to_no_pcn(tables: Tables) -> None:
    practices = tables["practices"]
    twice = practices[practices.duplicated("practice_code", keep=False)]
    assert len(twice) == 2
    assert sorted(twice["supplier"]) == ["EMIS", "TPP"]
    assert len(twice.drop(columns="supplier").drop_duplicates()) == 1
    assert (practices["pcn_code"] == "U").sum() == 1
    assert set(practices.loc[practices["pcn_code"] == "U", "pcn_name"]) == {"UNALLOCATED"}


def test_practices_differ_in_size_and_in_attendance(tables: Tables) -> None:
    by_status = tables["appointments_by_practice"].pivot_table(
        index="practice_code", columns="appointment_status", values=COUNT, aggfunc="sum"
    )
    rates = by_status["DNA"] / (by_status["DNA"] + by_status["Attended"])
    assert 0.1 < rates.std() / rates.mean() < 0.4
    assert by_status.sum(axis=1).is_unique


# Coverage


def test_coverage_counts_the_practices_of_the_crosstab(tables: Tables, places: pd.DataFrame) -> None:
    coverage = tables["sub_icb_coverage"].set_index([LOCATION, "month"])
    held = tables["appointments_by_practice"].groupby([LOCATION, "month"])["practice_code"].nunique()
    assert coverage["included_practices"].to_dict() == held.to_dict()
    assert coverage["open_practices"].to_dict() == held.to_dict()
    codes = ["sub_icb_location_ons_code", "icb_ons_code"]
    found = tables["sub_icb_coverage"].drop_duplicates(LOCATION).set_index(LOCATION)[codes]
    pd.testing.assert_frame_equal(found, places.loc[found.index, codes])


def test_coverage_leaves_the_patients_of_every_icb_as_they_are_in_the_reference(tables: Tables) -> None:
    coverage = tables["sub_icb_coverage"]
    patients = ["included_practice_patients", "open_practice_patients"]
    assert (coverage[patients[0]] <= coverage[patients[1]]).all()
    for month in ("2022-04", "2022-05", "2022-06"):
        found = coverage[coverage["month"] == month].groupby("icb_ons_code")[patients].sum()
        pd.testing.assert_frame_equal(found, reference_patients(month).loc[found.index], check_dtype=False)


# PCNs' own systems


def test_pcn_systems_hold_a_few_per_cent_more_in_some_places_and_a_month_earlier(tables: Tables) -> None:
    pcn, regional = tables["appointments_by_pcn_system"], tables["appointments_regional"]
    assert not pcn.duplicated([LOCATION, "month", *REGIONAL]).any()
    assert set(pcn["month"]) == {"2022-03", "2022-04", "2022-05", "2022-06"}
    assert 5 <= pcn[LOCATION].nunique() < regional[LOCATION].nunique()
    keys = [LOCATION, "month"]
    share = pcn.groupby(keys)[COUNT].sum() / regional.groupby(keys)[COUNT].sum()
    assert share.dropna().between(0.015, 0.045).all()
    # The publisher calls the Unknown status of the regional files Booked here.
    assert set(pcn["appointment_status"]) == {"Attended", "DNA", "Booked"}
    for field in REGIONAL[:-1]:
        assert set(pcn[field]) <= set(regional[field]), field


# Patients


def by_level(tables: Tables, level: str) -> pd.DataFrame:
    """Patients of the organisations of a level, by sex and age band."""
    patients = tables["registered_patients"]
    of_level = patients[patients["org_type"] == level]
    return of_level.pivot(index="org_code", columns=["sex", "age_group_5"], values=PATIENTS).sort_index(axis=1)


def test_patients_have_the_sexes_and_ages_of_the_published_table(tables: Tables) -> None:
    """Each sex in 20 bands and in all of them; both sexes together only in all."""
    expected = {("ALL", "ALL"), *((sex, band) for sex in ("FEMALE", "MALE") for band in {*BANDS, "ALL"})}
    patients = tables["registered_patients"]
    assert not patients.duplicated(["org_type", "org_code", "sex", "age_group_5"]).any()
    for _, rows in patients.groupby(["org_type", "org_code"]):
        assert set(zip(rows["sex"], rows["age_group_5"], strict=True)) == expected
    of_sex = {
        sex: rows.pivot(index=["org_type", "org_code"], columns="age_group_5", values=PATIENTS)
        for sex, rows in patients.groupby("sex")
    }
    for sex in ("FEMALE", "MALE"):
        assert of_sex[sex].drop(columns="ALL").sum(axis=1).equals(of_sex[sex]["ALL"])
    assert (of_sex["FEMALE"]["ALL"] + of_sex["MALE"]["ALL"]).equals(of_sex["ALL"]["ALL"])


def test_patients_of_each_level_add_up_to_the_next(tables: Tables, places: pd.DataFrame) -> None:
    practices = tables["practices"].drop_duplicates("practice_code").set_index("practice_code")
    of_practices, of_locations = by_level(tables, "GP"), by_level(tables, "SUB_ICB_LOCATION_CODE")
    assert set(of_practices.index) == set(practices.index)
    assert set(of_locations.index) == set(places.index)
    whole = of_practices.groupby(practices[LOCATION]).sum()
    for summed, level in [
        (of_practices.groupby(practices["pcn_code"]).sum(), by_level(tables, "PCN")),
        (whole, of_locations.loc[whole.index]),
        (of_locations.groupby(places["icb_code"]).sum(), by_level(tables, "ICB")),
        (of_locations.groupby(places["region_name"].map(REGIONS)).sum(), by_level(tables, "Comm Region")),
    ]:
        pd.testing.assert_frame_equal(summed, level, check_names=False)


def test_patients_of_places_are_those_of_the_coverage(tables: Tables, places: pd.DataFrame) -> None:
    coverage = tables["sub_icb_coverage"]
    june = coverage[coverage["month"] == "2022-06"].set_index(LOCATION)["open_practice_patients"]
    of_locations = by_level(tables, "SUB_ICB_LOCATION_CODE")["ALL", "ALL"]
    assert of_locations[june.index].to_dict() == june.to_dict()
    of_icbs = of_locations.groupby(places["icb_ons_code"]).sum()
    expected = reference_patients("2022-06")["open_practice_patients"]
    kept = of_icbs.index.intersection(expected.index)
    assert len(kept) >= 10
    assert of_icbs[kept].to_dict() == expected[kept].to_dict()


def test_ages_are_as_in_england_and_places_differ(tables: Tables) -> None:
    of_locations = by_level(tables, "SUB_ICB_LOCATION_CODE").drop(columns="ALL", level="age_group_5")
    expected = shares(published("patients_age").set_index(["sex", "age_group_5"])["patients"])
    found = shares(of_locations.sum())
    assert (found - expected).abs().max() < 0.005
    old = of_locations.loc[:, (slice(None), sorted(band for band in BANDS if band >= "65"))].sum(axis=1)
    assert (old / of_locations.sum(axis=1)).std() > 0.01


# Staff


def test_staff_of_both_sources_are_in_every_place(tables: Tables, places: pd.DataFrame) -> None:
    staff = tables["workforce"]
    calibration = published("workforce_role")
    for source, rows in staff.groupby("source"):
        assert set(rows[LOCATION]) == set(places.index)
        role = ["staff_group", "staff_role"]
        expected = calibration[calibration["source"] == source][role]
        assert set(zip(*(rows[field] for field in role), strict=True)) == set(expected.itertuples(index=False))
    assert staff.duplicated(["source", "pcn_code", LOCATION, "staff_group", "staff_role"]).any()


def test_staff_name_a_pcn_where_the_location_has_any_listed(tables: Tables) -> None:
    staff, practices = tables["workforce"], tables["practices"]
    listed = practices[practices["pcn_code"] != "U"]
    named = staff[staff["pcn_code"] != ""]
    assert set(named["source"]) == {"PCN"}
    pairs = {(code, location) for code, location in zip(listed["pcn_code"], listed[LOCATION], strict=True)}
    assert set(zip(named["pcn_code"], named[LOCATION], strict=True)) == pairs
    assert not ((staff["source"] == "PCN") & (staff["pcn_code"] == "") & staff[LOCATION].isin(listed[LOCATION])).any()


def test_full_time_equivalents_are_englands_by_patients(tables: Tables) -> None:
    staff = tables["workforce"]
    assert staff["fte"].str.fullmatch(r"\d+(\.\d{0,2}[1-9])?").all()
    assert (staff["fte"].astype(float) > 0).all()
    patients = by_level(tables, "SUB_ICB_LOCATION_CODE")["ALL", "ALL"].sum()
    england = reference_patients("2022-06")["open_practice_patients"].sum()
    key = ["source", "staff_group"]
    found = staff.assign(fte=staff["fte"].astype(float)).groupby(key)["fte"].sum() / patients
    expected = published("workforce_role").groupby(key)["fte_thousandths"].sum() / 1000 / england
    assert list(found.index) == list(expected.index)
    assert (found / expected).between(0.85, 1.15).all()
