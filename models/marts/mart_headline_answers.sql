with

questions as (

    select * from {{ ref('questions') }}

),

raw_profiles as (

    select * from {{ ref('quality_raw_profile') }}

),

periods as (

    select
        raw_table,
        {{ period_in_words('period_from', 'period_to') }} as period
    from raw_profiles

),

sample as (

    select max(case when is_synthetic then 1 else 0 end) = 1 as is_synthetic from raw_profiles

),

regional_period as (

    select period from periods
    where raw_table = 'appointments_regional'

),

duration_period as (

    select period from periods
    where raw_table = 'actual_duration'

),

category_period as (

    select period from periods
    where raw_table = 'national_categories'

),

-- Question 1: demand by mode and status, and how regions differ.
england_demand as (

    select * from {{ ref('mart_demand_by_mode_and_status') }}
    where area_level = 'England'

),

demand_ranked as (

    select
        *,
        row_number() over (order by demand_rank_in_area, appointment_mode, appointment_status) as place
    from england_demand

),

highest_demand as (

    select
        1 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, the most frequent appointments in {area} were {first_mode} with status "
            ~ "{first_status}: {first_count}, or {first_share} of {total}; next came {second_mode} with status "
            ~ "{second_status}: {second_count}, or {second_share}.",
            {
                'period': 'regional_period.period',
                'area': 'first_place.area_name',
                'first_mode': 'first_place.appointment_mode',
                'first_status': 'first_place.appointment_status',
                'first_count': format_count('first_place.appointment_count'),
                'first_share': percent('first_place.share_of_area'),
                'total': format_count('first_place.area_appointment_count'),
                'second_mode': 'second_place.appointment_mode',
                'second_status': 'second_place.appointment_status',
                'second_count': format_count('second_place.appointment_count'),
                'second_share': percent('second_place.share_of_area')
            }
        ) }} as headline,
        'mart_demand_by_mode_and_status' as evidence_mart
    from demand_ranked as first_place
    inner join demand_ranked as second_place on first_place.place = 1 and second_place.place = 2
    cross join regional_period

),

region_demand as (

    select
        area_code,
        area_name,
        registered_patients,
        month_count,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ count_where("appointment_mode = 'Face-to-Face'") }} as face_to_face_count,
        {{ rate_per_1000_patients_per_month(
            'sum(appointment_count)', 'registered_patients', 'month_count'
        ) }} as appointments_per_1000_patients_per_month
    from {{ ref('mart_demand_by_mode_and_status') }}
    where area_level = 'NHS region' and registered_patients is not null
    group by
        area_code,
        area_name,
        registered_patients,
        month_count

),

region_extremes as (

    select
        area_name,
        appointments_per_1000_patients_per_month,
        {{ ratio('face_to_face_count', 'appointment_count') }} as face_to_face_share,
        row_number() over (order by appointments_per_1000_patients_per_month desc, area_code asc) as rate_place,
        row_number() over (order by appointments_per_1000_patients_per_month, area_code) as rate_place_from_below,
        row_number() over (order by {{ ratio('face_to_face_count', 'appointment_count') }} desc, area_code asc)
            as face_to_face_place,
        row_number() over (order by {{ ratio('face_to_face_count', 'appointment_count') }}, area_code)
            as face_to_face_place_from_below
    from region_demand

),

england_rate as (

    select
        area_name,
        sum(appointments_per_1000_patients_per_month) as appointments_per_1000_patients_per_month,
        {{ ratio(count_where("appointment_mode = 'Face-to-Face'"), 'sum(appointment_count)') }} as face_to_face_share
    from england_demand
    group by area_name

),

region_modes as (

    select
        1 as question_number,
        2 as headline_order,
        {{ sentence(
            "Face-to-face was {share} of appointments in {area}; among NHS regions it ranged from "
            ~ "{lowest_share} in {lowest_region} to {highest_share} in {highest_region}.",
            {
                'share': percent('england_rate.face_to_face_share'),
                'area': 'england_rate.area_name',
                'lowest_share': percent('lowest.face_to_face_share'),
                'lowest_region': 'lowest.area_name',
                'highest_share': percent('highest.face_to_face_share'),
                'highest_region': 'highest.area_name'
            }
        ) }} as headline,
        'mart_demand_by_mode_and_status' as evidence_mart
    from region_extremes as lowest
    inner join region_extremes as highest
        on
            lowest.face_to_face_place_from_below = 1
            and highest.face_to_face_place = 1
            and lowest.area_name <> highest.area_name
    cross join england_rate

),

region_rates as (

    select
        1 as question_number,
        3 as headline_order,
        {{ sentence(
            "Per 1,000 registered patients a month, {highest_region} had the most appointments "
            ~ "({highest_rate}) and {lowest_region} the fewest ({lowest_rate}), against {rate} in {area}.",
            {
                'highest_region': 'highest.area_name',
                'highest_rate': format_decimal('highest.appointments_per_1000_patients_per_month'),
                'lowest_region': 'lowest.area_name',
                'lowest_rate': format_decimal('lowest.appointments_per_1000_patients_per_month'),
                'rate': format_decimal('england_rate.appointments_per_1000_patients_per_month'),
                'area': 'england_rate.area_name'
            }
        ) }} as headline,
        'mart_demand_by_mode_and_status' as evidence_mart
    from region_extremes as highest
    inner join region_extremes as lowest
        on
            highest.rate_place = 1
            and lowest.rate_place_from_below = 1
            and highest.area_name <> lowest.area_name
    cross join england_rate

),

-- Question 2: lead time and attendance.
england_attendance as (

    select * from {{ ref('mart_attendance_by_lead_time') }}
    where area_level = 'England'

),

same_day as (

    select * from england_attendance
    where hcp_type = 'All' and lead_time_band = 'Same day'

),

over_28_days as (

    select * from england_attendance
    where hcp_type = 'All' and lead_time_band = 'More than 28 days'

),

dna_rates as (

    select
        2 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, patients in {area} missed (DNA) {same_day_rate} of appointments held on the day they "
            ~ "were booked and {late_rate} of those booked more than 28 days ahead, among appointments known "
            ~ "to be attended or missed.",
            {
                'period': 'regional_period.period',
                'area': 'same_day.area_name',
                'same_day_rate': percent('same_day.dna_rate'),
                'late_rate': percent('over_28_days.dna_rate')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from same_day
    cross join over_28_days
    cross join regional_period

),

dna_odds as (

    select
        2 as question_number,
        2 as headline_order,
        {{ sentence(
            "Beyond 28 days the odds of a DNA were {odds_ratio} times the same-day odds, and "
            ~ "{adjusted_odds_ratio} times among appointments of like professional and mode.",
            {
                'odds_ratio': format_decimal('dna_odds_ratio'),
                'adjusted_odds_ratio': format_decimal('adjusted_dna_odds_ratio')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from over_28_days

),

dna_caveat as (

    select
        2 as question_number,
        3 as headline_order,
        {{ sentence(
            "Same-day appointments were {share} of all ({count}); lead time includes what patients chose for "
            ~ "themselves, so this shows where DNAs are, not what booking sooner would do.",
            {
                'share': percent('same_day.share_of_area'),
                'count': format_count('same_day.appointment_count')
            }
        ) }} as headline,
        'mart_attendance_by_lead_time' as evidence_mart
    from same_day

),

-- Question 3: durations.
england_durations as (

    select * from {{ ref('mart_duration_profile') }}
    where area_level = 'England'

),

most_frequent_duration as (

    select *
    from england_durations
    where duration_band <> 'Unknown'
    order by appointment_count desc, duration_band_order asc
    limit 1

),

short_durations as (

    select max(cumulative_share_of_known) as share_up_to_10_minutes
    from england_durations
    where duration_band in ('1-5 minutes', '6-10 minutes')

),

unknown_durations as (

    select
        area_name,
        area_appointment_count,
        max(case when duration_band = 'Unknown' then appointment_count else 0 end) as unknown_count
    from england_durations
    group by
        area_name,
        area_appointment_count

),

duration_mix as (

    select
        3 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, {share} of attended appointments of known duration in {area} took {band}, the most "
            ~ "frequent band, and {short_share} took 10 minutes or less; the mean lies between {least} and "
            ~ "{most} minutes.",
            {
                'period': 'duration_period.period',
                'share': percent('most_frequent.share_of_known'),
                'area': 'most_frequent.area_name',
                'band': 'most_frequent.duration_band',
                'short_share': percent('short_durations.share_up_to_10_minutes'),
                'least': format_decimal('most_frequent.mean_minutes_lower'),
                'most': format_decimal('most_frequent.mean_minutes_upper')
            }
        ) }} as headline,
        'mart_duration_profile' as evidence_mart
    from most_frequent_duration as most_frequent
    cross join short_durations
    cross join duration_period

),

duration_gaps as (

    select
        3 as question_number,
        2 as headline_order,
        {{ sentence(
            "Duration is unknown for {share} of attended appointments in {area} ({unknown} of {total}).",
            {
                'share': percent(ratio('unknown_count', 'area_appointment_count')),
                'area': 'area_name',
                'unknown': format_count('unknown_count'),
                'total': format_count('area_appointment_count')
            }
        ) }} as headline,
        'mart_duration_profile' as evidence_mart
    from unknown_durations

),

duration_associations as (

    select
        max(unit_count) as unit_count,
        max(case when other_measure = 'dna_rate' then pearson_r end) as dna_r,
        max(case when other_measure = 'dna_rate' then strength end) as dna_strength,
        max(case when other_measure = 'gp_share' then pearson_r end) as gp_r,
        max(case when other_measure = 'gp_share' then strength end) as gp_strength
    from {{ ref('mart_duration_associations') }}
    where unit = 'ICB' and duration_measure = 'mean_minutes_midpoint'

),

duration_relations as (

    select
        3 as question_number,
        3 as headline_order,
        {{ sentence(
            "Durations carry neither status nor professional, so areas are compared, not appointments: "
            ~ "across {icbs} ICBs, mean duration has a {dna_strength} correlation with the DNA rate ({dna_r}) "
            ~ "and a {gp_strength} one with the share of GP appointments ({gp_r}).",
            {
                'icbs': format_count('unit_count'),
                'dna_strength': 'dna_strength',
                'dna_r': format_decimal('dna_r', 2),
                'gp_strength': 'gp_strength',
                'gp_r': format_decimal('gp_r', 2)
            }
        ) }} as headline,
        'mart_duration_associations' as evidence_mart
    from duration_associations

),

-- Question 4: professionals.
gps as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'GP'

),

other_staff as (

    select * from {{ ref('mart_demand_by_professional') }}
    where area_level = 'England' and hcp_type = 'Other Practice staff'

),

professional_demand as (

    select
        4 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, GPs held {gp_share} of appointments in {area} ({gp_count}, or {gp_per_day} per "
            ~ "working day) and other practice staff {other_share} ({other_count}, or {other_per_day}).",
            {
                'period': 'regional_period.period',
                'gp_share': percent('gps.share_of_area'),
                'area': 'gps.area_name',
                'gp_count': format_count('gps.appointment_count'),
                'gp_per_day': format_count('round(gps.appointments_per_working_day)'),
                'other_share': percent('other_staff.share_of_area'),
                'other_count': format_count('other_staff.appointment_count'),
                'other_per_day': format_count('round(other_staff.appointments_per_working_day)')
            }
        ) }} as headline,
        'mart_demand_by_professional' as evidence_mart
    from gps
    cross join other_staff
    cross join regional_period

),

professional_availability as (

    select
        4 as question_number,
        2 as headline_order,
        {{ sentence(
            "{gp_same_day} of GP appointments were held on the day they were booked, against "
            ~ "{other_same_day} of those of other practice staff; over 14 days after booking it was {gp_late} "
            ~ "against {other_late}, of appointments of known lead time.",
            {
                'gp_same_day': percent('gps.same_day_share'),
                'other_same_day': percent('other_staff.same_day_share'),
                'gp_late': percent('gps.over_14_days_share'),
                'other_late': percent('other_staff.over_14_days_share')
            }
        ) }} as headline,
        'mart_demand_by_professional' as evidence_mart
    from gps
    cross join other_staff

),

association_strengths as (

    select
        max(case when attribute = 'appointment_mode' then cramers_v end) as mode_v,
        max(case when attribute = 'appointment_mode' then strength end) as mode_strength,
        max(case when attribute = 'lead_time_band' then cramers_v end) as lead_time_v,
        max(case when attribute = 'lead_time_band' then strength end) as lead_time_strength,
        max(case when attribute = 'appointment_status' then cramers_v end) as status_v,
        max(case when attribute = 'appointment_status' then strength end) as status_strength
    from {{ ref('mart_association_strength') }}
    where area_level = 'England'

),

professional_associations as (

    select
        4 as question_number,
        3 as headline_order,
        {{ sentence(
            "On a scale from 0 (unrelated) to 1, professional goes together with lead time at {lead_time_v} "
            ~ "({lead_time_strength}), with mode at {mode_v} ({mode_strength}) and with attendance at "
            ~ "{status_v} ({status_strength}), counting only appointments for which both are known.",
            {
                'lead_time_v': format_decimal('lead_time_v', 3),
                'lead_time_strength': 'lead_time_strength',
                'mode_v': format_decimal('mode_v', 3),
                'mode_strength': 'mode_strength',
                'status_v': format_decimal('status_v', 3),
                'status_strength': 'status_strength'
            }
        ) }} as headline,
        'mart_association_strength' as evidence_mart
    from association_strengths

),

-- Question 5: months and weekdays.
england_months as (

    select
        *,
        rank() over (order by appointments_per_working_day) as rank_from_below
    from {{ ref('mart_monthly_demand') }}
    where area_level = 'England'

),

busiest_month as (

    select
        max(area_name) as area_name,
        {{ join_text(month_and_year('appointment_month'), ' and ', 'appointment_month') }} as months,
        max(appointments_per_working_day) as appointments_per_working_day
    from england_months
    where demand_rank_in_area = 1

),

quietest_month as (

    select
        {{ join_text(month_and_year('appointment_month'), ' and ', 'appointment_month') }} as months,
        max(appointments_per_working_day) as appointments_per_working_day
    from england_months
    where rank_from_below = 1

),

month_extremes as (

    select
        5 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, the busiest month per working day in {area} was {busiest} ({most} appointments) and "
            ~ "the quietest {quietest} ({fewest}).",
            {
                'period': 'regional_period.period',
                'area': 'busiest_month.area_name',
                'busiest': 'busiest_month.months',
                'most': format_count('round(busiest_month.appointments_per_working_day)'),
                'quietest': 'quietest_month.months',
                'fewest': format_count('round(quietest_month.appointments_per_working_day)')
            }
        ) }} as headline,
        'mart_monthly_demand' as evidence_mart
    from busiest_month
    inner join quietest_month on busiest_month.months <> quietest_month.months
    cross join regional_period

),

england_weekdays as (

    select
        *,
        row_number() over (order by weekday_index desc, weekday_order asc) as place,
        row_number() over (order by weekday_index, weekday_order) as place_from_below
    from {{ ref('mart_weekday_demand') }}
    where raw_table = 'actual_duration' and area_level = 'England' and weekday_order <= 5

),

weekday_extremes as (

    select
        busiest.area_name,
        busiest.weekday as busiest,
        busiest.weekday_index as highest_index,
        busiest.appointments_per_day as most_per_day,
        quietest.weekday as quietest,
        quietest.weekday_index as lowest_index,
        quietest.appointments_per_day as fewest_per_day
    from england_weekdays as busiest
    inner join england_weekdays as quietest
        on busiest.place = 1 and quietest.place_from_below = 1 and busiest.weekday <> quietest.weekday

),

weekday_pattern as (

    select
        5 as question_number,
        2 as headline_order,
        {{ sentence(
            "{period}, {busiest} was the busiest weekday in {area}, {above} above the mean working day, and "
            ~ "{quietest} the quietest, {below} below it.",
            {
                'period': 'duration_period.period',
                'busiest': 'weekday_extremes.busiest',
                'area': 'weekday_extremes.area_name',
                'above': percent('weekday_extremes.highest_index - 1'),
                'quietest': 'weekday_extremes.quietest',
                'below': percent('1 - weekday_extremes.lowest_index')
            }
        ) }} as headline,
        'mart_weekday_demand' as evidence_mart
    from weekday_extremes
    cross join duration_period

),

months_held as (

    select
        count(*) as month_count,
        sum(case when extract(year from appointment_month) between 2020 and 2021 then 1 else 0 end) > 0
            as holds_covid_break
    from {{ ref('mart_monthly_demand') }}
    where area_level = 'England'

),

weekday_staffing as (

    select
        5 as question_number,
        3 as headline_order,
        {{ sentence(
            "Rotas that follow this pattern would hold {more} more attended appointments on a {busiest} than "
            ~ "on a {quietest} in {area}; months are a weaker guide, because {reason}.",
            {
                'more': format_count('round(weekday_extremes.most_per_day - weekday_extremes.fewest_per_day)'),
                'busiest': 'weekday_extremes.busiest',
                'quietest': 'weekday_extremes.quietest',
                'area': 'weekday_extremes.area_name',
                'reason': "case when months_held.holds_covid_break then '2020 and 2021 were shaped by COVID-19'"
                    ~ " else 'the data hold only ' || " ~ format_count('months_held.month_count') ~ " || ' of them' end"
            }
        ) }} as headline,
        'mart_weekday_demand' as evidence_mart
    from weekday_extremes
    cross join months_held

),

restatements as (

    select
        *,
        abs(change_share) > 0.01 as is_beyond_1_percent,
        row_number() over (
            order by abs(change_share) desc nulls last, appointment_month asc, icb_ons_code asc
        ) as place
    from {{ ref('quality_restatements') }}
    where measure = 'appointments'

),

-- Left out where no publication changed an ICB's month by more than 1%, or only one was imported.
restated_months as (

    select
        5 as question_number,
        4 as headline_order,
        {{ sentence(
            "Later publications changed {beyond} of {all} ICB months by more than 1%, most of all {icb} in {month}: "
            ~ "{first} appointments as first published, {latest} now ({change}).{left_out}",
            {
                'left_out': "case max(left_out_icb_count) when 0 then '' when 1 then ' One ICB is left out, because its"
                    ~ " boundary changed between the publications.' else ' ' || " ~ format_count('max(left_out_icb_count)')
                    ~ " || ' ICBs are left out, because their boundaries changed between the publications.' end",
                'beyond': format_count('sum(case when is_beyond_1_percent then 1 else 0 end)'),
                'all': format_count('count(*)'),
                'icb': 'max(case when place = 1 then icb_name end)',
                'month': 'max(case when place = 1 then ' ~ month_and_year('appointment_month') ~ ' end)',
                'first': format_count('max(case when place = 1 then first_count end)'),
                'latest': format_count('max(case when place = 1 then latest_count end)'),
                'change': percent('max(case when place = 1 then change_share end)')
            }
        ) }} as headline,
        'quality_restatements' as evidence_mart
    from restatements
    having sum(case when is_beyond_1_percent then 1 else 0 end) > 0

),

-- Question 6: locations. Ties share a rank, and all of them are named.
-- `England (24 of 42 ICBs)` where the table does not hold them all.
category_area as (

    select distinct area_name from {{ ref('mart_demand_by_category') }}
    where area_level = 'England'

),

top_by_records as (

    select
        6 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, the locations with the most records in the national categories of {area} were {locations}.",
            {
                'period': 'max(category_period.period)',
                'area': 'max(category_area.area_name)',
                'locations': join_text(
                    "locations.sub_icb_location_name || ' (' || " ~ format_count('locations.record_count') ~ " || ')'",
                    '; ',
                    'locations.record_rank, locations.sub_icb_location_code'
                )
            }
        ) }} as headline,
        'mart_top_locations' as evidence_mart
    from {{ ref('mart_top_locations') }} as locations
    cross join category_period
    cross join category_area
    where locations.raw_table = 'national_categories' and locations.is_top_five_by_records

),

top_by_appointments as (

    select
        6 as question_number,
        2 as headline_order,
        {{ sentence(
            "Ranked by appointments instead, they were {locations}.",
            {
                'locations': join_text(
                    "locations.sub_icb_location_name || ' (' || " ~ format_count('locations.appointment_count') ~ " || ')'",
                    '; ',
                    'locations.appointment_rank, locations.sub_icb_location_code'
                )
            }
        ) }} as headline,
        'mart_top_locations' as evidence_mart
    from {{ ref('mart_top_locations') }} as locations
    where locations.raw_table = 'national_categories' and locations.is_top_five_by_appointments

),

-- The goal: where to allocate.
furthest_below as (

    select * from {{ ref('mart_resource_allocation') }}
    where rank_below_england <= 5 and allocation_gap < 0

),

allocation_rates as (

    select
        0 as question_number,
        1 as headline_order,
        {{ sentence(
            "{period}, the ICBs furthest below the rate of England's ICBs in the data, {rate} appointments "
            ~ "per 1,000 registered patients a month, were {icbs}.",
            {
                'period': 'max(' ~ period_in_words('period_start_month', 'period_end_month') ~ ')',
                'rate': 'max(' ~ format_decimal('england_appointments_per_1000_patients_per_month') ~ ')',
                'icbs': join_text(
                    "icb_name || ' (' || " ~ format_decimal('appointments_per_1000_patients_per_month') ~ " || ')'",
                    '; ',
                    'rank_below_england, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from furthest_below

),

allocation_gaps as (

    select
        0 as question_number,
        2 as headline_order,
        {{ sentence(
            "At that rate they would have had more appointments in that time: {icbs}.",
            {
                'icbs': join_text(
                    "icb_name || ' ' || " ~ format_count('round(-allocation_gap)'),
                    '; ',
                    'rank_below_england, icb_ons_code'
                )
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from furthest_below

),

allocation_caveat as (

    select
        0 as question_number,
        3 as headline_order,
        {{ sentence(
            "A low rate is a reason to look, not proof of need: rates are not adjusted for age or "
            ~ "deprivation, unmet need is not recorded, and the practices in the data serve {least} to {most} "
            ~ "of an ICB's registered patients.",
            {
                'least': percent('min(coverage_share)'),
                'most': percent('max(coverage_share)')
            }
        ) }} as headline,
        'mart_resource_allocation' as evidence_mart
    from {{ ref('mart_resource_allocation') }}

),

headlines as (

    {% for headline in [
        'allocation_rates', 'allocation_gaps', 'allocation_caveat',
        'highest_demand', 'region_modes', 'region_rates',
        'dna_rates', 'dna_odds', 'dna_caveat',
        'duration_mix', 'duration_gaps', 'duration_relations',
        'professional_demand', 'professional_availability', 'professional_associations',
        'month_extremes', 'weekday_pattern', 'weekday_staffing', 'restated_months',
        'top_by_records', 'top_by_appointments',
    ] -%}
    select * from {{ headline }}
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        cast(headlines.question_number as bigint) as question_number,
        cast(headlines.headline_order as bigint) as headline_order,
        questions.question,
        case when sample.is_synthetic then 'Synthetic sample: ' else '' end || headlines.headline as headline,
        headlines.evidence_mart
    from headlines
    inner join questions on headlines.question_number = questions.question_number
    cross join sample
    where headlines.headline is not null

)

select * from final
