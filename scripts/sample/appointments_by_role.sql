-- A location's appointments of a day in the last six months, shared out over the roles that staff have on the NHS Spine
-- (SDS).

create table appointments_by_role as
with

england as (

    select sum(appointments) filter (hcp_type = 'GP') / sum(appointments) as gp_share
    from regional_joint

),

gp_shares as (

    select
        sub_icb_location_code,
        appointment_month,
        sum(count_of_appointments) filter (hcp_type = 'GP') / sum(count_of_appointments) as gp_share
    from appointments_regional
    group by
        sub_icb_location_code,
        appointment_month

),

weighted as (

    select
        location_days.*,
        role.sds_role_group,
        cast(
            round(
                role.appointments / 1000
                -- Where and when more appointments are with GPs in appointments_regional, so they are here.
                * if(
                    role.sds_role_group = 'GP',
                    gp_shares.gp_share / england.gp_share,
                    vary(0.1, concat_ws('|', 'role', location_days.icb_ons_code, role.sds_role_group))
                )
                * vary(
                    0.06,
                    concat_ws(
                        '|',
                        'role',
                        location_days.sub_icb_location_code,
                        location_days.appointment_date,
                        role.sds_role_group
                    )
                )
            ) as bigint
        ) as weight
    from location_days
    inner join gp_shares
        on
            location_days.sub_icb_location_code = gp_shares.sub_icb_location_code
            and location_days.appointment_month = gp_shares.appointment_month
    cross join england
    cross join role
    where is_in_last_months(location_days.appointment_month, 6)

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'roles', sub_icb_location_code, appointment_date))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_date),
        running as (partition by sub_icb_location_code, appointment_date order by sds_role_group)

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_date,
    sds_role_group,
    count_of_appointments,
    true as is_synthetic
from shared_out
where count_of_appointments > 0
order by
    sub_icb_location_code,
    appointment_date,
    sds_role_group;
