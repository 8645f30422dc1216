"""Explicit vector code for numba: the only file that knows LLVM.

`Vectors` wraps a builder with the few operations that recurrent kernels need, all on vectors
of `lanes` single-precision numbers; `intrinsic` turns a function that uses them into something
that compiled numba code can call. LLVM widens or splits the vectors where the processor's own
are of another size, so the code is right everywhere and fast where `lanes` fits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba.core import config, types
from numba.extending import intrinsic as numba_intrinsic

Value: TypeAlias = Any  # an llvmlite value; the package has no types of its own
Vector: TypeAlias = list[Value]  # several vectors, worked on side by side to fill the pipeline

FLOAT = ir.FloatType()
INTEGER = ir.IntType(64)
WORD = ir.IntType(32)
BYTES_PER_FLOAT = 4
LINE = 64  # bytes
SHORT = 30.0  # up to this bound an exponential is only added to 1
LOG2_E = 1.4426950408889634
ROUNDER = 12582912.0  # 1.5 * 2**23: adding it leaves the nearest integer in the lowest bits
EXPONENT_BIAS = 127
MANTISSA_BITS = 23
LN_2 = 0.6931471805599453
SQRT_HALF_BITS = 0x3F3504F3  # the bits of sqrt(1/2) in single precision


@cache
def host_features() -> frozenset[str]:
    """Instruction sets that numba compiles for, by LLVM's names; empty where it cannot tell."""
    features = config.CPU_FEATURES  # type: ignore[attr-defined]
    if features is not None:
        chosen = [flag.strip() for flag in str(features).split(",")]
        return frozenset(flag[1:] for flag in chosen if flag.startswith("+"))
    if config.CPU_NAME == "generic":  # type: ignore[attr-defined]
        return frozenset()
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:
        return frozenset()
    return frozenset(name for name, present in features.items() if present)


def machine() -> str:
    """The family of processors: x86_64, aarch64, ..."""
    return str(binding.get_default_triple().split("-")[0])


def processor() -> str:
    """LLVM's name for this processor."""
    chosen = config.CPU_NAME  # type: ignore[attr-defined]
    return str(chosen or binding.get_host_cpu_name())


@cache
def has_fused_multiply_add() -> bool:
    """Whether `a * b + c` is one instruction; without it LLVM would call a slow library routine."""
    return "fma" in host_features() or machine() in {"aarch64", "arm64"}


@cache
def exp2_coefficients(degree: int) -> tuple[float, ...]:
    """Polynomial for 2**f on [-1/2, 1/2], from Chebyshev nodes."""
    fitted = np.polynomial.chebyshev.Chebyshev.interpolate(
        lambda f: 2.0**f, degree, domain=[-0.5, 0.5]
    )
    return tuple(float(c) for c in fitted.convert(kind=np.polynomial.Polynomial).coef)


@cache
def log_coefficients(degree: int = 7) -> tuple[float, ...]:
    """P with log(1 + f) = f - f**2 / 2 + f**3 P(f), where 1 + f is within sqrt(2) of 1."""
    series = [(-1) ** k / (k + 3) for k in range(60)]  # for small f, where the formula cancels

    def exact(f: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            closed = (np.log1p(f) - f + f * f / 2) / f**3
        return np.where(np.abs(f) < 0.05, np.polynomial.polynomial.polyval(f, series), closed)

    fitted = np.polynomial.chebyshev.Chebyshev.interpolate(
        exact, degree, domain=[0.5**0.5 - 1, 2**0.5 - 1]
    )
    return tuple(float(c) for c in fitted.convert(kind=np.polynomial.Polynomial).coef)


class Vectors:
    """Vector operations on one builder.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    lanes : int
        Numbers in a vector; a power of two.
    """

    def __init__(self, builder: Value, lanes: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.bytes = lanes * BYTES_PER_FLOAT
        self.type = ir.VectorType(FLOAT, lanes)
        self.integers = ir.VectorType(WORD, lanes)
        self.zero = ir.Constant(self.type, None)
        self.fused = has_fused_multiply_add()
        self.estimate = lanes == 16 and "avx512f" in host_features()

    # -------------------------------------------------------------------------------- addresses

    def address(self, base: Value, *terms: int | Value) -> Value:
        """`base` plus every term, in bytes."""
        for term in terms:
            if isinstance(term, int):
                if term:
                    base = self.builder.add(base, INTEGER(term))
            else:
                base = self.builder.add(base, term)
        return base

    def times(self, value: Value, factor: int) -> Value:
        """An address stride times a constant."""
        return self.builder.mul(value, INTEGER(factor))

    def multiply_integers(self, x: Value, y: Value) -> Value:
        return self.builder.mul(x, y)

    def divide_integer(self, value: Value, by: int) -> Value:
        """The whole part of a number that is not negative, divided by a power of two."""
        return self.builder.lshr(value, INTEGER(by.bit_length() - 1))

    def less_equal(self, x: Value, y: Value) -> Value:
        return self.builder.icmp_signed("<=", x, y)

    def smaller(self, x: Value, y: Value) -> Value:
        """The smaller of two integers."""
        return self.choose(self.less_equal(x, y), x, y)

    def choose(self, condition: Value, yes: Value, no: Value) -> Value:
        return self.builder.select(condition, yes, no)

    def _pointer(self, address: Value, kind: Value) -> Value:
        return self.builder.inttoptr(address, ir.PointerType(kind))

    def integer(self, number: int) -> Value:
        """An integer of the size of an address."""
        return INTEGER(number)

    def scratch(self, vectors: int) -> Value:
        """The address of memory for some vectors, as long as the calling function runs."""
        with self.builder.goto_entry_block():
            room = self.builder.alloca(self.type, size=WORD(vectors))
        return self.builder.ptrtoint(room, INTEGER)

    # ---------------------------------------------------------------------------------- memory

    def load(self, address: Value) -> Value:
        """A vector from any float address."""
        loaded = self.builder.load(self._pointer(address, self.type))
        loaded.align = BYTES_PER_FLOAT
        return loaded

    def load_half(self, address: Value) -> Value:
        """A vector of bfloat16 numbers, widened."""
        b = self.builder
        halves = b.load(self._pointer(address, ir.VectorType(ir.IntType(16), self.lanes)))
        halves.align = 2
        places = ir.Constant(self.integers, [16] * self.lanes)
        return b.bitcast(b.shl(b.zext(halves, self.integers), places), self.type)

    def load_pair(self, address: Value) -> Vector:
        """Two vectors of bfloat16 numbers, widened: the first in the lower halves of the words.

        One simple instruction a vector, where `load_half` needs a shuffle and a shift.
        """
        b = self.builder
        words = b.load(self._pointer(address, self.integers))
        words.align = BYTES_PER_FLOAT
        places = ir.Constant(self.integers, [16] * self.lanes)
        upper = ir.Constant(self.integers, [0xFFFF0000] * self.lanes)
        return [b.bitcast(x, self.type) for x in (b.shl(words, places), b.and_(words, upper))]

    def store(self, value: Value, address: Value) -> None:
        """A vector to any float address."""
        self.builder.store(value, self._pointer(address, self.type)).align = BYTES_PER_FLOAT

    def stream(self, value: Value, address: Value) -> None:
        """A vector past the caches; the address must be a multiple of the vector's bytes."""
        stored = self.builder.store(value, self._pointer(address, self.type))
        stored.align = self.bytes
        hint = self.builder.module.add_metadata([WORD(1)])
        stored.set_metadata("nontemporal", hint)

    def mask(self, valid: Value, first: int) -> Value:
        """Which lanes hold one of the first `valid` units, lane 0 being unit `first`."""
        count = self.builder.trunc(valid, WORD)
        units = ir.Constant(self.integers, [first + lane for lane in range(self.lanes)])
        return self.builder.icmp_signed("<", units, self._spread(count, self.integers))

    def load_some(self, address: Value, mask: Value) -> Value:
        """A vector whose lanes outside the mask are zero and not read."""
        kinds = [ir.PointerType(self.type), WORD, mask.type, self.type]
        load = self._declare(f"llvm.masked.load.v{self.lanes}f32.p0", self.type, kinds)
        pointer = self._pointer(address, self.type)
        return self.builder.call(load, [pointer, WORD(BYTES_PER_FLOAT), mask, self.zero])

    def store_some(self, value: Value, address: Value, mask: Value) -> None:
        """Store the lanes of the mask, leaving the memory of the others alone."""
        kinds = [self.type, ir.PointerType(self.type), WORD, mask.type]
        store = self._declare(f"llvm.masked.store.v{self.lanes}f32.p0", ir.VoidType(), kinds)
        pointer = self._pointer(address, self.type)
        self.builder.call(store, [value, pointer, WORD(BYTES_PER_FLOAT), mask])

    def load_everywhere(self, address: Value) -> Value:
        """One number in every lane."""
        number = self.builder.load(self._pointer(address, FLOAT))
        number.align = BYTES_PER_FLOAT
        return self._spread(number, self.type)

    def prefetch(self, address: Value, level: int) -> None:
        """Ask for the cache line at an address (any address: it never faults), into L1 or L2."""
        byte = ir.PointerType(ir.IntType(8))
        fetch = self._declare("llvm.prefetch.p0", ir.VoidType(), [byte, WORD, WORD, WORD])
        read, data, locality = WORD(0), WORD(1), WORD(4 - level)
        self.builder.call(fetch, [self._pointer(address, ir.IntType(8)), read, locality, data])

    # ------------------------------------------------------------------------------ arithmetic

    def constant(self, number: float) -> Value:
        """The same number in every lane."""
        return ir.Constant(self.type, [float(number)] * self.lanes)

    def multiply_add(self, x: Value, y: Value, z: Value) -> Value:
        """`x * y + z`."""
        if not self.fused:
            return self.builder.fadd(self.builder.fmul(x, y), z)
        fma = self._declare(f"llvm.fma.v{self.lanes}f32", self.type, [self.type] * 3)
        return self.builder.call(fma, [x, y, z])

    def _contracted(self, operation: str, xs: Vector, ys: Vector) -> Vector:
        """Element by element; a product and the sum that reads it may become one instruction."""
        flags = ("contract",) if self.fused else ()
        make = getattr(self.builder, operation)
        return [make(x, y, flags=flags) for x, y in zip(xs, ys, strict=True)]

    def add(self, xs: Vector, ys: Vector) -> Vector:
        return self._contracted("fadd", xs, ys)

    def subtract(self, xs: Vector, ys: Vector) -> Vector:
        return self._contracted("fsub", xs, ys)

    def multiply(self, xs: Vector, ys: Vector) -> Vector:
        return self._contracted("fmul", xs, ys)

    def multiply_adds(self, xs: Vector, ys: Vector, zs: Vector) -> Vector:
        return [self.multiply_add(x, y, z) for x, y, z in zip(xs, ys, zs, strict=True)]

    def negate(self, xs: Vector) -> Vector:
        return [self.builder.fneg(x) for x in xs]

    def absolute(self, xs: Vector) -> Vector:
        clear = ir.Constant(self.integers, [0x7FFFFFFF] * self.lanes)
        b = self.builder
        return [b.bitcast(b.and_(b.bitcast(x, self.integers), clear), self.type) for x in xs]

    def maximum(self, xs: Vector, ys: Vector) -> Vector:
        """The larger of two; NaN where either is."""
        return self._extreme("<", xs, ys)

    def minimum(self, xs: Vector, ys: Vector) -> Vector:
        """The smaller of two; NaN where either is."""
        return self._extreme(">", xs, ys)

    def _extreme(self, worse: str, xs: Vector, ys: Vector) -> Vector:
        b, result = self.builder, []
        for x, y in zip(xs, ys, strict=True):
            known = b.select(b.fcmp_ordered(worse, x, y), y, x)  # x where either is NaN
            result.append(b.select(b.fcmp_unordered("!=", y, y), y, known))
        return result

    def where_equal(self, xs: Vector, ys: Vector, yes: Vector, no: Vector) -> Vector:
        return self._where("==", xs, ys, yes, no)

    def where_less(self, xs: Vector, ys: Vector, yes: Vector, no: Vector) -> Vector:
        return self._where("<", xs, ys, yes, no)

    def _where(self, relation: str, xs: Vector, ys: Vector, yes: Vector, no: Vector) -> Vector:
        b = self.builder
        return [
            b.select(b.fcmp_ordered(relation, x, y), a, c)
            for x, y, a, c in zip(xs, ys, yes, no, strict=True)
        ]

    def exp(self, xs: Vector, limit: float) -> Vector:
        """exp of every lane, clamped to [-limit, limit] first; NaN stays NaN.

        2**(x * log2 e) is split into a power of two, built in the exponent bits, and a
        polynomial of the rest: relative error 1e-7. Up to a limit of `SHORT`, where only sums with
        1 are wanted, the polynomial is shorter and log2 e is single: 2e-7 near zero, 6e-7 at most,
        1e-7 absolute in sigmoid and tanh. The comparisons are written so that a NaN takes the
        branch of `x` itself, which is also what the processor's minimum and maximum do.
        """
        b, high, low = self.builder, self.constant(limit), self.constant(-limit)
        xs = [b.select(b.fcmp_ordered("<", high, x), high, x) for x in xs]
        xs = [b.select(b.fcmp_ordered(">", low, x), low, x) for x in xs]
        log2_e, rounder = self.constant(LOG2_E), self.constant(ROUNDER + EXPONENT_BIAS)
        shifted = [self.multiply_add(x, log2_e, rounder) for x in xs]
        whole = [b.fsub(s, rounder) for s in shifted]
        rest = [self.multiply_add(x, log2_e, b.fneg(n)) for x, n in zip(xs, whole, strict=True)]
        if limit > SHORT:
            missing = self.constant(LOG2_E - float(np.float32(LOG2_E)))
            rest = [self.multiply_add(x, missing, r) for x, r in zip(xs, rest, strict=True)]
        *lower, highest = exp2_coefficients(6 if limit > SHORT else 5)
        result = [self.constant(highest)] * len(xs)
        for coefficient in reversed(lower):
            result = self.multiply_adds(result, rest, [self.constant(coefficient)] * len(xs))
        places = ir.Constant(self.integers, [MANTISSA_BITS] * self.lanes)
        powers = [b.bitcast(b.shl(b.bitcast(s, self.integers), places), self.type) for s in shifted]
        return self.multiply(result, powers)

    def log(self, xs: Vector) -> Vector:
        """Natural logarithm; minus infinity at zero, NaN below, infinity and NaN kept.

        x = 2**n (1 + f) with f between 1/sqrt(2) - 1 and sqrt(2) - 1; log(1 + f) is
        f - f**2 / 2 + f**3 P(f).
        """
        b = self.builder

        def words(number: int) -> Value:
            return ir.Constant(self.integers, [number] * self.lanes)

        results = []
        *lower, highest = log_coefficients()
        for x in xs:
            # the bits of sqrt(1/2) as origin: n is what lies above the mantissa
            shifted = b.sub(b.bitcast(x, self.integers), words(SQRT_HALF_BITS))
            n = b.ashr(shifted, words(MANTISSA_BITS))
            rest = b.add(b.and_(shifted, words((1 << MANTISSA_BITS) - 1)), words(SQRT_HALF_BITS))
            f = b.fsub(b.bitcast(rest, self.type), self.constant(1.0))
            square = b.fmul(f, f)
            poly = self.constant(highest)
            for coefficient in reversed(lower):
                poly = self.multiply_add(poly, f, self.constant(coefficient))
            small = b.fmul(square, self.multiply_add(poly, f, self.constant(-0.5)))
            whole = b.sitofp(n, self.type)
            value = b.fadd(f, self.multiply_add(whole, self.constant(LN_2), small))
            zero, infinite = self.constant(0.0), self.constant(float("inf"))
            value = b.select(b.fcmp_ordered("==", x, zero), self.constant(-float("inf")), value)
            value = b.select(b.fcmp_unordered("<", x, zero), self.constant(float("nan")), value)
            results.append(b.select(b.fcmp_ordered("==", x, infinite), infinite, value))
        return results

    def reciprocal(self, xs: Vector) -> Vector:
        """1 / x: the 14-bit estimate of AVX-512 and one Newton step, or a division elsewhere."""
        if not self.estimate:
            return [self.builder.fdiv(self.constant(1.0), x) for x in xs]
        half = ir.IntType(16)
        kinds = [self.type, self.type, half]
        rough = self._declare("llvm.x86.avx512.rcp14.ps.512", self.type, kinds)
        firsts = [self.builder.call(rough, [x, x, half(-1)]) for x in xs]
        ones = [self.constant(1.0)] * len(xs)
        errors = self.multiply_adds([self.builder.fneg(x) for x in xs], firsts, ones)
        return self.multiply_adds(firsts, errors, firsts)

    def transposed(self, rows: Vector) -> Vector:
        """A square of as many vectors as they have lanes: lane i of vector j to lane j of vector i.

        In turns of the bits of the lane: blocks beside the diagonal of twice their size change
        places.
        """
        bit = 1
        while bit < self.lanes:
            new = list(rows)
            for i in (i for i in range(self.lanes) if not i & bit):
                # lanes of the second operand of a shuffle follow those of the first
                upper = [j if not j & bit else self.lanes + j - bit for j in range(self.lanes)]
                lower = [j + bit if not j & bit else self.lanes + j for j in range(self.lanes)]
                for place, lanes in ((i, upper), (i + bit, lower)):
                    order = ir.Constant(self.integers, lanes)
                    new[place] = self.builder.shuffle_vector(rows[i], rows[i + bit], order)
            rows, bit = new, 2 * bit
        return rows

    # ---------------------------------------------------------------------------------- control

    def loop(
        self,
        stop: Value,
        step: int,
        carried: Vector,
        body: Callable[[Value, Vector], Vector],
    ) -> Vector:
        """`for i in range(0, stop, step)`, at least once; returns the carried values at the end."""
        b, before = self.builder, self.builder.block
        inside, after = b.append_basic_block("inside"), b.append_basic_block("after")
        b.branch(inside)
        b.position_at_end(inside)
        counter = b.phi(INTEGER)
        counter.add_incoming(INTEGER(0), before)
        state = [b.phi(value.type) for value in carried]
        for phi, value in zip(state, carried, strict=True):
            phi.add_incoming(value, before)
        new = body(counter, list(state))
        following = b.add(counter, INTEGER(step))
        for phi, value in zip([counter, *state], [following, *new], strict=True):
            phi.add_incoming(value, b.block)
        b.cbranch(b.icmp_signed("<", following, stop), inside, after)
        b.position_at_end(after)
        return new

    def branch(
        self, condition: Value, yes: Callable[[], Vector], no: Callable[[], Vector]
    ) -> Vector:
        """The vectors of one of two pieces of code, of which only that one runs."""
        b = self.builder
        blocks = [b.append_basic_block(name) for name in ("yes", "no", "joined")]
        b.cbranch(condition, *blocks[:2])
        ends = []
        for block, piece in zip(blocks[:2], (yes, no), strict=True):
            b.position_at_end(block)
            values = piece()
            ends.append((values, b.block))
            b.branch(blocks[2])
        b.position_at_end(blocks[2])
        joined = []
        for place, value in enumerate(ends[0][0]):
            phi = b.phi(value.type)
            for values, block in ends:
                phi.add_incoming(values[place], block)
            joined.append(phi)
        return joined

    # ---------------------------------------------------------------------------------- helpers

    def _spread(self, number: Value, kind: Value) -> Value:
        undefined = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(undefined, number, WORD(0))
        everywhere = ir.Constant(self.integers, [0] * self.lanes)
        return self.builder.shuffle_vector(first, undefined, everywhere)

    def _declare(self, name: str, result: Value, kinds: Sequence[Value]) -> Value:
        known = self.builder.module.globals.get(name)
        if known is None:
            known = ir.Function(self.builder.module, ir.FunctionType(result, kinds), name)
        return known


def intrinsic(lanes: int, emit: Callable[..., None]) -> Any:
    """A function of 64-bit integers, callable from compiled numba code, with vector code inside.

    Parameters
    ----------
    lanes : int
    emit : callable
        Called as `emit(vectors, *arguments)` where the call is compiled.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Sequence[Value]) -> Value:
        emit(Vectors(builder, lanes), *arguments)
        return context.get_dummy_value()

    def call(typing: Any, *arguments: Any) -> Any:
        return types.void(*[types.int64] * len(arguments)), generate

    # numba takes the number of arguments from the signature: that of `emit`, with the typing
    # context in the place of `vectors`, and `*arguments` would mean one tuple
    call.__signature__ = inspect.signature(emit)  # type: ignore[attr-defined]
    return numba_intrinsic(call)
