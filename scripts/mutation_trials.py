"""Mutants of the models, and the laboratory that tries them on a built sample: the work behind mutate.py."""

import hashlib
import inspect
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import sqlglot
import test_headlines
import test_statistics_macros
from bench.builds import models_in_order
from conftest import PROJECT, Dbt
from database import quote
from oracle import compare
from oracle.oracle import KEYS, questions
from oracle.said import Asked
from sql_mutations import column_of, edits, mutated, nameless, shared_part, unread_columns
from sqlglot import exp

SECONDS = 60  # that a mutant may take; one that does not end would be noticed
# Macros that write nothing but their arguments' columns, or the names of a table and a field besides; by the words that
# a mutant of one is known by.
PARSING = {name: f"{name}('a')" for name in ("squeeze", "parse_count", "clean_label", "published_area")} | {
    "parse_date": "parse_date('a', 'b')",
    "parse_month": "parse_month('a_month', 'b')",
    "undecided_date": "undecided_date('appointment_date', 'b')",
    "undecided_month": "undecided_date('appointment_month', 'b')",
}
INVALID = (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)


@dataclass(frozen=True)
class Mutant:
    """One change: in one place, or in all that one macro writes alike.

    `places` are (model, number of the edit in its SQL). `cte` is where the first of them lies, `change` reads
    `before -> after`.
    """

    layer: str
    model: str
    cte: str
    kind: str
    change: str
    places: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        more = f" and {len(self.places) - 1} like it" if len(self.places) > 1 else ""
        return f"{self.model}, {self.cte}{more}: {self.kind}: {self.change}"


class Warehouse:
    """What dbt made of the sample: models in the order of the lineage, tests, tables; read from its target folder.

    Needs a target folder after `dbt build`, unit tests included.
    """

    def __init__(self, database: Path, target: Path) -> None:
        self.database = database
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        nodes = manifest["nodes"]
        self.models = {node["name"]: node for node in models_in_order(manifest)}
        self.trees = {name: sqlglot.parse_one(node["compiled_code"], "duckdb") for name, node in self.models.items()}
        self.parents = {
            name: {nodes[parent]["name"] for parent in node["depends_on"]["nodes"]} & set(self.models)
            for name, node in self.models.items()
        }
        self.data_tests = [
            (node["name"], {nodes[parent]["name"] for parent in node["depends_on"]["nodes"]}, node["compiled_code"])
            for node in nodes.values()
            if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"
        ]
        compiled = target / "compiled" / manifest["metadata"]["project_name"]
        self.unit_tests: dict[str, list[tuple[str, exp.Expr, dict[str, Any]]]] = defaultdict(list)
        for test in manifest["unit_tests"].values():
            yml = Path(test["original_file_path"])
            tree = sqlglot.parse_one((compiled / yml / yml.parent / f"{test['name']}.sql").read_text("utf-8"), "duckdb")
            self.unit_tests[test["model"]].append((test["name"], tree, test["expect"]))

    def descendants(self, models: Iterable[str]) -> list[str]:
        """These models and all that are made from them, in the order of the lineage."""
        found = set(models)
        for name in self.models:
            if self.parents[name] & found:
                found.add(name)
        return [name for name in self.models if name in found]


def digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


@cache
def content(*paths: Path) -> str:
    """A hash of these files, and of the tables and scripts in these folders."""
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    return digest(*(file.read_text(encoding="utf-8") for file in files if file.suffix in (".csv", ".py")))


def evidence(names: Iterable[str], warehouse: Warehouse, expressions: dict[str, exp.Expr]) -> str:
    """A hash of all that can decide about a change in these models and macros."""
    models = [name for name in names if name in warehouse.models]
    downstream = warehouse.descendants(models)
    words = [warehouse.models[name]["compiled_code"] for name in downstream]
    words += [str(code) for _, parents, code in warehouse.data_tests if parents & set(downstream)]
    words += [f"{tree.sql()}{expect}" for name in models for _, tree, expect in warehouse.unit_tests[name]]
    if models:
        words.append(content(PROJECT / "seeds", Path(compare.__file__).parent, Path(test_headlines.__file__)))
    if len(models) < len(list(names)):
        words += [content(Path(test_statistics_macros.__file__)), *(tree.sql() for tree in expressions.values())]
    return digest(*words)


def list_mutants(warehouse: Warehouse, expressions: dict[str, exp.Expr]) -> list[Mutant]:
    """Every mutant of the models and, among `expressions`, of the statistics macros."""
    together: dict[tuple[object, ...], list[Mutant]] = defaultdict(list)
    macros: dict[type[exp.Expr], set[str]] = defaultdict(set)
    for tree in expressions.values():
        macros[type(tree)].add(nameless(tree))
    statistics = {name: tree for name, tree in expressions.items() if name not in PARSING}
    for name, tree in [*statistics.items(), *sorted(warehouse.trees.items())]:
        node = warehouse.models.get(name)
        layer = node["fqn"][1] if node else "statistics"
        unread = unread_columns(tree, set(node["columns"])) if node else set()
        raw_code = node["raw_code"].strip() if node else ""
        has_loop = "{% for" in raw_code or raw_code.startswith("{{ appointments_by_area(")
        met: Counter[int] = Counter()
        for number, edit in enumerate(edits(tree)):
            column = column_of(edit.node)
            if column is not None and column.alias in unread:
                continue
            key: tuple[object, ...] = (name, number)
            if raw_code.startswith("{{ label_dimension("):
                key = ("label_dimension", number)
            elif shared := shared_part(edit, macros, has_loop):
                part, source = shared
                key = (name if isinstance(part, exp.Select) else "", source, met[id(part)])
                met[id(part)] += 1
            cte = edit.node.find_ancestor(exp.CTE)
            mutant = Mutant(layer, name, cte.alias if cte else "-", edit.kind, edit.text, ((name, number),))
            together[key].append(mutant)
    return [
        replace(found[0], places=tuple(place for mutant in found for place in mutant.places))
        for found in together.values()
    ]


def rendered(folder: Path) -> dict[str, exp.Expr]:
    """What the macros of statistics and parsing write, by the names that their tests and PARSING give them."""
    calls = {name: call for name, (_, call) in test_statistics_macros.CALLS.items()} | PARSING
    sql = test_statistics_macros.render(Dbt(folder), calls)
    return {name: sqlglot.parse_one(sql[name], "duckdb") for name in calls}


class Laboratory:
    """A copy of the built sample in memory, in which changed models are tried; each trial leaves it as it was."""

    def __init__(
        self, warehouse: Warehouse, expected: dict[str, pd.DataFrame], expressions: dict[str, exp.Expr]
    ) -> None:
        self.warehouse = warehouse
        self.expected = expected
        self.expressions = expressions
        self.db = duckdb.connect(config={"threads": 1, "memory_limit": "1500MB", "temp_directory": ""})
        self.db.execute(f"attach {quote(warehouse.database)} as original (read_only)")
        self.db.execute("attach ':memory:' as build")
        self.db.execute("copy from database original to build")
        self.db.execute("use build")
        tables = self.db.execute(
            "select table_name, schema_name, sql from duckdb_tables() where database_name = 'original'"
        ).fetchall()
        self.tables = {name: (schema, sql) for name, schema, sql in tables if name in warehouse.models}
        self.columns = {name: self.describe(f"from {schema}.{name}") for name, (schema, _) in self.tables.items()}
        self.unit_tests = {
            model: [self.prepare(model, *test) for test in tests] for model, tests in warehouse.unit_tests.items()
        }

    def describe(self, query: str) -> list[tuple[str, str]]:
        return [row[:2] for row in self.db.execute(f"describe {query}").fetchall()]

    def prepare(
        self, model: str, name: str, tree: exp.Expr, expect: dict[str, Any]
    ) -> tuple[str, str, exp.Expr, list[str], list[tuple[Any, ...]]]:
        """A unit test's given rows as tables of a schema: (name, schema, the model's SQL on them, columns, rows)."""
        schema = f"unit_{model}_{name}"
        self.db.execute(f"create schema build.{schema}")
        body = tree.copy()
        for cte in list(body.args["with_"].expressions):
            if cte.alias.startswith("__dbt__cte__"):
                self.db.execute(f"create table build.{schema}.{cte.alias} as {cte.this.sql('duckdb')}")
                cte.pop()
        if not body.args["with_"].expressions:
            body.args["with_"].pop()
        if len(list(edits(body))) != len(list(edits(self.warehouse.trees[model]))):
            raise RuntimeError(f"unit test {name}: its SQL has another form than that of {model}")
        types = dict(self.columns[model])
        columns = list(expect["rows"][0] if expect["rows"] else types)
        rows = [[row.get(column) for column in columns] for row in expect["rows"]]
        casts = ", ".join(f"cast(? as {types[column]})" for column in columns)
        wanted = []
        for row in rows:
            given = [None if cell is None else str(cell) for cell in row]
            wanted += self.db.execute(f"select {casts}", given).fetchall()
        return name, schema, body, columns, sorted(wanted, key=str)

    def try_out(self, mutant: Mutant) -> tuple[str, str]:
        """(`killed`, by what), (`survived`, what differs in the sample) or (`invalid`, why it is no SQL)."""
        places: dict[str, list[int]] = defaultdict(list)
        for name, number in mutant.places:
            if name not in self.expressions:
                places[name].append(number)
                continue
            status, by = self.try_statistic(name, number)
            if status != "survived":
                return status, by
        timer = threading.Timer(SECONDS, self.db.interrupt)
        timer.start()
        self.db.execute("begin")
        try:
            return self.judge(places)
        except duckdb.InterruptException:
            return "killed", f"it did not end within {SECONDS} s"
        finally:
            timer.cancel()
            self.db.execute("rollback")
            self.db.execute("use build.main")

    def judge(self, places: dict[str, list[int]]) -> tuple[str, str]:
        changed_sql = {name: mutated(self.warehouse.trees[name], numbers) for name, numbers in places.items()}
        for name, sql in changed_sql.items():
            try:
                if self.describe(f"select * from ({sql})") != self.columns[name]:
                    return "killed", f"the contract of {name}"
            except INVALID as problem:
                return "invalid", str(problem).splitlines()[0]
            except duckdb.Error as problem:
                return "killed", f"the build of {name}: {str(problem).splitlines()[0]}"
        for name, numbers in places.items():
            for test, schema, body, columns, wanted in self.unit_tests.get(name, []):
                self.db.execute(f"use build.{schema}")
                try:
                    query = f"select {', '.join(columns)} from ({mutated(body, numbers)})"
                    if sorted(self.db.execute(query).fetchall(), key=str) != wanted:
                        return "killed", f"unit test {test}"
                except duckdb.InterruptException:
                    raise
                except duckdb.Error as problem:
                    return "killed", f"unit test {test}: {str(problem).splitlines()[0]}"
        self.db.execute("use build.main")

        differing: set[str] = set()
        for name in self.warehouse.descendants(changed_sql):
            if name not in changed_sql and not self.warehouse.parents[name] & differing:
                continue
            try:
                self.rebuild(name, changed_sql.get(name) or self.warehouse.models[name]["compiled_code"])
            except duckdb.InterruptException:
                raise
            except duckdb.Error as problem:
                return "killed", f"the build of {name}: {str(problem).splitlines()[0]}"
            if self.differs(name):
                differing.add(name)
                if name in KEYS and self.differs_from_oracle(name):
                    return "killed", f"the oracle's {name}"
                if name == "mart_headline_answers" and self.headlines_differ():
                    return "killed", "test_headlines"
        for test, parents, query in self.warehouse.data_tests:
            if parents & differing:
                try:
                    if self.db.execute(query).fetchall():
                        return "killed", f"data test {test}"
                except duckdb.ConversionException as problem:
                    return "killed", f"data test {test}: {str(problem).splitlines()[0]}"
        return "survived", ", ".join(sorted(differing)) or "no table of the sample differs"

    def rebuild(self, name: str, sql: str) -> None:
        """Make a model's table anew, with its keys."""
        schema, ddl = self.tables[name]
        self.db.execute(f"drop table build.{schema}.{name}")
        self.db.execute(ddl)
        self.db.execute(f"insert into build.{schema}.{name} by name select * from ({sql})")

    def differs(self, name: str) -> bool:
        """Whether a table is another than the one that was built."""
        now, before = (f"{database}.{self.tables[name][0]}.{name}" for database in ("build", "original"))
        [(differs,)] = self.db.execute(
            f"select (select count(*) from {now}) <> (select count(*) from {before}) "
            f"or exists (from {now} except all from {before})"
        ).fetchall()
        return bool(differs)

    def differs_from_oracle(self, name: str) -> bool:
        actual = compare.fetch_table(self.db, self.tables[name][0], name)
        shared = [column for column in actual.columns if column in self.expected[name].columns]
        return bool(compare.compare_cells(self.expected[name], actual[shared], KEYS[name])[0])

    def headlines_differ(self) -> bool:
        """Whether test_headlines would fail; a sentence that cannot be said again counts."""
        try:
            asked = Asked(self.db)
            for question in questions():
                test_headlines.test_every_figure_of_a_headline_is_in_its_mart((asked, "Synthetic sample: "), question)
            test_headlines.test_a_headline_names_a_mart_that_exists((asked, ""))
        except (AssertionError, ValueError, TypeError, IndexError):
            return True
        return False

    def try_statistic(self, name: str, number: int) -> tuple[str, str]:
        """Run each test of test_statistics_macros with one macro's SQL changed."""
        plain = {key: tree.sql("duckdb") for key, tree in self.expressions.items()}
        changed = plain | {name: mutated(self.expressions[name], [number])}
        for test_name, test in inspect.getmembers(test_statistics_macros, inspect.isfunction):
            if not test_name.startswith("test_"):
                continue
            names = [name for name in inspect.signature(test).parameters if name != "expressions"]
            marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
            for values in marks[0].args[1] if marks else [()]:
                values = (values,) if len(names) == 1 else values
                try:
                    test(changed, **dict(zip(names, values, strict=True)))
                except INVALID as problem:
                    return "invalid", str(problem).splitlines()[0]
                except (AssertionError, duckdb.Error):
                    return "killed", test_name
        return "survived", "no test of the macro fails"
