with

listed as (

    select * from {{ ref('stg_nhs__practices') }}
    where rejection_reason is null

),

-- A practice is listed once per supplier: of 6,157 in October 2025, 35 twice and one three times. Its rows agree in all
-- else. If they did not, the first in order would count, and the test practices_are_as_listed would say so.
first_rows as (

    select
        *,
        row_number() over (
            partition by practice_code
            order by
                sub_icb_location_code,
                pcn_code nulls last,
                practice_name nulls last,
                pcn_name nulls last
        ) as row_number
    from listed

),

suppliers as (

    select
        practice_code,
        {{ join_text('supplier', ' / ', 'supplier') }} as supplier
    from (
        select distinct
            practice_code,
            supplier
        from listed
        where supplier is not null
    ) as named_suppliers
    group by practice_code

),

-- A practice that has appointments but is not listed is kept under its own code, in the location of its latest month.
with_appointments as (

    select
        practice_code,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        row_number() over (
            partition by practice_code
            order by
                max(appointment_month) desc,
                sub_icb_location_code
        ) as row_number
    from {{ ref('stg_nhs__appointments_by_practice') }}
    where rejection_reason is null
    group by
        practice_code,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code

),

practices as (

    select
        practice_code,
        practice_name,
        pcn_code,
        coalesce(pcn_name, pcn_code) as pcn_name,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        true as is_listed
    from first_rows
    where row_number = 1

    union all

    select
        with_appointments.practice_code,
        null as practice_name,
        null as pcn_code,
        null as pcn_name,
        with_appointments.sub_icb_location_code,
        with_appointments.sub_icb_location_ons_code,
        with_appointments.icb_ons_code,
        false as is_listed
    from with_appointments
    left join first_rows on with_appointments.practice_code = first_rows.practice_code
    where
        with_appointments.row_number = 1
        and first_rows.practice_code is null

),

final as (

    select
        practices.practice_code,
        coalesce(practices.practice_name, practices.practice_code) as practice_name,
        suppliers.supplier,
        practices.pcn_code,
        practices.pcn_name,
        locations.sub_icb_location_code,
        locations.sub_icb_location_name,
        locations.icb_ons_code,
        locations.icb_name,
        locations.region_ons_code,
        locations.region_name,
        practices.is_listed
    from practices
    inner join {{ ref('int_area_codes') }} as area_codes
        on {{ published_area('practices') }} = area_codes.published_area
    inner join {{ ref('dim_sub_icb_location') }} as locations
        on area_codes.sub_icb_location_code = locations.sub_icb_location_code
    left join suppliers on practices.practice_code = suppliers.practice_code

)

select * from final
