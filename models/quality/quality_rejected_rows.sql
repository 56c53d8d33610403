with

final as (

    {% for table in raw_tables() -%}
    select
        '{{ table.name }}' as raw_table,
        raw_row,
        rejection_reason as reason
    from {{ ref('stg_nhs__' ~ table.name) }}
    where rejection_reason is not null
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
