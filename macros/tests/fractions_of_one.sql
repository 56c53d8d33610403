{# Fails with each row in which one of the columns lies outside 0 to 1; null is allowed. #}
{% test fractions_of_one(model, columns) %}
select *
from {{ model }}
where
    {% for column in columns -%}
    {{ column }} not between 0 and 1{{ ' or' if not loop.last }}
    {% endfor %}
{% endtest %}
