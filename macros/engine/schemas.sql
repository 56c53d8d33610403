{#
    DuckDB: a schema carries exactly the name it has in dbt_project.yml (core, marts, quality), because
    the warehouse is a file of its own. Elsewhere the target's schema comes first, as in dbt's own
    default, so that a shared metastore has no collisions.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- elif target.type == 'duckdb' -%}
        {{ custom_schema_name | trim }}
    {%- else -%}
        {{ target.schema }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
