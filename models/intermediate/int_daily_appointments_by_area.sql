with

final as (

    {% for raw_table, by_area in [
        ('actual_duration', 'int_durations_by_area'),
        ('national_categories', 'int_categories_by_area'),
        ('appointments_by_role', 'int_roles_by_area'),
    ] -%}
    select
        '{{ raw_table }}' as raw_table,
        area_level,
        area_code,
        appointment_date,
        appointment_month,
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ ref(by_area) }}
    group by
        area_level,
        area_code,
        appointment_date,
        appointment_month
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
