"""The oracle's answers to each question, from tables small enough to work out by hand."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracle_tables import (
    MID,
    NEW,
    NORTH,
    SOUTH,
    MakeTables,
    appointments,
    duration,
    only,
    table_maker,
)


@pytest.fixture
def make_tables(tmp_path: Path) -> MakeTables:
    return table_maker(tmp_path)


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
    # The work is 250 for 200 people, 150 for 100 and 100 for 100; England's 500 for 400, so 1.25 each.
    assert mart["need_index"].tolist() == pytest.approx([1, 1.2, 0.8])
    assert mart["need_weighted_patients"].tolist() == pytest.approx([3000, 1200, 1600])
    assert mart["share_aged_65_and_over"].tolist() == pytest.approx([0.25, 0.5, 0])
    assert mart["imd_2019_score"].tolist() == pytest.approx([20, 25, math.nan], nan_ok=True)
    # England 600 a month for 5,800.
    assert mart["expected_appointment_count_by_need"].tolist() == pytest.approx(
        [600 / 5800 * patients * 12 for patients in (3000, 1200, 1600)]
    )
    assert mart["rank_below_england_by_need"].tolist() == [2, 3, 1]
    # By the other formula the work is 250, 250 and 100: 600 for 400.
    assert mart["need_index_other_formula"].tolist() == pytest.approx([1.25 / 1.5, 2.5 / 1.5, 1 / 1.5])
    # The 3,000, 1,000 and 2,000 patients then count as 2,500, 1,667 and 1,333: England 600 a month for 5,500.
    assert mart["allocation_gap_by_other_formula"].tolist() == pytest.approx(
        [12 * (count - 600 / 5500 * patients) for count, patients in ((300, 2500), (200, 5000 / 3), (100, 4000 / 3))]
    )
    assert mart["is_below_england_both_ways"].tolist() == [False, False, True]
    assert mart["is_below_england_all_ways"].tolist() == [False, False, True]
