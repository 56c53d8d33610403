-- A location's appointments of a month and status, shared out over combinations of HCP type, mode and lead time. The
-- leading combinations get a row each and the others share a few rows, each of which stands for whichever of them is
-- drawn, in proportion to its size.

-- How many rows a location, month and status has. The published table holds some 190 rows per location and month; the
-- sample, to stay small, far fewer.
create table regional_rows as
select
    densities.appointment_status,
    densities.leading_rows,
    densities.drawn_rows
from (
    values
    ('sample', 'Attended', 17, 4),
    ('sample', 'DNA', 11, 3),
    ('sample', 'Unknown', 4, 3),
    ('published', 'Attended', 90, 0),
    ('published', 'DNA', 60, 0),
    ('published', 'Unknown', 40, 0)
) as densities (density, appointment_status, leading_rows, drawn_rows)
where densities.density = getvariable('density');

create table regional_combinations as
with

national as (

    select
        appointment_status,
        hcp_type,
        appointment_mode,
        time_between_book_and_appointment,
        appointments as national_count
    from regional_joint

),

ranked as (

    select
        *,
        row_number() over (
            partition by appointment_status
            order by
                national_count desc, hcp_type asc, appointment_mode asc, time_between_book_and_appointment asc
        ) as rank_in_status
    from national

),

national_modes as (

    select
        appointment_mode,
        sum(national_count) / sum(sum(national_count)) over () as mode_share
    from national
    group by appointment_mode

),

icb_mode_totals as (

    select
        icb_parts.icb_ons_code,
        regional_icb_mode.appointment_mode,
        cast(
            sum(regional_icb_mode.appointments * icb_parts.patient_count // icb_parts.icb_patient_count) as bigint
        ) as appointment_count
    from regional_icb_mode
    inner join icb_parts on regional_icb_mode.icb_ons_code = icb_parts.calibrated_icb_ons_code
    group by all

),

icb_modes as (

    select
        icb_ons_code,
        appointment_mode,
        appointment_count / sum(appointment_count) over (partition by icb_ons_code) as mode_share
    from icb_mode_totals

),

month_modes as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        label as appointment_mode,
        appointments / sum(appointments) over (partition by appointment_month) as mode_share
    from regional_month_mix
    where field = 'appointment_mode'

),

icb_month_modes as (

    select
        icb_modes.icb_ons_code,
        month_modes.appointment_month,
        icb_modes.appointment_mode,
        icb_modes.mode_share / national_modes.mode_share
        * month_modes.mode_share / national_modes.mode_share as mode_factor,
        same_day_tilts.factor
        * vary(
            0.04, concat_ws('|', 'Same Day', icb_modes.icb_ons_code, month_modes.appointment_month)
        ) as same_day_factor,
        gp_tilts.factor
        * vary(0.02, concat_ws('|', 'GP', icb_modes.icb_ons_code, month_modes.appointment_month)) as gp_factor
    from icb_modes
    inner join month_modes on icb_modes.appointment_mode = month_modes.appointment_mode
    inner join national_modes on icb_modes.appointment_mode = national_modes.appointment_mode
    inner join icb_tilts as same_day_tilts on icb_modes.icb_ons_code = same_day_tilts.icb_ons_code
    inner join icb_tilts as gp_tilts on icb_modes.icb_ons_code = gp_tilts.icb_ons_code
    where
        same_day_tilts.trait = 'Same Day'
        and gp_tilts.trait = 'GP'

)

select
    icb_month_modes.icb_ons_code,
    icb_month_modes.appointment_month,
    ranked.appointment_status,
    ranked.hcp_type,
    ranked.appointment_mode,
    ranked.time_between_book_and_appointment,
    ranked.rank_in_status <= regional_rows.leading_rows as is_leading,
    cast(
        round(
            100
            * ranked.national_count
            * icb_month_modes.mode_factor
            * if(ranked.time_between_book_and_appointment = 'Same Day', icb_month_modes.same_day_factor, 1)
            * if(ranked.hcp_type = 'GP', icb_month_modes.gp_factor, 1)
        ) as bigint
    ) as weight
from ranked
inner join regional_rows on ranked.appointment_status = regional_rows.appointment_status
inner join icb_month_modes on ranked.appointment_mode = icb_month_modes.appointment_mode;

create table appointments_regional as
with

-- Each of the other combinations owns a stretch of a line as long as its weight.
stretches as (

    select
        *,
        sum(weight) over running as stretch_end,
        sum(weight) over whole as line_length
    from regional_combinations
    where not is_leading
    window
        whole as (partition by icb_ons_code, appointment_month, appointment_status),
        running as (
            partition by icb_ons_code, appointment_month, appointment_status
            order by time_between_book_and_appointment, appointment_mode, hcp_type
        )

),

-- Steps of the golden ratio visit a line evenly, however many steps there are, so that a location's drawn combinations
-- follow their sizes over the months without repeating in a pattern.
points as (

    select
        location_month_statuses.*,
        points.point_number,
        regional_rows.drawn_rows,
        (
            draw(
                concat_ws(
                    '|',
                    'combination',
                    location_month_statuses.sub_icb_location_code,
                    location_month_statuses.appointment_status
                )
            )
            + 618034 * (
                date_diff('month', date '2020-01-01', location_month_statuses.appointment_month)
                * regional_rows.drawn_rows
                + points.point_number
            )
        ) % 1000000 as position
    from location_month_statuses
    inner join regional_rows on location_month_statuses.appointment_status = regional_rows.appointment_status
    inner join range(1, 10) as points (point_number)
        on regional_rows.drawn_rows >= points.point_number

),

drawn_rows as (

    select
        points.sub_icb_location_code,
        points.icb_ons_code,
        points.appointment_month,
        points.appointment_status,
        stretches.hcp_type,
        stretches.appointment_mode,
        stretches.time_between_book_and_appointment,
        points.point_number,
        points.appointment_count,
        cast(
            round(
                stretches.line_length / points.drawn_rows
                * vary(
                    0.5,
                    concat_ws(
                        '|',
                        points.sub_icb_location_code,
                        points.appointment_month,
                        points.appointment_status,
                        points.point_number
                    )
                )
            ) as bigint
        ) as weight
    from points
    inner join stretches
        on
            points.icb_ons_code = stretches.icb_ons_code
            and points.appointment_month = stretches.appointment_month
            and points.appointment_status = stretches.appointment_status
    where
        cast(points.position as hugeint) * stretches.line_length // 1000000
        between stretches.stretch_end - stretches.weight and stretches.stretch_end - 1

),

leading_rows as (

    select
        location_month_statuses.sub_icb_location_code,
        location_month_statuses.icb_ons_code,
        location_month_statuses.appointment_month,
        location_month_statuses.appointment_status,
        regional_combinations.hcp_type,
        regional_combinations.appointment_mode,
        regional_combinations.time_between_book_and_appointment,
        0 as point_number,
        location_month_statuses.appointment_count,
        cast(
            round(
                regional_combinations.weight
                * vary(
                    0.08,
                    concat_ws(
                        '|',
                        location_month_statuses.sub_icb_location_code,
                        location_month_statuses.appointment_month,
                        location_month_statuses.appointment_status,
                        regional_combinations.hcp_type,
                        regional_combinations.appointment_mode,
                        regional_combinations.time_between_book_and_appointment
                    )
                )
            ) as bigint
        ) as weight
    from location_month_statuses
    inner join regional_combinations
        on
            location_month_statuses.icb_ons_code = regional_combinations.icb_ons_code
            and location_month_statuses.appointment_month = regional_combinations.appointment_month
            and location_month_statuses.appointment_status = regional_combinations.appointment_status
    where regional_combinations.is_leading

),

weighted as (

    select * from leading_rows
    union all
    select * from drawn_rows

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', sub_icb_location_code, appointment_month, appointment_status))
        ) as appointments_shared_out
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_month, appointment_status),
        running as (
            partition by sub_icb_location_code, appointment_month, appointment_status
            order by point_number, hcp_type, appointment_mode, time_between_book_and_appointment
        )

)

-- One row where the same combination was drawn more than once.
select
    sub_icb_location_code,
    icb_ons_code,
    appointment_month,
    appointment_status,
    hcp_type,
    appointment_mode,
    time_between_book_and_appointment,
    cast(sum(appointments_shared_out) as bigint) as count_of_appointments,
    true as is_synthetic
from shared_out
group by all
having sum(appointments_shared_out) > 0
order by
    icb_ons_code,
    sub_icb_location_code,
    appointment_month,
    appointment_status,
    hcp_type,
    appointment_mode,
    time_between_book_and_appointment;
