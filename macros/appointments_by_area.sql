{#
    A fact's appointments within the period, summed over `dimensions` once per area: England, each NHS region,
    each ICB and, where the fact knows it, each sub-ICB location. Combinations without appointments have no row.

    Each level reads the fact for itself. One joined relation for all four would be held whole, and spills.
#}
{% macro appointments_by_area(fact, dimensions) %}
with

icbs as (

    select * from {{ ref('dim_icb') }}

),

locations as (

    select * from {{ ref('dim_sub_icb_location') }}

),

final as (

    {% for area_level, area_code in [
        ('England', "'E92000001'"),
        ('NHS region', 'icbs.region_ons_code'),
        ('ICB', 'icbs.icb_ons_code'),
        ('Sub-ICB location', 'locations.sub_icb_location_ons_code'),
    ] -%}
    select
        '{{ area_level }}' as area_level,
        {{ area_code }} as area_code,
        facts.{{ dimensions | join(',\n        facts.') }},
        cast(sum(facts.appointment_count) as bigint) as appointment_count
    from {{ ref(fact) }} as facts
    inner join icbs on facts.icb_ons_code = icbs.icb_ons_code
    left join locations on facts.sub_icb_location_code = locations.sub_icb_location_code
    where {{ is_in_period('facts.appointment_month') }} and {{ area_code }} is not null
    group by
        {{ area_code }},
        facts.{{ dimensions | join(',\n        facts.') }}
    having sum(facts.appointment_count) > 0
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

)

select * from final
{% endmacro %}
