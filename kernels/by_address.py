"""Calls of compiled code by its address.

Loops are then compiled once for all that they may call. Beside `vector_ir`, this knows LLVM.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic


@intrinsic
def call(typing: Any, address: Any, arguments: Any) -> Any:
    """Call a function without a result, of 64-bit integers, that lies at an address.

    Parameters
    ----------
    address : int64
    arguments : tuple of int64
    """
    if not isinstance(arguments, types.UniTuple) or arguments.dtype != types.int64:
        return None

    def generate(context: Any, builder: Any, signature: Any, given: Sequence[Any]) -> Any:
        at, packed = given
        values = [builder.extract_value(packed, i) for i in range(len(arguments))]
        kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
        builder.call(builder.inttoptr(at, kind.as_pointer()), values)
        return context.get_dummy_value()

    return types.void(types.int64, arguments), generate
