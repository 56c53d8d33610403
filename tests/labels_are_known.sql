-- A label that the reference seed lacks is counted in every total, but it stops the build until someone has looked at
-- it. Add a new spelling of a known label to the macro clean_label, and a new label to seeds/reference/labels.csv (and
-- bands.csv). ALLOW_NEW_LABELS lets labels pass; separate several with semicolons.
{%- set allowed = [] -%}
{%- for label in env_var('ALLOW_NEW_LABELS', '').split(';') if label.strip() -%}
    {%- do allowed.append(text_literal(label.strip())) -%}
{%- endfor -%}

{%- set new_labels -%}
{% for table in raw_tables() | selectattr('labels', 'defined') -%}
{%- set last_table = loop.last %}
    -- If labels are new, what is rejected is said too: without the fact, nothing behind staging would be built.
    -- depends_on: {{ ref(table.fact) }}
{%- for field in table.labels %}
    select
        '{{ table.name }}' as raw_table,
        '{{ field }}' as field,
        held.{{ field }} as label,
        count(*) as row_count,
        cast({{ 'sum(held.appointment_count)' if table.measure == 'appointment_count' else 'null' }} as bigint)
            as appointment_count
    from {{ ref('stg_nhs__' ~ table.name) }} as held
    left join {{ ref('labels') }} as labels
        on
            held.{{ field }} = labels.label
            and labels.field = '{{ field }}'
    where
        labels.label is null
        and held.rejection_reason is null
        and held.{{ field }} not in ({{ (allowed or ["''"]) | join(', ') }})
    group by held.{{ field }}
{% if not (loop.last and last_table) %}
    union all
{% endif %}
{%- endfor %}
{%- endfor %}
{%- endset -%}

{%- set offenders -%}
select
    'New label in ' || raw_table || '.' || field || ': "' || label || '", '
    || {{ count_of('row_count', 'row') }}
    || case when appointment_count is null then '' else ', ' || {{ count_of('appointment_count', 'appointment') }} end
    || '. "Add a label" in CONTRIBUTING.md says where to add it. To allow it for now, use ALLOW_NEW_LABELS.' as offender
from ({{ new_labels }}) as new_labels
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
