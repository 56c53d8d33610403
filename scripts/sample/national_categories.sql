-- A location's appointments of a day, shared out over combinations of setting, context and category. A day has a few
-- rows, each of which stands for whichever combination is drawn, in proportion to its size: some for the leading
-- combinations, some for the others.

-- How many combinations lead, and how many rows a day has at most for the leading ones and for the others. The
-- published table holds some 20 rows per location and day; the sample, to stay small, far fewer.
create table category_rows as
select
    densities.leading_categories,
    densities.leading_points,
    densities.other_points
from (
    values
    ('sample', 6, 2, 1),
    ('published', 16, 40, 40)
) as densities (density, leading_categories, leading_points, other_points)
where densities.density = getvariable('density');

create table category_combinations as
with

national as (

    select
        cast(appointment_month || '-01' as date) as appointment_month,
        service_setting,
        context_type,
        national_category,
        appointments as national_count
    from category_month

),

ranked as (

    select
        service_setting,
        context_type,
        national_category,
        row_number() over (
            order by sum(national_count) desc, service_setting asc, context_type asc, national_category asc
        ) as size_rank
    from national
    group by service_setting, context_type, national_category

),

weighted as (

    select
        icb_tilts.icb_ons_code,
        national.appointment_month,
        national.service_setting,
        national.context_type,
        national.national_category,
        ranked.size_rank <= category_rows.leading_categories as is_leading,
        cast(round(100 * national.national_count * icb_tilts.factor) as bigint) as weight
    from national
    inner join ranked
        on
            national.service_setting = ranked.service_setting
            and national.context_type = ranked.context_type
            and national.national_category = ranked.national_category
    inner join icb_tilts
        on
            concat_ws('|', national.service_setting, national.context_type, national.national_category)
            = icb_tilts.trait
    cross join category_rows

)

-- Each combination owns a stretch as long as its weight, of one line for the leading ones and another for the others.
select
    *,
    sum(weight) over running as stretch_end,
    sum(weight) over line as line_length,
    sum(weight) over line / sum(weight) over whole as line_share
from weighted
window
    whole as (partition by icb_ons_code, appointment_month),
    line as (partition by icb_ons_code, appointment_month, is_leading),
    running as (
        partition by icb_ons_code, appointment_month, is_leading
        order by service_setting, context_type, national_category
    );

create table national_categories as
with

-- Larger locations record more kinds of appointment, so they get more rows. Chances per million.
location_chances as (

    select
        sub_icb_location_code,
        cast(
            round(
                250000
                + 450000 * sqrt(sum(appointment_count) / max(sum(appointment_count)) over ())
                + 0.25 * draw(concat_ws('|', 'rows', sub_icb_location_code))
            ) as bigint
        ) as chance
    from location_months
    group by sub_icb_location_code

),

kinds as (

    select
        true as is_leading,
        unnest(range(1, leading_points + 1)) as point_number
    from category_rows
    union all
    select
        false as is_leading,
        unnest(range(1, other_points + 1)) as point_number
    from category_rows

),

-- On each day one row of a leading combination, and by chance the further ones and those of the others.
points as (

    select
        location_days.*,
        location_chances.chance,
        kinds.is_leading,
        kinds.point_number
    from location_days
    inner join location_chances on location_days.sub_icb_location_code = location_chances.sub_icb_location_code
    cross join kinds
    where
        (kinds.is_leading and kinds.point_number = 1)
        or draw(
            concat_ws(
                '|', 'row', location_days.sub_icb_location_code, location_days.appointment_date, kinds.is_leading
            )
        )
        < location_chances.chance

),

-- See the golden ratio steps of the regional table.
placed as (

    select
        *,
        (
            draw(concat_ws('|', 'category', sub_icb_location_code, is_leading))
            + 618034 * row_number() over (
                partition by sub_icb_location_code, is_leading
                order by appointment_date, point_number
            )
        ) % 1000000 as position,
        count(*) over (
            partition by sub_icb_location_code, appointment_date, is_leading
        ) as row_count,
        bool_or(not is_leading) over (
            partition by sub_icb_location_code, appointment_date
        ) as has_other_row
    from points

),

-- The others fall on some days only, so on those days they stand for the days without them too.
weighted as (

    select
        placed.*,
        category_combinations.service_setting,
        category_combinations.context_type,
        category_combinations.national_category,
        cast(
            round(
                1000000
                * case
                    when not placed.is_leading
                        then category_combinations.line_share * 1000000 / placed.chance
                    when placed.has_other_row
                        then 1 - (1 - category_combinations.line_share) * 1000000 / placed.chance
                    else 1
                end
                / placed.row_count
                * vary(
                    0.3,
                    concat_ws(
                        '|',
                        placed.sub_icb_location_code,
                        placed.appointment_date,
                        placed.is_leading,
                        placed.point_number
                    )
                )
            ) as bigint
        ) as weight
    from placed
    inner join category_combinations
        on
            placed.icb_ons_code = category_combinations.icb_ons_code
            and placed.appointment_month = category_combinations.appointment_month
            and placed.is_leading = category_combinations.is_leading
    where
        cast(placed.position as hugeint) * category_combinations.line_length // 1000000
        between category_combinations.stretch_end - category_combinations.weight
        and category_combinations.stretch_end - 1

),

shared_out as (

    select
        *,
        share_out(
            appointment_count,
            sum(weight) over running,
            weight,
            sum(weight) over whole,
            draw(concat_ws('|', 'categories', sub_icb_location_code, appointment_date))
        ) as appointments_shared_out
    from weighted
    window
        whole as (partition by sub_icb_location_code, appointment_date),
        running as (
            partition by sub_icb_location_code, appointment_date
            order by is_leading, point_number
        )

)

-- One row where the same combination was drawn more than once.
select
    shared_out.sub_icb_location_code,
    shared_out.appointment_date,
    shared_out.icb_ons_code,
    sampled_locations.sub_icb_location_name,
    shared_out.service_setting,
    shared_out.context_type,
    shared_out.national_category,
    cast(sum(shared_out.appointments_shared_out) as bigint) as count_of_appointments,
    shared_out.appointment_month,
    true as is_synthetic
from shared_out
inner join sampled_locations on shared_out.sub_icb_location_code = sampled_locations.sub_icb_location_code
group by all
having sum(shared_out.appointments_shared_out) > 0
order by
    shared_out.sub_icb_location_code,
    shared_out.appointment_date,
    shared_out.service_setting,
    shared_out.context_type,
    shared_out.national_category;
