{%- set duration_measures = [
    'mean_minutes_midpoint', 'share_up_to_10_minutes', 'share_over_20_minutes', 'unknown_duration_share'
] -%}
{%- set other_measures = ['dna_rate', 'unknown_status_share', 'gp_share', 'face_to_face_share', 'same_day_share'] -%}
with

bands as (

    select * from {{ ref('dim_duration_band') }}

),

durations as (

    select
        durations.area_code as icb_ons_code,
        durations.appointment_month,
        durations.appointment_count,
        bands.is_known,
        bands.lower_minutes,
        bands.midpoint_minutes,
        bands.upper_minutes
    from {{ ref('int_durations_by_area') }} as durations
    inner join bands on durations.duration_band = bands.duration_band
    where durations.area_level = 'ICB'

),

duration_counts as (

    select
        icb_ons_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as duration_appointment_count,
        {{ count_where('is_known') }} as known_duration_count,
        {{ count_where('midpoint_minutes is not null') }} as bounded_duration_count,
        {{ count_where('upper_minutes <= 10') }} as up_to_10_minutes_count,
        {{ count_where('lower_minutes > 20') }} as over_20_minutes_count,
        sum(appointment_count * midpoint_minutes) as total_midpoint_minutes
    from durations
    group by
        icb_ons_code,
        appointment_month

),

other_counts as (

    select
        area_code as icb_ons_code,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count,
        {{ attendance_counts() }},
        {{ count_where("hcp_type = 'GP'") }} as gp_count,
        {{ count_where("appointment_mode = 'Face-to-Face'") }} as face_to_face_count,
        {{ lead_time_counts() }}
    from {{ ref('int_appointments_by_area') }}
    where area_level = 'ICB'
    group by
        area_code,
        appointment_month

),

-- Only the months and ICBs that both tables hold.
icb_months as (

    select
        durations.*,
        others.appointment_count,
        others.attended_count,
        others.dna_count,
        others.unknown_status_count,
        others.gp_count,
        others.face_to_face_count,
        others.known_lead_time_count,
        others.same_day_count
    from duration_counts as durations
    inner join other_counts as others
        on
            durations.icb_ons_code = others.icb_ons_code
            and durations.appointment_month = others.appointment_month

),

-- Every month is used twice: as a unit of its own, and as a part of its ICB.
units as (

    select
        *,
        'ICB-month' as unit,
        appointment_month as unit_month
    from icb_months

    union all

    select
        *,
        'ICB' as unit,
        cast(null as date) as unit_month
    from icb_months

),

unit_measures as (

    select
        unit,
        {{ ratio('sum(total_midpoint_minutes)', 'sum(bounded_duration_count)') }} as mean_minutes_midpoint,
        {{ ratio('sum(up_to_10_minutes_count)', 'sum(known_duration_count)') }} as share_up_to_10_minutes,
        {{ ratio('sum(over_20_minutes_count)', 'sum(known_duration_count)') }} as share_over_20_minutes,
        {{ ratio(
            'sum(duration_appointment_count) - sum(known_duration_count)', 'sum(duration_appointment_count)'
        ) }} as unknown_duration_share,
        {{ ratio('sum(dna_count)', 'sum(attended_count) + sum(dna_count)') }} as dna_rate,
        {{ ratio('sum(unknown_status_count)', 'sum(appointment_count)') }} as unknown_status_share,
        {{ ratio('sum(gp_count)', 'sum(appointment_count)') }} as gp_share,
        {{ ratio('sum(face_to_face_count)', 'sum(appointment_count)') }} as face_to_face_share,
        {{ ratio('sum(same_day_count)', 'sum(known_lead_time_count)') }} as same_day_share
    from units
    group by
        unit,
        icb_ons_code,
        unit_month

),

-- Every duration measure is paired with every other measure, including undefined ones.
unit_durations as (

    select * from unit_measures
    unpivot include nulls (duration_value for duration_measure in ({{ duration_measures | join(', ') }}))

),

measure_pairs as (

    select
        unit,
        duration_measure,
        other_measure,
        duration_value,
        other_value
    from unit_durations
    unpivot include nulls (other_value for other_measure in ({{ other_measures | join(', ') }}))

),

-- A unit counts if both of its measures are defined.
defined_pairs as (

    select * from measure_pairs
    where
        duration_value is not null
        and other_value is not null

),

ranked_pairs as (

    select
        *,
        {{ average_rank('duration_value', 'unit, duration_measure, other_measure') }} as duration_rank,
        {{ average_rank('other_value', 'unit, duration_measure, other_measure') }} as other_rank
    from defined_pairs

),

centred_pairs as (

    select
        *,
        {{ deviation_from_mean('duration_value', 'unit, duration_measure, other_measure') }}
            as duration_value_deviation,
        {{ deviation_from_mean('other_value', 'unit, duration_measure, other_measure') }}
            as other_value_deviation,
        {{ deviation_from_mean('duration_rank', 'unit, duration_measure, other_measure') }}
            as duration_rank_deviation,
        {{ deviation_from_mean('other_rank', 'unit, duration_measure, other_measure') }}
            as other_rank_deviation
    from ranked_pairs

),

correlations as (

    select
        unit,
        duration_measure,
        other_measure,
        count(*) as unit_count,
        {{ pearson_r('duration_value', 'other_value', 'duration_value_deviation', 'other_value_deviation') }}
            as pearson_r,
        {{ pearson_r('duration_rank', 'other_rank', 'duration_rank_deviation', 'other_rank_deviation') }}
            as spearman_rho
    from centred_pairs
    group by
        unit,
        duration_measure,
        other_measure

),

pairs as (

    select distinct
        unit,
        duration_measure,
        other_measure
    from measure_pairs

),

final as (

    select
        pairs.unit,
        pairs.duration_measure,
        pairs.other_measure,
        coalesce(correlations.unit_count, 0) as unit_count,
        correlations.pearson_r,
        -- Months repeat the same ICBs, so they are not independent and cannot have an interval.
        case
            when pairs.unit = 'ICB'
                then {{ fisher_z_bound('correlations.pearson_r', 'correlations.unit_count', 'lower') }}
        end as pearson_r_ci_lower,
        case
            when pairs.unit = 'ICB'
                then {{ fisher_z_bound('correlations.pearson_r', 'correlations.unit_count', 'upper') }}
        end as pearson_r_ci_upper,
        correlations.spearman_rho,
        {{ strength('correlations.pearson_r') }} as strength
    from pairs
    left join correlations
        on
            pairs.unit = correlations.unit
            and pairs.duration_measure = correlations.duration_measure
            and pairs.other_measure = correlations.other_measure

)

select * from final
