-- A location's patients in the last month, shared out over its practices, where it has any, and then over sex and age.
-- PCNs, ICBs and regions are sums of those, so that levels agree; a region is the sum of its sampled ICBs.

create table registered_patients as
with

extract_month as (

    select *
    from location_patients
    where is_in_last_months(appointment_month, 1)

),

practice_weights as (

    select
        extract_month.sub_icb_location_code,
        extract_month.icb_ons_code,
        extract_month.appointment_month as extract_date,
        extract_month.open_practice_patients as location_patient_count,
        sampled_practices.practice_code,
        sampled_practices.pcn_code,
        -- A location without practices stands as a whole.
        coalesce(
            cast(
                round(
                    sampled_practices.practice_weight
                    * vary(0.15, concat_ws('|', 'list', sampled_practices.practice_code))
                ) as bigint
            ),
            1
        ) as weight
    from extract_month
    left join sampled_practices on extract_month.sub_icb_location_code = sampled_practices.sub_icb_location_code

),

lists as (

    select
        *,
        coalesce(practice_code, sub_icb_location_code) as list_code,
        share_out(
            location_patient_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'lists', sub_icb_location_code))
        ) as list_patient_count
    from practice_weights
    window
        whole as (partition by sub_icb_location_code),
        running as (partition by sub_icb_location_code order by practice_code)

),

bands as (

    select
        sex,
        age_group_5,
        patients,
        -- From -1 for the youngest to 1 for the oldest.
        2 * cast(regexp_extract(age_group_5, '^[0-9]+') as integer) / 95.0e0 - 1 as age
    from patients_age

),

list_bands as (

    select
        lists.*,
        bands.sex,
        bands.age_group_5,
        cast(
            round(
                bands.patients
                -- Places, and practices within them, are older or younger than England.
                * (
                    1 + bands.age * (
                        vary(0.3, concat_ws('|', 'age', lists.icb_ons_code))
                        + vary(0.1, concat_ws('|', 'age', lists.sub_icb_location_code))
                        + vary(0.2, concat_ws('|', 'age', lists.list_code))
                        - 3
                    )
                )
                * vary(0.05, concat_ws('|', 'age', lists.list_code, bands.sex, bands.age_group_5))
            ) as bigint
        ) as band_weight
    from lists
    cross join bands

),

shared_out as (

    select
        *,
        share_out(
            list_patient_count,
            sum(band_weight) over running,
            band_weight,
            sum(band_weight) over whole,
            draw(concat_ws('|', 'ages', list_code))
        ) as patient_count
    from list_bands
    window
        whole as (partition by list_code),
        running as (partition by list_code order by sex, age_group_5)

),

-- Each list counts once in every organisation that it belongs to, by sex and age, by sex, and in all.
organisations as (

    select
        shared_out.extract_date,
        unnest(['GP', 'PCN', 'SUB_ICB_LOCATION_CODE', 'ICB', 'Comm Region']) as org_type,
        unnest(
            [
                shared_out.practice_code,
                shared_out.pcn_code,
                shared_out.sub_icb_location_code,
                sampled_locations.icb_code,
                sampled_locations.region_code
            ]
        ) as org_code,
        shared_out.sex,
        shared_out.age_group_5,
        shared_out.patient_count
    from shared_out
    inner join sampled_locations on shared_out.sub_icb_location_code = sampled_locations.sub_icb_location_code

),

groups as (

    select
        extract_date,
        org_type,
        org_code,
        unnest([sex, sex, 'ALL']) as sex,
        unnest([age_group_5, 'ALL', 'ALL']) as age_group_5,
        patient_count
    from organisations
    where org_code is not null

)

select
    extract_date,
    org_type,
    org_code,
    sex,
    age_group_5,
    cast(sum(patient_count) as bigint) as number_of_patients,
    true as is_synthetic
from groups
group by all
order by
    org_type,
    org_code,
    sex,
    age_group_5;
