{%- set fields = [
    ('appointments_regional', 'int_appointments_by_area', 'appointment_status'),
    ('appointments_regional', 'int_appointments_by_area', 'hcp_type'),
    ('appointments_regional', 'int_appointments_by_area', 'appointment_mode'),
    ('appointments_regional', 'int_appointments_by_area', 'lead_time_band'),
    ('actual_duration', 'int_durations_by_area', 'duration_band'),
    ('national_categories', 'int_categories_by_area', 'service_setting'),
    ('national_categories', 'int_categories_by_area', 'context_type'),
    ('national_categories', 'int_categories_by_area', 'national_category'),
    ('appointments_by_role', 'int_roles_by_area', 'sds_role_group'),
] -%}
with

areas as (

    select * from {{ ref('int_areas') }}

),

unknown_counts as (

    {% for raw_table, relation, field in fields -%}
    select
        '{{ raw_table }}' as raw_table,
        '{{ field }}' as field,
        appointments.area_level,
        appointments.area_code,
        appointments.appointment_month,
        {{ count_where('not labels.is_known') }} as unknown_count,
        cast(sum(appointments.appointment_count) as bigint) as appointment_count
    from {{ ref(relation) }} as appointments
    inner join {{ ref('dim_' ~ field) }} as labels on appointments.{{ field }} = labels.{{ field }}
    group by
        appointments.area_level,
        appointments.area_code,
        appointments.appointment_month
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

final as (

    select
        unknown_counts.raw_table,
        unknown_counts.field,
        areas.area_level,
        areas.area_code,
        areas.area_name,
        unknown_counts.appointment_month,
        unknown_counts.unknown_count,
        unknown_counts.appointment_count,
        {{ ratio('unknown_counts.unknown_count', 'unknown_counts.appointment_count') }} as unknown_share
    from unknown_counts
    inner join areas
        on
            unknown_counts.raw_table = areas.raw_table
            and unknown_counts.area_level = areas.area_level
            and unknown_counts.area_code = areas.area_code

)

select * from final
