{#
    A sentence from its parts: SQL expressions and quoted text, joined. Null if any part is null, so that a
    sentence whose figure is undefined can be left out instead of being told with a hole in it.
#}
{% macro sentence(parts) -%}
    {{ parts | join('\n            || ') }}
{%- endmacro %}


{# A share of 1 as a percentage with one decimal. #}
{% macro percent(share) -%}
    {{ format_decimal('100 * (' ~ share ~ ')') }} || '%'
{%- endmacro %}


{# The months of a mart's raw table, as a reader would say them: from January 2020 to June 2022. #}
{% macro period_in_words(first_month, last_month) -%}
    case
        when {{ first_month }} = {{ last_month }} then 'In ' || {{ month_and_year(first_month) }}
        else 'From ' || {{ month_and_year(first_month) }} || ' to ' || {{ month_and_year(last_month) }}
    end
{%- endmacro %}
