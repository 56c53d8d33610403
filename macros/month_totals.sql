{# Appointments by raw table and month, whatever the period of the marts: a query over the facts. #}
{% macro month_totals() %}
    {%- for table in appointment_tables() %}
    select
        '{{ table.name }}' as raw_table,
        appointment_month,
        sum(appointment_count) as appointment_count
    from {{ ref(table.fact) }}
    group by appointment_month
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
