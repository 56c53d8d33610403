with

registered as (

    select * from {{ ref('fct_registered_patients') }}

),

reference as (

    select * from {{ ref('registered_patients_by_age') }}

),

last_month as (

    select max(appointment_month) as appointment_month
    from {{ ref('fct_appointments_monthly') }}
    where {{ is_in_period('appointment_month') }}

),

-- The extract that is nearest to the end of the period: the latest up to then or, if all are later, the first.
extracts as (

    select
        registered.org_type,
        coalesce(
            max(
                case
                    when date_trunc('month', registered.extract_date) <= last_month.appointment_month
                        then registered.extract_date
                end
            ),
            min(registered.extract_date)
        ) as extract_date
    from registered
    cross join last_month
    group by registered.org_type

),

loaded as (

    select
        case registered.org_type
            when 'GP' then 'Practice'
            when 'PCN' then 'PCN'
            else 'Sub-ICB location'
        end as org_level,
        coalesce(registered.sub_icb_location_code, registered.org_code) as org_code,
        registered.extract_date,
        registered.sex,
        registered.age_band,
        registered.number_of_patients
    from registered
    inner join extracts
        on
            registered.org_type = extracts.org_type
            and registered.extract_date = extracts.extract_date
    where
        registered.org_type in ('GP', 'PCN', 'SUB_ICB_LOCATION_CODE')
        -- U is what practices have that belong to no PCN.
        and not (registered.org_type = 'PCN' and registered.org_code = 'U')
        and registered.sex <> 'ALL'
        and registered.age_band <> 'ALL'

),

from_reference as (

    select
        'Sub-ICB location' as org_level,
        places.sub_icb_location_code as org_code,
        reference.extract_date,
        reference.sex,
        reference.age_band,
        reference.registered_patients as number_of_patients
    from {{ ref('int_locations') }} as places
    inner join reference on places.reference_code = reference.sub_icb_location_code
    where
        places.sub_icb_location_code not in (
            select loaded.org_code
            from loaded
            where loaded.org_level = 'Sub-ICB location'
        )

),

of_organisations as (

    select * from loaded

    union all

    select * from from_reference

),

final as (

    select
        org_level,
        org_code,
        sex,
        age_band,
        cast(try_cast(split_part(replace(age_band, '+', '-'), '-', 1) as int) as bigint) as lowest_age,
        cast(sum(number_of_patients) as bigint) as number_of_patients,
        cast(date_trunc('month', min(extract_date)) as date) as patients_as_of
    from of_organisations
    group by
        org_level,
        org_code,
        sex,
        age_band

)

select * from final
