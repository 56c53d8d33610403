{#
    Where a seed's file is, and whether it is fit to load.

    The raw tables come from the folder in NHS_RAW_DIR when that is set (relative to the folder dbt runs in),
    and from the embedded sample otherwise. NHS_AS_OF names a release, yyyy-mm, whose folder below NHS_RAW_DIR
    (data/publications if that is not set) is read instead. NHS_SEED_ROOT names a copy of the project's `seeds` folder, by the
    folder or URL that holds it, for an engine that cannot see this machine's files. Columns are matched by header
    name, whatever their case or order; a seed's yml is the list of what must be there. Columns marked
    `optional: true` in their meta are null where the file lacks them, columns that the yml does not name are
    left out. A raw table marked so may be missing from the folder: it then has no rows, whatever the project's own
    file of it holds.
#}

{# The folder that holds the raw tables, '' for the embedded sample. #}
{% macro raw_folder() %}
    {% set folder = env_var('NHS_RAW_DIR', '') %}
    {% if env_var('NHS_AS_OF', '') %}
        {% set folder = (folder or 'data/publications').rstrip('/') ~ '/' ~ env_var('NHS_AS_OF') %}
    {% endif %}
    {{ return(folder.rstrip('/') or folder) }}
{% endmacro %}

{# Where the project itself holds a seed's file. #}
{% macro seed_file_path(seed) %}
    {{ return(env_var('NHS_SEED_ROOT', seed.root_path) ~ '/' ~ seed.original_file_path) }}
{% endmacro %}

{#
    For a seed of the graph: {'path', 'source_file', 'header', 'problem'}: the file to read (none if the raw folder lacks
    an optional table), the same as its user knows it, its header in lower case, and none or all that is wrong with it.
#}
{% macro inspect_seed_file(seed) %}
    {% if not seed.columns %}
        {{ return({'problem': "Seed '" ~ seed.name ~ "' lists no columns: name them, with their data_type, in a yml beside it."}) }}
    {% endif %}

    {% set raw_dir = raw_folder() %}
    {% set path = seed_file_path(seed) %}
    {% set source_file = seed.original_file_path %}
    {% if seed.config.meta.get('raw_table') and raw_dir %}
        {% set present = list_folder(raw_dir) %}
        {% set found = raw_table_files(seed.name, raw_dir, present) %}
        {% if found | length == 0 and not seed.config.meta.get('optional') %}
            {# In the same words for each that is missing, so that they can be said once. #}
            {% set missing, expected = [], [] %}
            {% for other in raw_tables_of_run(seed) if not other.config.meta.get('optional') %}
                {% if not raw_table_files(other.name, raw_dir, present) %}
                    {% do missing.append("'" ~ other.name ~ "'") %}
                    {% do expected.append('one of ' ~ other.name ~ (raw_file_endings() | join(', ' ~ other.name))) %}
                {% endif %}
            {% endfor %}
            {{ return({'problem':
                "NHS_RAW_DIR holds no raw table " ~ (missing | join(', ')) ~ ".\n"
                ~ "    expected: " ~ (expected | join('; ')) ~ " in " ~ raw_dir ~ "\n"
                ~ "    found: " ~ ((present | join(', ')) or 'no such folder, or nothing in it') ~ "\n"
                ~ ("    NHS_AS_OF must name a release (yyyy-mm) that was imported into NHS_RAW_DIR (data/publications if"
                    ~ " that is not set). Import it with make import." if env_var('NHS_AS_OF', '') else
                    "    Put the file there under that name, or point NHS_RAW_DIR (RAW=... for make) at the folder that has it.")
            }) }}
        {% elif found | length > 1 %}
            {{ return({'problem':
                "NHS_RAW_DIR holds raw table '" ~ seed.name ~ "' more than once.\n"
                ~ "    expected: one file\n"
                ~ "    found: " ~ (found | join(', ')) ~ "\n"
                ~ "    Move all but one of them elsewhere."
            }) }}
        {% elif found | length == 0 %}
            {{ return({'path': none, 'source_file': raw_dir, 'header': [], 'problem': none}) }}
        {% endif %}
        {% set path = found[0] %}
        {% set source_file = found[0] %}
        {% if path.endswith('.xlsx') %}
            {% set workbook = converted_workbooks().get(seed.name, {}) %}
            {% if not workbook.path %}
                {{ return({'problem': workbook.problem or
                    path ~ ": dbt does not read Excel workbooks.\n"
                    ~ "    expected: a workbook that make build has converted\n"
                    ~ "    found: a run of dbt alone\n"
                    ~ "    Run make build RAW=" ~ raw_dir ~ ", or save the sheet as CSV UTF-8."
                }) }}
            {% endif %}
            {% set path = workbook.path %}
        {% endif %}
    {% endif %}

    {% set header = [] %}
    {% for name in read_file_header(path) %}
        {% do header.append(name | string | trim | lower) %}
    {% endfor %}
    {% set problems = [] %}
    {% for name in seed_file_columns(seed) %}
        {% if header | select('equalto', name) | list | length > 1 %}
            {% do problems.append("column '" ~ name ~ "' appears more than once") %}
        {% elif name not in header and not is_optional_column(seed.columns[name]) %}
            {% do problems.append("column '" ~ name ~ "' is missing") %}
        {% endif %}
    {% endfor %}
    {% if problems and header | length == 1 and (';' in header[0] or '\t' in header[0]) %}
        {{ return({'problem':
            source_file ~ ": the columns are separated by semicolons or tabs.\n"
            ~ "    expected: commas\n"
            ~ "    found in the header: " ~ header[0] ~ "\n"
            ~ "    Save it as comma-separated CSV (UTF-8)."
        }) }}
    {% elif problems and header and header[0].startswith('<') %}
        {{ return({'problem':
            source_file ~ ": this is a web page, not a table.\n"
            ~ "    expected in the header: " ~ (seed_file_columns(seed, only_required=true) | join(', ')) ~ "\n"
            ~ "    found: " ~ header[0] ~ "\n"
            ~ "    Download it again. If the page asks you to sign in, do that first."
        }) }}
    {% elif problems %}
        {{ return({'problem':
            source_file ~ ": " ~ (problems | join('; ')) ~ ".\n"
            ~ "    expected in the header: " ~ (seed_file_columns(seed, only_required=true) | join(', ')) ~ "\n"
            ~ "    found in the header: " ~ ((header | join(', ')) or 'nothing') ~ "\n"
            ~ "    Rename or add the column in " ~ (
                "the header of the first sheet, which must be within its first ten rows" if source_file.endswith('.xlsx')
                else "the file's first line"
            ) ~ "; order and case do not matter."
        }) }}
    {% endif %}
    {{ return({'path': path, 'source_file': source_file, 'header': header, 'problem': none}) }}
{% endmacro %}


{% macro raw_file_endings() %}
    {{ return(['.csv', '.csv.gz', '.parquet', '.xlsx']) }}
{% endmacro %}

{#
    What scripts/building/workbooks.py, which runs before dbt, made of the raw tables that are Excel workbooks: by table
    the `path` of a CSV, or the `problem`.
#}
{% macro converted_workbooks() %}
    {{ return(fromjson(env_var('NHS_WORKBOOKS', '{}'))) }}
{% endmacro %}

{# The files of a raw table in a folder that holds the files `present`; more than one is one too many. #}
{% macro raw_table_files(name, folder, present) %}
    {% set found = [] %}
    {% for ending in raw_file_endings() %}
        {% set path = folder ~ '/' ~ name ~ ending %}
        {% if name ~ ending in present or (ending == '.parquet' and list_folder(path)) %}
            {% do found.append(path) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{# The raw tables that a run loads, by name: this seed and others. #}
{% macro raw_tables_of_run(seed) %}
    {% set seeds = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'seed' and node.config.meta.get('raw_table') %}
        {% if node.unique_id == seed.unique_id or node.unique_id in selected_resources %}
            {% do seeds.append(node) %}
        {% endif %}
    {% endfor %}
    {{ return(seeds | sort(attribute='name')) }}
{% endmacro %}


{# The columns that a seed's yml expects in its file; `source_file` is written by the load itself. #}
{% macro seed_file_columns(seed, only_required=false) %}
    {% set names = [] %}
    {% for name, column in seed.columns.items() if name != 'source_file' %}
        {% if not (only_required and is_optional_column(column)) %}
            {% do names.append(name) %}
        {% endif %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}


{% macro is_optional_column(column) %}
    {{ return(column.meta.get('optional', false)) }}
{% endmacro %}


{#
    What inspect_seed_file says, asked once in a run: each raw table's load looks at all the others, and on Spark a look
    takes seconds. It is kept in the graph, because dbt hands the same graph to every seed of a run.
#}
{% macro inspected_seed_file(seed) %}
    {% set inspected = graph.setdefault('inspected_seed_files', {}) %}
    {% if seed.unique_id not in inspected %}
        {% do inspected.update({seed.unique_id: inspect_seed_file(seed)}) %}
    {% endif %}
    {{ return(inspected[seed.unique_id]) }}
{% endmacro %}


{#
    Refuses to load a seed whose file is unfit, and a raw table while another raw table of the same run is:
    the raw tables belong together, so either all are replaced or none. Returns what inspect_seed_file does.
#}
{% macro check_seed_file(seed) %}
    {% set file = inspected_seed_file(seed) %}
    {% if file.problem %}
        {% set kept = " No raw table was replaced." if seed.config.meta.get('raw_table') else "" %}
        {% do exceptions.raise_compiler_error(printable(file.problem ~ kept)) %}
    {% endif %}
    {% if seed.config.meta.get('raw_table') %}
        {% set unfit = [] %}
        {% for other in raw_tables_of_run(seed) if inspected_seed_file(other).problem %}
            {% do unfit.append(other.name) %}
        {% endfor %}
        {% if unfit %}
            {% do exceptions.raise_compiler_error(
                "The other raw tables are sound, but cannot be loaded without " ~ (unfit | join(', '))
                ~ ". No raw table was replaced."
            ) %}
        {% endif %}
    {% endif %}
    {{ return(file) }}
{% endmacro %}
