{# What a publication calls a place, as one text: the key by which staging rows find their area in int_area_codes. #}
{% macro published_area(alias) -%}
    concat(
        coalesce({{ alias }}.sub_icb_location_code, ''), '|',
        coalesce({{ alias }}.sub_icb_location_ons_code, ''), '|',
        coalesce({{ alias }}.icb_ons_code, '')
    )
{%- endmacro %}
