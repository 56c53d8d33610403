{#
    A date in any of the forms that the publisher has used, or null: 01-Dec-21, 01DEC2021, 2021-12-01. The last form
    is the one that typed dates in Parquet files take when they are read as text, with or without 00:00:00.
    The shape is checked first: engines differ in what they make of short, long or negative years.
#}
{% macro parse_date(text) -%}
    case
        when {{ matches(text, date_shapes() | join('|')) }}
            then cast({{ adapter.dispatch('parse_timestamp')(text, 'date') }} as date)
    end
{%- endmacro %}


{# The first day of a month given as 2021-12, DEC2021 or any form of parse_date, or null. #}
{% macro parse_month(text) -%}
    case
        when {{ matches(text, (date_shapes() + ['[0-9]{4}-[0-9]{1,2}', '[A-Za-z]{3}[0-9]{4}']) | join('|')) }}
            then cast(date_trunc('month', {{ adapter.dispatch('parse_timestamp')(text, 'month') }}) as date)
    end
{%- endmacro %}


{# Two-digit years stop at 59: from there on, engines disagree on the century. #}
{% macro date_shapes() %}
    {{ return([
        '[0-9]{1,2}-[A-Za-z]{3}-[0-5][0-9]',
        '[0-9]{1,2}[A-Za-z]{3}[0-9]{4}',
        '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( 00:00:00)?',
    ]) }}
{% endmacro %}


{# A text in one of the shapes of a `date` or a `month` as a timestamp, or null where there is no such day. #}
{% macro duckdb__parse_timestamp(text, kind) -%}
    {%- set formats = ['%d-%b-%y', '%d%b%Y', '%Y-%m-%d', '%Y-%m-%d 00:00:00'] -%}
    {%- set month_formats = ['%Y-%m', '%b%Y'] if kind == 'month' else [] -%}
    try_strptime({{ text }}, ['{{ (formats + month_formats) | join("', '") }}'])
{%- endmacro %}

{# Unlike to_date, try_to_timestamp is null on what it cannot read in ANSI mode too. #}
{% macro spark__parse_timestamp(text, kind) -%}
    {%- set formats = ['d-MMM-yy', 'dMMMyyyy', 'yyyy-M-d', 'yyyy-M-d 00:00:00'] -%}
    {%- set month_formats = ['yyyy-M', 'MMMyyyy'] if kind == 'month' else [] -%}
    coalesce(
        {%- for format in formats + month_formats %}
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
