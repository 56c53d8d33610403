{#
    How each engine lists a folder and reads a file. No cell, header or path becomes SQL: columns are named
    column_0, column_1, ... by position, and a path is a literal that names that one file, wildcard characters and all.
#}

{# Names of the files in a folder; empty where there is no such folder. #}
{% macro list_folder(folder) %}
    {{ return(adapter.dispatch('list_folder')(folder)) }}
{% endmacro %}

{% macro duckdb__list_folder(folder) %}
    {% set files = run_query(
        "select parse_filename(file) as name from glob(" ~ duckdb_path_literal(folder, '/*') ~ ") order by name"
    ) %}
    {{ return(files.columns[0].values() | list) }}
{% endmacro %}

{# A table over the folder, unlike a view or a direct query, is not refused where there is no such folder. #}
{% macro spark__list_folder(folder) %}
    {% set listing = this.schema ~ '.' ~ this.identifier ~ '__folder' %}
    {% do run_query('drop table if exists ' ~ listing) %}
    {% do run_query('create table ' ~ listing ~ ' using binaryFile options (' ~ spark_path_options(folder) ~ ')') %}
    {% set files = run_query('select _metadata.file_name as name from ' ~ listing ~ ' order by name') %}
    {% do run_query('drop table ' ~ listing) %}
    {{ return(files.columns[0].values() | list) }}
{% endmacro %}

{# Databricks makes no tables over volumes, but lists them. #}
{% macro databricks__list_folder(folder) %}
    {{ return(run_query('list ' ~ text_literal(folder)).columns['name'].values() | list) }}
{% endmacro %}


{# The files in the folders of a folder that are named like releases: a list of [release, file]. #}
{% macro list_releases(folder) %}
    {% set files = [] %}
    {% for release, file in adapter.dispatch('list_subfolders')(folder) if is_release_name(release) %}
        {% do files.append([release, file]) %}
    {% endfor %}
    {{ return(files) }}
{% endmacro %}

{% macro duckdb__list_subfolders(folder) %}
    {% set files = run_query("select file from glob(" ~ duckdb_path_literal(folder, '/*/*') ~ ") order by file") %}
    {% set found = [] %}
    {% for file in files.columns[0].values() %}
        {% do found.append(file.rsplit('/', 2)[1:]) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# Spark lists all folders below. It writes their names as in a URL, where one of letters and digits is as it is. #}
{% macro spark__list_subfolders(folder) %}
    {% set listing = this.schema ~ '.' ~ this.identifier ~ '__folder' %}
    {% do run_query('drop table if exists ' ~ listing) %}
    {% do run_query(
        'create table ' ~ listing ~ ' using binaryFile options (' ~ spark_path_options(folder)
        ~ ", recursiveFileLookup 'true')"
    ) %}
    {% set files = run_query('select _metadata.file_path as path from ' ~ listing ~ ' order by path') %}
    {% do run_query('drop table ' ~ listing) %}
    {% set name = folder.rpartition('/')[2] %}
    {% set found = [] %}
    {% for file in files.columns[0].values() %}
        {% set names = file.rsplit('/', 3)[1:] %}
        {% if names[0] == name or not modules.re.match('[A-Za-z0-9_-]+$', name) %}
            {% do found.append(names[1:]) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro databricks__list_subfolders(folder) %}
    {% set found = [] %}
    {% for name in list_folder(folder) if is_release_name(name.rstrip('/')) %}
        {% for file in list_folder(folder ~ '/' ~ name.rstrip('/')) %}
            {% do found.append([name.rstrip('/'), file]) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}


{# A file's whole content as text. #}
{% macro read_whole_file(path) %}
    {{ return(adapter.dispatch('read_whole_file')(path)) }}
{% endmacro %}

{% macro duckdb__read_whole_file(path) %}
    {{ return(run_query('select content from read_text(' ~ duckdb_path_literal(path) ~ ')').rows[0][0]) }}
{% endmacro %}

{% macro spark__read_whole_file(path) %}
    {% set view = this.identifier ~ '__text' %}
    {% do run_query(
        'create or replace temporary view ' ~ view ~ ' using text options (' ~ spark_path_options(path) ~ ", wholetext 'true')"
    ) %}
    {% set content = run_query('select * from ' ~ view).rows[0][0] %}
    {% do run_query('drop view ' ~ view) %}
    {{ return(content) }}
{% endmacro %}


{# The cells of a file's first line (CSV) or its column names (Parquet). #}
{% macro read_file_header(path) %}
    {{ return(adapter.dispatch('read_file_header')(path)) }}
{% endmacro %}

{% macro duckdb__read_file_header(path) %}
    {% if path.endswith('.parquet') %}
        {% set described = run_query("describe select * from read_parquet(" ~ duckdb_parquet_literal(path) ~ ")") %}
        {{ return(described.columns[0].values() | list) }}
    {% endif %}
    {#
        Named columns instead of a guess at the separator; cells beyond the header's are padded with null. Errors in
        lines further down are for the load to name.
    #}
    {% set columns = [] %}
    {% for number in range(128) %}
        {% do columns.append("'column_" ~ number ~ "': 'varchar'") %}
    {% endfor %}
    {% set first_line = run_query(
        "select * from read_csv(" ~ duckdb_path_literal(path) ~ ", " ~ duckdb_csv_format()
        ~ ", header = false, parallel = false, null_padding = true, ignore_errors = true, strict_mode = false, nullstr = 'null is padding alone'"
        ~ ", columns = {" ~ (columns | join(', ')) ~ "}) limit 1"
    ) %}
    {{ return(first_line.rows[0].values() | reject('none') | list if first_line.rows | length > 0 else []) }}
{% endmacro %}

{% macro spark__read_file_header(path) %}
    {% set view = this.identifier ~ '__header' %}
    {% if path.endswith('.parquet') %}
        {% do run_query('create or replace temporary view ' ~ view ~ ' using parquet options (' ~ spark_path_options(path) ~ ')') %}
        {# By name alone: PySpark does not know every type of the columns. #}
        {% set header = run_query('show columns in ' ~ view).columns[0].values() | list %}
    {% else %}
        {% do run_query(
            'create or replace temporary view ' ~ view ~ ' using csv options (' ~ spark_path_options(path)
            ~ ", header 'false', " ~ spark_csv_format() ~ ')'
        ) %}
        {% set header = [] %}
        {% for row in run_query('select * from ' ~ view ~ ' limit 1').rows %}
            {% for cell in row.values() %}
                {# The name of an index that pandas wrote is empty, which Spark takes for no value. #}
                {% do header.append(cell or '') %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {% do run_query('drop view ' ~ view) %}
    {{ return(header) }}
{% endmacro %}


{# A from-clause item with a file's cells, columns column_0, column_1, ...; as text, but for Parquet's own types. #}
{% macro read_file(file) %}
    {{ return(adapter.dispatch('read_file')(file)) }}
{% endmacro %}

{% macro duckdb__read_file(file) %}
    {% set names = numbered_columns(file) %}
    {% set rows %}
    {% if file.path.endswith('.parquet') -%}
        (select * from read_parquet({{ duckdb_parquet_literal(file.path) }})) as file_rows ({{ names | join(', ') }})
    {%- else -%}
        read_csv(
            {{ duckdb_path_literal(file.path) }},
            {{ duckdb_csv_format() }},
            header = true,
            store_rejects = true,
            rejects_table = '{{ this.identifier }}__bad_lines',
            rejects_scan = '{{ this.identifier }}__bad_scans',
            columns = { {%- for name in names %}'{{ name }}': 'varchar'{{ ', ' if not loop.last }}{% endfor -%} }
        )
    {%- endif %}
    {% endset %}
    {{ return(rows) }}
{% endmacro %}

{#
    Spark reads past a line that does not fit the header and past bytes that are not UTF-8, so both are asked for
    first. Lines are read one by one, which lets Spark split a file; a line break inside a cell is a broken line.
#}
{% macro spark__read_file(file) %}
    {% set names = numbered_columns(file) %}
    {% set view = this.identifier ~ '__file' ~ file.number %}
    {% if file.path.endswith('.parquet') %}
        {% do run_query('create or replace temporary view ' ~ view ~ ' using parquet options (' ~ spark_path_options(file.path) ~ ')') %}
        {{ return('(select * from ' ~ view ~ ') as file_rows (' ~ (names | join(', ')) ~ ')') }}
    {% endif %}
    {% do run_query(
        'create or replace temporary view ' ~ view ~ ' (' ~ (names | join(' string, ')) ~ ' string, broken_line string)'
        ~ ' using csv options (' ~ spark_path_options(file.path) ~ ", header 'true', " ~ spark_csv_format()
        ~ ", columnNameOfCorruptRecord 'broken_line')"
    ) %}
    {% set line = "concat_ws(',', " ~ (names | join(', ')) ~ ")" %}
    {% set bad_lines = run_query(
        'select coalesce(broken_line, ' ~ line ~ ') as line from ' ~ view
        ~ ' where broken_line is not null or ' ~ line ~ " like '%\uFFFD%' limit 5"
    ) %}
    {% do refuse_lines(file, bad_lines.columns[0].values(), ', without line breaks in a cell') %}
    {{ return(view) }}
{% endmacro %}


{# Refuses a file of which a line could not be read, once it is loaded: the transaction then puts the old table back. #}
{% macro refuse_bad_lines(file) %}
    {{ return(adapter.dispatch('refuse_bad_lines')(file)) }}
{% endmacro %}

{% macro duckdb__refuse_bad_lines(file) %}
    {% if not file.path.endswith('.parquet') %}
        {% set bad_lines = run_query(
            "select 'line ' || line || ': ' || any_value(csv_line) from " ~ this.identifier ~ "__bad_lines"
            ~ " group by line order by line limit 5"
        ) %}
        {% do refuse_lines(file, bad_lines.columns[0].values()) %}
    {% endif %}
{% endmacro %}

{# They were asked for before the load, see spark__read_file. #}
{% macro spark__refuse_bad_lines(file) %}
{% endmacro %}

{% macro refuse_lines(file, lines, also='') %}
    {% if lines %}
        {% do exceptions.raise_compiler_error(
            file.source_file ~ ": a line cannot be read.\n"
            ~ "    expected: " ~ (file.header | length) ~ " cells in every line" ~ also ~ ", as utf-8\n"
            ~ "    found: " ~ printable(lines | join('\n           ')) ~ "\n"
            ~ "    If a line has more or fewer cells, the file was cut short or edited: export it again.\n"
            ~ "    If it is not in utf-8, save the file as CSV UTF-8."
        ) %}
    {% endif %}
{% endmacro %}


{% macro numbered_columns(file) %}
    {% set names = [] %}
    {% for cell in file.header %}
        {% do names.append('column_' ~ loop.index0) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}


{# `path` as a SQL literal that names that one file: its own wildcard characters are taken as they are. #}
{% macro duckdb_path_literal(path, pattern='') %}
    {% set literal = path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') %}
    {{ return(text_literal(literal ~ pattern)) }}
{% endmacro %}

{# A Parquet file may be a folder of part files, as engines with many workers write it. #}
{% macro duckdb_parquet_literal(path) %}
    {{ return(duckdb_path_literal(path, '/*.parquet' if list_folder(path) else '')) }}
{% endmacro %}

{#
    The options that name one file or folder, taken as it is spelt: __globPaths__ is Spark's own word for no wildcards.
    A relative path is from the folder dbt runs in; Spark would take it from the folder of the schema.
#}
{% macro spark_path_options(path) %}
    {% if path.startswith('~/') %}
        {% set path = env_var('HOME') ~ path[1:] %}
    {% elif not modules.re.match('/|[a-zA-Z][a-zA-Z0-9+.-]*:', path) %}
        {% set folder = run_query("select java_method('java.lang.System', 'getProperty', 'user.dir')").columns[0].values()[0] %}
        {% set path = folder ~ '/' ~ path %}
    {% endif %}
    {{ return('path ' ~ text_literal(path) ~ ", __globPaths__ 'false'") }}
{% endmacro %}


{# Comma, double quote, doubled to escape: what the publisher and every spreadsheet write. #}
{% macro duckdb_csv_format() %}
    {{ return("auto_detect = false, delim = ',', quote = '\"', escape = '\"'") }}
{% endmacro %}

{% macro spark_csv_format() %}
    {{ return("sep ',', quote '\"', escape '\"', emptyValue '', encoding 'UTF-8'") }}
{% endmacro %}
