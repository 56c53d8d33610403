with

regional_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_regional'

),

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

pcn_period as (

    select {{ period_in_words('period_from', 'period_to') }} as period
    from {{ ref('quality_raw_profile') }}
    where raw_table = 'appointments_by_pcn_system'

),

pcn_demand as (

    select
        area_name,
        sum(appointment_count) as appointment_count,
        {{ ratio(
            'sum(case when general_practice_appointment_count is not null then appointment_count end)',
            'sum(general_practice_appointment_count)'
        ) }} as ratio_to_general_practice
    from {{ ref('mart_demand_in_pcn_systems') }}
    where area_level = 'England'
    group by area_name

),

pcn_systems as (

    select
        4 as headline_order,
        {{ sentence(
            "{period}, primary care networks (PCNs) in {area} recorded another {count} appointments in systems of "
            ~ "their own: {ratio} for every 100 in general practice in the same months. They are in no other figure here.",
            {
                'period': 'pcn_period.period',
                'area': 'pcn_demand.area_name',
                'count': format_count('pcn_demand.appointment_count'),
                'ratio': format_decimal('100 * pcn_demand.ratio_to_general_practice')
            }
        ) }} as headline,
        'mart_demand_in_pcn_systems' as evidence_mart
    from pcn_demand
    cross join pcn_period

),

final as (

    {{ sentences_of_question(1, ['highest_demand', 'region_modes', 'region_rates', 'pcn_systems']) }}

)

select * from final
