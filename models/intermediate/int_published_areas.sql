{%- set staging_models = [
    ('actual_duration', 'null', 'appointment_month', 'appointment_count'),
    ('appointments_regional', 'null', 'appointment_month', 'appointment_count'),
    ('national_categories', 'null', 'appointment_month', 'appointment_count'),
    ('sub_icb_coverage', 'null', 'coverage_month', 'null'),
    ('release_totals', 'release_month', 'appointment_month', 'appointment_count'),
] -%}
with

final as (

    {% for raw_table, release_month, month, count in staging_models -%}
    select
        '{{ raw_table }}' as raw_table,
        cast({{ release_month }} as date) as release_month,
        {{ published_area('staged') }} as published_area,
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code,
        max({{ month }}) as last_month,
        cast(sum({{ count }}) as bigint) as appointment_count
    from {{ ref('stg_nhs__' ~ raw_table) }} as staged
    where rejection_reason is null
    group by
        {{ 'release_month,' if release_month != 'null' }}
        sub_icb_location_code,
        sub_icb_location_ons_code,
        icb_ons_code
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
