{#
    numerator / denominator as a double; null where the denominator is 0 or null. The operands are
    exact integer sums wherever the data allows it, so nothing is rounded before the division.
#}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}
