-- Appointments in PCNs' own systems: in the last four months, in about half of the locations, a few per cent of as
-- many as appointments_regional has there, beside those and not among them.

create table appointments_by_pcn_system as
with

weighted as (

    select
        appointments_regional.*,
        cast(
            round(
                100 * appointments_regional.count_of_appointments
                -- GPs hold a third of the published ones.
                * if(appointments_regional.hcp_type = 'GP', 0.5e0, 1)
                * vary(
                    0.4,
                    concat_ws(
                        '|',
                        'pcn system',
                        appointments_regional.sub_icb_location_code,
                        appointments_regional.appointment_month,
                        appointments_regional.appointment_status,
                        appointments_regional.hcp_type,
                        appointments_regional.appointment_mode,
                        appointments_regional.time_between_book_and_appointment
                    )
                )
            ) as bigint
        ) as weight,
        -- The published ones, April 2023 to October 2025, are 3.0 % of those in the regional files.
        cast(
            round(
                sum(appointments_regional.count_of_appointments) over whole
                * 0.03e0
                * vary(
                    0.3,
                    concat_ws(
                        '|',
                        'pcn system',
                        appointments_regional.sub_icb_location_code,
                        appointments_regional.appointment_month
                    )
                )
            ) as bigint
        ) as appointment_count
    from appointments_regional
    where
        is_in_last_months(appointments_regional.appointment_month, 4)
        and draw(concat_ws('|', 'pcn system', appointments_regional.sub_icb_location_code)) < 500000
    window
        whole as (
            partition by appointments_regional.sub_icb_location_code, appointments_regional.appointment_month
        )

),

shared_out as (

    select
        * exclude (count_of_appointments),
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'pcn systems', sub_icb_location_code, appointment_month))
        ) as count_of_appointments
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_month),
        running as (
            partition by sub_icb_location_code, appointment_month
            order by appointment_status, hcp_type, appointment_mode, time_between_book_and_appointment
        )

)

select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    appointment_status,
    hcp_type,
    appointment_mode,
    time_between_book_and_appointment,
    count_of_appointments,
    true as is_synthetic
from shared_out
where count_of_appointments > 0
order by
    icb_ons_code,
    sub_icb_location_code,
    appointment_month,
    appointment_status,
    hcp_type,
    appointment_mode,
    time_between_book_and_appointment;
