-- Staff in the last month: a location has its part of England's full-time equivalents, by registered patients. A record
-- of the published tables is a person; here it is half of a role in a location or PCN, so that the file stays small and
-- several records share a key, as they do there.

create table workforce as
with

england as (

    select sum(cast(open_practice_patients as bigint)) as patient_count
    from practice_coverage
    where cast(coverage_month as date) = (select max(location_months.appointment_month) from location_months)

),

pcns as (

    select distinct
        sub_icb_location_code,
        pcn_code
    from sampled_practices
    where pcn_code <> 'U'

),

staff as (

    select
        workforce_role.source,
        location_patients.appointment_month as snapshot_month,
        location_patients.sub_icb_location_code,
        workforce_role.staff_group,
        workforce_role.staff_role,
        cast(
            round(
                workforce_role.fte_thousandths * location_patients.open_practice_patients / england.patient_count
                * vary(
                    0.15,
                    concat_ws(
                        '|',
                        'staff',
                        location_patients.sub_icb_location_code,
                        workforce_role.source,
                        workforce_role.staff_group
                    )
                )
                * vary(
                    0.2,
                    concat_ws(
                        '|',
                        'staff',
                        location_patients.sub_icb_location_code,
                        workforce_role.source,
                        workforce_role.staff_role
                    )
                )
            ) as bigint
        ) as role_fte_thousandths
    from location_patients
    cross join england
    cross join workforce_role
    where is_in_last_months(location_patients.appointment_month, 1)

),

-- A record names a PCN where the location's PCNs are known and its source is their table.
records as (

    select
        staff.*,
        pcns.pcn_code,
        records.record_number,
        100000 + draw(
            concat_ws(
                '|',
                'record',
                staff.sub_icb_location_code,
                staff.source,
                staff.staff_role,
                pcns.pcn_code,
                records.record_number
            )
        ) as weight
    from staff
    left join pcns
        on
            staff.sub_icb_location_code = pcns.sub_icb_location_code
            and staff.source = 'PCN'
    cross join range(1, 3) as records (record_number)

),

shared_out as (

    select
        *,
        share_out(
            role_fte_thousandths,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'records', sub_icb_location_code, source, staff_role))
        ) as fte_thousandths
    from records
    window
        whole as (partition by sub_icb_location_code, source, staff_role),
        running as (partition by sub_icb_location_code, source, staff_role order by pcn_code, record_number)

)

select
    source,
    snapshot_month,
    pcn_code,
    sub_icb_location_code,
    staff_group,
    staff_role,
    -- Thousandths as text: 12.5, 0.933, 1
    rtrim(rtrim(printf('%d.%03d', fte_thousandths // 1000, fte_thousandths % 1000), '0'), '.') as fte,
    true as is_synthetic
from shared_out
where fte_thousandths > 0
order by
    source,
    sub_icb_location_code,
    staff_group,
    staff_role,
    pcn_code,
    record_number;
