-- Nothing is lost between the raw tables and core: each fact and the rejected rows together make up the raw table, in
-- rows and, where the raw count is a number, in what it counts. Full-time equivalents are decimals, whose sum depends a
-- little on the order: half of the smallest step of the table may differ.

{%- set offenders -%}
{% for table in raw_tables() | selectattr('fact', 'defined') -%}
{%- set things = 'appointments' if table.measure == 'appointment_count' else table.measure -%}
{%- set is_decimal = table.measure == 'fte' -%}
select
    '{{ table.fact }} holds ' || {{ 'cast(round(facts.amount, 6) as ' ~ dbt.type_string() ~ ')' if is_decimal else format_count('facts.amount') }} || ' {{ things }} in '
    || {{ format_count('facts.record_count') }} || ' raw rows, but {{ table.name }} without its rejected rows holds '
    || {{ 'cast(round(raw_rows.amount - rejected.amount, 6) as ' ~ dbt.type_string() ~ ')' if is_decimal else format_count('raw_rows.amount - rejected.amount') }} || ' in '
    || {{ format_count('raw_rows.row_count - rejected.row_count') }} || '.' as offender
from (
    select
        coalesce(sum({{ table.measure }}), 0) as amount,
        coalesce(sum(record_count), 0) as record_count
    from {{ ref(table.fact) }}
) as facts
cross join (
    select
        count(*) as row_count,
        coalesce(sum({{ parse_decimal(squeeze(table.raw_measure)) if is_decimal else parse_count(squeeze(table.raw_measure)) }}), 0) as amount
    from {{ ref(table.name) }}
) as raw_rows
cross join (
    select
        count(*) as row_count,
        coalesce(sum({{ table.measure }}), 0) as amount
    from {{ ref('stg_nhs__' ~ table.name) }}
    where rejection_reason is not null
) as rejected
where
    abs(facts.amount - (raw_rows.amount - rejected.amount)) >= {{ '0.0000005' if is_decimal else '1' }}
    or facts.record_count <> raw_rows.row_count - rejected.row_count
{% if not loop.last %}
union all

{% endif %}
{%- endfor %}
{%- endset -%}

{% do name_offenders(offenders) %}
{{ offenders }}
