{#
    A date in any of the forms that the publisher has used, or null: 01-Dec-21, 01DEC2021, 2021-12-01.
    The last form is the one that typed dates in Parquet files take when they are read as text.
#}
{% macro parse_date(text) -%}
    {{ adapter.dispatch('parse_date')(text) }}
{%- endmacro %}

{% macro duckdb__parse_date(text) -%}
    cast(try_strptime({{ text }}, ['%d-%b-%y', '%d%b%Y', '%Y-%m-%d', '%Y-%m-%d 00:00:00']) as date)
{%- endmacro %}

{% macro spark__parse_date(text) -%}
    cast({{ spark_first_timestamp(text, ['d-MMM-yy', 'dMMMyyyy', 'yyyy-M-d', "yyyy-M-d 00:00:00"]) }} as date)
{%- endmacro %}


{# The first day of a month given as 2021-12, DEC2021 or any form of parse_date, or null. #}
{% macro parse_month(text) -%}
    {{ adapter.dispatch('parse_month')(text) }}
{%- endmacro %}

{% macro duckdb__parse_month(text) -%}
    cast(date_trunc('month', coalesce(
        try_strptime({{ text }}, ['%Y-%m', '%b%Y']),
        {{ duckdb__parse_date(text) }}
    )) as date)
{%- endmacro %}

{% macro spark__parse_month(text) -%}
    cast(date_trunc('month', coalesce(
        {{ spark_first_timestamp(text, ['yyyy-M', 'MMMyyyy']) }},
        {{ spark__parse_date(text) }}
    )) as date)
{%- endmacro %}

{# The first of several formats that reads a text. Unlike to_date, it is null on what it can't read in ANSI mode too. #}
{% macro spark_first_timestamp(text, formats) -%}
    coalesce(
        {%- for format in formats %}
        try_to_timestamp({{ text }}, '{{ format }}'){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# The day of the week, 1 = Monday to 7 = Sunday. #}
{% macro iso_weekday(date) -%}
    {{ adapter.dispatch('iso_weekday')(date) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(date) -%}
    cast(isodow({{ date }}) as bigint)
{%- endmacro %}

{% macro spark__iso_weekday(date) -%}
    cast(weekday({{ date }}) + 1 as bigint)
{%- endmacro %}


{# The name of a month and its year as English text: December 2021. #}
{% macro month_and_year(date) -%}
    {{ adapter.dispatch('month_and_year')(date) }}
{%- endmacro %}

{% macro duckdb__month_and_year(date) -%}
    strftime({{ date }}, '%B %Y')
{%- endmacro %}

{% macro spark__month_and_year(date) -%}
    date_format({{ date }}, 'MMMM yyyy')
{%- endmacro %}
