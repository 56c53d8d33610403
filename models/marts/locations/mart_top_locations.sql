with

locations as (

    select * from {{ ref('dim_sub_icb_location') }}

),

records as (

    select
        'national_categories' as raw_table,
        sub_icb_location_code,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('fct_appointment_categories_daily') }}
    where {{ is_in_period('appointment_month') }}
    group by sub_icb_location_code
    having sum(appointment_count) > 0

    union all

    select
        'actual_duration' as raw_table,
        sub_icb_location_code,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('fct_appointment_durations_daily') }}
    where {{ is_in_period('appointment_month') }}
    group by sub_icb_location_code
    having sum(appointment_count) > 0

),

ranked as (

    select
        *,
        {{ rank_of('record_count desc', 'raw_table') }} as record_rank,
        {{ rank_of('appointment_count desc', 'raw_table') }} as appointment_rank
    from records

),

final as (

    select
        ranked.raw_table,
        ranked.sub_icb_location_code,
        locations.sub_icb_location_name,
        locations.icb_ons_code,
        locations.icb_name,
        locations.region_ons_code,
        locations.region_name,
        ranked.record_count,
        ranked.record_rank,
        ranked.record_rank <= 5 as is_top_five_by_records,
        ranked.appointment_count,
        ranked.appointment_rank,
        ranked.appointment_rank <= 5 as is_top_five_by_appointments
    from ranked
    inner join locations on ranked.sub_icb_location_code = locations.sub_icb_location_code

)

select * from final
