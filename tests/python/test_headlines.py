"""The headline answers, sentence by sentence: every figure read again from the marts and said anew in Python."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from conftest import QUESTIONS


class Warehouse:
    """A built warehouse to ask: one value, one row or many."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def row(self, query: str) -> tuple[Any, ...]:
        (row,) = self.rows(query)
        return row

    def mart(self, mart: str, where: str) -> dict[str, Any]:
        """The only row of a mart that meets a condition, by column name."""
        cursor = self.connection.execute(f"from marts.{mart} where {where}")
        names = [column[0] for column in cursor.description]
        (row,) = cursor.fetchall()
        return dict(zip(names, row, strict=True))

    def period(self, raw_table: str) -> str:
        """The months of a raw table in words, from the facts rather than from the profile."""
        fact = {
            "appointments_regional": "fct_appointments_monthly",
            "actual_duration": "fct_appointment_durations_daily",
            "national_categories": "fct_appointment_categories_daily",
        }[raw_table]
        first, last = self.row(f"select min(appointment_month), max(appointment_month) from core.{fact}")
        return f"From {first:%B %Y} to {last:%B %Y}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def question_1(w: Warehouse) -> list[str]:
    first, second = w.rows(
        "select appointment_mode, appointment_status, appointment_count, share_of_area, area_appointment_count, "
        "area_name from marts.mart_demand_by_mode_and_status where area_level = 'England' and demand_rank_in_area <= 2 "
        "order by demand_rank_in_area"
    )
    regions = w.rows(
        "select area_name, sum(appointment_count) / any_value(registered_patients) / any_value(month_count) * 1000, "
        "sum(appointment_count) filter (appointment_mode = 'Face-to-Face') / sum(appointment_count) "
        "from marts.mart_demand_by_mode_and_status where area_level = 'NHS region' group by area_name"
    )
    face_to_face, rate = w.row(
        "select sum(appointment_count) filter (appointment_mode = 'Face-to-Face') / sum(appointment_count), "
        "sum(appointment_count) / any_value(registered_patients) / any_value(month_count) * 1000 "
        "from marts.mart_demand_by_mode_and_status where area_level = 'England'"
    )
    by_rate = sorted(regions, key=lambda region: region[1])
    by_face_to_face = sorted(regions, key=lambda region: region[2])
    england = first[5]
    return [
        f"{w.period('appointments_regional')}, the most frequent appointments in {england} were {first[0]} with status "
        f"{first[1]}: {first[2]:,}, or {percent(first[3])} of {first[4]:,}; next came {second[0]} with status "
        f"{second[1]}: {second[2]:,}, or {percent(second[3])}.",
        f"Face-to-face was {percent(face_to_face)} of appointments in {england}; among NHS regions it ranged from "
        f"{percent(by_face_to_face[0][2])} in {by_face_to_face[0][0]} to {percent(by_face_to_face[-1][2])} in "
        f"{by_face_to_face[-1][0]}.",
        f"Per 1,000 registered patients a month, {by_rate[-1][0]} had the most appointments ({by_rate[-1][1]:.1f}) and "
        f"{by_rate[0][0]} the fewest ({by_rate[0][1]:.1f}), against {rate:.1f} in {england}.",
    ]


def question_2(w: Warehouse) -> list[str]:
    england = "area_level = 'England' and hcp_type = 'All' and lead_time_band"
    same_day = w.mart("mart_attendance_by_lead_time", f"{england} = 'Same day'")
    late = w.mart("mart_attendance_by_lead_time", f"{england} = 'More than 28 days'")
    return [
        f"{w.period('appointments_regional')}, patients in {same_day['area_name']} missed (DNA) "
        f"{percent(same_day['dna_count'] / (same_day['dna_count'] + same_day['attended_count']))} of appointments "
        "held on "
        f"the day they were booked and {percent(late['dna_count'] / (late['dna_count'] + late['attended_count']))} of "
        "those booked more than 28 days ahead, among appointments known to be attended or missed.",
        f"Beyond 28 days the odds of a DNA were {late['dna_odds_ratio']:.1f} times the same-day odds, and "
        f"{late['adjusted_dna_odds_ratio']:.1f} times among appointments of like professional and mode.",
        f"Same-day appointments were {percent(same_day['share_of_area'])} of all "
        f"({same_day['appointment_count']:,}); lead "
        "time includes what patients chose for themselves, so this shows where DNAs are, not what booking sooner "
        "would do.",
    ]


def question_3(w: Warehouse) -> list[str]:
    profile = w.rows(
        "select duration_band, appointment_count, area_appointment_count, mean_minutes_lower, mean_minutes_upper, "
        "area_name "
        "from marts.mart_duration_profile where area_level = 'England' order by duration_band_order"
    )
    known = sum(row[1] for row in profile if row[0] != "Unknown")
    unknown = sum(row[1] for row in profile if row[0] == "Unknown")
    top = max((row for row in profile if row[0] != "Unknown"), key=lambda row: row[1])
    short = sum(row[1] for row in profile if row[0] in ("1-5 minutes", "6-10 minutes"))
    pair = "unit = 'ICB' and duration_measure = 'mean_minutes_midpoint' and other_measure"
    dna = w.mart("mart_duration_associations", f"{pair} = 'dna_rate'")
    gp = w.mart("mart_duration_associations", f"{pair} = 'gp_share'")
    return [
        f"{w.period('actual_duration')}, {percent(top[1] / known)} of attended appointments of known duration in "
        f"{top[5]} "
        f"took {top[0]}, the most frequent band, and {percent(short / known)} took 10 minutes or less; the mean lies "
        f"between {top[3]:.1f} and {top[4]:.1f} minutes.",
        f"Duration is unknown for {percent(unknown / top[2])} of attended appointments in {top[5]} ({unknown:,} of "
        f"{top[2]:,}).",
        "Durations carry neither status nor professional, so areas are compared, not appointments: across "
        f"{dna['unit_count']} ICBs, mean duration has a {dna['strength']} correlation with the DNA rate "
        f"({dna['pearson_r']:.2f}) and a {gp['strength']} one with the share of GP appointments "
        f"({gp['pearson_r']:.2f}).",
    ]


def question_4(w: Warehouse) -> list[str]:
    gp = w.mart("mart_demand_by_professional", "area_level = 'England' and hcp_type = 'GP'")
    other = w.mart("mart_demand_by_professional", "area_level = 'England' and hcp_type = 'Other Practice staff'")
    v = {
        attribute: (strength, value)
        for attribute, strength, value in w.rows(
            "select attribute, strength, cramers_v from marts.mart_association_strength where area_level = 'England'"
        )
    }
    said = {attribute: f"{value:.3f} ({strength})" for attribute, (strength, value) in v.items()}

    def over(row: dict[str, Any], count: str) -> str:
        return percent(row[count] / row["known_lead_time_count"])

    return [
        f"{w.period('appointments_regional')}, GPs held "
        f"{percent(gp['appointment_count'] / gp['area_appointment_count'])} "
        f"of appointments in {gp['area_name']} ({gp['appointment_count']:,}, or "
        f"{gp['appointment_count'] / gp['working_days']:,.0f} per working day) and other practice staff "
        f"{percent(other['appointment_count'] / gp['area_appointment_count'])} ({other['appointment_count']:,}, or "
        f"{other['appointment_count'] / gp['working_days']:,.0f}).",
        f"{over(gp, 'same_day_count')} of GP appointments were held on the day they were booked, against "
        f"{over(other, 'same_day_count')} of those of other practice staff; over 14 days after booking it was "
        f"{over(gp, 'over_14_days_count')} against {over(other, 'over_14_days_count')}, of appointments of known "
        "lead time.",
        "On a scale from 0 (unrelated) to 1, professional goes together with lead time at "
        f"{said['lead_time_band']}, with "
        f"mode at {said['appointment_mode']} and with attendance at {said['appointment_status']}, counting only "
        "appointments for which both are known.",
    ]


def question_5(w: Warehouse) -> list[str]:
    months = w.rows(
        "select appointment_count / working_days, appointment_month, area_name from marts.mart_monthly_demand "
        "where area_level = 'England' order by 1"
    )
    quiet, busy = months[0], months[-1]
    days = w.rows(
        "select appointment_count, day_count, weekday, area_name from marts.mart_weekday_demand "
        "where raw_table = 'actual_duration' and area_level = 'England' and weekday_order <= 5"
    )
    mean = sum(day[0] for day in days) / sum(day[1] for day in days)
    years_and_months = w.rows(
        "select year(appointment_month), appointment_month from core.fct_appointments_monthly group by all"
    )
    days = sorted((count / number, name, area) for count, number, name, area in days)
    low, high = days[0], days[-1]
    return [
        f"{w.period('appointments_regional')}, the busiest month per working day in {busy[2]} was {busy[1]:%B %Y} "
        f"({busy[0]:,.0f} appointments) and the quietest {quiet[1]:%B %Y} ({quiet[0]:,.0f}).",
        f"{w.period('actual_duration')}, {high[1]} was the busiest weekday in {high[2]}, {percent(high[0] / mean - 1)} "
        f"above the mean working day, and {low[1]} the quietest, {percent(1 - low[0] / mean)} below it.",
        f"Rotas that follow this pattern would hold {high[0] - low[0]:,.0f} more attended appointments on a "
        f"{high[1]} than "
        f"on a {low[1]} in {high[2]}; months are a weaker guide, because "
        + (
            "2020 and 2021 were shaped by COVID-19."
            if {year for year, _ in years_and_months} & {2020, 2021}
            else f"the data hold only {len(years_and_months)} of them."
        ),
    ]


def question_6(w: Warehouse) -> list[str]:
    def top(measure: str) -> str:
        locations = w.rows(
            f"select {measure}_count, sub_icb_location_code, sub_icb_location_name from marts.mart_top_locations "
            f"where raw_table = 'national_categories' order by {measure}_count desc, sub_icb_location_code"
        )
        fifth = locations[4][0]
        return "; ".join(f"{name} ({count:,})" for count, _, name in locations if count >= fifth)

    held = w.rows("select count(distinct icb_ons_code) from core.fct_appointment_categories_daily")[0][0]
    whole = w.rows("select count(*) from core.dim_icb where is_in_geography")[0][0]
    area = "England" if held == whole else f"England ({held} of {whole} ICBs)"
    return [
        f"{w.period('national_categories')}, the locations with the most records in the national categories of {area} "
        f"were {top('record')}.",
        f"Ranked by appointments instead, they were {top('appointment')}.",
    ]


def goal(w: Warehouse) -> list[str]:
    icbs = w.rows(
        "select appointments_per_1000_patients_per_month, icb_name, allocation_gap, period_start_month, "
        "period_end_month, england_appointments_per_1000_patients_per_month "
        "from marts.mart_resource_allocation order by 1"
    )
    lowest = icbs[:5]
    shares = w.row("select min(coverage_share), max(coverage_share) from marts.mart_resource_allocation")
    return [
        f"From {lowest[0][3]:%B %Y} to {lowest[0][4]:%B %Y}, the ICBs furthest below the rate of England's ICBs in the "
        f"data, {lowest[0][5]:.1f} appointments per 1,000 registered patients a month, were "
        + "; ".join(f"{name} ({rate:.1f})" for rate, name, *_ in lowest)
        + ".",
        "At that rate they would have had more appointments in that time: "
        + "; ".join(f"{name} {-gap:,.0f}" for _, name, gap, *_ in lowest)
        + ".",
        "A low rate is a reason to look, not proof of need: rates are not adjusted for age or deprivation, unmet "
        "need is "
        f"not recorded, and the practices in the data serve {percent(shares[0])} to {percent(shares[1])} of an ICB's "
        "registered patients.",
    ]


SENTENCES: dict[int, Callable[[Warehouse], list[str]]] = {
    0: goal,
    1: question_1,
    2: question_2,
    3: question_3,
    4: question_4,
    5: question_5,
    6: question_6,
}


@pytest.fixture(scope="module", params=["sample", "course", "publication"])
def warehouse(request: pytest.FixtureRequest) -> tuple[Warehouse, str]:
    """A warehouse and the words its sentences begin with."""
    file = request.getfixturevalue(f"{request.param}_warehouse")
    warehouse = Warehouse(duckdb.connect(str(file), read_only=True))
    return warehouse, "Synthetic sample: " if request.param == "sample" else ""


@pytest.mark.parametrize("number", [0, *QUESTIONS], ids=lambda number: f"question_{number}" if number else "goal")
def test_every_figure_of_a_headline_is_in_its_mart(warehouse: tuple[Warehouse, str], number: int) -> None:
    asked, prefix = warehouse
    said = asked.rows(
        f"select headline from marts.mart_headline_answers where question_number = {number} order by headline_order"
    )
    assert [headline for (headline,) in said] == [prefix + sentence for sentence in SENTENCES[number](asked)]


def test_a_headline_names_a_mart_that_exists(warehouse: tuple[Warehouse, str]) -> None:
    asked, _ = warehouse
    named = asked.rows(
        "select distinct evidence_mart from marts.mart_headline_answers where evidence_mart not in "
        "(select table_name from information_schema.tables where table_schema in ('marts', 'quality'))"
    )
    assert named == []
