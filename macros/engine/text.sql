{# A cell without surrounding or repeated spaces; null where nothing is left. #}
{% macro squeeze(text) -%}
    {{ adapter.dispatch('squeeze')(text) }}
{%- endmacro %}

{% macro duckdb__squeeze(text) -%}
    nullif(trim(regexp_replace({{ text }}, ' +', ' ', 'g')), '')
{%- endmacro %}


{# Whether the whole of a text matches a regular expression, which may hold no backslash. #}
{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches')(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}


{# A whole row of a from-clause item, by its alias, as JSON text. #}
{% macro row_as_text(alias) -%}
    {{ adapter.dispatch('row_as_text')(alias) }}
{%- endmacro %}

{% macro duckdb__row_as_text(alias) -%}
    cast(to_json({{ alias }}) as varchar)
{%- endmacro %}


{# A whole number with thousands separated by commas, as text. #}
{% macro format_count(number) -%}
    {{ adapter.dispatch('format_count')(number) }}
{%- endmacro %}

{% macro duckdb__format_count(number) -%}
    format('{:,}', cast({{ number }} as bigint))
{%- endmacro %}


{# A number with a fixed count of decimals, as text. #}
{% macro format_decimal(number, decimals=1) -%}
    {{ adapter.dispatch('format_decimal')(number, decimals) }}
{%- endmacro %}

{% macro duckdb__format_decimal(number, decimals) -%}
    printf('%.{{ decimals }}f', cast({{ number }} as double))
{%- endmacro %}


{# The texts of a group in the order of another expression, separated: an aggregate. #}
{% macro join_text(text, separator, order_by) -%}
    {{ adapter.dispatch('join_text')(text, separator, order_by) }}
{%- endmacro %}

{% macro duckdb__join_text(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}
