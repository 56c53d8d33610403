{# The formulas of need in the seed workload_index. #}
{% macro need_formulas() %}
    {{ return(['review_2007', 'global_sum_2004']) }}
{% endmacro %}


{# The formula that `var('need_formula')` names: the main one. The columns called other_formula have the other one. #}
{% macro need_formula() -%}
    {%- set value = var('need_formula') | string -%}
    {%- if value not in need_formulas() -%}
        {% do exceptions.raise_compiler_error(
            "var need_formula: expected " ~ need_formulas() | join(' or ') ~ ", the formulas of "
            ~ "seeds/reference/workload_index.csv; found '" ~ value ~ "'"
        ) %}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}


{# What a scenario shares out, as `vars` say: a whole number of 0 or more. #}
{% macro scenario_budget(name) -%}
    {%- set value = var(name) | string -%}
    {%- if not modules.re.match('^[0-9]{1,12}$', value) -%}
        {% do exceptions.raise_compiler_error(
            "var " ~ name ~ ": expected a whole number of 0 or more, such as 500000; found '" ~ value ~ "'"
        ) %}
    {%- endif -%}
    {{ return(value) }}
{%- endmacro %}
