{#
    A fact's appointments within the period, summed over `dimensions` once per area: England, each NHS region,
    each ICB and, where the fact knows it, each sub-ICB location. Combinations without appointments have no row.
#}
{% macro appointments_by_area(fact, dimensions) %}
with

icbs as (

    select * from {{ ref('dim_icb') }}

),

locations as (

    select * from {{ ref('dim_sub_icb_location') }}

),

appointments as (

    select
        facts.*,
        icbs.region_ons_code,
        locations.sub_icb_location_ons_code
    from {{ ref(fact) }} as facts
    inner join icbs on facts.icb_ons_code = icbs.icb_ons_code
    left join locations on facts.sub_icb_location_code = locations.sub_icb_location_code
    where {{ is_in_period('facts.appointment_month') }}

),

final as (

    {% for area_level, area_code in [
        ('England', "'E92000001'"),
        ('NHS region', 'region_ons_code'),
        ('ICB', 'icb_ons_code'),
        ('Sub-ICB location', 'sub_icb_location_ons_code'),
    ] -%}
    select
        '{{ area_level }}' as area_level,
        {{ area_code }} as area_code,
        {{ dimensions | join(',\n        ') }},
        cast(sum(appointment_count) as bigint) as appointment_count
    from appointments
    where {{ area_code }} is not null
    group by
        {{ area_code }},
        {{ dimensions | join(',\n        ') }}
    having sum(appointment_count) > 0
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
{% endmacro %}
