-- The totals that the raw tables share out: a location's month, its statuses, the days on which it is open and its
-- patients.

create table location_months as
with

months as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        appointments as month_weight
    from regional_month

),

weighted as (

    select
        sampled_locations.sub_icb_location_code,
        sampled_locations.icb_ons_code,
        months.appointment_month,
        icb_totals.appointment_count as icb_appointment_count,
        cast(
            round(
                sampled_locations.location_weight
                * months.month_weight
                * vary(0.03, concat_ws('|', sampled_locations.icb_ons_code, months.appointment_month))
                * vary(0.02, concat_ws('|', sampled_locations.sub_icb_location_code, months.appointment_month))
                / 1000
            ) as bigint
        ) as weight
    from sampled_locations
    inner join icb_totals on sampled_locations.icb_ons_code = icb_totals.icb_ons_code
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

-- Whether a month is among the last so many of the sample.
create macro is_in_last_months(day, month_count) as
    day > (select max(location_months.appointment_month) from location_months) - to_months(month_count);  -- noqa: LT02

create table location_month_statuses as
with

statuses as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        label as appointment_status,
        appointments as national_count
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
                    vary(0.06, concat_ws('|', 'DNA', location_months.sub_icb_location_code))
                    * vary(0.06, concat_ws('|', 'DNA', location_months.icb_ons_code, statuses.appointment_month)),
                    1
                )
            ) as bigint
        ) as weight
    from location_months
    inner join statuses on location_months.appointment_month = statuses.appointment_month
    -- Attended has no tilt of its own.
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

create table open_days as
with

days as (

    select
        cast(days.day as date) as appointment_date,
        isodow(days.day) as iso_weekday,
        cast(days.day as date) in (
            select cast(bank_holidays.bank_holiday_date as date) from bank_holidays
        ) as is_bank_holiday
    from range(
        (select cast(min(category_month.appointment_month) || '-01' as date) from category_month),
        (select cast(max(category_month.appointment_month) || '-01' as date) + interval 1 month from category_month),
        interval 1 day
    ) as days (day)

),

-- Appointments on a bank holiday over those on an ordinary day of the same weekday. Measured on the durations published
-- for December 2021 to June 2022: the eight bank holidays hold 43,873 appointments, ordinary weekdays in their place
-- would hold 9,603,612. Single days lie between 0.0038 and 0.0064.
bank_holidays_measured as (

    select 0.00457e0 as bank_holiday_share

),

-- Weekday totals are those of the months with durations, so they are divided by those months' days.
weekday_days as (

    select
        iso_weekday,
        count(*) filter (not is_bank_holiday) as ordinary_days,
        count(*) filter (is_bank_holiday) as holiday_days
    from days
    where strftime(appointment_date, '%Y-%m') in (select duration_month.appointment_month from duration_month)
    group by iso_weekday

),

weekdays as (

    select
        weekday_days.iso_weekday,
        bank_holidays_measured.bank_holiday_share,
        duration_weekday.appointments / (
            weekday_days.ordinary_days + bank_holidays_measured.bank_holiday_share * weekday_days.holiday_days
        ) as appointments_per_day
    from weekday_days
    inner join duration_weekday
        on weekday_days.iso_weekday % 7 = cast(duration_weekday.weekday_0_is_sunday as integer)
    cross join bank_holidays_measured

),

weighted_days as (

    select
        days.appointment_date,
        cast(date_trunc('month', days.appointment_date) as date) as appointment_month,
        weekdays.appointments_per_day * if(days.is_bank_holiday, weekdays.bank_holiday_share, 1) as day_weight,
        -- Few practices open on these days: the chance that a location has appointments on such a day. Lower than in
        -- the published tables (Saturday 0.9, Sunday and bank holiday 0.6), which keeps the files small; the days that
        -- remain hold the more, so the weekday totals are right.
        case
            when days.is_bank_holiday or days.iso_weekday = 7 then 0.3e0
            when days.iso_weekday = 6 then 0.5e0
            else 1
        end as open_chance
    from days
    inner join weekdays on days.iso_weekday = weekdays.iso_weekday

)

select
    sampled_locations.sub_icb_location_code,
    weighted_days.appointment_month,
    weighted_days.appointment_date,
    cast(
        round(
            weighted_days.day_weight / weighted_days.open_chance
            * vary(
                0.08, concat_ws('|', 'day', sampled_locations.sub_icb_location_code, weighted_days.appointment_date)
            )
        ) as bigint
    ) as weight
from sampled_locations
cross join weighted_days
where
    draw(concat_ws('|', 'open', sampled_locations.sub_icb_location_code, weighted_days.appointment_date))
    < 1000000 * weighted_days.open_chance;

-- All appointments of a location and day.
create table location_days as
select
    location_months.sub_icb_location_code,
    location_months.icb_ons_code,
    location_months.appointment_month,
    open_days.appointment_date,
    share_out(
        location_months.appointment_count,
        sum(open_days.weight) over running,
        open_days.weight,
        sum(open_days.weight) over whole,
        draw(
            concat_ws(
                '|', 'category days', location_months.sub_icb_location_code, location_months.appointment_month
            )
        )
    ) as appointment_count
from location_months
inner join open_days
    on
        location_months.sub_icb_location_code = open_days.sub_icb_location_code
        and location_months.appointment_month = open_days.appointment_month
window
    whole as (partition by location_months.sub_icb_location_code, location_months.appointment_month),
    running as (
        partition by location_months.sub_icb_location_code, location_months.appointment_month
        order by open_days.appointment_date
    );

-- Registered patients of a location and month, at the practices that are in the publication and at all open ones. An
-- ICB has its published patients. Its locations have parts in proportion to their appointments, so that rates of
-- locations are plausible.
create table location_patients as
with

icb_patients as (

    select
        icb_parts.icb_ons_code,
        cast(practice_coverage.coverage_month as date) as appointment_month,
        cast(
            sum(
                cast(practice_coverage.included_practice_patients as bigint)
                * icb_parts.patient_count // icb_parts.icb_patient_count
            ) as bigint
        ) as included_practice_patients,
        cast(
            sum(
                cast(practice_coverage.open_practice_patients as bigint)
                * icb_parts.patient_count // icb_parts.icb_patient_count
            ) as bigint
        ) as open_practice_patients
    from practice_coverage
    inner join icb_parts on practice_coverage.icb_ons_code = icb_parts.calibrated_icb_ons_code
    where
        practice_coverage.sub_icb_location_code is null
        and cast(practice_coverage.coverage_month as date) in (
            select location_months.appointment_month from location_months
        )
    group by all

),

weighted as (

    select
        icb_patients.*,
        sampled_locations.sub_icb_location_code,
        cast(
            round(
                sampled_locations.location_weight
                * vary(0.08, concat_ws('|', 'patients', sampled_locations.sub_icb_location_code))
            ) as bigint
        ) as weight,
        draw(concat_ws('|', 'patients', icb_patients.icb_ons_code)) as drawn
    from icb_patients
    inner join sampled_locations on icb_patients.icb_ons_code = sampled_locations.icb_ons_code

),

shared_out as (

    select
        *,
        share_out(
            included_practice_patients,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            drawn
        ) as included_patients_shared_out,
        share_out(
            open_practice_patients - included_practice_patients,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            drawn
        ) as other_patients_shared_out
    from weighted
    window
        whole as (partition by icb_ons_code, appointment_month),
        running as (partition by icb_ons_code, appointment_month order by sub_icb_location_code)

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    included_patients_shared_out as included_practice_patients,
    included_patients_shared_out + other_patients_shared_out as open_practice_patients
from shared_out;
