with

totals as (

    select
        practice_code,
        min(appointment_month) as period_start_month,
        max(appointment_month) as period_end_month,
        count(*) as month_count,
        {{ practice_sums() }}
    from {{ ref('int_practice_months') }}
    group by practice_code

),

profiles as (

    select
        totals.*,
        practices.practice_name,
        practices.supplier,
        practices.pcn_code,
        practices.pcn_name,
        practices.sub_icb_location_code,
        practices.sub_icb_location_name,
        practices.icb_ons_code,
        practices.icb_name,
        practices.region_ons_code,
        practices.region_name,
        need.patients_as_of,
        cast(need.patients as double) as registered_patients,
        need.need_index,
        need.patients * need.need_index as need_weighted_patients
    from totals
    inner join {{ ref('dim_practice') }} as practices on totals.practice_code = practices.practice_code
    left join {{ ref('int_need_by_organisation') }} as need
        on totals.practice_code = need.org_code and need.org_level = 'Practice'

),

final as (

    select
        practice_code,
        practice_name,
        supplier,
        pcn_code,
        pcn_name,
        sub_icb_location_code,
        sub_icb_location_name,
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name,
        period_start_month,
        period_end_month,
        month_count,
        patients_as_of,
        registered_patients,
        need_index,
        need_weighted_patients,
        appointment_count,
        {{ rate_per_1000_patients_per_month('appointment_count', 'registered_patients', 'month_count') }}
            as appointments_per_1000_patients_per_month,
        {{ rate_per_1000_patients_per_month('appointment_count', 'need_weighted_patients', 'month_count') }}
            as appointments_per_1000_weighted_patients_per_month,
        {{ practice_counts_and_shares() }}
    from profiles

)

select * from final
