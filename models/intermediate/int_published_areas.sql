{%- set staging_models = [
    ('actual_duration', 'null', 'staged.appointment_month', 'staged.appointment_count'),
    ('appointments_regional', 'null', 'staged.appointment_month', 'staged.appointment_count'),
    ('national_categories', 'null', 'staged.appointment_month', 'staged.appointment_count'),
    ('sub_icb_coverage', 'null', 'staged.coverage_month', 'null'),
    ('release_totals', 'staged.release_month', 'staged.appointment_month', 'staged.appointment_count'),
] -%}
with

final as (

    {% for raw_table, release_month, month, count in staging_models -%}
    select
        '{{ raw_table }}' as raw_table,
        cast({{ release_month }} as date) as release_month,
        {{ published_area('staged') }} as published_area,
        staged.sub_icb_location_code,
        staged.sub_icb_location_ons_code,
        staged.icb_ons_code,
        max({{ month }}) as last_month,
        cast(sum({{ count }}) as bigint) as appointment_count
    from {{ ref('stg_nhs__' ~ raw_table) }} as staged
    where staged.rejection_reason is null
    group by
        {{ release_month ~ ',' if release_month != 'null' }}
        staged.sub_icb_location_code,
        staged.sub_icb_location_ons_code,
        staged.icb_ons_code
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
