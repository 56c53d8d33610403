-- A label that the reference seed lacks is counted in every total, but it stops the build until someone has looked at
-- it. Add a new spelling of a known label to the macro clean_label, and a new label to seeds/reference/labels.csv (and
-- bands.csv). ALLOW_NEW_LABELS lets labels pass; separate several with semicolons.
{%- set fields = [
    ('appointments_regional', 'appointment_status'),
    ('appointments_regional', 'hcp_type'),
    ('appointments_regional', 'appointment_mode'),
    ('appointments_regional', 'lead_time_band'),
    ('actual_duration', 'duration_band'),
    ('national_categories', 'service_setting'),
    ('national_categories', 'context_type'),
    ('national_categories', 'national_category'),
] -%}
{%- set allowed = [] -%}
{%- for label in env_var('ALLOW_NEW_LABELS', '').split(';') if label.strip() -%}
    {%- do allowed.append(text_literal(label.strip())) -%}
{%- endfor -%}

{%- set new_labels -%}
{% for raw_table, field in fields -%}
    select
        '{{ raw_table }}' as raw_table,
        '{{ field }}' as field,
        labels.{{ field }} as label,
        count(*) as row_count,
        sum(appointments.appointment_count) as appointment_count
    from {{ ref('stg_nhs__' ~ raw_table) }} as appointments
    inner join {{ ref('dim_' ~ field) }} as labels on appointments.{{ field }} = labels.{{ field }}
    where
        not labels.is_in_reference
        and appointments.rejection_reason is null
        and labels.{{ field }} not in ({{ (allowed or ["''"]) | join(', ') }})
    group by labels.{{ field }}
{% if not loop.last %}
    union all

    {% endif %}
{%- endfor %}
{%- endset -%}

{%- set offenders -%}
select
    'New label in ' || raw_table || '.' || field || ': "' || label || '", '
    || {{ count_of('row_count', 'row') }} || ', ' || {{ count_of('appointment_count', 'appointment') }}
    || '. "Add a label" in CONTRIBUTING.md says where to add it. To allow it for now, use ALLOW_NEW_LABELS.' as offender
from ({{ new_labels }}) as new_labels
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
