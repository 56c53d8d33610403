{# True in SQL for the months that `vars: period_from, period_to` let through; every mart is bound by it. #}
{% macro is_in_period(month) -%}
    {%- set bounds = [] -%}
    {%- for name, operator in [('period_from', '>='), ('period_to', '<=')] if var(name) -%}
        {%- set value = var(name) | string -%}
        {%- if not modules.re.match('^20[0-9][0-9]-(0[1-9]|1[0-2])$', value) -%}
            {% do exceptions.raise_compiler_error(
                "var " ~ name ~ ": expected a month as 'yyyy-mm', such as '2021-04'; found '" ~ value ~ "'"
            ) %}
        {%- endif -%}
        {%- do bounds.append(month ~ " " ~ operator ~ " cast('" ~ value ~ "-01' as date)") -%}
    {%- endfor -%}
    {{ bounds | join(' and ') if bounds else 'true' }}
{%- endmacro %}
