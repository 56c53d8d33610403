{#
    Seeds at the engine's speed. dbt's own seed materialization reads every CSV through agate, row by
    row in Python; here the engine reads the file itself and dbt only says which and how.

    Beyond speed, and the same on every engine: columns are matched by header name, a column has the
    type that its yml gives (text where it gives none, so that codes such as 00L and 01E survive), and an
    empty cell is null. See seed_files.sql for which file is read and what is checked first.
#}
{% materialization seed, adapter='duckdb' %}
    {{ return(load_seed()) }}
{% endmaterialization %}

{% materialization seed, adapter='spark' %}
    {{ return(load_seed()) }}
{% endmaterialization %}

{% materialization seed, adapter='databricks' %}
    {{ return(load_seed()) }}
{% endmaterialization %}


{% macro load_seed() %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
    {% if old_relation is not none and not old_relation.is_table %}
        {% do exceptions.raise_compiler_error("Cannot seed to '" ~ this ~ "': it is a " ~ old_relation.type) %}
    {% endif %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {# The graph's own node: unlike `model`, it carries config and columns in their parsed form. #}
    {% set seed = graph.nodes[model.unique_id] %}
    {% set file = check_seed_file(seed) %}
    {% set places = select_release_places() if seed.config.meta.get('of_releases') %}
    {% set parts = [] if places else newest_of_each_month(seed, file.parts) %}
    {% set select_sql = places or select_parts(seed, parts) %}
    {% do replace_table(target_relation, old_relation, select_sql) %}
    {% for part in parts %}
        {% do refuse_bad_lines(part) %}
    {% endfor %}

    {% set row_count = run_query('select count(*) from ' ~ target_relation).columns[0].values()[0] | int %}
    {% if seed.config.meta.get('raw_table') %}
        {% do tell_what_was_loaded(seed, parts, row_count) %}
    {% endif %}
    {% call noop_statement('main', 'INSERT ' ~ row_count, 'INSERT', row_count) %}{{ select_sql }}{% endcall %}

    {# dbt's seed runner asks for this result. #}
    {% do store_result('agate_table', response='OK', agate_table=run_query('select * from ' ~ target_relation ~ ' limit 1')) %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(old_relation, true)) %}
    {% do persist_docs(target_relation, model) %}
    {% do create_indexes(target_relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmacro %}


{# The query that reads a seed from its parts, and has no rows where there are none. #}
{% macro select_parts(seed, parts) %}
    {% set selects = [] %}
    {% for part in parts or [none] %}
        {% set columns = [] %}
        {% for name, column in seed.columns.items() %}
            {% set type = column.data_type or 'string' %}
            {% if part and name == 'source_file' %}
                {% do columns.append(text_literal(part.source_file) ~ ' as ' ~ name) %}
            {% elif part and name in part.header %}
                {% do columns.append('cast(column_' ~ part.header.index(name) ~ ' as ' ~ type ~ ') as ' ~ name) %}
            {% else %}
                {% do columns.append('cast(null as ' ~ type ~ ') as ' ~ name) %}
            {% endif %}
        {% endfor %}
        {% do selects.append(
            'select ' ~ (columns | join(', ')) ~ (
                ' from ' ~ read_file(part) ~ ' where ' ~ is_loaded(part, seed.config.meta.get('month')) if part
                else ' where false'
            )
        ) %}
    {% endfor %}
    {{ return(selects | join(' union all ')) }}
{% endmacro %}


{#
    Says how many rows of a raw table were loaded and from where. Refuses a file of the raw folder that has none: the
    table is not missing, so its export has failed.
#}
{% macro tell_what_was_loaded(seed, parts, row_count) %}
    {% set name, optional = this.schema ~ '.' ~ this.identifier, seed.config.meta.get('optional') %}
    {% if not parts %}
        {% if not optional %}
            {% do print('No ' ~ seed.name ~ ' in ' ~ raw_folder() ~ ': tables that are made of it are empty.') %}
        {% endif %}
    {% elif raw_folder() and not row_count and not optional %}
        {% do exceptions.raise_compiler_error(printable(
            seed.name ~ ' holds no appointments: 0 rows loaded from ' ~ parts[-1].source_file ~ '. Export it again.'
        )) %}
    {% elif row_count or not optional %}
        {% do print(
            'Loaded ' ~ '{:,}'.format(row_count) ~ ' rows into ' ~ name ~ ' from ' ~ (
                parts[0].source_file if parts | length == 1 else
                parts | length ~ ' releases, ' ~ parts[0].release ~ ' to ' ~ parts[-1].release
            )
        ) %}
    {% endif %}
{% endmacro %}


{# Puts the rows of a query in the place of a table, which may or may not exist. #}
{% macro replace_table(relation, old_relation, select_sql) %}
    {{ return(adapter.dispatch('replace_table')(relation, old_relation, select_sql)) }}
{% endmacro %}

{% macro duckdb__replace_table(relation, old_relation, select_sql) %}
    {% call statement('load') %}create or replace table {{ relation }} as {{ select_sql }}{% endcall %}
{% endmacro %}

{# Only formats with transactions, such as Delta, can replace a table in one step. #}
{% macro spark__replace_table(relation, old_relation, select_sql) %}
    {% if old_relation and config.get('file_format') != 'delta' %}
        {% do adapter.drop_relation(old_relation) %}
    {% endif %}
    {% call statement('load') %}{{ create_table_as(False, relation, select_sql) }}{% endcall %}
{% endmacro %}
