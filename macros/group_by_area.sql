{#
    Sums a relation once per area: England, each NHS region, each ICB and, where the rows know it, each
    sub-ICB location. The relation must hold region_ons_code, icb_ons_code and
    sub_icb_location_ons_code beside its dimensions and appointment_count. Combinations without appointments
    have no row.
#}
{% macro group_by_area(relation, dimensions) %}
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
    from {{ relation }}
    where {{ area_code }} is not null
    group by
        {{ area_code }},
        {{ dimensions | join(',\n        ') }}
    having sum(appointment_count) > 0
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}
{% endmacro %}
