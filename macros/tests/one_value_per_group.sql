{# Fails with each group of rows that holds more than one value, null among them, in one of the columns. #}
{% test one_value_per_group(model, group_by, columns) %}
select {{ group_by | join(', ') }}
from {{ model }}
group by {{ group_by | join(', ') }}
having
    {% for column in columns -%}
    count(distinct {{ column }}) + max(case when {{ column }} is null then 1 else 0 end) > 1{{ ' or' if not loop.last }}
    {% endfor %}
{% endtest %}
