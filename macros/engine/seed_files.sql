{#
    Where a seed's file is, and whether it is fit to load.

    The raw tables come from the folder in NHS_RAW_DIR when that is set (relative to the folder dbt runs in),
    and from the embedded sample otherwise. That folder holds the files themselves, or releases that were imported: see
    releases.sql. NHS_SEED_ROOT names a copy of the project's `seeds` folder, by the folder or URL that holds it, for an
    engine that cannot see this machine's files. Columns are matched by header name, whatever their case or order; a
    seed's yml is the list of what must be there. Columns marked `optional: true` in their meta are null where the file
    lacks them, columns that the yml does not name are left out.

    A raw table marked `optional: true` may be missing, and one marked `allow_missing: true` where an imported release
    does not have it or ALLOW_MISSING names it. It then has no rows.
#}

{# Where the project itself holds a seed's file. #}
{% macro seed_file_path(seed) %}
    {{ return(env_var('NHS_SEED_ROOT', seed.root_path) ~ '/' ~ seed.original_file_path) }}
{% endmacro %}

{#
    For a seed of the graph: {'parts', 'problem'}: what it is loaded from, and none or all that is wrong with it. A part
    is {'path', 'source_file', 'release', 'number', 'header'}: the file to read, the same as its user knows it, the
    release it is of or none, and its header in lower case. A table that may be missing, and is, has no part.
#}
{% macro inspect_seed_file(seed) %}
    {% if not seed.columns %}
        {{ return({'problem': "Seed '" ~ seed.name ~ "' lists no columns: name them, with their data_type, in a yml beside it."}) }}
    {% endif %}

    {% if seed.config.meta.get('raw_table') and raw_folder() %}
        {% set problem = raw_table_problem(seed) %}
        {% if problem %}
            {{ return({'problem': problem}) }}
        {% endif %}
        {% set parts = find_raw_table(seed).parts %}
        {% for part in parts if part.path.endswith('.xlsx') %}
            {% set workbook = converted_workbooks().get(seed.name, {}) %}
            {% if not workbook.path %}
                {{ return({'problem': workbook.problem or
                    part.path ~ ": dbt does not read Excel workbooks.\n"
                    ~ "    expected: a workbook that make build has converted\n"
                    ~ "    found: a run of dbt alone\n"
                    ~ "    Run make build RAW=" ~ raw_folder() ~ ", or save the sheet as CSV UTF-8."
                }) }}
            {% endif %}
            {% do part.update({'path': workbook.path}) %}
        {% endfor %}
    {% else %}
        {% set parts = [{'path': seed_file_path(seed), 'source_file': seed.original_file_path, 'release': none}] %}
    {% endif %}

    {% for part in parts %}
        {% set header = [] %}
        {% for name in read_file_header(part.path) %}
            {% do header.append(name | string | trim | lower) %}
        {% endfor %}
        {% do part.update({'number': loop.index, 'header': header}) %}
        {% set problem = header_problem(seed, part) %}
        {% if problem %}
            {{ return({'problem': problem}) }}
        {% endif %}
    {% endfor %}
    {{ return({'parts': parts, 'problem': none}) }}
{% endmacro %}


{# What is wrong with the columns of a seed's file, or none. #}
{% macro header_problem(seed, part) %}
    {% set header, source_file = part.header, part.source_file %}
    {% set problems = [] %}
    {% for name in seed_file_columns(seed) %}
        {% if header | select('equalto', name) | list | length > 1 %}
            {% do problems.append("column '" ~ name ~ "' appears more than once") %}
        {% elif name not in header and not is_optional_column(seed.columns[name]) %}
            {% do problems.append("column '" ~ name ~ "' is missing") %}
        {% endif %}
    {% endfor %}
    {% if problems and header | length == 1 and (';' in header[0] or '\t' in header[0]) %}
        {{ return(
            source_file ~ ": the columns are separated by semicolons or tabs.\n"
            ~ "    expected: commas\n"
            ~ "    found in the header: " ~ header[0] ~ "\n"
            ~ "    Save it as comma-separated CSV (UTF-8)."
        ) }}
    {% elif problems and header and header[0].startswith('<') %}
        {{ return(
            source_file ~ ": this is a web page, not a table.\n"
            ~ "    expected in the header: " ~ (seed_file_columns(seed, only_required=true) | join(', ')) ~ "\n"
            ~ "    found: " ~ header[0] ~ "\n"
            ~ "    Download it again. If the page asks you to sign in, do that first."
        ) }}
    {% elif problems %}
        {{ return(
            source_file ~ ": " ~ (problems | join('; ')) ~ ".\n"
            ~ "    expected in the header: " ~ (seed_file_columns(seed, only_required=true) | join(', ')) ~ "\n"
            ~ "    found in the header: " ~ ((header | join(', ')) or 'nothing') ~ "\n"
            ~ "    Rename or add the column in " ~ (
                "the header of the first sheet, which must be within its first ten rows" if source_file.endswith('.xlsx')
                else "the file's first line"
            ) ~ "; order and case do not matter."
        ) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}


{#
    Where NHS_RAW_DIR has a raw table: {'parts', 'twice', 'lost', 'foreign'}: its file, or the one of each release that
    has it, oldest first; files that are one too many; files that a release should have, but does not; and files that
    somebody put into one of several releases.
#}
{% macro find_raw_table(seed) %}
    {% set parts, twice, lost, foreign = [], [], [], [] %}
    {% set folders = raw_folders() %}
    {% for folder in folders %}
        {% set path = folder.path ~ '/' ~ seed.name ~ '.parquet' %}
        {% if folders | length == 1 %}
            {% set found = raw_table_files(seed.name, folder.path, folder.present) %}
        {% else %}
            {% set found = [path] if seed.name ~ '.parquet' in folder.present else [] %}
            {% for ending in raw_file_endings() if ending != '.parquet' and seed.name ~ ending in folder.present %}
                {% do foreign.append(folder.path ~ '/' ~ seed.name ~ ending) %}
            {% endfor %}
        {% endif %}
        {% if found | length > 1 %}
            {% do twice.extend(found) %}
        {% elif found %}
            {% do parts.append({'path': found[0], 'source_file': found[0], 'release': folder.release}) %}
        {% elif seed.name in (folder.tables or []) %}
            {% do lost.append(path) %}
        {% endif %}
    {% endfor %}
    {{ return({'parts': parts, 'twice': twice, 'lost': lost, 'foreign': foreign}) }}
{% endmacro %}

{# Why a raw table cannot be loaded from where it should be, or none. #}
{% macro raw_table_problem(seed) %}
    {% if not raw_folders() %}
        {{ return(
            "NHS_AS_OF must name a release (yyyy-mm) that was imported into NHS_RAW_DIR (data/publications if that is not"
            ~ " set).\n"
            ~ "    expected: " ~ raw_folder() ~ '/' ~ env_var('NHS_AS_OF') ~ ", with the manifest.json of its import\n"
            ~ "    found: " ~ ((list_releases(raw_folder()) | map('first') | unique | join(', ')) or 'no release') ~ "\n"
            ~ "    Import it with make import."
        ) }}
    {% endif %}
    {% set found = find_raw_table(seed) %}
    {% if found.lost %}
        {{ return(
            "A release lacks a file of raw table '" ~ seed.name ~ "' that its manifest.json names.\n"
            ~ "    expected: " ~ (found.lost | join(', ')) ~ "\n"
            ~ "    found: no such file\n"
            ~ "    Import the release again, with all of its files."
        ) }}
    {% elif found.foreign %}
        {{ return(
            "A file of raw table '" ~ seed.name ~ "' was put into a release that is built together with others.\n"
            ~ "    expected: only the Parquet files that make import wrote\n"
            ~ "    found: " ~ (found.foreign | join(', ')) ~ "\n"
            ~ "    Import the file, move it elsewhere, or build its release alone."
        ) }}
    {% elif found.twice %}
        {{ return(
            "NHS_RAW_DIR holds raw table '" ~ seed.name ~ "' more than once.\n"
            ~ "    expected: one file\n"
            ~ "    found: " ~ (found.twice | join(', ')) ~ "\n"
            ~ "    Move all but one of them elsewhere."
        ) }}
    {% elif found.parts or may_be_missing(seed) %}
        {{ return(none) }}
    {% endif %}
    {# In the same words for each that is missing, so that they can be said once. #}
    {% set missing, expected, could_be_allowed = [], [], [] %}
    {% for other in raw_tables_of_run(seed) if not (may_be_missing(other) or find_raw_table(other).values() | sum(start=[])) %}
        {% do missing.append("'" ~ other.name ~ "'") %}
        {% do expected.append('one of ' ~ other.name ~ (raw_file_endings() | join(', ' ~ other.name))) %}
        {% if other.config.meta.get('allow_missing') %}
            {% do could_be_allowed.append(other.name) %}
        {% endif %}
    {% endfor %}
    {{ return(
        "NHS_RAW_DIR holds no raw table " ~ (missing | join(', ')) ~ ".\n"
        ~ "    expected: " ~ (expected | join('; ')) ~ " in " ~ raw_folder() ~ "\n"
        ~ "    found: " ~ ((raw_folders() | map(attribute='present') | sum(start=[]) | unique | join(', '))
            or 'no such folder, or nothing in it') ~ "\n"
        ~ "    Put the file there under that name, or point NHS_RAW_DIR (RAW=... for make) at the folder that has it."
        ~ (' If there is no such table: ALLOW_MISSING="' ~ (could_be_allowed | join(' ')) ~ '".' if could_be_allowed else '')
    ) }}
{% endmacro %}


{# Whether a build does without a raw table: it always does, or its releases have none, or its user says so. #}
{% macro may_be_missing(seed) %}
    {% set meta = seed.config.meta %}
    {{ return(meta.get('optional') or meta.get('allow_missing') and (
        raw_folders()[0].tables is not none or seed.name in allowed_missing()
    )) }}
{% endmacro %}

{# The raw tables that ALLOW_MISSING names. #}
{% macro allowed_missing() %}
    {% set allowed = env_var('ALLOW_MISSING', '').replace(',', ' ').replace(';', ' ').split() %}
    {% set known = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'seed' and node.config.meta.get('allow_missing') %}
        {% do known.append(node.name) %}
    {% endfor %}
    {% for name in allowed if name not in known %}
        {% do exceptions.raise_compiler_error(printable(
            "ALLOW_MISSING: expected names of raw tables that a build can do without (" ~ (known | sort | join(', '))
            ~ "); found '" ~ name ~ "'"
        )) %}
    {% endfor %}
    {{ return(allowed) }}
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
    {% set is_raw = seed.config.meta.get('raw_table') or seed.config.meta.get('of_releases') %}
    {% if is_raw %}
        {% do allowed_missing() %}
    {% endif %}
    {% set file = inspected_seed_file(seed) %}
    {% if file.problem %}
        {% set kept = " No raw table was replaced." if is_raw else "" %}
        {% do exceptions.raise_compiler_error(printable(file.problem ~ kept)) %}
    {% endif %}
    {% if is_raw %}
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
