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
