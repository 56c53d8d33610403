{#
    Sums a relation once per area: England, each NHS region, each ICB and, where the rows know it, each
    sub-ICB location. The relation must hold region_ons_code, icb_ons_code and
    sub_icb_location_ons_code beside its dimensions and appointment_count.
#}
{% macro group_by_area(relation, dimensions) %}
    select
        case
            when grouping(sub_icb_location_ons_code) = 0 then 'Sub-ICB location'
            when grouping(icb_ons_code) = 0 then 'ICB'
            when grouping(region_ons_code) = 0 then 'NHS region'
            else 'England'
        end as area_level,
        coalesce(sub_icb_location_ons_code, icb_ons_code, region_ons_code, 'E92000001') as area_code,
        {{ dimensions | join(',\n        ') }},
        cast(sum(appointment_count) as bigint) as appointment_count
    from {{ relation }}
    group by grouping sets (
        {% for area in ['', 'region_ons_code, ', 'icb_ons_code, ', 'sub_icb_location_ons_code, '] -%}
        ({{ area }}{{ dimensions | join(', ') }}){{ ',' if not loop.last }}
        {% endfor %}
    )
    -- Appointments without a location have no row at that level; combinations without appointments none.
    having
        sum(appointment_count) > 0
        and (grouping(sub_icb_location_ons_code) = 1 or sub_icb_location_ons_code is not null)
{% endmacro %}
