with

labels as (

    {{ label_dimension('lead_time_band') }}

),

bands as (

    select * from {{ ref('bands') }}
    where field = 'lead_time_band'

),

final as (

    select
        labels.lead_time_band,
        labels.lead_time_band_order,
        bands.lower_bound as lower_days,
        bands.upper_bound as upper_days,
        labels.is_known,
        labels.is_in_reference
    from labels
    left join bands on labels.lead_time_band = bands.label

)

select * from final
