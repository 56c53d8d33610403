"""Write the synthetic sample of the three raw tables.

The counts are invented. What they are invented from is real: ICBs, sub-ICB locations and labels
carry their published codes and names, and the totals in scripts/sample_calibration/ set sizes and
mixes, so that answers from the sample point the way the real ones do. Every row says of itself
`is_synthetic` = true.

Three rules make the files fit together and stay the same on every machine:

- A total is drawn once and then shared out. A location's month is shared out over statuses; its
  Attended appointments are shared out again over days and duration bands, all its appointments over
  days and categories. So durations equal Attended, and categories equal all statuses, in every
  sub-ICB location and month.
- Chance comes from md5 of the seed and a name, never from a random number generator, whose draws
  would depend on the order in which threads ask.
- Sums run over integers only. Adding fractions gives last digits that depend on the order of
  adding.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).resolve().parents[1]
CALIBRATION_DIR = PROJECT_DIR / "scripts" / "sample_calibration"
CALIBRATION_TABLES = (
    "regional_icb",
    "regional_icb_mode",
    "regional_joint",
    "regional_month",
    "regional_month_mix",
    "duration_month",
    "duration_weekday",
    "category_month",
)
GEOGRAPHY_CSV = PROJECT_DIR / "seeds" / "reference" / "geography.csv"
BANK_HOLIDAYS_CSV = PROJECT_DIR / "seeds" / "reference" / "bank_holidays.csv"
PRACTICE_COVERAGE_CSV = PROJECT_DIR / "seeds" / "reference" / "practice_coverage.csv"
DEFAULT_OUTPUT_DIR = PROJECT_DIR / "seeds" / "raw"

DEFAULT_SEED = 20220630
LAYOUTS = ("publication", "course")

# ICBs of each geography, each with all of its sub-ICB locations (37), so that ICB totals are whole; at least two in
# every NHS region, but for the North West of 2026, whose three ICBs are large. Chosen so that their real appointments,
# added up, split by mode within 0.2 percentage points of England's. Among those of 2026 are ICBs that merged, that are
# made of parts, and one with a location that was drawn anew.
SAMPLED_ICBS = {
    "2022-07": {
        "E54000008": "Cheshire and Merseyside",
        "E54000048": "Lancashire and South Cumbria",
        "E54000054": "West Yorkshire",
        "E54000061": "South Yorkshire",
        "E54000013": "Lincolnshire",
        "E54000059": "Northamptonshire",
        "E54000062": "Black Country",
        "E54000024": "Bedfordshire, Luton and Milton Keynes",
        "E54000056": "Cambridgeshire and Peterborough",
        "E54000027": "North West London",
        "E54000030": "South East London",
        "E54000032": "Kent and Medway",
        "E54000034": "Frimley",
        "E54000037": "Devon",
        "E54000041": "Dorset",
    },
    "2026-04": {
        "E54000008": "Cheshire and Merseyside",
        "E54000054": "West Yorkshire",
        "E54000061": "South Yorkshire",
        "E54000013": "Lincolnshire",
        "E54000060": "Nottingham and Nottinghamshire",
        "E54000065": "Central East",
        "E54000068": "Norfolk and Suffolk",
        "E54000029": "North East London",
        "E54000030": "South East London",
        "E54000071": "West and North London",
        "E54000032": "Kent and Medway",
        "E54000067": "Hampshire and Isle of Wight",
        "E54000037": "Devon",
        "E54000043": "Gloucestershire",
    },
}
DEFAULT_GEOGRAPHY = "2026-04"
# The calibration totals are of this one's ICBs.
CALIBRATED_GEOGRAPHY = "2022-07"

# Appointments on a bank holiday over those on an ordinary day of the same weekday. Measured on the
# durations published for December 2021 to June 2022: the eight bank holidays hold 43,873
# appointments, ordinary weekdays in their place would hold 9,603,612. Single days lie between
# 0.0038 and 0.0064.
BANK_HOLIDAY_SHARE = 0.00457

# Few practices open on these days: the chance that a location has appointments on such a day. Lower
# than in the published tables (Saturday 0.9, Sunday and bank holiday 0.6), which keeps the files
# small; the days that remain hold the more, so the weekday totals are right.
SATURDAY_OPEN_CHANCE = 0.5
SUNDAY_OPEN_CHANCE = 0.3


@dataclass(frozen=True)
class Density:
    """Into how many rows a location's totals are shared out.

    The leading combinations get a row each and the others share a few rows, each standing for whichever of them is
    drawn, in proportion to its size. `regional_rows` holds, per status, how many leading and how many drawn rows a
    month has. A day has at most `leading_points` rows of the leading categories, and `other_points` of the others.
    """

    regional_rows: dict[str, tuple[int, int]]
    leading_categories: int
    leading_points: int
    other_points: int


# The published tables hold some 190 rows per location and month in appointments_regional and 20 per location and
# day in national_categories; the sample, to stay small, far fewer.
SAMPLE = Density({"Attended": (17, 4), "DNA": (11, 3), "Unknown": (4, 3)}, 6, 2, 1)
PUBLISHED = Density({"Attended": (90, 0), "DNA": (60, 0), "Unknown": (40, 0)}, 16, 40, 40)

# What `--scale 1` stands for: the rows of the three real tables of mid-2022, in the layout known from courses.
COURSE_ROWS = 137_793 + 596_821 + 777_134

OUTPUT_TABLES = ("actual_duration", "appointments_regional", "national_categories")


def macros_sql(seed: int) -> str:
    """SQL of the macros that stand for chance (with `seed` in every draw) and for sharing out."""
    return f"""
    -- A whole number from 0 to 999,999 that depends on the seed and the key alone.
    create temp macro draw(key) as
        cast('0x' || left(md5(concat_ws('|', {seed}, key)), 12) as bigint) % 1000000;

    -- A factor between 1 - amount and 1 + amount, 1 on average.
    create temp macro vary(amount, key) as
        1 + amount * (draw(key) - 499999.5) / 500000;

    -- How much of total the weights so far have used up, in whole numbers. A drawn start stands in
    -- for rounding to the nearest, so that over many totals no part is favoured.
    create temp macro used_up(total, weight_to_here, all_weights, drawn) as
        (
            cast(total as hugeint) * weight_to_here
            + cast(drawn as hugeint) * all_weights // 1000000
        ) // all_weights;

    -- The whole-number part of total that falls to one weight of many; all parts add up to the
    -- total. weight_to_here is the running sum of the weights up to and including this one.
    create temp macro share_out(total, weight_to_here, weight, all_weights, drawn) as
        cast(
            used_up(total, weight_to_here, all_weights, drawn)
            - used_up(total, weight_to_here - weight, all_weights, drawn)
            as bigint
        );
    """


# An ICB of another geography has its locations' part, by registered patients in the first month that has locations, of
# the totals of the ICBs that they were in. The ICBs of the calibrated geography have their own totals, unchanged.
ICB_PARTS_SQL = """
create temp table icb_parts as
with

patients as (

    select
        sub_icb_location_code,
        cast(included_practice_patients as bigint) as patient_count
    from practice_coverage
    where sub_icb_location_code is not null
    qualify coverage_month = min(coverage_month) over ()

),

parts as (

    select
        old.icb_ons_code as calibrated_icb,
        geography.icb_ons_code,
        cast(sum(patients.patient_count) as bigint) as patient_count
    from all_geographies as old
    inner join patients using (sub_icb_location_code)
    left join geography using (sub_icb_location_code)
    where old.geography = $calibrated_geography
    group by all

)

select
    *,
    cast(sum(patient_count) over (partition by calibrated_icb) as bigint) as icb_patient_count
from parts;
"""


def icb_totals_sql(table: str, labels: str = "") -> str:
    """SQL of a calibration table for the ICBs of a geography; `labels` are its other columns, each with a comma."""
    return f"""
    create temp table {table} as
    select
        icb_parts.icb_ons_code,
        {labels}
        sum(cast(appointments as bigint) * patient_count // icb_patient_count) as appointments
    from calibrated_{table} as calibrated
    inner join icb_parts on calibrated.icb_ons_code = icb_parts.calibrated_icb
    where icb_parts.icb_ons_code is not null
    group by all
    """


SAMPLED_LOCATIONS_SQL = """
create temp table sampled_locations as
select
    geography.*,
    -- How a real ICB splits over its locations is not among the calibration totals. Here the
    -- largest location is at most two and a half times the smallest.
    200000 + 3 * draw(concat_ws('|', 'size', sub_icb_location_code)) // 10 as location_weight
from geography
where list_contains($sampled_icbs, icb_ons_code);
"""

# How far ICBs differ from the national mix, at most, as a fraction of it.
ICB_TILTS_SQL = """
create temp table icb_tilts as
with

traits as (

    from (
        values
            ('DNA', 0.20, 'DNA'),
            ('Unknown', 0.25, 'Unknown'),
            ('Same Day', 0.10, 'Same Day'),
            ('GP', 0.10, 'GP')
    ) as traits (trait, amount, drawn_with)
    union all
    -- In the mid-2022 tables ICBs with longer appointments have higher DNA rates (r = 0.52) and more
    -- appointments with GPs (r = 0.46), so here the longer bands are drawn together with those.
    select distinct
        actual_duration as trait,
        0.20 as amount,
        case
            when actual_duration in ('21-30 Minutes', '31-60 Minutes') then 'DNA'
            when actual_duration in ('11-15 Minutes', '16-20 Minutes') then 'GP'
            else actual_duration
        end as drawn_with
    from duration_month
    union all
    -- How practices map their appointments to categories is local.
    select distinct
        concat_ws('|', service_setting, context_type, national_category) as trait,
        0.25 as amount,
        concat_ws('|', service_setting, context_type, national_category) as drawn_with
    from category_month

),

drawn as (

    select
        regional_icb.icb_ons_code,
        traits.trait,
        cast(regional_icb.appointments as bigint) as icb_weight,
        cast(
            round(1000000 * vary(traits.amount, concat_ws('|', 'icb', icb_ons_code, traits.drawn_with)))
            as bigint
        ) as tilt
    from regional_icb
    cross join traits
    where list_contains($sampled_icbs, regional_icb.icb_ons_code)

)

-- Divided by the mean tilt, so that whatever is drawn, all ICBs together keep the national mix.
select
    icb_ons_code,
    trait,
    tilt * sum(icb_weight) over whole / sum(tilt * icb_weight) over whole as factor
from drawn
window whole as (partition by trait);
"""

LOCATION_MONTHS_SQL = """
create temp table location_months as
with

icb_totals as (

    select
        icb_ons_code,
        cast(appointments as bigint) as icb_appointment_count
    from regional_icb

),

months as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        cast(appointments as bigint) as month_weight
    from regional_month

),

weighted as (

    select
        sampled_locations.sub_icb_location_code,
        sampled_locations.icb_ons_code,
        months.appointment_month,
        icb_totals.icb_appointment_count,
        cast(
            round(
                sampled_locations.location_weight
                * months.month_weight
                * vary(0.03, concat_ws('|', icb_ons_code, months.appointment_month))
                * vary(0.02, concat_ws('|', sub_icb_location_code, months.appointment_month))
                / 1000
            ) as bigint
        ) as weight
    from sampled_locations
    inner join icb_totals using (icb_ons_code)
    cross join months

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    share_out(
        icb_appointment_count,
        sum(weight) over running,
        weight,
        sum(weight) over whole,
        draw(concat_ws('|', 'location months', icb_ons_code))
    ) as appointment_count
from weighted
window
    whole as (partition by icb_ons_code),
    running as (partition by icb_ons_code order by sub_icb_location_code, appointment_month);
"""

LOCATION_MONTH_STATUSES_SQL = """
create temp table location_month_statuses as
with

statuses as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        label as appointment_status,
        cast(appointments as bigint) as national_count
    from regional_month_mix
    where field = 'appointment_status'

),

weighted as (

    select
        location_months.*,
        statuses.appointment_status,
        cast(
            round(
                statuses.national_count
                * coalesce(icb_tilts.factor, 1)
                * if(
                    statuses.appointment_status = 'DNA',
                    vary(0.06, concat_ws('|', 'DNA', sub_icb_location_code))
                    * vary(0.06, concat_ws('|', 'DNA', icb_tilts.icb_ons_code, appointment_month)),
                    1
                )
            ) as bigint
        ) as weight
    from location_months
    inner join statuses using (appointment_month)
    left join icb_tilts
        on
            location_months.icb_ons_code = icb_tilts.icb_ons_code
            and statuses.appointment_status = icb_tilts.trait

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    appointment_status,
    share_out(
        appointment_count,
        sum(weight) over running,
        weight,
        sum(weight) over whole,
        draw(concat_ws('|', 'status', sub_icb_location_code, appointment_month))
    ) as appointment_count
from weighted
window
    whole as (partition by sub_icb_location_code, appointment_month),
    running as (partition by sub_icb_location_code, appointment_month order by appointment_status);
"""

REGIONAL_COMBINATIONS_SQL = """
create temp table regional_combinations as
with

national as (

    select
        appointment_status,
        hcp_type,
        appointment_mode,
        time_between_book_and_appointment,
        cast(appointments as bigint) as national_count
    from regional_joint

),

ranked as (

    select
        *,
        row_number() over (
            partition by appointment_status
            order by
                national_count desc, hcp_type, appointment_mode, time_between_book_and_appointment
        ) as rank_in_status
    from national

),

national_modes as (

    select
        appointment_mode,
        sum(national_count) / sum(sum(national_count)) over () as mode_share
    from national
    group by appointment_mode

),

icb_modes as (

    select
        icb_ons_code,
        appointment_mode,
        cast(appointments as bigint)
        / sum(cast(appointments as bigint)) over (partition by icb_ons_code) as mode_share
    from regional_icb_mode
    where list_contains($sampled_icbs, icb_ons_code)

),

month_modes as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        label as appointment_mode,
        cast(appointments as bigint)
        / sum(cast(appointments as bigint)) over (partition by appointment_month) as mode_share
    from regional_month_mix
    where field = 'appointment_mode'

),

icb_month_modes as (

    select
        icb_modes.icb_ons_code,
        month_modes.appointment_month,
        appointment_mode,
        icb_modes.mode_share / national_modes.mode_share
        * month_modes.mode_share / national_modes.mode_share
        as mode_factor,
        same_day_tilts.factor
        * vary(0.04, concat_ws('|', 'Same Day', icb_ons_code, appointment_month))
        as same_day_factor,
        gp_tilts.factor
        * vary(0.02, concat_ws('|', 'GP', icb_ons_code, appointment_month)) as gp_factor
    from icb_modes
    inner join month_modes using (appointment_mode)
    inner join national_modes using (appointment_mode)
    inner join icb_tilts as same_day_tilts using (icb_ons_code)
    inner join icb_tilts as gp_tilts using (icb_ons_code)
    where
        same_day_tilts.trait = 'Same Day'
        and gp_tilts.trait = 'GP'

)

select
    icb_month_modes.icb_ons_code,
    icb_month_modes.appointment_month,
    ranked.appointment_status,
    ranked.hcp_type,
    ranked.appointment_mode,
    ranked.time_between_book_and_appointment,
    ranked.rank_in_status <= regional_rows.leading_rows as is_leading,
    cast(
        round(
            100
            * ranked.national_count
            * icb_month_modes.mode_factor
            * if(time_between_book_and_appointment = 'Same Day', icb_month_modes.same_day_factor, 1)
            * if(hcp_type = 'GP', icb_month_modes.gp_factor, 1)
        ) as bigint
    ) as weight
from ranked
inner join regional_rows using (appointment_status)
inner join icb_month_modes using (appointment_mode);
"""

REGIONAL_SQL = """
create temp table appointments_regional as
with

-- Each of the other combinations owns a stretch of a line as long as its weight.
stretches as (

    select
        *,
        sum(weight) over running as stretch_end,
        sum(weight) over whole as line_length
    from regional_combinations
    where not is_leading
    window
        whole as (partition by icb_ons_code, appointment_month, appointment_status),
        running as (
            partition by icb_ons_code, appointment_month, appointment_status
            order by time_between_book_and_appointment, appointment_mode, hcp_type
        )

),

-- Steps of the golden ratio visit a line evenly, however many steps there are, so that a location's
-- drawn combinations follow their sizes over the months without repeating in a pattern.
points as (

    select
        location_month_statuses.*,
        points.point_number,
        regional_rows.drawn_rows,
        (
            draw(concat_ws('|', 'combination', sub_icb_location_code, appointment_status))
            + 618034 * (
                date_diff('month', date '2020-01-01', appointment_month) * regional_rows.drawn_rows
                + points.point_number
            )
        ) % 1000000 as position
    from location_month_statuses
    inner join regional_rows using (appointment_status)
    inner join range(1, 10) as points (point_number)
        on points.point_number <= regional_rows.drawn_rows

),

drawn_rows as (

    select
        points.sub_icb_location_code,
        points.icb_ons_code,
        points.appointment_month,
        points.appointment_status,
        stretches.hcp_type,
        stretches.appointment_mode,
        stretches.time_between_book_and_appointment,
        points.point_number,
        points.appointment_count,
        cast(
            round(
                stretches.line_length / points.drawn_rows
                * vary(
                    0.5,
                    concat_ws(
                        '|', sub_icb_location_code, appointment_month, appointment_status,
                        point_number
                    )
                )
            ) as bigint
        ) as weight
    from points
    inner join stretches using (icb_ons_code, appointment_month, appointment_status)
    where
        cast(points.position as hugeint) * stretches.line_length // 1000000
        between stretches.stretch_end - stretches.weight and stretches.stretch_end - 1

),

leading_rows as (

    select
        location_month_statuses.sub_icb_location_code,
        location_month_statuses.icb_ons_code,
        location_month_statuses.appointment_month,
        location_month_statuses.appointment_status,
        regional_combinations.hcp_type,
        regional_combinations.appointment_mode,
        regional_combinations.time_between_book_and_appointment,
        0 as point_number,
        location_month_statuses.appointment_count,
        cast(
            round(
                regional_combinations.weight
                * vary(
                    0.08,
                    concat_ws(
                        '|', sub_icb_location_code, appointment_month, appointment_status, hcp_type,
                        appointment_mode, time_between_book_and_appointment
                    )
                )
            ) as bigint
        ) as weight
    from location_month_statuses
    inner join regional_combinations using (icb_ons_code, appointment_month, appointment_status)
    where regional_combinations.is_leading

),

weighted as (

    select * from leading_rows
    union all
    select * from drawn_rows

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', sub_icb_location_code, appointment_month, appointment_status))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_month, appointment_status),
        running as (
            partition by sub_icb_location_code, appointment_month, appointment_status
            order by point_number, hcp_type, appointment_mode, time_between_book_and_appointment
        )

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    appointment_status,
    hcp_type,
    appointment_mode,
    time_between_book_and_appointment,
    cast(sum(count_of_appointments) as bigint) as count_of_appointments
from shared_out
group by all
having sum(count_of_appointments) > 0;
"""

OPEN_DAYS_SQL = """
create temp table open_days as
with

days as (

    select
        cast(days.day as date) as appointment_date,
        isodow(days.day) as iso_weekday,
        cast(days.day as date) in (
            select cast(bank_holiday_date as date) from bank_holidays
        ) as is_bank_holiday
    from range(
        (select cast(min(appointment_month) || '-01' as date) from category_month),
        (
            select cast(max(appointment_month) || '-01' as date) + interval 1 month
            from category_month
        ),
        interval 1 day
    ) as days (day)

),

-- Weekday totals are those of the months with durations, so they are divided by those months' days.
weekday_days as (

    select
        iso_weekday,
        count(*) filter (not is_bank_holiday) as ordinary_days,
        count(*) filter (is_bank_holiday) as holiday_days
    from days
    where strftime(appointment_date, '%Y-%m') in (select appointment_month from duration_month)
    group by iso_weekday

),

weekdays as (

    select
        weekday_days.iso_weekday,
        cast(duration_weekday.appointments as bigint)
        / (weekday_days.ordinary_days + $bank_holiday_share * weekday_days.holiday_days)
        as appointments_per_day
    from weekday_days
    inner join duration_weekday
        on weekday_days.iso_weekday % 7 = cast(duration_weekday.weekday_0_is_sunday as integer)

),

weighted_days as (

    select
        days.appointment_date,
        cast(date_trunc('month', days.appointment_date) as date) as appointment_month,
        weekdays.appointments_per_day
        * if(days.is_bank_holiday, $bank_holiday_share, 1) as day_weight,
        case
            when days.is_bank_holiday or days.iso_weekday = 7 then $sunday_open_chance
            when days.iso_weekday = 6 then $saturday_open_chance
            else 1
        end as open_chance
    from days
    inner join weekdays using (iso_weekday)

)

select
    sampled_locations.sub_icb_location_code,
    weighted_days.appointment_month,
    weighted_days.appointment_date,
    cast(
        round(
            weighted_days.day_weight / weighted_days.open_chance
            * vary(0.08, concat_ws('|', 'day', sub_icb_location_code, appointment_date))
        ) as bigint
    ) as weight
from sampled_locations
cross join weighted_days
where
    draw(concat_ws('|', 'open', sub_icb_location_code, appointment_date))
    < 1000000 * weighted_days.open_chance;
"""

ACTUAL_DURATION_SQL = """
create temp table actual_duration as
with

attended as (

    select
        sub_icb_location_code,
        icb_ons_code,
        appointment_month,
        appointment_count
    from location_month_statuses
    where appointment_status = 'Attended'

),

bands as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        actual_duration,
        cast(appointments as bigint)
        / sum(cast(appointments as bigint)) over (partition by appointment_month) as band_share
    from duration_month

),

weighted as (

    select
        attended.sub_icb_location_code,
        appointment_month,
        open_days.appointment_date,
        bands.actual_duration,
        attended.appointment_count,
        cast(
            round(
                1000 * open_days.weight * bands.band_share
                * icb_tilts.factor
                * vary(0.05, concat_ws('|', icb_tilts.icb_ons_code, trait, appointment_month))
                * vary(0.08, concat_ws('|', sub_icb_location_code, trait, appointment_date))
            ) as bigint
        ) as weight
    from attended
    inner join bands using (appointment_month)
    inner join open_days using (sub_icb_location_code, appointment_month)
    inner join icb_tilts
        on
            attended.icb_ons_code = icb_tilts.icb_ons_code
            and bands.actual_duration = icb_tilts.trait

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'durations', sub_icb_location_code, appointment_month))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_month),
        running as (
            partition by sub_icb_location_code, appointment_month
            order by appointment_date, actual_duration
        )

)

select
    sub_icb_location_code,
    sampled_locations.sub_icb_location_ons_code,
    sampled_locations.sub_icb_location_name,
    sampled_locations.icb_ons_code,
    sampled_locations.region_ons_code,
    shared_out.appointment_date,
    shared_out.actual_duration,
    shared_out.count_of_appointments
from shared_out
inner join sampled_locations using (sub_icb_location_code)
where shared_out.count_of_appointments > 0;
"""

CATEGORY_COMBINATIONS_SQL = """
create temp table category_combinations as
with

national as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        service_setting,
        context_type,
        national_category,
        cast(appointments as bigint) as national_count
    from category_month

),

ranked as (

    select
        service_setting,
        context_type,
        national_category,
        row_number() over (
            order by sum(national_count) desc, service_setting, context_type, national_category
        ) as size_rank
    from national
    group by service_setting, context_type, national_category

),

weighted as (

    select
        icb_tilts.icb_ons_code,
        national.appointment_month,
        service_setting,
        context_type,
        national_category,
        ranked.size_rank <= $leading_categories as is_leading,
        cast(round(100 * national.national_count * icb_tilts.factor) as bigint) as weight
    from national
    inner join ranked using (service_setting, context_type, national_category)
    inner join icb_tilts
        on concat_ws('|', service_setting, context_type, national_category) = icb_tilts.trait

)

select
    *,
    sum(weight) over running as stretch_end,
    sum(weight) over line as line_length,
    sum(weight) over line / sum(weight) over whole as line_share
from weighted
window
    whole as (partition by icb_ons_code, appointment_month),
    line as (partition by icb_ons_code, appointment_month, is_leading),
    running as (
        partition by icb_ons_code, appointment_month, is_leading
        order by service_setting, context_type, national_category
    );
"""

NATIONAL_CATEGORIES_SQL = """
create temp table national_categories as
with

day_totals as (

    select
        sub_icb_location_code,
        location_months.icb_ons_code,
        appointment_month,
        open_days.appointment_date,
        share_out(
            location_months.appointment_count,
            sum(open_days.weight) over running,
            open_days.weight,
            sum(open_days.weight) over whole,
            draw(concat_ws('|', 'category days', sub_icb_location_code, appointment_month))
        ) as appointment_count
    from location_months
    inner join open_days using (sub_icb_location_code, appointment_month)
    window
        whole as (partition by sub_icb_location_code, appointment_month),
        running as (
            partition by sub_icb_location_code, appointment_month
            order by open_days.appointment_date
        )

),

-- Larger locations record more kinds of appointment, so they get more rows. Chances per million.
location_chances as (

    select
        sub_icb_location_code,
        cast(
            round(
                250000
                + 450000 * sqrt(sum(appointment_count) / max(sum(appointment_count)) over ())
                + 0.25 * draw(concat_ws('|', 'rows', sub_icb_location_code))
            ) as bigint
        ) as chance
    from location_months
    group by sub_icb_location_code

),

-- On each day one row of a leading combination, and by chance the further ones and those of the others.
points as (

    select
        day_totals.*,
        location_chances.chance,
        kinds.is_leading,
        kinds.point_number
    from day_totals
    inner join location_chances using (sub_icb_location_code)
    cross join (
        select true, unnest(range(1, $leading_points + 1))
        union all
        select false, unnest(range(1, $other_points + 1))
    ) as kinds (is_leading, point_number)
    where
        (kinds.is_leading and kinds.point_number = 1)
        or draw(concat_ws('|', 'row', sub_icb_location_code, appointment_date, is_leading))
        < location_chances.chance

),

-- See the golden ratio steps of the regional table.
placed as (

    select
        *,
        (
            draw(concat_ws('|', 'category', sub_icb_location_code, is_leading))
            + 618034 * row_number() over (
                partition by sub_icb_location_code, is_leading
                order by appointment_date, point_number
            )
        ) % 1000000 as position,
        count(*) over (
            partition by sub_icb_location_code, appointment_date, is_leading
        ) as row_count,
        bool_or(not is_leading) over (
            partition by sub_icb_location_code, appointment_date
        ) as has_other_row
    from points

),

-- The others fall on some days only, so on those days they stand for the days without them too.
weighted as (

    select
        placed.*,
        category_combinations.service_setting,
        category_combinations.context_type,
        category_combinations.national_category,
        cast(
            round(
                1000000
                * case
                    when not is_leading
                        then category_combinations.line_share * 1000000 / placed.chance
                    when placed.has_other_row
                        then
                            1 - (1 - category_combinations.line_share) * 1000000 / placed.chance
                    else 1
                end
                / placed.row_count
                * vary(
                    0.3,
                    concat_ws(
                        '|', sub_icb_location_code, appointment_date, is_leading, point_number
                    )
                )
            ) as bigint
        ) as weight
    from placed
    inner join category_combinations using (icb_ons_code, appointment_month, is_leading)
    where
        cast(placed.position as hugeint) * category_combinations.line_length // 1000000
        between category_combinations.stretch_end - category_combinations.weight
        and category_combinations.stretch_end - 1

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'categories', sub_icb_location_code, appointment_date))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_date),
        running as (
            partition by sub_icb_location_code, appointment_date order by is_leading, point_number
        )

)

select
    sub_icb_location_code,
    shared_out.appointment_date,
    shared_out.icb_ons_code,
    sampled_locations.sub_icb_location_name,
    shared_out.service_setting,
    shared_out.context_type,
    shared_out.national_category,
    cast(sum(shared_out.count_of_appointments) as bigint) as count_of_appointments,
    shared_out.appointment_month
from shared_out
inner join sampled_locations using (sub_icb_location_code)
group by all
having sum(shared_out.count_of_appointments) > 0;
"""


def load_inputs(con: duckdb.DuckDBPyConnection, geography: str) -> None:
    """Read the calibration totals and the reference seeds, all columns as text, one table per file.

    `geography` then holds the locations of the one named, and the totals of ICBs are those of its ICBs. Raises
    FileNotFoundError, naming the file, where one is missing.
    """
    files = {name: CALIBRATION_DIR / f"{name}.csv" for name in CALIBRATION_TABLES}
    for name in ("regional_icb", "regional_icb_mode"):
        files[f"calibrated_{name}"] = files.pop(name)
    files |= {
        "all_geographies": GEOGRAPHY_CSV,
        "bank_holidays": BANK_HOLIDAYS_CSV,
        "practice_coverage": PRACTICE_COVERAGE_CSV,
    }
    for table, path in files.items():
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; restore it from the repository")
        con.execute(
            f"create temp table {table} as from read_csv($path, header=true, all_varchar=true)",
            {"path": str(path)},
        )
    con.execute(
        "create temp table geography as select * exclude geography from all_geographies where geography = $geography",
        {"geography": geography},
    )
    con.execute(ICB_PARTS_SQL, {"calibrated_geography": CALIBRATED_GEOGRAPHY})
    con.execute(icb_totals_sql("regional_icb"))
    con.execute(icb_totals_sql("regional_icb_mode", "appointment_mode,"))


def build_tables(con: duckdb.DuckDBPyConnection, seed: int, geography: str, density: Density = SAMPLE) -> None:
    """Leave the three tables of OUTPUT_TABLES in `con`, with dates as dates and one row per key.

    Each holds `sub_icb_location_code`; counts are appointments, whole and above 0.
    """
    con.execute(macros_sql(seed))
    load_inputs(con, geography)
    icbs = {"sampled_icbs": list(SAMPLED_ICBS[geography])}
    con.execute(
        "create temp table regional_rows (appointment_status varchar, leading_rows integer, drawn_rows integer)"
    )
    con.executemany(
        "insert into regional_rows values (?, ?, ?)",
        [(status, *row_counts) for status, row_counts in density.regional_rows.items()],
    )
    con.execute(SAMPLED_LOCATIONS_SQL, icbs)
    con.execute(ICB_TILTS_SQL, icbs)
    con.execute(LOCATION_MONTHS_SQL)
    con.execute(LOCATION_MONTH_STATUSES_SQL)
    con.execute(REGIONAL_COMBINATIONS_SQL, icbs)
    con.execute(REGIONAL_SQL)
    con.execute(
        OPEN_DAYS_SQL,
        {
            "bank_holiday_share": BANK_HOLIDAY_SHARE,
            "saturday_open_chance": SATURDAY_OPEN_CHANCE,
            "sunday_open_chance": SUNDAY_OPEN_CHANCE,
        },
    )
    con.execute(ACTUAL_DURATION_SQL)
    con.execute(CATEGORY_COMBINATIONS_SQL, {"leading_categories": density.leading_categories})
    con.execute(
        NATIONAL_CATEGORIES_SQL, {"leading_points": density.leading_points, "other_points": density.other_points}
    )


def output_queries(layout: str) -> dict[str, str]:
    """The query behind each file in `layout`, by table name: columns and rows in file order, dates
    and months as the text of that layout.

    The course layout holds the same rows without `sub_icb_location_code` where the course files
    lack it, so that several rows of appointments_regional share a key there and stay apart.
    """
    if layout == "publication":
        location = "sub_icb_location_code,\n        "
        duration_date = category_date = "upper(strftime(appointment_date, '%d%b%Y'))"
        month = "upper(strftime(appointment_month, '%b%Y'))"
    else:
        location = ""
        duration_date = "strftime(appointment_date, '%d-%b-%y')"
        category_date = "strftime(appointment_date, '%Y-%m-%d')"
        month = "strftime(appointment_month, '%Y-%m')"

    actual_duration = f"""
    select
        sub_icb_location_code,
        sub_icb_location_ons_code,
        sub_icb_location_name,
        icb_ons_code,
        region_ons_code,
        {duration_date} as appointment_date,
        actual_duration,
        count_of_appointments,
        true as is_synthetic
    from actual_duration as sample
    order by sub_icb_location_code, sample.appointment_date, actual_duration
    """
    appointments_regional = f"""
    select
        {location}icb_ons_code,
        {month} as appointment_month,
        appointment_status,
        hcp_type,
        appointment_mode,
        time_between_book_and_appointment,
        count_of_appointments,
        true as is_synthetic
    from appointments_regional as sample
    order by
        icb_ons_code, sub_icb_location_code, sample.appointment_month, appointment_status, hcp_type,
        appointment_mode, time_between_book_and_appointment
    """
    national_categories = f"""
    select
        {location}{category_date} as appointment_date,
        icb_ons_code,
        sub_icb_location_name,
        service_setting,
        context_type,
        national_category,
        count_of_appointments,
        {month} as appointment_month,
        true as is_synthetic
    from national_categories as sample
    order by
        sub_icb_location_code, sample.appointment_date, service_setting, context_type,
        national_category
    """
    queries = (actual_duration, appointments_regional, national_categories)
    return dict(zip(OUTPUT_TABLES, queries, strict=True))


def write_sample(
    output_dir: Path,
    layout: str = LAYOUTS[0],
    seed: int = DEFAULT_SEED,
    threads: int | None = None,
    geography: str = DEFAULT_GEOGRAPHY,
) -> dict[str, tuple[Path, int, int]]:
    """Write the three CSV files (UTF-8, LF, one header line) into `output_dir`, made if need be.

    Returns, by table name, the file, its number of rows and its number of appointments. The bytes
    depend on `layout`, `seed` and `geography` alone, not on `threads` (all cores where None). The files appear,
    or replace older ones, only once all three are complete. Raises ValueError for an unknown layout
    and OSError where the folder cannot be made or written to or an input is missing.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"layout {layout!r}: must be one of {', '.join(LAYOUTS)}")
    if output_dir.exists() and not output_dir.is_dir():
        raise NotADirectoryError(f"{output_dir}: exists and is not a folder")
    output_dir.mkdir(parents=True, exist_ok=True)

    written = {}
    # Inside the output folder, because a rename replaces a file in one step only within a file
    # system.
    with (
        tempfile.TemporaryDirectory(prefix=".sample-", dir=output_dir) as unfinished,
        duckdb.connect(config={} if threads is None else {"threads": threads}) as con,
    ):
        build_tables(con, seed, geography)
        for table, query in output_queries(layout).items():
            path = Path(unfinished) / f"{table}.csv"
            con.execute(f"copy ({query}) to $path (format csv, header)", {"path": str(path)})
            counts = con.execute(f"select count(*), cast(sum(count_of_appointments) as bigint) from {table}").fetchall()
            written[table] = (output_dir / path.name, *counts[0])
        for path, _, _ in written.values():
            (Path(unfinished) / path.name).replace(path)
    return written


def write_scaled(
    output_dir: Path, scale: int, seed: int = DEFAULT_SEED, geography: str = DEFAULT_GEOGRAPHY
) -> dict[str, tuple[Path, int, int]]:
    """Write the three tables with at least `scale` times COURSE_ROWS, each as a folder of Parquet part files.

    The sampled locations, at the published density, once as themselves and then as places with codes of their own, in
    the publication layout. Returns what `write_sample` does. Time grows with `scale`, memory does not: each copy is a
    part, written by itself. Older tables of these names are replaced, once all three are complete. Raises OSError where
    the folder cannot be written to.
    """
    output_dir.mkdir(parents=True, exist_ok=True)
    written = {}
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=output_dir) as unfinished, duckdb.connect() as con:
        build_tables(con, seed, geography, PUBLISHED)
        totals = {}
        for table in OUTPUT_TABLES:
            query = f"select count(*), cast(sum(count_of_appointments) as bigint) from {table}"
            [totals[table]] = con.execute(query).fetchall()
        copies = math.ceil(scale * COURSE_ROWS / sum(rows for rows, _ in totals.values()))
        for table, query in output_queries(LAYOUTS[0]).items():
            con.execute(f"create or replace temp table one_copy as {query}")
            named = [
                f"if($copy = 0, {column}, {column} || ' ' || $copy) as {column}"
                for column in ("sub_icb_location_code", "sub_icb_location_ons_code", "sub_icb_location_name")
                if column in con.sql("from one_copy limit 0").columns
            ]
            folder = Path(unfinished) / f"{table}.parquet"
            folder.mkdir()
            for copy in range(copies):
                con.execute(
                    f"copy (select * replace ({', '.join(named)}) from one_copy) to $path (format parquet)",
                    {"copy": copy, "path": str(folder / f"part-{copy:05}.parquet")},
                )
            written[table] = (output_dir / folder.name, *(copies * total for total in totals[table]))
        for path, _, _ in written.values():
            if path.is_dir():
                shutil.rmtree(path)
            (Path(unfinished) / path.name).rename(path)
    return written


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line; argparse itself ends with exit code 2 on a bad option."""
    parser = argparse.ArgumentParser(
        description=(
            "Write a synthetic sample of the three raw tables of GP appointments: "
            "actual_duration.csv, appointments_regional.csv and national_categories.csv. The "
            "counts are invented; sizes and mixes follow published NHS England totals. The same "
            "seed, layout and geography always give the same bytes. Older files of these names are replaced."
        ),
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_SEED,
        metavar="N",
        help="whole number that every pseudo-random draw depends on (default: %(default)s)",
    )
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default=LAYOUTS[0],
        help=(
            "publication: sub_icb_location_code in all three tables, dates such as 01DEC2021. "
            "course: the same counts without that column in appointments_regional and "
            "national_categories, dates such as 01-Dec-21 and 2021-12-01 (default: %(default)s)"
        ),
    )
    parser.add_argument(
        "--geography",
        choices=SAMPLED_ICBS,
        default=DEFAULT_GEOGRAPHY,
        help="the ICBs: those of July 2022 to March 2026, or of April 2026 on (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_OUTPUT_DIR,
        metavar="DIR",
        help="folder to write to, made if it does not exist (default: the project's seeds/raw)",
    )
    parser.add_argument(
        "--scale",
        type=int,
        metavar="N",
        help=(
            f"instead, at least N times the {COURSE_ROWS:,} rows of the real tables of mid-2022 as Parquet, with "
            "as many more places, to measure on; needs --output and has the publication layout"
        ),
    )
    arguments = parser.parse_args(argv)
    if arguments.scale is not None:
        if arguments.scale < 1:
            parser.error("argument --scale: expected a whole number from 1")
        if arguments.layout != LAYOUTS[0] or arguments.output == DEFAULT_OUTPUT_DIR:
            parser.error("argument --scale: needs --output DIR, a folder of its own, and the publication layout")
    return arguments


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns 0, or 2 with a message on standard error for unusable input."""
    arguments = parse_arguments(argv)
    try:
        if arguments.scale is None:
            written = write_sample(arguments.output, arguments.layout, arguments.seed, geography=arguments.geography)
        else:
            written = write_scaled(arguments.output, arguments.scale, arguments.seed, arguments.geography)
    except FileNotFoundError as error:  # one of the facts that it starts from; a folder is made
        print(f"generate_sample: {error}", file=sys.stderr)
        return 2
    except (OSError, duckdb.IOException) as error:
        print(
            f"generate_sample: cannot write the sample to {arguments.output}: {error}",
            file=sys.stderr,
        )
        print("Choose another folder with --output DIR.", file=sys.stderr)
        return 2
    for path, rows, appointments in written.values():
        files = path.iterdir() if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{path}: {rows:,} rows, {appointments:,} synthetic appointments, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
