{# Appointments by raw table and month, whatever the period of the marts: a query over the three facts. #}
{% macro month_totals() %}
    {%- for raw_table, fact in [
        ('actual_duration', 'fct_appointment_durations_daily'),
        ('appointments_regional', 'fct_appointments_monthly'),
        ('national_categories', 'fct_appointment_categories_daily'),
    ] %}
    select
        '{{ raw_table }}' as raw_table,
        appointment_month,
        sum(appointment_count) as appointment_count
    from {{ ref(fact) }}
    group by appointment_month
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
