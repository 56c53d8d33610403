{# What `var('geography')` names: a geography, or `published` for the one that the build's tables were published in. #}
{% macro named_geography() -%}
    {%- set value = var('geography') | string -%}
    {%- if not modules.re.match('^(published|20[0-9][0-9]-(0[1-9]|1[0-2]))$', value) -%}
        {% do exceptions.raise_compiler_error(
            "var geography: expected 'published' or a geography of seeds/reference/geography.csv, such as '2026-04'; "
            ~ "found '" ~ value ~ "'"
        ) %}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{# What follows the name of a place that the build's geography does not have: ` (to March 2026)`. Empty for the others. #}
{% macro outside_geography(place, build) -%}
    case
        when {{ place }}.valid_from < {{ build }}.valid_from then concat(' (to ', {{ month_and_year(place ~ '.valid_to') }}, ')')
        when {{ place }}.valid_from > {{ build }}.valid_from then concat(' (from ', {{ month_and_year(place ~ '.valid_from') }}, ')')
        else ''
    end
{%- endmacro %}
