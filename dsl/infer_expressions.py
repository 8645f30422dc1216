"""Kinds and units of expressions, domains, members and fields."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from . import nodes
from .diagnostics import Edit, Fix, Label, did_you_mean
from .infer import Inference, Rule, each, rule
from .membership import check_member
from .mismatch import measure, unit_label, wrong_kind
from .spec import EnumName, Target
from .suggest import nearest
from .types import (
    BOOL,
    NUMBER,
    UNKNOWN,
    Bool,
    DomainType,
    EnumType,
    FamilyType,
    ImportType,
    LayerType,
    NetworkType,
    Num,
    RecordType,
    RowType,
    TableType,
    TensorType,
    Type,
    TypeVariable,
    Unknown,
)
from .unify import as_number, fits_key, multiply, resolve, unify
from .units import find_unit

# ------------------------------------------------------------------------------------------ atoms


@rule(nodes.Name)
def named(self: Inference, node: nodes.Node) -> Type:
    """The type of what a name or path refers to."""
    use = self.use(node)
    if isinstance(use, EnumName):
        enum = self.declared(use.enum)
        return enum.member if isinstance(enum, DomainType) else UNKNOWN
    if isinstance(use, Target):
        if use.node in self.tensors:
            return self.tensors[use.node]
        if isinstance(use.node, nodes.Bind) and use.node not in self.types:
            return TensorType(-1)
        return self.declared(use.node)
    if use is not None and use.name == "bool":
        return DomainType(BOOL)
    if use is not None and use.name == "preferences":
        return NUMBER
    return UNKNOWN


@rule(nodes.Number)
def _number(self: Inference, node: nodes.Number) -> Type:
    return Num(zero=node.value == 0)


@rule(nodes.Quantity)
def _quantity(self: Inference, node: nodes.Quantity) -> Type:
    found = find_unit(node.unit)
    return UNKNOWN if found is None else Num(found[1])


@rule(nodes.Bool)
def _bool(self: Inference, node: nodes.Bool) -> Type:
    return BOOL


@rule(nodes.Text)
def _text(self: Inference, node: nodes.Text) -> Type:
    self.report.add(
        "stray-text",
        "texts are no values; they stand after `because`, `import` and `from`",
        node.span,
        notes=("a name of an enum is written without quotes",),
        fixes=[Fix(f"write `{node.value}`", edit=Edit(node.span, node.value))]
        if node.value.isidentifier()
        else (),
    )
    return UNKNOWN


@rule(nodes.Group)
def _group(self: Inference, node: nodes.Group) -> Rule:
    return (yield node.inner)


# -------------------------------------------------------------------------------------- operators


@rule(nodes.Unary)
def _unary(self: Inference, node: nodes.Unary) -> Rule:
    inner = yield node.operand
    if node.op == "not":
        self.truth(node.operand, inner, "`not` needs a truth value")
        return BOOL
    found = self.number(node.operand, inner, "`-` needs a number")
    return UNKNOWN if found is None else found


@rule(nodes.Binary)
def _binary(self: Inference, node: nodes.Binary) -> Rule:
    left = yield node.left
    right = yield node.right
    if node.op in ("and", "or", "implies", "iff"):
        for side, type_ in ((node.left, left), (node.right, right)):
            self.truth(side, type_, f"`{node.op}` needs truth values")
        return BOOL
    if node.op in ("*", "/", "%"):
        _bracket_remainder(self, node)
    if node.op == "%":
        self.plain(node.left, left, "`%`")
        self.plain(node.right, right, "`%`")
        return NUMBER
    a = self.number(node.left, left, f"`{node.op}` needs numbers")
    b = self.number(node.right, right, f"`{node.op}` needs numbers")
    if node.op == "divides":
        if a is not None and b is not None:
            self.same(node.left, a, node.right, b, "this divides {1} by {0}")
        return BOOL
    if a is None or b is None:
        return UNKNOWN
    if node.op == "^":
        return _power(self, node, a, b)
    if node.op == "+":
        return self.same(node.left, a, node.right, b, "this adds {1} to {0}")
    if node.op == "-":
        return self.same(node.left, a, node.right, b, "this subtracts {1} from {0}")
    return multiply(a, b, 1 if node.op == "*" else -1)


def _power(self: Inference, node: nodes.Binary, base: Num, exponent: Num) -> Type:
    """A number with a unit may only be raised to a power that the text states."""
    self.plain(node.right, exponent, "an exponent")
    value = self.constants.value(node.right)
    if isinstance(value, Fraction) and value.denominator > 1:
        self.report.add(
            "bad-exponent",
            f"an exponent is a whole number; this is {node.right.span.text}",
            node.right.span,
            notes=("values of roots belong into a table",),
        )
        return UNKNOWN
    if isinstance(value, Fraction) and value.denominator == 1 and abs(value) <= 1000:
        return multiply(NUMBER, base, value.numerator)
    if not unify(NUMBER, base):
        self.report.add(
            "unit-power",
            f"a number with a unit needs a whole number as exponent; this is {measure(base)}",
            node.left.span,
            unit_label(base),
            labels=(Label(node.right.span, "no whole number that the text states"),),
        )
        return UNKNOWN
    return NUMBER


def _bracket_remainder(self: Inference, node: nodes.Binary) -> None:
    left = node.left
    if not isinstance(left, nodes.Binary) or left.op not in ("*", "/", "%"):
        return
    if node.op == "%" or left.op == "%":
        a, b, c = left.left.span.text, left.right.span.text, node.right.span.text
        first, second = left.op, node.op
        ways = (f"({a} {first} {b}) {second} {c}", f"{a} {first} ({b} {second} {c})")
        self.report.add(
            "bracket-remainder",
            f"`{a} {first} {b} {second} {c}` is read differently by different languages",
            node.span,
            "which two belong together?",
            fixes=[Fix(f"write `{way}`", edit=Edit(node.span, way)) for way in ways],
        )


@rule(nodes.Compare)
def _compare(self: Inference, node: nodes.Compare) -> Rule:
    last = yield node.operands[0]
    for i, op in enumerate(node.ops):
        left, right = node.operands[i], node.operands[i + 1]
        found = yield right
        if op in ("==", "!="):
            self.same(left, last, right, found, "this compares {0} with {1}")
            for side, type_ in ((left, last), (right, found)):
                if not isinstance(resolve(type_), Num | Bool | EnumType | Unknown | TypeVariable):
                    wrong_kind(self, side, "only single values can be compared", type_)
        else:
            a = self.number(left, last, f"`{op}` compares numbers")
            b = self.number(right, found, f"`{op}` compares numbers")
            if a is not None and b is not None:
                self.same(left, a, right, b, "this compares {0} with {1}")
        last = found
    return BOOL


@rule(nodes.Member)
def _member(self: Inference, node: nodes.Member) -> Rule:
    item = yield node.item
    domain = yield node.domain
    member = self.member(node.domain, domain)
    self.same(
        node.item,
        item,
        node.domain,
        member,
        "this looks for {0} among {1}",
        "this looks for {0}; each value of the set is {1}",
    )
    return BOOL


@rule(nodes.Choose)
def _choose(self: Inference, node: nodes.Choose) -> Rule:
    condition = yield node.condition
    self.truth(node.condition, condition, "`if` needs a truth value")
    then = yield node.then
    otherwise = yield node.otherwise
    return self.same(
        node.then, then, node.otherwise, otherwise, "one way this is {0}, the other way {1}"
    )


# ---------------------------------------------------------------------------------------- domains


@rule(nodes.Range)
def _range(self: Inference, node: nodes.Range) -> Rule:
    lo = yield node.lo
    hi = yield node.hi
    a = self.number(node.lo, lo, "a range needs numbers")
    b = self.number(node.hi, hi, "a range needs numbers")
    if a is None or b is None:
        return DomainType(UNKNOWN)
    member = self.same(node.lo, a, node.hi, b, "this range leads from {0} to {1}")
    if node.step is not None:
        step = yield node.step
        c = self.number(node.step, step, "a step is a number")
        if c is not None and isinstance(member, Num):
            member = self.same(node.hi, member, node.step, c, "this range of {0} has a step of {1}")
    return DomainType(member)


@rule(nodes.Set)
def _set(self: Inference, node: nodes.Set) -> Rule:
    first = node.items[0]
    member = yield first
    for item in node.items[1:]:
        found = yield item
        member = self.same(first, member, item, found, "this set mixes {0} and {1}")
    if not isinstance(resolve(member), Num | Bool | EnumType | Unknown | TypeVariable):
        wrong_kind(self, first, "a set has single values", member)
        return DomainType(UNKNOWN)
    return DomainType(member)


@rule(nodes.Binder)
def _binder(self: Inference, node: nodes.Binder) -> Rule:
    domain = yield node.domain
    member = resolve(self.member(node.domain, domain))
    if isinstance(member, Num) and member.zero:
        member = NUMBER
    if isinstance(node.domain, nodes.Range):
        needs_step(self, node.domain, member)
    return member


def needs_step(self: Inference, domain: nodes.Range, type_: Type) -> None:
    """Values with a unit lie dense; a range of them says how far apart they are."""
    if domain.step is None and isinstance(type_, Num) and not type_.plain and not type_.variables:
        lo = domain.lo
        unit = lo.unit if isinstance(lo, nodes.Quantity) else type_.dimension
        stepped = f"{domain.span.text} step 1 {unit}"
        self.report.add(
            "missing-step",
            f"a range of {type_.dimension.words} needs a step",
            domain.span,
            "how far apart are the values?",
            fixes=[Fix(f"write `{stepped}`, for instance", edit=Edit(domain.span, stepped))],
        )


# ------------------------------------------------------------------------------ members and fields


@rule(nodes.Index)
def _index(self: Inference, node: nodes.Index) -> Rule:
    base = resolve((yield node.base))
    indices = yield from each(node.indices)
    if isinstance(base, TypeVariable):
        self.open = True
        return TypeVariable()
    if isinstance(base, Unknown):
        return UNKNOWN
    if isinstance(base, TableType):
        wanted, result = base.keys, RowType(base)
        names = [f"the key `{c.name.text}`" for c in base.declaration.keys]
    elif isinstance(base, FamilyType):
        wanted, result = base.indices, base.member  # type: ignore[assignment]
        names = ["this index"] * len(wanted)
    else:
        self.report.add(
            "not-indexable",
            f"only families and tables have members; this is {base}",
            node.base.span,
            str(base),
        )
        return UNKNOWN
    if len(wanted) != len(indices):
        self.report.add(
            "wrong-index-count",
            f"`{node.base.span.text}` takes {_count(len(wanted), 'index', 'indices')}, "
            f"and {len(indices)} {'is' if len(indices) == 1 else 'are'} given",
            node.span,
            notes=_shape_note(self, node.base),
        )
        return result
    for index, found, want, name in zip(node.indices, indices, wanted, names, strict=True):
        if not fits_key(want, found):
            self.fits(index, found, want, name)
            return result
    check_member(self, node.base, node.indices)
    return result


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _shape_note(self: Inference, base: nodes.Expr) -> tuple[str, ...]:
    use = self.use(base)
    if isinstance(use, Target) and isinstance(use.node, nodes.Choice | nodes.Let):
        binders = ", ".join([binder.span.text for binder in use.node.binders])
        return (f"it is declared as `{use.node.name.text}[{binders}]`",)
    if isinstance(use, Target) and isinstance(use.node, nodes.Table):
        keys = ", ".join([column.name.text for column in use.node.keys])
        return (f"the keys of the table are ({keys})",)
    return ()


@rule(nodes.Field)
def _field(self: Inference, node: nodes.Field) -> Rule:
    if self.use(node) is not None:
        return named(self, node)
    base = resolve((yield node.base))
    name = node.name.text
    if isinstance(base, Unknown | ImportType):
        return UNKNOWN
    if isinstance(base, TypeVariable):
        self.open = True
        return TypeVariable()
    if isinstance(base, RowType):
        return _one_of(self, node, base.table.columns, "unknown-column", "column")
    if isinstance(base, RecordType):
        return _record_field(self, node, base)
    if isinstance(base, LayerType):
        return _cost(self, node, base)
    if isinstance(base, NetworkType) and name in ("layers", "leaves"):
        if base.left_open:
            network = base.declaration.name
            self.report.add(
                "open-network",
                f"`{network.text}` has no layers of its own: {base.left_open}",
                node.span,
                labels=(Label(network.span, "declared here"),),
                notes=("it can be called in another network, like an op",),
            )
            return UNKNOWN
        costs = base.layer_costs if name == "layers" else base.leaf_costs
        return DomainType(LayerType(base.declaration, costs))
    if isinstance(base, DomainType) and isinstance(base.member, EnumType):
        return UNKNOWN  # told when names were resolved
    if isinstance(base, NetworkType):
        _no_field(self, node, "a network has", ("layers", "leaves"), "unknown-field")
    elif isinstance(base, TableType):
        wrong_kind(self, node.base, "a row of a table has columns", base)
    elif isinstance(base, FamilyType):
        wrong_kind(self, node.base, "only one member has fields", base)
    else:
        self.report.add(
            "not-a-record",
            f"only records, rows and layers have fields; this is {base}",
            node.base.span,
            str(base),
        )
    return UNKNOWN


def _one_of(
    self: Inference,
    node: nodes.Field,
    fields: Mapping[str, Type],
    slug: str,
    word: str,
) -> Type:
    found = fields.get(node.name.text)
    if found is None:
        _no_field(self, node, f"`{node.base.span.text}` has", fields, slug, word)
        return UNKNOWN
    return found


def _no_field(
    self: Inference,
    node: nodes.Field,
    owner: str,
    possible: Mapping[str, object] | tuple[str, ...],
    slug: str,
    word: str = "field",
) -> None:
    guess = nearest(node.name.text, possible)
    listed = ", ".join(possible)
    notes = (f"it has {listed}",) if possible and len(listed) <= 90 else ()
    self.report.add(
        slug,
        f"{owner} no {word} `{node.name.text}`",
        node.name.span,
        notes=notes,
        fixes=did_you_mean(guess, node.name.span),
    )


def _record_field(self: Inference, node: nodes.Field, record: RecordType) -> Type:
    name = node.name.text
    found = _one_of(self, node, record.fields, "unknown-field", "field")
    if name in record.missing:
        here = record.declaration.name
        self.report.add(
            "missing-field",
            f"`{here.text}` does not say what `{name}` is",
            node.name.span,
            labels=(Label(here.span, f"add `{name} = …` to this record"),),
            notes=(record.missing[name],) if record.missing[name] else (),
        )
    return found


def _cost(self: Inference, node: nodes.Field, layer: LayerType) -> Type:
    name = node.name.text
    if name == "live":
        return NUMBER
    costs = layer.costs.get(name)
    if costs is None:
        _no_field(
            self,
            node,
            f"the layers of `{layer.network.name.text}` have",
            ("live", *layer.costs),
            "unknown-field",
            "cost",
        )
        return UNKNOWN
    first = costs[0]
    for other in costs[1:]:
        a, b = as_number(first.type), as_number(other.type)
        if a is None or b is None or not unify(a, b):
            self.report.add(
                "unit-mismatch",
                f"layers of `{layer.network.name.text}` measure `{name}` in different units: "
                f"{a.dimension.words if a else first.type} and "
                f"{b.dimension.words if b else other.type}",
                node.name.span,
                labels=(
                    Label(first.let.name.span, unit_label(a) if a else str(first.type)),
                    Label(other.let.name.span, unit_label(b) if b else str(other.type)),
                ),
            )
            return UNKNOWN
    return resolve(first.type)
