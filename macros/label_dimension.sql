{#
    One row per label of a field: the labels of the reference seed and, after them, any that the data
    holds beside those. A new label keeps its own text and its appointments count in every total; the
    data test `labels_are_known` fails the build until someone has looked at it.
#}
{% macro label_dimension(field) %}
with

reference_labels as (

    select * from {{ ref('labels') }} where field = '{{ field }}'

),

held_labels as (

    {% for table in raw_tables() | selectattr('labels', 'defined') if field in table.labels -%}
    select {{ field }} as label
    from {{ ref('stg_nhs__' ~ table.name) }}
    where rejection_reason is null
    {% if not loop.last %}
    union all

    {% endif %}
    {%- endfor %}

),

new_labels as (

    select distinct held_labels.label
    from held_labels
    left join reference_labels on held_labels.label = reference_labels.label
    where reference_labels.label is null

),

final as (

    select
        label as {{ field }},
        label_order as {{ field }}_order,
        is_known,
        true as is_in_reference
    from reference_labels

    union all

    select
        label as {{ field }},
        (select max(label_order) from reference_labels) + row_number() over (order by label) as {{ field }}_order,
        true as is_known,
        false as is_in_reference
    from new_labels

)

select * from final
{% endmacro %}
