"""Solving for open types and dimensions.

Dimensions form a free abelian group, and an equation between two of them is solved as in
A. J. Kennedy, *Programming Languages and Dimensions* (1996), section 3: the variable with the
smallest exponent is replaced until it divides all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from .types import (
    NUMBER,
    UNKNOWN,
    Bool,
    Cost,
    DimensionVariable,
    DomainType,
    FamilyType,
    KeyType,
    Num,
    Type,
    TypeVariable,
    Unknown,
)
from .units import PLAIN, Dimension

Substitution: TypeAlias = dict[object, Type]


def number(
    dimension: Dimension = PLAIN, variables: Mapping[DimensionVariable, int] | None = None
) -> Num:
    """A number whose open factors with exponent 0 are left out."""
    items = (variables or {}).items()
    return Num(dimension, tuple((v, power) for v, power in items if power))


def open_number() -> Num:
    """A number of which nothing is known yet."""
    return Num(variables=((DimensionVariable(), 1),))


def multiply(left: Num, right: Num, power: int = 1) -> Num:
    """The type of `left * right ^ power`."""
    if not left.variables and not right.variables:
        return Num(left.dimension * right.dimension**power)
    left, right = solved(left), solved(right)
    variables = dict(left.variables)
    for variable, exponent in right.variables:
        variables[variable] = variables.get(variable, 0) + exponent * power
    return number(left.dimension * right.dimension**power, variables)


def solved(type_: Num) -> Num:
    """The same number with every solved variable replaced."""
    if all(variable.solution is None for variable, _ in type_.variables):
        return type_
    dimension = type_.dimension
    variables: dict[DimensionVariable, int] = {}
    rest = list(type_.variables)
    while rest:
        variable, power = rest.pop()
        solution = variable.solution
        if solution is None:
            variables[variable] = variables.get(variable, 0) + power
        else:
            dimension *= solution.dimension**power
            rest += [(inner, exponent * power) for inner, exponent in solution.variables]
    return Num(dimension, tuple((v, power) for v, power in variables.items() if power), type_.zero)


def resolve(type_: Type) -> Type:
    """The type with what has been solved filled in, one level deep."""
    while isinstance(type_, TypeVariable):
        if type_.solution is None:
            return type_
        type_ = type_.solution
    return solved(type_) if isinstance(type_, Num) else type_


def solve(equation: Num) -> bool:
    """Solve `equation` = plain for its variables; False if that cannot be."""
    while True:
        equation = solved(equation)
        if not equation.variables:
            return equation.dimension.plain
        variable, power = min(equation.variables, key=lambda item: abs(item[1]))
        others = [item for item in equation.variables if item[0] is not variable]
        exponents = equation.dimension.exponents
        divisible = all(exponent % power == 0 for exponent in exponents)
        quotient = Dimension(tuple(-(exponent // power) for exponent in exponents))
        rest = {other: -(exponent // power) for other, exponent in others}
        if divisible and all(exponent % power == 0 for _, exponent in others):
            variable.solution = number(quotient, rest)
            return True
        if not others:
            return False
        variable.solution = number(quotient, {**rest, DimensionVariable(): 1})


def unify(left: Type, right: Type) -> bool:
    """Make two types equal by solving variables; False if they differ in kind or dimension."""
    left, right = resolve(left), resolve(right)
    if left is right or isinstance(left, Unknown) or isinstance(right, Unknown):
        return True
    if isinstance(left, TypeVariable):
        left.solution = open_number() if isinstance(right, Num) and right.zero else right
        return True
    if isinstance(right, TypeVariable):
        return unify(right, left)
    if isinstance(left, Num) and isinstance(right, Num):
        return left.zero or right.zero or solve(multiply(left, right, -1))
    if isinstance(left, FamilyType) and isinstance(right, FamilyType):
        return (
            len(left.indices) == len(right.indices)
            and all(map(unify, left.indices, right.indices))
            and unify(left.member, right.member)
        )
    return left == right


def fits_key(key: Type, index: Type) -> bool:
    """Whether a value of type `index` may look up a key of type `key`."""
    index = resolve(index)
    if isinstance(key, KeyType):
        if isinstance(index, Num):
            return unify(NUMBER, index)
        return isinstance(index, Bool | Unknown | TypeVariable)
    return unify(key, index)


def joined(left: Type, right: Type) -> Type:
    """The common type of two that were unified: a bare 0 takes the dimension of the other."""
    left, right = resolve(left), resolve(right)
    if isinstance(left, Unknown):
        return right
    return right if isinstance(left, Num) and left.zero else left


def as_number(type_: Type) -> Num | None:
    """The type as a number, solving a variable for one; None if it is something else."""
    type_ = resolve(type_)
    if isinstance(type_, TypeVariable):
        type_.solution = open_number()
        return type_.solution
    return type_ if isinstance(type_, Num) else None


def instance(type_: Type, fresh: Substitution) -> Type:
    """A copy with fresh variables for open ones; `fresh` keeps them equal across several copies."""
    type_ = resolve(type_)
    if isinstance(type_, TypeVariable):
        return fresh.setdefault(type_, TypeVariable())
    if isinstance(type_, Num) and type_.variables:
        result = Num(type_.dimension)
        for variable, power in type_.variables:
            copy = fresh.setdefault(variable, open_number())
            assert isinstance(copy, Num)
            result = multiply(result, copy, power)
        return result
    if isinstance(type_, FamilyType):
        return FamilyType(
            tuple([instance(index, fresh) for index in type_.indices]),
            instance(type_.member, fresh),
        )
    return type_


def cost_instances(
    costs: Mapping[str, tuple[Cost, ...]], fresh: Substitution
) -> dict[str, tuple[Cost, ...]]:
    """Copies of the costs of an op for one call of it."""
    return {
        name: tuple([Cost(instance(cost.type, fresh), cost.let) for cost in several])
        for name, several in costs.items()
    }


def closed(type_: Type) -> Type:
    """The type with open dimensions taken as plain: nothing asked for another."""
    type_ = resolve(type_)
    if isinstance(type_, TypeVariable):
        return UNKNOWN
    if isinstance(type_, Num):
        for variable, _ in type_.variables:
            variable.solution = NUMBER
        return Num(type_.dimension)
    if isinstance(type_, FamilyType):
        return FamilyType(tuple([closed(i) for i in type_.indices]), closed(type_.member))
    if isinstance(type_, DomainType):
        return DomainType(closed(type_.member))
    return type_
