with

practice_months as (

    select
        months.*,
        practices.pcn_code,
        practices.sub_icb_location_code,
        need.patients_as_of,
        need.patients as registered_patients,
        need.patients * need.need_index as need_weighted_patients
    from {{ ref('int_practice_months') }} as months
    inner join {{ ref('dim_practice') }} as practices on months.practice_code = practices.practice_code
    left join {{ ref('int_need_by_organisation') }} as need
        on months.practice_code = need.org_code and need.org_level = 'Practice'
    where practices.pcn_code is not null

),

-- A few PCNs have practices in several locations. They are shown in the one with most of their appointments.
locations as (

    select
        pcn_code,
        sub_icb_location_code,
        row_number() over (
            partition by pcn_code order by sum(appointment_count) desc, sub_icb_location_code asc
        ) as location_order,
        count(*) over (partition by pcn_code) as location_count
    from practice_months
    group by
        pcn_code,
        sub_icb_location_code

),

-- A practice has its patients in each month in which it has appointments. Their sum over these months is divided by the
-- months of the PCN, so that a practice that opened or closed counts for the time that it was there.
totals as (

    select
        pcn_code,
        min(appointment_month) as period_start_month,
        max(appointment_month) as period_end_month,
        count(distinct appointment_month) as month_count,
        count(distinct practice_code) as practice_count,
        max(patients_as_of) as patients_as_of,
        {{ ratio('sum(registered_patients)', 'count(distinct appointment_month)') }} as registered_patients,
        {{ ratio('sum(need_weighted_patients)', 'count(distinct appointment_month)') }} as need_weighted_patients,
        cast(
            coalesce(sum(case when registered_patients > 0 then appointment_count end), 0) as bigint
        ) as appointment_count_with_patients,
        {{ practice_sums() }}
    from practice_months
    group by pcn_code

),

profiles as (

    select
        totals.*,
        pcns.pcn_name,
        places.sub_icb_location_code,
        places.sub_icb_location_name,
        places.icb_ons_code,
        places.icb_name,
        places.region_ons_code,
        places.region_name,
        locations.location_count
    from totals
    inner join {{ ref('dim_pcn') }} as pcns on totals.pcn_code = pcns.pcn_code
    inner join locations on totals.pcn_code = locations.pcn_code and locations.location_order = 1
    inner join {{ ref('dim_sub_icb_location') }} as places
        on locations.sub_icb_location_code = places.sub_icb_location_code

),

final as (

    select
        pcn_code,
        pcn_name,
        sub_icb_location_code,
        sub_icb_location_name,
        icb_ons_code,
        icb_name,
        region_ons_code,
        region_name,
        location_count,
        practice_count,
        period_start_month,
        period_end_month,
        month_count,
        patients_as_of,
        registered_patients,
        {{ ratio('need_weighted_patients', 'registered_patients') }} as need_index,
        need_weighted_patients,
        appointment_count,
        appointment_count_with_patients,
        {{ rate_per_1000_patients_per_month('appointment_count_with_patients', 'registered_patients', 'month_count') }}
            as appointments_per_1000_patients_per_month,
        {{ rate_per_1000_patients_per_month(
            'appointment_count_with_patients', 'need_weighted_patients', 'month_count'
        ) }} as appointments_per_1000_weighted_patients_per_month,
        {{ practice_counts_and_shares() }}
    from profiles

)

select * from final
