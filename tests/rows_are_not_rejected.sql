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
    {{ join_text('case when example <= 5 then raw_row end', '\n    ', 'example') }} as examples
from (
    select
        *,
        row_number() over (partition by raw_table, reason order by raw_row) as example
    from {{ rejected_rows }}
) as numbered
group by
    raw_table,
    reason
{%- endset -%}

{%- set offenders -%}
select
    {{ format_count('row_count') }} || ' rows of ' || raw_table || ' rejected: ' || reason || chr(10)
    || '    ' || examples as offender
from ({{ rejected }}) as rejected

union all

select
    'Correct them in the raw tables, or publish without them: ALLOW_REJECTED=' || cast(count(*) as string)
    || {{ text_literal(
        ' (' ~ rejected_rows.schema ~ '.' ~ rejected_rows.identifier
        ~ (' in ' ~ target.path if target.path else '') ~ ' lists all of them).'
    ) }} as offender
from {{ rejected_rows }}
having count(*) > 0
{%- endset -%}

{% do name_offenders(offenders) %}
{{ rejected }}
