-- How many practices and patients are behind the table by practice: in its locations and months, all of them.

create table sub_icb_coverage as
with

practice_months as (

    select
        sub_icb_location_code,
        appointment_month,
        count(distinct practice_code) as practice_count
    from appointments_by_practice
    group by
        sub_icb_location_code,
        appointment_month

)

select
    practice_months.sub_icb_location_code,
    sampled_locations.sub_icb_location_ons_code,
    sampled_locations.icb_ons_code,
    practice_months.appointment_month,
    practice_months.practice_count as included_practices,
    practice_months.practice_count as open_practices,
    location_patients.included_practice_patients,
    location_patients.open_practice_patients,
    true as is_synthetic
from practice_months
inner join sampled_locations on practice_months.sub_icb_location_code = sampled_locations.sub_icb_location_code
inner join location_patients
    on
        practice_months.sub_icb_location_code = location_patients.sub_icb_location_code
        and practice_months.appointment_month = location_patients.appointment_month
order by
    practice_months.sub_icb_location_code,
    practice_months.appointment_month;
