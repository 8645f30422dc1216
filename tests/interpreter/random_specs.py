"""Random small specs as text, with claims; shrunk failures are files that can be run as they are.

The writer keeps to the language: units agree, conditional values are read under their guards,
families within their members. What it cannot know (whether a guard can be proved, a fraction has
a common denominator) the compiler may refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from typing import TypeVar

from hypothesis import strategies as st

from .spec_parts import (
    NO_FACTS,
    SIZES,
    UNITS,
    WHOLE,
    Facts,
    Question,
    RandomSpec,
    Read,
    Scope,
    Table,
)

Drawn = TypeVar("Drawn")


@st.composite
def specs(draw: st.DrawFn, size: int = 300) -> RandomSpec:
    """Specs whose domains have a product of about `size` at most."""
    return _Writer(draw, size).write()


class _Writer:
    """Writes one spec."""

    def __init__(self, draw: st.DrawFn, size: int) -> None:
        self.draw, self.room = draw, size
        self.lines: list[str] = []
        self.reads: list[Read] = []
        self.families: list[Read] = []
        self.choices: list[Read] = []
        self.enums: dict[str, tuple[str, ...]] = {}
        self.parameters: dict[str, tuple[str, ...]] = {}
        self.tables: list[Table] = []
        self.functions: list[tuple[str, int]] = []

    # -------------------------------------------------------------------------------- drawing

    def pick(self, items: Sequence[Drawn]) -> Drawn:
        return self.draw(st.sampled_from(items))

    def upto(self, n: int) -> int:
        return self.draw(st.integers(0, n))

    def rarely(self, n: int = 4) -> bool:
        """Once in `n`; shrinks to False."""
        return self.draw(st.integers(0, n - 1)) == n - 1

    # ---------------------------------------------------------------------------------- items

    def write(self) -> RandomSpec:
        self.lines.append("arch 1")
        if self.rarely(2):
            self.enums["E"] = ("p", "q", "r")[: 2 + self.upto(1)]
            self.lines.append(f"enum E {{ {', '.join(self.enums['E'])} }}")
        for i in range(self.upto(2)):
            self.parameter(f"n{i}")
        for i in range(2 + self.upto(3)):
            self.choice(f"x{i}")
            if self.rarely(5):
                self.let(f"m{i}")
        for i in range(self.upto(2)):
            self.table(f"t{i}")
        for i in range(self.upto(1)):
            self.function(f"f{i}")
        for i in range(self.upto(3)):
            self.let(f"v{i}")
        requires = tuple(f"r{i}" for i in range(self.upto(3)))
        for name in requires:
            self.lines.append(f"require {name}{self.constraint(Scope())}{self.reason()}")
        prefers = self.upto(2) if self.rarely(3) else 0
        for i in range(prefers):
            weight = self.pick(("", " weight 2", " weight 0.5", " weight 3"))
            self.lines.append(f"prefer p{i}{self.constraint(Scope(), weight)}")
        goals = self.goals(bool(prefers))
        questions = self.questions(requires)
        self.claims(questions, requires, goals)
        return RandomSpec("\n".join(self.lines) + "\n", tuple(questions), requires, goals)

    def parameter(self, name: str) -> None:
        unit = self.pick(("", "", "B"))
        if unit:
            values: tuple[str, ...] = ("1 KiB", "2 KiB", "3 KiB")
            domain = "1 KiB .. 3 KiB step 1 KiB"
        else:
            values = ("1", "2", "3")
            domain = "1 .. 3"
        self.lines.append(f"param {name}: {domain} = {self.pick(values)}")
        self.parameters[name] = values
        self.reads.append(Read(name, "number", unit, values))

    def choice(self, name: str) -> None:
        """A choice or a family of them, perhaps under a guard."""
        needs: Facts = NO_FACTS
        scope, head, guard = Scope(), name, ""
        members = 2 + self.upto(1) if self.rarely(4) and self.room >= 16 else 0
        if members:
            head = f"{name}[i in 1 .. {members}]"
            depth = [r for r in self.reads if r.whole and not r.needs and max(r.numbers) <= 4]
            if depth and self.rarely(2):
                bound = self.pick(depth).text
                guard, needs = f" when i <= {bound}", frozenset({f"{{}} <= {bound}"})
            scope = scope.over("i", members)
        elif self.choices and self.rarely(4):
            outer = self.pick([NO_FACTS, *(r.needs for r in self.reads if r.needs)])
            own = self.condition(1, scope.under(*outer))
            whole = " and ".join([*sorted(outer), own])
            guard, needs = f" when {whole}", outer | {own, whole}
            scope = scope.under(*needs)
        room = int(self.room ** (1 / members)) if members else self.room
        kind, unit, domain, values = self.domain(max(2, room), scope)
        self.lines.append(f"space s_{name} {{ {head}: {domain}{guard} }}")
        self.room //= (len(values) + bool(guard)) ** max(1, members)
        read = Read(name + "[{}]" * bool(members), kind, unit, values, needs, members)
        self.choices.append(read)
        (self.families if members else self.reads).append(read)

    def domain(self, room: int, scope: Scope) -> tuple[str, str, str, tuple[str, ...]]:
        """Kind, unit, text and values of a domain with few values."""
        forms = ["range", "set", "bool", "range", "step", "amounts", "decimals"]
        whole = [r for r in self.readable("number", "", scope) if r.whole and r.positive]
        whole = [r for r in whole if r not in self.choices or len(r.values) <= 6]
        forms += ["enum"] * bool(self.enums)
        forms += ["divisors", "up to", "from", "with"] * bool(whole)
        n = max(1, min(4, room))
        form = self.pick(forms)
        match form:
            case "range":
                lo = self.pick((1, 0, 1, -2))
                hi = lo + self.upto(n - 1)
                return "number", "", f"{lo} .. {hi}", tuple(str(v) for v in range(lo, hi + 1))
            case "step":
                lo, step = self.pick((0, 2, 4, 1)), self.pick((2, 3))
                count = 1 + self.upto(n - 1)
                values = tuple(str(lo + step * i) for i in range(count))
                slack = self.upto(step - 1)
                return "number", "", f"{lo} .. {int(values[-1]) + slack} step {step}", values
            case "set":
                pool = st.lists(
                    st.sampled_from(["1", "2", "3", "4", "6", "8", "12", "-3", "0"]),
                    min_size=1, max_size=n, unique=True,
                )  # fmt: skip
                values = tuple(self.draw(pool))
                return "number", "", "{" + ", ".join(values) + "}", values
            case "decimals":
                pool = st.lists(
                    st.sampled_from(["0.5", "1", "0.25", "1.5", "3", "-0.5", "0.1"]),
                    min_size=1, max_size=n, unique=True,
                )  # fmt: skip
                values = tuple(self.draw(pool))
                return "number", "", "{" + ", ".join(values) + "}", values
            case "amounts":
                unit, pool_of = self.pick(
                    (
                        ("B", ("1 KiB", "2 KiB", "3 KiB", "512 B", "4 bit")),
                        ("us", ("1 us", "2 us", "2.5 us", "100 ns", "1 ms")),
                    )
                )
                pool = st.lists(st.sampled_from(pool_of), min_size=1, max_size=n, unique=True)
                values = tuple(self.draw(pool))
                return "number", unit, "{" + ", ".join(values) + "}", values
            case "bool":
                return "bool", "", "bool", ("false", "true")
            case "enum":
                return "E", "", "E", self.enums["E"]
        base = self.pick(whole)
        greatest = int(max(base.numbers))
        match form:
            case "divisors":
                factor = self.pick((1, 2, 3))
                numbers = {int(v) * factor for v in base.numbers}
                found = sorted({d for v in numbers for d in range(1, v + 1) if v % d == 0})
                if len(found) > max(4, room):
                    return "number", "", "1 .. 2", ("1", "2")
                text = base.text if factor == 1 else f"{factor} * {base.text}"
                if self.rarely(2) and not base.needs and not scope.binders:
                    name = f"d_{len(self.lines)}"
                    self.lines.append(f"let {name} = {text}")
                    text = name
                return "number", "", f"divisors({text})", tuple(map(str, found))
            case "up to" if greatest <= max(4, room):
                return (
                    "number", "", f"1 .. {base.text}", tuple(map(str, range(1, greatest + 1)))
                )  # fmt: skip
            case "from" if greatest <= max(4, room):
                least = int(min(base.numbers))
                values = tuple(map(str, range(least, greatest + 1)))
                return "number", "", f"{base.text} .. {greatest}", values
        values = tuple(map(str, sorted({int(v) + 1 for v in base.numbers} | {3})))
        return "number", "", f"{{{base.text} + 1, 3}}", values

    def table(self, name: str) -> None:
        """A table with a row for every key that some choices can take, or for most of them."""
        keys = [r for r in self.choices if not r.members and len(r.values) <= 6]
        if not keys:
            return
        taken = [self.pick(keys) for _ in range(1 + self.upto(1))]
        columns = []
        for i in range(1 + self.upto(1)):
            kind = self.pick(("number", "number", "bool", *self.enums))
            unit = self.pick(UNITS) if kind == "number" else ""
            columns.append(Read(f"c{i}", kind, unit))
        some = self.rarely(2)
        rows = []
        for key in product(*(k.values for k in taken)):
            if some and self.rarely(5):
                continue
            rows.append(f"  {', '.join(key)} -> {', '.join(self.cell(c) for c in columns)}")
        if not rows:
            return
        heads = ", ".join(f"k{i}{_column_type(k)}" for i, k in enumerate(taken))
        values = ", ".join(c.text + _column_type(c) for c in columns)
        end = "} partial" if some else "}"
        self.lines.append(f"table {name}({heads}) -> ({values}) {{")
        self.lines += [*rows, end]
        self.tables.append(Table(name, tuple(taken), tuple(columns)))

    def cell(self, column: Read) -> str:
        if column.kind == "bool":
            return self.pick(("false", "true"))
        if column.kind in self.enums:
            return self.pick(self.enums[column.kind])
        return self.pick(("1", "2", "3.5", "0", "0.25", "7"))

    def function(self, name: str) -> None:
        formals = ("a", "b")[: 1 + self.upto(1)]
        body = self.number("", 2, Scope(formals=formals))
        self.lines.append(f"fn {name}({', '.join(formals)}) = {body}")
        self.functions.append((name, len(formals)))

    def let(self, name: str) -> None:
        """A `let`: perhaps a family, perhaps guarded, perhaps for guarded readers only."""
        scope, head, guard = Scope(), name, ""
        needs: Facts = NO_FACTS
        members = 2 + self.upto(1) if self.rarely(4) else 0
        if members:
            head = f"{name}[i in 1 .. {members}]"
            scope = scope.over("i", members)
        elif self.rarely(3):
            outer = self.pick([NO_FACTS, *(r.needs for r in self.reads if r.needs)])
            if outer and self.rarely(2):
                needs = outer  # for readers that stand under its conditions
            else:
                own = self.condition(1, scope.under(*outer))
                whole = " and ".join([*sorted(outer), own])
                guard, needs = f" when {whole}", outer | {own, whole}
            scope = scope.under(*needs)
        kind = self.pick(("number", "number", "number", "bool", *self.enums))
        unit = self.pick(UNITS) if kind == "number" else ""
        body = self.value(kind, unit, 2, scope)
        self.lines.append(f"let {head} = {body}{guard}")
        read = Read(name + "[{}]" * bool(members), kind, unit, (), needs, members)
        (self.families if members else self.reads).append(read)

    def constraint(self, scope: Scope, weight: str = "") -> str:
        """From the loop of a constraint to its condition."""
        loop = ""
        if self.rarely(3):
            n = 2 + self.upto(1)
            scope = scope.over("i", n)
            loop = f" for i in 1 .. {n}"
            if self.rarely(2):
                where, fact = self.guard(scope)
                loop += f" where {where}"
                scope = scope.under(*fact)
            if weight and self.rarely(2):
                weight = " weight i"
        return f"{loop}{weight}: {self.condition(3, scope)}"

    def reason(self) -> str:
        return ' because "no"' if self.rarely(4) else ""

    def goals(self, preferences: bool) -> tuple[str, ...]:
        form = self.pick(("none", "single", "lex", "pareto"))
        if form == "none":
            return ()
        count = 1 if form == "single" else 1 + self.upto(2)
        names = tuple(f"g{i}" for i in range(count))
        lines = []
        for name in names:
            unit = self.pick(UNITS)
            value = self.number(unit, 3, Scope())
            if preferences and not unit and self.rarely(3):
                value = f"{value} + preferences"
            lines.append(f"{self.pick(('minimize', 'maximize'))} {value} as {name}")
        if form == "single":
            self.lines += lines
        else:
            self.lines += [f"optimize {form} {{", *(f"  {line}" for line in lines), "}"]
        return names

    # -------------------------------------------------------------------------------- reading

    def readable(self, kind: str, unit: str, scope: Scope) -> list[Read]:
        """Everything of a kind that may be read here."""
        found = [r for r in self.reads if r.needs <= scope.facts]
        for family in self.families:
            if family.kind != kind or family.unit != unit:
                continue
            indices = [str(i) for i in range(1, family.members + 1)]
            indices += [b for b, n in scope.binders.items() if n <= family.members]
            legal = {Fraction(i) for i in range(1, family.members + 1)}
            indices += [r.text for r in found if r.whole and {*r.numbers} <= legal]
            members = [family.at(i) for i in indices]
            found += [m for m in members if m.needs <= scope.facts]
        found += [
            Read(b, "number", values=tuple(str(i + 1) for i in range(n)))
            for b, n in scope.binders.items()
        ]
        found += [Read(f, "number") for f in scope.formals]
        return [r for r in found if r.kind == kind and r.unit == unit]

    def guard(self, scope: Scope) -> tuple[str, Facts]:
        """A condition with all that follows from it: what some value needs, or any one."""
        needed = [r.needs for r in self.reads if r.needs and not r.needs <= scope.facts]
        for family in self.families:
            if family.needs:
                indices = [b for b, n in scope.binders.items() if n <= family.members]
                needed += [family.at(i).needs for i in (*indices, "1", "2")]
        if needed and not self.rarely(4):
            needs = self.pick(needed)
            texts = [n for n in needs if not any(n != m and n in m for m in needs)]
            return " and ".join(sorted(texts)), needs
        text = self.condition(1, scope)
        return text, frozenset({text})

    def lookup(self, kind: str, unit: str, scope: Scope) -> list[Callable[[], str]]:
        """Cells of tables of a kind that may be read here."""
        found = []
        for table in self.tables:
            if not all(k.needs <= scope.facts for k in table.keys):
                continue
            keys = ", ".join(k.text for k in table.keys)
            for column in table.columns:
                if (column.kind, column.unit) == (kind, unit):
                    text = f"{table.name}[{keys}].{column.text}"
                    found.append(lambda text=text: text)
        return found  # type: ignore[return-value]

    # ---------------------------------------------------------------------------- expressions

    def value(self, kind: str, unit: str, depth: int, scope: Scope) -> str:
        if kind == "number":
            return self.number(unit, depth, scope)
        if kind == "bool":
            return self.condition(depth, scope)
        return self.word(kind, scope)

    def word(self, kind: str, scope: Scope) -> str:
        """An enum's name, read or chosen."""
        names = [r.text for r in self.readable(kind, "", scope)] + list(self.enums[kind])
        names += [make() for make in self.lookup(kind, "", scope)]
        if self.rarely(5):
            condition, facts = self.guard(scope)
            first = self.word(kind, scope.under(*facts))
            return f"(if {condition} then {first} else {self.word(kind, scope)})"
        return self.pick(names)

    def atom(self, unit: str, scope: Scope) -> str:
        reads = [r.text for r in self.readable("number", unit, scope)]
        if not reads or self.rarely(4):
            return self.pick(SIZES[unit])
        return self.pick(reads)

    def number(self, unit: str, depth: int, scope: Scope) -> str:
        """A number of a unit; whole brackets around everything that is not an atom."""
        if depth <= 0 or self.rarely(4):
            return self.atom(unit, scope)
        deeper = depth - 1
        forms: list[Callable[[], str]] = [
            lambda: f"({self.number(unit, deeper, scope)} + {self.number(unit, deeper, scope)})",
            lambda: f"({self.number(unit, deeper, scope)} - {self.number(unit, deeper, scope)})",
            lambda: (
                f"{self.pick(('min', 'max'))}({self.number(unit, deeper, scope)}, "
                f"{self.number(unit, deeper, scope)})"
            ),
            lambda: f"abs({self.number(unit, deeper, scope)})",
            lambda: f"(-{self.atom(unit, scope)})",
            lambda: f"({self.number('', deeper, scope)} * {self.atom(unit, scope)})",
            lambda: f"({self.number(unit, deeper, scope)} / {self.pick(WHOLE)})",
            lambda: self.chosen(unit, deeper, scope),
            lambda: self.chosen(unit, deeper, scope),
            lambda: self.fold(unit, deeper, scope),
            lambda: self.fold(unit, deeper, scope),
        ]
        forms += self.lookup("number", unit, scope) * 3
        if unit:
            scale = self.pick(("1 KiB", "3 B") if unit == "B" else ("1 us", "2.5 us"))
            forms += [
                lambda: f"({self.number('', deeper, scope)} * {scale})",
                lambda: f"(ceil({self.number(unit, deeper, scope)} / {scale}) * {scale})",
                lambda: f"({self.number(unit, deeper, scope)} % {scale})",
            ]
        else:
            forms += self.plain_forms(deeper, scope)
        return self.pick(forms)()

    def plain_forms(self, depth: int, scope: Scope) -> list[Callable[[], str]]:
        forms: list[Callable[[], str]] = [
            lambda: f"({self.number('', depth, scope)} % {self.pick(WHOLE)})",
            lambda: f"floor({self.number('', depth, scope)} / {self.pick(WHOLE)})",
            lambda: f"ceil({self.number('', depth, scope)} / {self.pick(WHOLE)})",
            lambda: f"({self.atom('', scope)} ^ {self.pick(('2', '0', '3'))})",
            lambda: f"count({self.condition(depth, scope)}, {self.condition(depth, scope)})",
            lambda: f"({self.number('B', depth, scope)} / 1 KiB)",
            lambda: f"({self.number('us', depth, scope)} / 1 us)",
        ]
        positive = [r.text for r in self.readable("number", "", scope) if r.positive]
        if positive:
            least = self.pick(positive)
            forms += [
                lambda: f"floor({self.number('', depth, scope)} / {least})",
                lambda: f"ceil({self.number('', depth, scope)} / {least})",
                lambda: f"({self.number('', 0, scope)} % {least})",
                lambda: f"({self.number('', 0, scope)} / {least})",
            ]
            if self.rarely(4):
                step = self.pick(("", ", resolution = 0.01", ", resolution = 0.5"))
                forms.append(lambda: f"log2({least}{step})")
        if self.rarely(3):
            forms.append(lambda: f"exact({self.number('', depth, scope)} / {self.pick(WHOLE)})")
        if self.functions:
            name, arity = self.pick(self.functions)
            forms.append(
                lambda: f"{name}({', '.join(self.number('', 0, scope) for _ in range(arity))})"
            )
        return forms

    def chosen(self, unit: str, depth: int, scope: Scope) -> str:
        condition, facts = self.guard(scope)
        first = self.number(unit, depth, scope.under(*facts))
        return f"(if {condition} then {first} else {self.number(unit, depth, scope)})"

    def loop(self, scope: Scope) -> tuple[str, Scope]:
        """The end of a comprehension, and what may be read in its body."""
        binder = next((b for b in ("j", "k") if b not in scope.binders), None)
        if binder is None:
            return "", scope
        n = 2 + self.upto(1)
        text, inner = f" for {binder} in 1 .. {n}", scope.over(binder, n)
        if self.rarely(2):
            where, facts = self.guard(inner)
            text += f" where {where}"
            inner = inner.under(*facts)
        return text, inner

    def fold(self, unit: str, depth: int, scope: Scope) -> str:
        loop, inner = self.loop(scope)
        if not loop:
            return self.atom(unit, scope)
        form = self.pick(("sum", "sum", "max", "min", "count"))
        if form == "count" and not unit:
            return f"count({self.condition(depth, inner)}{loop})"
        body = self.number(unit, depth, inner)
        if form in ("max", "min"):
            return f"{form}({body}{loop} else {self.atom(unit, scope)})"
        return f"sum({body}{loop})"

    def condition(self, depth: int, scope: Scope) -> str:
        forms: list[Callable[[], str]] = [
            lambda: self.comparison(depth - 1, scope),
            lambda: self.comparison(depth - 1, scope),
            lambda: self.comparison(depth - 1, scope),
            lambda: self.membership(depth - 1, scope),
        ]
        reads = [r.text for r in self.readable("bool", "", scope)]
        if reads:
            forms += [lambda: self.pick(reads), lambda: f"not {self.pick(reads)}"]
        forms += self.lookup("bool", "", scope)
        for kind in self.enums:
            forms.append(partial(self.same_word, kind, scope))
        if depth > 0:
            forms += [
                lambda: self.joined(depth - 1, scope),
                lambda: self.joined(depth - 1, scope),
                lambda: self.guarded(depth - 1, scope),
                lambda: self.guarded(depth - 1, scope),
                lambda: f"not {self.condition(depth - 1, scope)}",
                lambda: self.quantified(depth - 1, scope),
                lambda: f"{self.number('', 0, scope)} divides {self.number('', depth - 1, scope)}",
                lambda: (
                    f"alldifferent({self.number('', depth - 1, scope)}, "
                    f"{self.number('', depth - 1, scope)}, {self.atom('', scope)})"
                ),
            ]
        return f"({self.pick(forms)()})"

    def same_word(self, kind: str, scope: Scope) -> str:
        return f"({self.word(kind, scope)} == {self.word(kind, scope)})"

    def comparison(self, depth: int, scope: Scope) -> str:
        unit = self.pick(UNITS)
        sides = [self.number(unit, depth, scope), self.number(unit, depth - 1, scope)]
        symbol = self.pick(("<=", ">=", "!=", "<", "=="))
        if self.rarely(5):
            return f"{self.atom(unit, scope)} <= {sides[0]} {symbol} {sides[1]}"
        return f"{sides[0]} {symbol} {sides[1]}"

    def membership(self, depth: int, scope: Scope) -> str:
        item = self.number("", depth, scope)
        a, b = self.pick(WHOLE), self.atom("", scope)
        whole = [r.text for r in self.readable("number", "", scope) if r.whole and r.positive]
        domains = [f"{{{a}, {b}}}", "0 .. 6 step 2", f"-1 .. {a}", "{1, 0.5, 3}"]
        domains += [f"divisors({w})" for w in whole] + [f"1 .. {w}" for w in whole]
        return f"{item} in {self.pick(domains)}"

    def joined(self, depth: int, scope: Scope) -> str:
        word = self.pick(("and", "or", "iff", "implies"))
        return f"{self.condition(depth, scope)} {word} {self.condition(depth, scope)}"

    def guarded(self, depth: int, scope: Scope) -> str:
        guard, facts = self.guard(scope)
        inner = self.condition(depth, scope.under(*facts))
        match self.pick(("implies", "and", "if")):
            case "implies":
                return f"({guard}) implies {inner}"
            case "and":
                return f"({guard}) and {inner}"
        return f"if {guard} then {inner} else {self.condition(depth, scope)}"

    def quantified(self, depth: int, scope: Scope) -> str:
        loop, inner = self.loop(scope)
        if not loop:
            return self.comparison(depth, scope)
        form = self.pick(("all", "any", "alldifferent"))
        if form == "alldifferent":
            return f"alldifferent({self.number('', depth, inner)}{loop})"
        return f"{form}({self.condition(depth, inner)}{loop})"

    # --------------------------------------------------------------------------------- claims

    def questions(self, requires: tuple[str, ...]) -> list[Question]:
        found = [Question({}, ())]
        for _ in range(self.upto(2)):
            chosen: dict[str, str] = {}
            for _ in range(self.upto(2)):
                choice = self.pick(self.choices)
                value = self.pick(choice.values)
                name = choice.text.removesuffix("[{}]")
                if choice.members and self.rarely(2):
                    name = choice.text.format(1 + self.upto(choice.members - 1))
                chosen[name] = value
            dropped = tuple(r for r in requires if self.rarely(3))
            found.append(Question(chosen, dropped))
        return found

    def claims(
        self, questions: list[Question], requires: tuple[str, ...], goals: tuple[str, ...]
    ) -> None:
        """Claims of every kind; only what is found for them matters."""
        for question in questions:
            tail = question.tail(self.rebound())
            found = [f"count == 0{tail}", f"sat{tail}", f"unsat{tail}"]
            found += [f"best {goal} == 0{tail}" for goal in goals]
            found += [f"front == 0{tail}"] * bool(goals)
            for choice in self.choices:
                name = choice.text.format(1 + self.upto(max(0, choice.members - 1)))
                found.append(f"domain {name} is {self.some(choice)}{tail}")
            found.append(f"value {self.condition(2, Scope())}{tail}")
            if requires:
                found.append(f"unsat by {self.pick(requires)}{tail}")
            self.lines += [f"expect {claim}" for claim in found]

    def some(self, choice: Read) -> str:
        return f"{{{', '.join(choice.values)}}}"

    def rebound(self) -> dict[str, str]:
        if not self.parameters or not self.rarely(4):
            return {}
        name = self.pick(sorted(self.parameters))
        return {name: self.pick(self.parameters[name])}


def _column_type(column: Read) -> str:
    if column.unit or column.kind == "number":
        return f": {column.unit}" if column.unit else ""
    return f": {column.kind}"
