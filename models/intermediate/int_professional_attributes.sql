{%- set attributes = ['appointment_mode', 'lead_time_band', 'appointment_status'] -%}
with

appointments as (

    select * from {{ ref('int_appointments_by_area') }}

),

hcp_types as (

    select * from {{ ref('dim_hcp_type') }}

),

observed as (

    {% for attribute in attributes -%}
    select
        appointments.area_level,
        appointments.area_code,
        appointments.hcp_type,
        '{{ attribute }}' as attribute,
        appointments.{{ attribute }} as attribute_value,
        {{ attribute }}_values.is_known as is_known_value,
        cast(sum(appointments.appointment_count) as bigint) as appointment_count
    from appointments
    inner join {{ ref('dim_' ~ attribute) }} as {{ attribute }}_values
        on appointments.{{ attribute }} = {{ attribute }}_values.{{ attribute }}
    group by
        appointments.area_level,
        appointments.area_code,
        appointments.hcp_type,
        appointments.{{ attribute }},
        {{ attribute }}_values.is_known
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

area_hcp_types as (

    select distinct
        area_level,
        area_code,
        hcp_type
    from observed

),

area_values as (

    select distinct
        area_level,
        area_code,
        attribute,
        attribute_value,
        is_known_value
    from observed

),

-- A contingency table needs its empty cells, because they count towards chi-squared.
cells as (

    select
        area_values.area_level,
        area_values.area_code,
        area_hcp_types.hcp_type,
        area_values.attribute,
        area_values.attribute_value,
        coalesce(observed.appointment_count, 0) as appointment_count,
        hcp_types.is_known and area_values.is_known_value as is_known
    from area_values
    inner join area_hcp_types
        on
            area_values.area_level = area_hcp_types.area_level
            and area_values.area_code = area_hcp_types.area_code
    inner join hcp_types on area_hcp_types.hcp_type = hcp_types.hcp_type
    left join observed
        on
            area_values.area_level = observed.area_level
            and area_values.area_code = observed.area_code
            and area_values.attribute = observed.attribute
            and area_values.attribute_value = observed.attribute_value
            and area_hcp_types.hcp_type = observed.hcp_type

),

final as (

    select
        *,
        cast(
            sum(appointment_count) over (partition by area_level, area_code, attribute, hcp_type) as bigint
        ) as hcp_type_appointment_count,
        cast(
            sum(appointment_count) over (partition by area_level, area_code, attribute, attribute_value) as bigint
        ) as value_appointment_count,
        cast(
            sum(appointment_count) over (partition by area_level, area_code, attribute) as bigint
        ) as area_appointment_count,
        -- The same three totals, but only of known professionals and known values.
        cast(
            sum(appointment_count) over (partition by area_level, area_code, attribute, hcp_type, is_known) as bigint
        ) as known_hcp_type_count,
        cast(
            sum(appointment_count) over (
                partition by area_level, area_code, attribute, attribute_value, is_known
            ) as bigint
        ) as known_value_count,
        cast(
            sum(appointment_count) over (partition by area_level, area_code, attribute, is_known) as bigint
        ) as known_count
    from cells

)

select * from final
