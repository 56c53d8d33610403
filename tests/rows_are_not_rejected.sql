-- A row that cannot be counted is kept in quality_rejected_rows. It withholds the build, because the published figures
-- would lack it. ALLOW_REJECTED=N lets up to N rows through, in all tables together, and turns the failure into a
-- warning.
{%- set allowed = env_var('ALLOW_REJECTED', '0') -%}
{%- if not modules.re.match('^[0-9]+$', allowed) -%}
    {% do exceptions.raise_compiler_error("ALLOW_REJECTED: expected a whole number of rows; found '" ~ allowed ~ "'") %}
{%- endif -%}
{{ config(fail_calc='coalesce(sum(row_count), 0)', warn_if='> 0', error_if='> ' ~ allowed) }}

{%- set rejected_rows = ref('quality_rejected_rows') -%}
{%- set rejected -%}
select
    raw_table,
    reason,
    count(*) as row_count,
    min(raw_row) as example
from {{ rejected_rows }}
group by
    raw_table,
    reason
{%- endset -%}

{#- What to do comes first, because a long list is cut at its end. -#}
{%- set offenders -%}
select offender
from (
    select
        1 as line_order,
        {{ count_of('count(*)', 'row') }}
        || {{ text_literal(
            ' cannot be counted (' ~ rejected_rows.schema ~ '.' ~ rejected_rows.identifier
            ~ (' in ' ~ target.path if target.path else '')
            ~ ' lists all of them). Correct them in the raw tables, or publish without them: ALLOW_REJECTED='
        ) }} || cast(count(*) as string) || '.' as offender
    from {{ rejected_rows }}
    having count(*) > 0

    union all

    select
        2 as line_order,
        {{ count_of('row_count', 'row') }} || ' of ' || raw_table || ' rejected: ' || reason || chr(10)
        || '    for example ' || example as offender
    from ({{ rejected }}) as rejected
) as lines
order by line_order, offender
{%- endset -%}

{% do name_offenders(offenders) %}
{{ rejected }}
