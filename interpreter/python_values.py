"""Values as Python writes them, read as a parameter or field needs them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic, Fix
from archwright.dsl.source import Span
from archwright.dsl.spec import Spec
from archwright.dsl.suggest import nearest
from archwright.dsl.types import Bool, EnumType, Num, Type
from archwright.dsl.units import PLAIN, Dimension, Quantity, parse_quantity

from .values import Enumerator, Value

Declared: TypeAlias = nodes.Param | nodes.Hardware | nodes.Choice | nodes.Goal


def read_value(
    spec: Spec,
    node: Declared,
    raw: object,
    type_: Type | None = None,
    name: str | None = None,
    *,
    base_units: bool = False,
) -> Value:
    """A value from Python for a parameter, a choice, a field of a record, or a limit of a goal.

    Parameters
    ----------
    type_, name
        Those of the field, choice or goal; a parameter has its own.
    base_units : bool
        Whether a bare number is in base units where a unit is declared.

    Raises
    ------
    ArchError
        `bad-value` or `unit-mismatch`.
    """
    type_ = spec.types[node] if type_ is None else type_
    name = name or ("the goal" if node.name is None else node.name.text)
    if isinstance(type_, EnumType):
        return _enumerator(node, name, type_, raw)
    if isinstance(type_, Bool):
        return _truth(node, name, raw)
    assert isinstance(type_, Num)
    quantity = _quantity(node, name, raw)
    bare = base_units and quantity.dimension.plain and not isinstance(raw, str)
    if quantity.dimension != type_.dimension and quantity.value != 0 and not bare:
        raise ArchError(_mismatch(node, name, quantity, type_.dimension))
    return quantity.value


def _place(node: Declared) -> Span:
    """Where the name stands, or what has none."""
    return node.span if node.name is None else node.name.span


def _enumerator(node: Declared, name: str, type_: EnumType, raw: object) -> Enumerator:
    members = [m.text for m in type_.declaration.members]
    if isinstance(raw, Enumerator) and raw.enum == type_.id:
        return raw
    text = raw.strip().rpartition(".")[2] if isinstance(raw, str) else None
    if text in members:
        return Enumerator(type_.id, members.index(text), text)
    guess = nearest(text, members) if text else None
    raise ArchError(
        Diagnostic(
            "bad-value",
            f"`{name}` is one of {', '.join(members)}; {raw!r} is not",
            _place(node),
            "declared here",
            fixes=(Fix(f"did you mean `{name} = {guess}`?"),) if guess else (),
        )
    )


def _truth(node: Declared, name: str, raw: object) -> bool:
    if isinstance(raw, str) and raw.strip() in ("true", "false"):
        return raw.strip() == "true"
    if isinstance(raw, bool) or type(raw).__name__ == "bool_" or type(raw).__name__ == "bool":
        return bool(raw)
    raise _wrong(node, name, raw, "true or false")


def _quantity(node: Declared, name: str, raw: object) -> Quantity:
    if isinstance(raw, Quantity):
        return raw
    if isinstance(raw, str):
        try:
            return parse_quantity(raw)
        except ArchError as error:
            only = error.diagnostics[0]
            raise ArchError(
                Diagnostic(
                    "bad-value",
                    f"`{name}`: {only.message}",
                    _place(node),
                    "declared here",
                    notes=only.notes,
                )
            ) from None
    if isinstance(raw, bool):
        raise _wrong(node, name, raw, "a number")
    item = getattr(raw, "item", None)  # numpy scalars
    if item is not None and not isinstance(raw, float):
        return _quantity(node, name, item())
    if isinstance(raw, int | Fraction):
        return Quantity(Fraction(raw), PLAIN)
    if isinstance(raw, float | Decimal) and isfinite(raw):
        return Quantity(Fraction(str(raw)), PLAIN)  # the decimal that the user sees
    raise _wrong(node, name, raw, "a number")


def _wrong(node: Declared, name: str, raw: object, expected: str) -> ArchError:
    return ArchError(
        Diagnostic(
            "bad-value", f"`{name}` is {expected}; {raw!r} is not", _place(node), "declared here"
        )
    )


def _mismatch(node: Declared, name: str, quantity: Quantity, wanted: Dimension) -> Diagnostic:
    if quantity.dimension.plain:
        shown = str(quantity)
        return Diagnostic(
            "unit-mismatch",
            f"`{name}` is measured in {wanted.words}; {shown} has no unit",
            _place(node),
            "declared here",
            notes=(f'write the unit, for instance "{shown} {wanted}"',),
        )
    if wanted.plain:
        message = f"`{name}` is a plain number; {quantity} has a unit"
    else:
        message = (
            f"`{name}` is measured in {wanted.words}, {quantity} in {quantity.dimension.words}"
        )
    return Diagnostic("unit-mismatch", message, _place(node), "declared here")
