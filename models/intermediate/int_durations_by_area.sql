with

icbs as (

    select * from {{ ref('dim_icb') }}

),

locations as (

    select * from {{ ref('dim_sub_icb_location') }}

),

appointments as (

    select
        facts.*,
        icbs.region_ons_code,
        locations.sub_icb_location_ons_code
    from {{ ref('fct_appointment_durations_daily') }} as facts
    inner join icbs on facts.icb_ons_code = icbs.icb_ons_code
    left join locations on facts.sub_icb_location_code = locations.sub_icb_location_code
    where {{ is_in_period('facts.appointment_month') }}

),

final as (

    {{ group_by_area('appointments', [
        'appointment_date',
        'appointment_month',
        'duration_band',
    ]) }}

)

select * from final
