with

final as (

    {% for table in raw_tables() -%}
    {%- set release_month = 'staged.release_month' if table.name == 'release_totals' else 'null' -%}
    select
        '{{ table.name }}' as raw_table,
        cast({{ release_month }} as date) as release_month,
        {{ published_area('staged') }} as published_area,
        staged.sub_icb_location_code,
        staged.sub_icb_location_ons_code,
        staged.icb_ons_code,
        cast({{ 'max(staged.' ~ table.month ~ ')' if table.month else 'null' }} as date) as last_month,
        cast({{ 'sum(staged.appointment_count)' if table.measure == 'appointment_count' else 'null' }} as bigint)
            as appointment_count
    from {{ ref('stg_nhs__' ~ table.name) }} as staged
    where
        staged.rejection_reason is null
        -- Practices and networks among the organisations of registered_patients are no places.
        and (staged.sub_icb_location_code is not null or staged.icb_ons_code is not null)
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
