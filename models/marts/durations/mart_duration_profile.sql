with

areas as (

    select * from {{ ref('int_areas') }}
    where raw_table = 'actual_duration'

),

bands as (

    select * from {{ ref('dim_duration_band') }}

),

durations as (

    select
        area_level,
        area_code,
        duration_band,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref('int_durations_by_area') }}
    group by
        area_level,
        area_code,
        duration_band

),

durations_with_bounds as (

    select
        durations.*,
        bands.duration_band_order,
        bands.is_known,
        bands.lower_minutes,
        bands.midpoint_minutes,
        bands.upper_minutes
    from durations
    inner join bands on durations.duration_band = bands.duration_band

),

area_totals as (

    select
        area_level,
        area_code,
        cast(sum(appointment_count) as bigint) as area_appointment_count,
        {{ count_where('is_known') }} as known_duration_count,
        {{ mean_minutes('lower_minutes') }} as mean_minutes_lower,
        {{ mean_minutes('midpoint_minutes') }} as mean_minutes_midpoint,
        {{ mean_minutes('upper_minutes') }} as mean_minutes_upper
    from durations_with_bounds
    group by
        area_level,
        area_code

),

final as (

    select
        areas.area_level,
        areas.area_code,
        areas.area_name,
        areas.icb_count,
        durations.duration_band,
        durations.duration_band_order,
        durations.appointment_count,
        totals.area_appointment_count,
        totals.known_duration_count,
        {{ ratio('durations.appointment_count', 'totals.area_appointment_count') }} as share_of_area,
        case
            when durations.is_known
                then {{ ratio('durations.appointment_count', 'totals.known_duration_count') }}
        end as share_of_known,
        case
            when durations.is_known then {{ ratio(
                'sum(case when durations.is_known then durations.appointment_count else 0 end) over ('
                ~ 'partition by durations.area_level, durations.area_code order by durations.duration_band_order)',
                'totals.known_duration_count'
            ) }}
        end as cumulative_share_of_known,
        totals.mean_minutes_lower,
        totals.mean_minutes_midpoint,
        totals.mean_minutes_upper
    from durations_with_bounds as durations
    inner join area_totals as totals
        on durations.area_level = totals.area_level and durations.area_code = totals.area_code
    inner join areas
        on durations.area_level = areas.area_level and durations.area_code = areas.area_code

)

select * from final
