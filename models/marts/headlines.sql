-- dbt must know which models this one reads before any data are read, so each question's folder is named here.
{%- set folders = [
    'allocation', 'demand', 'attendance', 'durations', 'professionals', 'time', 'locations', 'practices'
] %}

{% for folder in folders -%}
select
    question_number,
    headline_order,
    headline,
    evidence_mart
from {{ ref('headlines_' ~ folder) }}
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
