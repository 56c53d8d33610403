{#
    A date in any of the forms that the publisher has used, or null: 01-Dec-21, 01DEC2021, 2021-12-01. The last form
    is the one that typed dates in Parquet files take when they are read as text, with or without 00:00:00.
#}
{% macro parse_date(text) -%}
    cast({{ parse_by_shape(text, date_forms()) }} as date)
{%- endmacro %}


{# The first day of a month given as 2021-12, DEC2021 or any form of parse_date, or null. #}
{% macro parse_month(text) -%}
    {%- set month_forms = [
        {'shape': '[0-9]{4}-[0-9]{1,2}', 'strptime': '%Y-%m', 'java': 'yyyy-M'},
        {'shape': '[A-Za-z]{3}[0-9]{4}', 'strptime': '%b%Y', 'java': 'MMMyyyy'},
    ] -%}
    cast(date_trunc('month', {{ parse_by_shape(text, date_forms() + month_forms) }}) as date)
{%- endmacro %}


{# Two-digit years stop at 59: from there on, engines disagree on the century. #}
{% macro date_forms() %}
    {{ return([
        {'shape': '[0-9]{1,2}-[A-Za-z]{3}-[0-5][0-9]', 'strptime': '%d-%b-%y', 'java': 'd-MMM-yy'},
        {'shape': '[0-9]{1,2}[A-Za-z]{3}[0-9]{4}', 'strptime': '%d%b%Y', 'java': 'dMMMyyyy'},
        {'shape': '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}', 'strptime': '%Y-%m-%d', 'java': 'yyyy-M-d'},
        {
            'shape': '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} 00:00:00',
            'strptime': '%Y-%m-%d 00:00:00', 'java': 'yyyy-M-d 00:00:00',
        },
    ]) }}
{% endmacro %}


{#
    A text in one of the forms as a timestamp, or null where there is no such day. The shape is looked at first: engines
    differ in what they make of short, long or negative years, and trying one format after the other is slow.
#}
{% macro parse_by_shape(text, forms) -%}
    case
        {%- for form in forms %}
        when {{ matches(text, form.shape) }} then {{ adapter.dispatch('parse_timestamp')(text, form) }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro duckdb__parse_timestamp(text, form) -%}
    try_strptime({{ text }}, '{{ form.strptime }}')
{%- endmacro %}

{# Unlike to_date, try_to_timestamp is null on what it cannot read in ANSI mode too. #}
{% macro spark__parse_timestamp(text, form) -%}
    try_to_timestamp({{ text }}, '{{ form.java }}')
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
