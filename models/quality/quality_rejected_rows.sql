with

final as (

    {% for raw_table in [
        'actual_duration', 'appointments_regional', 'national_categories', 'sub_icb_coverage', 'release_totals'
    ] -%}
    select
        '{{ raw_table }}' as raw_table,
        raw_row,
        rejection_reason as reason
    from {{ ref('stg_nhs__' ~ raw_table) }}
    where rejection_reason is not null
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
