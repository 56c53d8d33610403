{#
    Releases: what make import has written, a folder yyyy-mm for each, with its raw tables as Parquet and manifest.json.

    NHS_RAW_DIR may name one of them, or the folder that holds them all. Each month of a raw table is then loaded from
    the newest release that has it, so that the series is longer than one release. NHS_AS_OF, yyyy-mm, leaves out the
    releases after that one; it reads data/publications if NHS_RAW_DIR is not set. A seed's yml names the column by which
    a row has a month (`month` in its meta); a raw table without one is that of the newest release alone.
#}

{# The folder that holds the raw tables or the releases, '' for the embedded sample. #}
{% macro raw_folder() %}
    {% set folder = env_var('NHS_RAW_DIR', '') or ('data/publications' if env_var('NHS_AS_OF', '') else '') %}
    {{ return(folder.rstrip('/') or folder) }}
{% endmacro %}


{#
    Where the raw tables are looked for: a list of {'path', 'release', 'present', 'tables'}, oldest release first: a
    folder, the release it is, the files in it, and the raw tables that its manifest names. The last is none for a folder
    that was not imported. The list is empty where there is no release of NHS_AS_OF. It is kept in the graph, as
    inspected_seed_file keeps what it says.
#}
{% macro raw_folders() %}
    {% if 'raw_folders' not in graph %}
        {% do graph.update({'raw_folders': find_raw_folders()}) %}
    {% endif %}
    {{ return(graph.raw_folders) }}
{% endmacro %}

{% macro find_raw_folders() %}
    {% set folder, as_of = raw_folder(), env_var('NHS_AS_OF', '') %}
    {% set present = list_folder(folder) %}
    {% set own = present | select('equalto', 'manifest.json') | list %}
    {% for node in graph.nodes.values() if node.resource_type == 'seed' and node.config.meta.get('raw_table') %}
        {% for ending in raw_file_endings() if node.name ~ ending in present %}
            {% do own.append(node.name ~ ending) %}
        {% endfor %}
    {% endfor %}

    {% set releases = {} %}
    {% if as_of or not own %}
        {% for release, file in list_releases(folder) %}
            {% do releases.setdefault(release, []).append(file) %}
        {% endfor %}
    {% endif %}
    {% set folders = [] %}
    {% for release in releases | sort if 'manifest.json' in releases[release] and (not as_of or release <= as_of) %}
        {% do folders.append({
            'path': folder ~ '/' ~ release, 'release': release, 'present': releases[release],
            'tables': tables_of_release(folder ~ '/' ~ release)
        }) %}
    {% endfor %}
    {% if as_of %}
        {{ return(folders if folders and folders[-1].release == as_of else []) }}
    {% elif folders %}
        {{ return(folders) }}
    {% endif %}
    {% set name = folder.rpartition('/')[2] %}
    {% set is_imported = 'manifest.json' in present %}
    {{ return([{
        'path': folder, 'present': present,
        'release': name if is_imported and is_release_name(name) else none,
        'tables': tables_of_release(folder) if is_imported else none
    }]) }}
{% endmacro %}

{% macro is_release_name(name) %}
    {{ return(modules.re.match('20[0-9][0-9]-(0[1-9]|1[0-2])$', name) is not none) }}
{% endmacro %}

{# The raw tables that an imported release has, as its manifest says. #}
{% macro tables_of_release(folder) %}
    {% set manifest = fromjson(read_whole_file(folder ~ '/manifest.json')) %}
    {% if manifest is not mapping or manifest.get('tables') is not mapping %}
        {% do exceptions.raise_compiler_error(
            folder ~ "/manifest.json cannot be read as what an import writes. Import the release again. No raw table was"
            ~ " replaced."
        ) %}
    {% endif %}
    {{ return(manifest.tables | list) }}
{% endmacro %}


{#
    The parts of a raw table that are loaded, each with the dates of which its rows are: those whose month no newer
    release has, and those that no month can be read in, so that such rows are rejected and never lost. A part without
    `dates` is loaded whole, as the newest release always is.
#}
{% macro newest_of_each_month(seed, parts) %}
    {% set month = seed.config.meta.get('month') %}
    {% if parts | length < 2 or not month %}
        {{ return(parts[-1:]) }}
    {% endif %}
    {% set dates %}
        {% for part in parts %}
        select distinct {{ part.number }} as part_number, {{ text_of(part, month) }} as date_text from {{ read_file(part) }}
        {{ 'union all' if not loop.last }}
        {% endfor %}
    {% endset %}
    {% set chosen = run_query(
        'select part_number, date_text from ('
        ~ 'select *, max(part_number) over (partition by row_month) as newest from ('
        ~ 'select *, ' ~ parse_month(squeeze('date_text')) ~ ' as row_month from (' ~ dates ~ ') as dates'
        ~ ') as months) as numbered where row_month is null or part_number = newest order by part_number, date_text'
    ) %}
    {% set dates_of_parts = {} %}
    {% for row in chosen.rows %}
        {% do dates_of_parts.setdefault(row[0] | int, []).append(row[1]) %}
    {% endfor %}
    {% set loaded = [] %}
    {% for part in parts[:-1] if part.number in dates_of_parts %}
        {% do loaded.append(dict(part, dates=dates_of_parts[part.number])) %}
    {% endfor %}
    {{ return(loaded + parts[-1:]) }}
{% endmacro %}

{# True in SQL for the rows of a part that are loaded. The dates are cells of a file, and literals here. #}
{% macro is_loaded(part, month) -%}
    {%- if 'dates' not in part -%}
        true
    {%- else -%}
        {%- set literals = ["''"] -%}
        {%- for date in part.dates if date is not none -%}
            {%- do literals.append(text_literal(date)) -%}
        {%- endfor -%}
        ({{ text_of(part, month) }} in ({{ literals | join(', ') }}){{ ' or ' ~ text_of(part, month) ~ ' is null' if none in part.dates }})
    {%- endif -%}
{%- endmacro %}

{# A column of a part as text. #}
{% macro text_of(part, name) -%}
    cast(column_{{ part.header.index(name) }} as string)
{%- endmacro %}


{# What each release has of which month and location, whether or not it is loaded: a query; '' where nothing was imported. #}
{% macro select_release_places() %}
    {% set selects = [] %}
    {% for seed in graph.nodes.values() if seed.resource_type == 'seed' and seed.config.meta.get('raw_table') %}
        {% set month = seed.config.meta.get('month') %}
        {% for part in inspected_seed_file(seed).parts if part.release %}
            {% set place = 'sub_icb_location_code' if month and 'sub_icb_location_code' in part.header %}
            {% set own_view = dict(part, number=seed.name ~ part.number) %}
            {% do selects.append(
                'select distinct ' ~ text_literal(seed.name) ~ " as raw_table, cast('" ~ part.release ~ "-01' as date) as release_month, "
                ~ parse_month(squeeze('date_text')) ~ ' as data_month, ' ~ squeeze('place_text') ~ ' as sub_icb_location_code, '
                ~ text_literal(part.source_file) ~ ' as source_file from (select distinct '
                ~ (text_of(part, month) if month else 'cast(null as string)') ~ ' as date_text, '
                ~ (text_of(part, place) if place else 'cast(null as string)') ~ ' as place_text from ' ~ read_file(own_view)
                ~ ') as texts'
            ) %}
        {% endfor %}
    {% endfor %}
    {{ return(selects | join(' union all ')) }}
{% endmacro %}
