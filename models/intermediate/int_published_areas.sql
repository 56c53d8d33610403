{%- set staging_models = [
    'stg_nhs__actual_duration', 'stg_nhs__appointments_regional', 'stg_nhs__national_categories',
    'stg_nhs__sub_icb_coverage', 'stg_nhs__release_totals',
] -%}
with

final as (

    {% for staging_model in staging_models -%}
    select
        {{ published_area('rows_' ~ loop.index) }} as published_area,
        rows_{{ loop.index }}.sub_icb_location_code,
        rows_{{ loop.index }}.sub_icb_location_ons_code,
        rows_{{ loop.index }}.icb_ons_code
    from {{ ref(staging_model) }} as rows_{{ loop.index }}
    where rows_{{ loop.index }}.rejection_reason is null
    {% if not loop.last %}
    union

    {% endif %}
    {%- endfor %}

)

select * from final
