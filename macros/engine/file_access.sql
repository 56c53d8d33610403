{#
    Before a run: DuckDB may open its own file, the folders that hold the seeds, and nothing else, whatever a query
    asks for; no network, no extension, and no way back for as long as the run lasts. Other engines keep to the rules
    of whoever runs them.
#}
{% macro limit_file_access() %}
    {{ return(adapter.dispatch('limit_file_access')()) }}
{% endmacro %}

{% macro default__limit_file_access() %}
{% endmacro %}

{# DuckDB compares text, so a folder is named as it is spelt and as duckdb_path_literal spells it. #}
{% macro duckdb__limit_file_access() %}
    {% if execute %}
        {% set folders = [raw_folder()] if raw_folder() else [] %}
        {% for seed in graph.nodes.values() if seed.resource_type == 'seed' %}
            {% do folders.append(seed_file_path(seed).rpartition('/')[0]) %}
        {% endfor %}
        {% for workbook in converted_workbooks().values() if workbook.path %}
            {% do folders.append(workbook.path.rpartition('/')[0]) %}
        {% endfor %}
        {% set literals = [] %}
        {% for folder in folders %}
            {% do literals.extend([text_literal(folder), duckdb_path_literal(folder)]) %}
        {% endfor %}
        {% if run_query("select current_setting('enable_external_access') as is_open").columns[0].values()[0] %}
            {% do run_query('set allowed_directories = [' ~ (literals | unique | join(', ')) ~ ']') %}
            {% do run_query('set enable_external_access = false') %}
            {% do run_query('set lock_configuration = true') %}
        {% endif %}
    {% endif %}
{% endmacro %}
