-- A location's Attended appointments of a month, shared out over its open days and the duration bands.

create table actual_duration as
with

attended as (

    select
        sub_icb_location_code,
        icb_ons_code,
        appointment_month,
        appointment_count
    from location_month_statuses
    where appointment_status = 'Attended'

),

bands as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        actual_duration,
        appointments / sum(appointments) over (partition by appointment_month) as band_share
    from duration_month

),

weighted as (

    select
        attended.sub_icb_location_code,
        attended.appointment_month,
        open_days.appointment_date,
        bands.actual_duration,
        attended.appointment_count,
        cast(
            round(
                1000 * open_days.weight * bands.band_share
                * icb_tilts.factor
                * vary(
                    0.05, concat_ws('|', attended.icb_ons_code, bands.actual_duration, attended.appointment_month)
                )
                * vary(
                    0.08,
                    concat_ws('|', attended.sub_icb_location_code, bands.actual_duration, open_days.appointment_date)
                )
            ) as bigint
        ) as weight
    from attended
    inner join bands on attended.appointment_month = bands.appointment_month
    inner join open_days
        on
            attended.sub_icb_location_code = open_days.sub_icb_location_code
            and attended.appointment_month = open_days.appointment_month
    inner join icb_tilts
        on
            attended.icb_ons_code = icb_tilts.icb_ons_code
            and bands.actual_duration = icb_tilts.trait

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'durations', sub_icb_location_code, appointment_month))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_month),
        running as (
            partition by sub_icb_location_code, appointment_month
            order by appointment_date, actual_duration
        )

)

select
    sampled_locations.sub_icb_location_code,
    sampled_locations.sub_icb_location_ons_code,
    sampled_locations.sub_icb_location_name,
    sampled_locations.icb_ons_code,
    sampled_locations.region_ons_code,
    shared_out.appointment_date,
    shared_out.actual_duration,
    shared_out.count_of_appointments,
    true as is_synthetic
from shared_out
inner join sampled_locations on shared_out.sub_icb_location_code = sampled_locations.sub_icb_location_code
where shared_out.count_of_appointments > 0
order by
    sampled_locations.sub_icb_location_code,
    shared_out.appointment_date,
    shared_out.actual_duration;
