-- The rows of appointments_regional in the last three months, of the locations that have practices, shared out over
-- those, and then over the national categories that the location has in the month.

create table appointments_by_practice as
with

weighted as (

    select
        appointments_regional.*,
        sampled_practices.practice_code,
        cast(
            round(
                sampled_practices.practice_weight
                * vary(0.2, concat_ws('|', sampled_practices.practice_code, appointments_regional.hcp_type))
                * vary(0.2, concat_ws('|', sampled_practices.practice_code, appointments_regional.appointment_mode))
                * vary(0.3, concat_ws('|', sampled_practices.practice_code, appointments_regional.appointment_status))
                * vary(
                    0.2,
                    concat_ws(
                        '|',
                        sampled_practices.practice_code,
                        appointments_regional.time_between_book_and_appointment
                    )
                )
                * vary(0.1, concat_ws('|', sampled_practices.practice_code, appointments_regional.appointment_month))
            ) as bigint
        ) as weight
    from appointments_regional
    inner join sampled_practices
        on appointments_regional.sub_icb_location_code = sampled_practices.sub_icb_location_code
    where is_in_last_months(appointments_regional.appointment_month, 3)

),

practice_rows as (

    select
        *,
        share_out(
            count_of_appointments,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(
                concat_ws(
                    '|',
                    'practices',
                    sub_icb_location_code,
                    appointment_month,
                    appointment_status,
                    hcp_type,
                    appointment_mode,
                    time_between_book_and_appointment
                )
            )
        ) as appointments_shared_out
    from weighted
    window
        whole as (
            partition by
                sub_icb_location_code,
                appointment_month,
                appointment_status,
                hcp_type,
                appointment_mode,
                time_between_book_and_appointment
        ),
        running as (
            partition by
                sub_icb_location_code,
                appointment_month,
                appointment_status,
                hcp_type,
                appointment_mode,
                time_between_book_and_appointment
            order by practice_code
        )

),

-- A location's appointments of a month stand on a line. Each row of a practice has a stretch of it, and so has each of
-- some 250 pieces into which the categories are cut, in another order: where two stretches overlap is how many
-- appointments they have in common. So the practices add up to the location by category too.
practice_stretches as (

    select
        *,
        sum(appointments_shared_out) over (
            partition by sub_icb_location_code, appointment_month
            order by
                practice_code,
                appointment_status,
                hcp_type,
                appointment_mode,
                time_between_book_and_appointment
        ) as stretch_end
    from practice_rows

),

categories as (

    select
        sub_icb_location_code,
        appointment_month,
        national_category,
        cast(sum(count_of_appointments) as bigint) as appointment_count,
        cast(
            1 + 250 * sum(count_of_appointments)
            // sum(sum(count_of_appointments)) over (partition by sub_icb_location_code, appointment_month)
            as bigint
        ) as piece_count
    from national_categories
    group by
        sub_icb_location_code,
        appointment_month,
        national_category

),

pieces as (

    select
        categories.*,
        pieces.piece_number,
        share_out(
            categories.appointment_count, pieces.piece_number, 1, categories.piece_count, 0
        ) as piece_size
    from categories
    inner join range(1, 252) as pieces (piece_number) on categories.piece_count >= pieces.piece_number

),

category_stretches as (

    select
        *,
        sum(piece_size) over (
            partition by sub_icb_location_code, appointment_month
            order by
                draw(
                    concat_ws('|', 'piece', sub_icb_location_code, appointment_month, national_category, piece_number)
                ),
                national_category,
                piece_number
        ) as stretch_end
    from pieces

)

select
    practice_stretches.appointment_month,
    practice_stretches.practice_code,
    practice_stretches.sub_icb_location_code,
    practice_stretches.hcp_type,
    practice_stretches.appointment_mode,
    category_stretches.national_category,
    practice_stretches.time_between_book_and_appointment,
    practice_stretches.appointment_status,
    cast(
        sum(
            least(practice_stretches.stretch_end, category_stretches.stretch_end)
            - greatest(
                practice_stretches.stretch_end - practice_stretches.appointments_shared_out,
                category_stretches.stretch_end - category_stretches.piece_size
            )
        ) as bigint
    ) as count_of_appointments,
    true as is_synthetic
from practice_stretches
inner join category_stretches
    on
        practice_stretches.sub_icb_location_code = category_stretches.sub_icb_location_code
        and practice_stretches.appointment_month = category_stretches.appointment_month
        and practice_stretches.stretch_end > category_stretches.stretch_end - category_stretches.piece_size
        and category_stretches.stretch_end
        > practice_stretches.stretch_end - practice_stretches.appointments_shared_out
where
    practice_stretches.appointments_shared_out > 0
    and category_stretches.piece_size > 0
group by all
order by
    practice_stretches.practice_code,
    practice_stretches.appointment_month,
    practice_stretches.hcp_type,
    practice_stretches.appointment_mode,
    category_stretches.national_category,
    practice_stretches.time_between_book_and_appointment,
    practice_stretches.appointment_status;
