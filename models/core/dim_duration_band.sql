with

labels as (

    {{ label_dimension('duration_band') }}

),

bands as (

    select * from {{ ref('bands') }}
    where field = 'duration_band'

),

final as (

    select
        labels.duration_band,
        labels.duration_band_order,
        bands.lower_bound as lower_minutes,
        bands.upper_bound as upper_minutes,
        (bands.lower_bound + bands.upper_bound) / 2.0e0 as midpoint_minutes,
        labels.is_known,
        labels.is_in_reference
    from labels
    left join bands on labels.duration_band = bands.label

)

select * from final
