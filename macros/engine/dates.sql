{#
    A date in any of the forms that publishers and spreadsheets write, or null: 01-Dec-21, 01DEC2021, 2021-12-01 and,
    where `raw_table` is given, 31/12/2021; the last two with or without midnight. `text` is a column, by its name in
    the raw table.
#}
{% macro parse_date(text, raw_table=none) -%}
    cast({{ parse_by_shape(text, date_forms(), raw_table) }} as date)
{%- endmacro %}


{#
    The first day of a month given as 2021-12, DEC2021, Dec-21 or any form of parse_date, or null. Dec-21 is what Excel
    makes of 2021-12.
#}
{% macro parse_month(text, raw_table=none) -%}
    {%- set month_forms = [
        {'shape': '[0-9]{4}-[0-9]{1,2}', 'strptime': '%Y-%m', 'java': 'yyyy-M'},
        {'shape': '[A-Za-z]{3}[0-9]{4}', 'strptime': '%b%Y', 'java': 'MMMyyyy'},
        {'shape': '[A-Za-z]{3}-[0-5][0-9]', 'strptime': '%b-%y', 'java': 'MMM-yy'},
    ] -%}
    cast(date_trunc('month', {{ parse_by_shape(text, date_forms() + month_forms, raw_table) }}) as date)
{%- endmacro %}


{# Two-digit years stop at 59: from there on, engines disagree on the century. #}
{% macro date_forms() %}
    {{ return([
        {'shape': '[0-9]{1,2}-[A-Za-z]{3}-[0-5][0-9]', 'strptime': '%d-%b-%y', 'java': 'd-MMM-yy'},
        {'shape': '[0-9]{1,2}[A-Za-z]{3}[0-9]{4}', 'strptime': '%d%b%Y', 'java': 'dMMMyyyy'},
        {'shape': '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}', 'strptime': '%Y-%m-%d', 'java': 'yyyy-M-d'},
    ]) }}
{% endmacro %}


{#
    A text in one of the forms as a timestamp, or null where there is no such day. The shape is looked at first: engines
    differ in what they make of short, long or negative years, and trying one format after the other is slow.
#}
{% macro parse_by_shape(text, forms, raw_table) -%}
    {%- set day = "regexp_replace(" ~ text ~ ", '[ T].*', '')" -%}
    case
        {%- for form in forms %}
        when {{ matches(text, form.shape) }} then {{ adapter.dispatch('parse_timestamp')(text, form) }}
        {%- endfor %}
        when {{ matches(text, '[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}' ~ midnight()) }}
            then {{ adapter.dispatch('parse_timestamp')(day, {'strptime': '%Y-%m-%d', 'java': 'yyyy-M-d'}) }}
        {%- if raw_table %}
        when {{ matches(text, '[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}' ~ midnight()) }}
            then
                case {{ first_in_dates(text, raw_table) }}
                    {%- for first, form in {
                        'day': {'strptime': '%d/%m/%Y', 'java': 'd/M/yyyy'},
                        'month': {'strptime': '%m/%d/%Y', 'java': 'M/d/yyyy'},
                    }.items() %}
                    when '{{ first }}' then {{ adapter.dispatch('parse_timestamp')(day, form) }}
                    {%- endfor %}
                end
        {%- endif %}
    end
{%- endmacro %}

{% macro duckdb__parse_timestamp(text, form) -%}
    try_strptime({{ text }}, '{{ form.strptime }}')
{%- endmacro %}

{# Unlike to_date, try_to_timestamp is null on what it cannot read in ANSI mode too. #}
{% macro spark__parse_timestamp(text, form) -%}
    try_to_timestamp({{ text }}, '{{ form.java }}')
{%- endmacro %}


{# The time that engines and spreadsheets give to a day, as a regular expression. #}
{% macro midnight() -%}
    ([ T]00:00(:00([.]0+)?)?)?
{%- endmacro %}

{#
    Which comes first in a column's dates with slashes, as Excel writes them: 'day', 'month', 'both' where its rows
    contradict each other, or null where none tells. A row tells that is a date in one order alone, such as 31/12/2021.
    In a column whose name ends in _month, where every day is the first, 01/12/2021 tells as well. The whole column of
    the raw table decides for each of its rows; nearly always none has a slash, which is quick to see.

    raw_table: the relation, because DuckDB would make a copy of a CTE that is read twice.
#}
{% macro first_in_dates(column, raw_table) -%}
    {%- set month, beyond, telling_month = '(0?[1-9]|1[0-2])', '(1[3-9]|2[0-9]|3[01])', '(0?[2-9]|1[0-2])' -%}
    {%- set day_first, month_first = [beyond ~ '/' ~ month], [month ~ '/' ~ beyond] -%}
    {%- if column.endswith('_month') -%}
        {%- do day_first.append('0?1/' ~ telling_month) -%}
        {%- do month_first.append(telling_month ~ '/0?1') -%}
    {%- endif -%}
    {%- set rest = '/[0-9]{4}' ~ midnight() -%}
    (
        select case when min(first_part) <> max(first_part) then 'both' else min(first_part) end
        from (
            select
                case
                    when {{ matches('slashed', '(' ~ (day_first | join('|')) ~ ')' ~ rest) }} then 'day'
                    when {{ matches('slashed', '(' ~ (month_first | join('|')) ~ ')' ~ rest) }} then 'month'
                end as first_part
            from (
                select {{ squeeze(column) }} as slashed
                from {{ raw_table }}
                where {{ column }} like '%/%'
            ) as with_slashes
        ) as first_parts
    )
{%- endmacro %}

{# Why a day with slashes cannot be read; null for what is no day in either order, and where the order is known. #}
{% macro undecided_date(column, raw_table) -%}
    {%- set day, month = '(0?[1-9]|[12][0-9]|3[01])', '(0?[1-9]|1[0-2])' -%}
    {%- set in_either_order = '(' ~ day ~ '/' ~ month ~ '|' ~ month ~ '/' ~ day ~ ')/[0-9]{4}' ~ midnight() -%}
    case
        when {{ matches('raw_' ~ column, in_either_order) }}
            then
                case coalesce({{ first_in_dates(column, raw_table) }}, 'unknown')
                    when 'both' then '{{ column }} has the day first in some rows and the month first in others'
                    when 'unknown' then '{{ column }} may have the day or the month first, and no row shows which'
                end
    end
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
