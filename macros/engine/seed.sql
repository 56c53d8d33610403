{#
    Seeds at the engine's speed. dbt's own seed materialization reads every CSV through agate, row by
    row in Python; here the engine reads the file itself and dbt only says which and how. The raw tables'
    1.5 million rows load in about a second (scripts/benchmark_seeds.py measures it).

    Beyond speed, and the same on every engine: columns are matched by header name, a column has the
    type that its yml gives (text where it gives none, so that codes such as 00L and 01E survive), and an
    empty cell is null. See seed_files.sql for which file is read and what is checked first.
#}
{% materialization seed, adapter='duckdb' %}
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
    {% set load_sql %}
        create or replace table {{ target_relation }} as
        select
            {%- for name, column in seed.columns.items() %}
            {% if name == 'source_file' -%}
                '{{ file.source_file | replace("'", "''") }}'
            {%- elif name in file.header -%}
                cast({{ 'column_' ~ file.header.index(name) }} as {{ column.data_type or 'string' }})
            {%- else -%}
                cast(null as {{ column.data_type or 'string' }})
            {%- endif %} as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ duckdb_read_file(file) }}
    {% endset %}
    {% call statement('load') %}{{ load_sql }}{% endcall %}

    {% set row_count = run_query('select count(*) from ' ~ target_relation).columns[0].values()[0] | int %}
    {% if seed.config.meta.get('raw_table') %}
        {% do print('Loaded ' ~ '{:,}'.format(row_count) ~ ' rows into ' ~ this.schema ~ '.' ~ this.identifier ~ ' from ' ~ file.source_file) %}
    {% endif %}
    {% call noop_statement('main', 'INSERT ' ~ row_count, 'INSERT', row_count) %}{{ load_sql }}{% endcall %}

    {# dbt's seed runner asks for this result, and `dbt seed --show` prints it. #}
    {% set preview = 'using sample 10 rows' if invocation_args_dict.get('show') else 'limit 1' %}
    {% do store_result('agate_table', response='OK', agate_table=run_query('select * from ' ~ target_relation ~ ' ' ~ preview)) %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(old_relation, true)) %}
    {% do persist_docs(target_relation, model) %}
    {% do create_indexes(target_relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#
    A from-clause item that reads a file's cells as text, its columns named column_0, column_1, ... by
    position: no cell of a header ever becomes SQL.
#}
{% macro duckdb_read_file(file) %}
    {% set names = [] %}
    {% for cell in file.header %}
        {% do names.append('column_' ~ loop.index0) %}
    {% endfor %}
    {% if file.path.endswith('.parquet') -%}
        (select * from read_parquet({{ duckdb_path_literal(file.path) }})) as file_rows ({{ names | join(', ') }})
    {%- else -%}
        read_csv(
            {{ duckdb_path_literal(file.path) }},
            {{ duckdb_csv_format() }},
            header = true,
            columns = { {%- for name in names %}'{{ name }}': 'varchar'{{ ', ' if not loop.last }}{% endfor -%} }
        )
    {%- endif %}
{% endmacro %}
