"""The changes that mutation testing makes in a query: one at a time, in a fixed order.

Each is a mistake that someone could make: a condition left out, a boundary off by one, a sum taken for a count.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

Change = tuple[str, exp.Expr | None, *tuple[str, ...]]  # what an Edit is made of, without the node
Kinds = dict[type[exp.Expr], type[exp.Expr]]

BOUNDARIES: Kinds = {exp.LT: exp.LTE, exp.LTE: exp.LT, exp.GT: exp.GTE, exp.GTE: exp.GT}
OPPOSITES: Kinds = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
FUNCTIONS: Kinds = {
    exp.Sum: exp.Count,
    exp.Avg: exp.Max,
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
    exp.Rank: exp.RowNumber,
    exp.RowNumber: exp.Rank,
}
ARITHMETIC: Kinds = {exp.Add: exp.Sub, exp.Sub: exp.Add, exp.Mul: exp.Div, exp.And: exp.Or, exp.Or: exp.And}


@dataclass(frozen=True)
class Edit:
    """One change: `node` of the query becomes `new`, or goes where that is None. `words` say it where SQL is long."""

    kind: str
    node: exp.Expr
    new: exp.Expr | None
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The change as `before -> after`; asked before it is made."""
        after = self.new.sql("duckdb") if self.new is not None else "(nothing)"
        return " -> ".join(self.words or (self.node.sql("duckdb"), after))

    def make(self) -> None:
        if self.new is None:
            self.node.pop()
        else:
            self.node.replace(self.new)


def edits(tree: exp.Expr) -> Iterator[Edit]:
    """Every change that can be made in a query; make one at most, each is of the query as it stands."""
    for node in list(tree.walk(bfs=False)):
        for rule in RULES:
            for kind, new, *words in rule(node):
                yield Edit(kind, node, new, tuple(words))


def mutated(tree: exp.Expr, numbers: Iterable[int]) -> str:
    """The query with the edits of these numbers made, as SQL. Numbers count `edits`; one of no edit changes nothing."""
    # The whole query can be replaced too, below something that holds it.
    holder = exp.Subquery(this=tree.copy())
    wanted = set(numbers)
    for edit in [edit for number, edit in enumerate(edits(holder.this)) if number in wanted]:
        edit.make()
    changed: exp.Expr = holder.this
    return changed.sql("duckdb")


def nameless(node: exp.Expr) -> str:
    """An expression's SQL with every column and table as `_`: what one macro writes for different ones is alike in it.

    A text that a column is compared with is `_` too: the field, among the labels of all fields.
    """

    def blank(part: exp.Expr) -> exp.Expr:
        return (
            exp.column("_")
            if isinstance(part, exp.Column)
            else exp.table_("_")
            if isinstance(part, exp.Table)
            else part
        )

    return re.sub(r"_ = '\w+'", "_ = '_'", node.unalias().transform(blank).sql("duckdb"))


def column_of(node: exp.Expr) -> exp.Expr | None:
    """The column of a select that `node` is a part of, if it is."""
    while node.parent is not None and not isinstance(node.parent, exp.Select):
        node = node.parent
    return node if node.parent is not None and node.arg_key == "expressions" else None


def shared_part(edit: Edit, macros: dict[type[exp.Expr], set[str]], has_loop: bool) -> tuple[exp.Expr, str] | None:
    """The part of a query around an edit that is written once and stands in several places, and a name for it, or None.

    It cannot change in one of those places alone. Known are: macros that write nothing but their arguments' columns
    (`macros`: what they write, by `nameless` and its kind), what `ratio`, `count_where` and `format_decimal` write
    around their arguments and, where the model `has_loop`, the selects of a union that differ in names and texts alone.
    """
    node: exp.Expr | None = edit.node
    while node is not None and not isinstance(node, exp.CTE):
        if type(node) in macros and (text := nameless(node)) in macros[type(node)]:
            return node, text
        node = node.parent
    if isinstance(edit.node.parent, exp.Round):
        return edit.node.parent, f"format_decimal: {edit.text}"
    owner = edit.node.parent if isinstance(edit.node, exp.Literal) else edit.node
    if isinstance(owner, exp.Nullif) and isinstance(owner.parent, exp.Div):
        return owner, f"ratio: {edit.kind}"
    if isinstance(owner, exp.Case) and isinstance(owner.parent, exp.Sum) and len(owner.args["ifs"]) == 1:
        counted = owner.args["ifs"][0].args["true"]
        if counted.name == "appointment_count" and owner.args.get("default"):
            return owner, f"count_where: {edit.kind}"
    select = edit.node if isinstance(edit.node, exp.Select) else edit.node.find_ancestor(exp.Select)
    cte = edit.node.find_ancestor(exp.CTE)
    if has_loop and cte is not None and select is not None and isinstance(select.parent, exp.Union):
        shape = re.sub(r"'[^']*'", "''", select.sql("duckdb"))
        return select, f"{cte.alias}: {re.sub(r'[A-Za-z_][A-Za-z_0-9.]*', '_', shape)}"
    return None


def unread_columns(tree: exp.Expr, returned: set[str]) -> set[str]:
    """Names that columns of the query's parts have, but that nothing in it reads and it does not return."""
    read = {column.name for column in tree.find_all(exp.Column)} | returned
    return {column.alias for column in tree.find_all(exp.Alias) if column.alias not in read}


def renamed(node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
    """The node as one of another kind, with the same operands."""
    return kind(**{key: value for key, value in node.copy().args.items() if key in kind.arg_types})


def comparisons(node: exp.Expr) -> Iterator[Change]:
    joins = isinstance(node, exp.EQ) and in_join(node)
    if type(node) in BOUNDARIES:
        yield "boundary shifted", renamed(node, BOUNDARIES[type(node)])
    if type(node) in OPPOSITES and not joins:
        yield "comparison flipped", renamed(node, OPPOSITES[type(node)])
    if isinstance(node, exp.Is) and not isinstance(node.parent, exp.Not):
        yield "comparison flipped", exp.Not(this=node.copy())
    if isinstance(node, exp.Not):
        yield "not dropped", node.this.copy()
    if isinstance(node, exp.Between):
        yield "bound dropped", exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        yield "bound dropped", exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        for left_out in node.expressions:
            kept = node.copy()
            kept.set("expressions", [item.copy() for item in node.expressions if item is not left_out])
            yield "item of a list dropped", kept


def in_join(node: exp.Expr) -> bool:
    """Whether a condition is, or is one of, those of a join."""
    while isinstance(node.parent, exp.And | exp.Or | exp.Paren):
        node = node.parent
    return isinstance(node.parent, exp.Join)


def conditions(node: exp.Expr) -> Iterator[Change]:
    if isinstance(node, exp.And | exp.Or):
        yield "condition dropped", node.this.copy()
        if type(node.this) is not type(node):
            yield "condition dropped", node.expression.copy()
    if isinstance(node, exp.Where | exp.Having) and not isinstance(node.this, exp.And | exp.Boolean):
        yield "filter dropped", None
    if isinstance(node, exp.Join):
        on = node.args.get("on")
        if on is not None and not isinstance(on, exp.And):
            kept = node.copy()
            kept.set("on", exp.true())
            yield "join condition dropped", kept
        if on is not None:
            kept = node.copy()
            left = node.args.get("side") == "LEFT"
            kept.set("side", None if left else "LEFT")
            kept.set("kind", "INNER" if left else None)
            yield "left and inner swapped", kept
    if isinstance(node, exp.Case):
        yield from cases(node)


def cases(node: exp.Case) -> Iterator[Change]:
    whens = node.args["ifs"]
    for place, when in enumerate(whens):
        kept = node.copy()
        if len(whens) > 1:
            del kept.args["ifs"][place]
            yield "case dropped", kept, when.sql("duckdb"), "(nothing)"
    if len(whens) == 1:
        yield "case dropped", whens[0].args["true"].copy()
        if node.args.get("default"):
            yield "case dropped", node.args["default"].copy()
    if node.args.get("default"):
        kept = node.copy()
        kept.set("default", None)
        yield "else dropped", kept


def functions(node: exp.Expr) -> Iterator[Change]:
    if type(node) in FUNCTIONS:
        yield "function swapped", renamed(node, FUNCTIONS[type(node)])
    if isinstance(node, exp.Coalesce):
        yield "coalesce dropped", node.this.copy()
        if len(node.expressions) > 1:
            kept = node.copy()
            kept.set("expressions", node.copy().expressions[1:])
            yield "item of a list dropped", kept
    if isinstance(node, exp.Nullif | exp.Abs | exp.Sqrt | exp.Neg | exp.Replace | exp.Trim):
        yield "function dropped", node.this.copy()
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Count):
        yield "distinct dropped", node.expressions[0].copy()


def arithmetic(node: exp.Expr) -> Iterator[Change]:
    if type(node) in ARITHMETIC:
        yield "operator swapped", renamed(node, ARITHMETIC[type(node)])
    if isinstance(node, exp.Div):
        kept = node.copy()
        kept.set("this", node.expression.copy())
        kept.set("expression", node.this.copy())
        yield "numerator and denominator swapped", kept


def constants(node: exp.Expr) -> Iterator[Change]:
    if isinstance(node.parent, exp.DataTypeParam) or (isinstance(node.parent, exp.RegexpReplace) and node.this == "g"):
        return
    if isinstance(node, exp.Boolean):
        yield "constant changed", exp.Boolean(this=not node.this)
    if isinstance(node, exp.Literal) and node.is_string:
        try:
            other = str(datetime.date.fromisoformat(node.this) + datetime.timedelta(days=1))
        except ValueError:
            other = f"x{node.this}"
        yield "constant changed", exp.Literal.string(other)
    if isinstance(node, exp.Literal) and not node.is_string:
        [(number, exponent)] = re.findall(r"^([0-9.]+)(e[0-9]+)?$", node.this, re.IGNORECASE)
        number = f"{float(number) + 1}" if "." in number else f"{int(number) + 1}"
        yield "constant changed", exp.Literal.number(number + exponent)


def groups_and_windows(node: exp.Expr) -> Iterator[Change]:
    kept: exp.Expr
    if isinstance(node, exp.Select):
        yield from selects(node)
    if isinstance(node, exp.Union):
        kept = node.copy()
        kept.set("distinct", not node.args.get("distinct"))
        words = [f"union{'' if union.args.get('distinct') else ' all'}" for union in (node, kept)]
        yield "union and union all swapped", kept, *words
    if isinstance(node, exp.Window):
        for place, key in enumerate(node.args.get("partition_by") or []):
            kept = node.copy()
            del kept.args["partition_by"][place]
            yield "partition key dropped", kept, f"{node.sql('duckdb')}", f"without {key.sql('duckdb')}"
        if node.args.get("order"):
            kept = node.copy()
            kept.set("order", None)
            yield "window order dropped", kept
    if isinstance(node, exp.Ordered):
        kept = node.copy()
        kept.set("desc", not node.args.get("desc"))
        yield "order turned", kept
        if node.parent and len(node.parent.expressions) > 1:
            yield "sort key dropped", None
    if isinstance(node, exp.WindowSpec) and str(node.args.get("kind")).upper() == "RANGE":
        kept = node.copy()
        kept.set("kind", "ROWS")
        yield "range and rows swapped", kept


def selects(node: exp.Select) -> Iterator[Change]:
    """Distinct dropped or added, a group key dropped (and, where it is a column of the select, any of its values)."""
    cte = node.find_ancestor(exp.CTE)
    if node.args.get("distinct"):
        kept = node.copy()
        kept.set("distinct", None)
        yield "distinct dropped", kept, "select distinct", "select"
    elif (
        not (node.args.get("group") or node.find(exp.AggFunc, exp.Star) or node.find(exp.Window))
        and (node.args.get("joins") or node.args.get("where"))
        and not (cte and cte.alias == "final")
    ):
        # Rows that are alike are rows all the same. A `final` holds its key, which no distinct can hurt.
        kept = node.copy()
        kept.set("distinct", exp.Distinct())
        yield "distinct added", kept, "select", "select distinct"
    group = node.args.get("group")
    for place, key in enumerate(group.expressions if group else []):
        kept = node.copy()
        del kept.args["group"].expressions[place]
        if not kept.args["group"].expressions:
            kept.set("group", None)
        for column in kept.expressions:
            if column.unalias() == key:
                value = exp.alias_(exp.AnyValue(this=key.copy()), column.alias_or_name)
                column.replace(value)
        yield "group key dropped", kept, f"group by {key.sql('duckdb')}", "(nothing)"


RULES: tuple[Callable[[exp.Expr], Iterator[Change]], ...] = (
    comparisons,
    conditions,
    functions,
    arithmetic,
    constants,
    groups_and_windows,
)
