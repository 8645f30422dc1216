"""Pieces of tensors and weights, copied into the order in which tiles read them."""

from __future__ import annotations

from typing import Any

from ..vector_ir import Value, Vectors, intrinsic


def copied_piece(*, lanes: int, count: int, masked: bool, summed: bool) -> Any:
    """An intrinsic that copies a vector of each of `count` steps into a panel.

    Its arguments: `source, source_step` (the first step; distance of steps), `target, target_step`
    (likewise in the panel), `sums` (one vector to which all are added, where `summed`), `valid`
    (numbers that exist, read where `masked`; the others become zero).
    """

    def emit(
        v: Vectors, source: Value, source_step: Value, target: Value, target_step: Value,
        sums: Value, valid: Value,
    ) -> None:  # fmt: skip
        mask = v.mask(valid, 0) if masked else None
        total = v.load(sums) if summed else None
        for u in range(count):
            where = v.address(source, v.times(source_step, u))
            value = v.load(where) if mask is None else v.load_some(where, mask)
            v.store(value, v.address(target, v.times(target_step, u)))
            if total is not None:
                total = v.add([total], [value])[0]
        if total is not None:
            v.store(total, sums)

    return intrinsic(lanes, emit)


def turned_square(*, lanes: int, masked: bool) -> Any:
    """An intrinsic that transposes a square of `lanes` x `lanes` numbers.

    Its arguments: `source, source_row, target, target_row`, and, read where `masked`, `rows` and
    `columns` of the source that exist: the numbers of rows that do not become zero, columns that do
    not are not written.
    """

    def emit(
        v: Vectors, source: Value, source_row: Value, target: Value, target_row: Value,
        rows: Value, columns: Value,
    ) -> None:  # fmt: skip
        square = []
        for m in range(lanes):
            where = v.address(source, v.times(source_row, m))
            if masked:
                there = v.less_equal(rows, v.integer(m))
                some = v.mask(v.choose(there, v.integer(0), columns), 0)
                square.append(v.load_some(where, some))
            else:
                square.append(v.load(where))
        for k, line in enumerate(v.transposed(square)):
            where = v.address(target, v.times(target_row, k))
            if masked:
                there = v.less_equal(columns, v.integer(k))
                some = v.mask(v.choose(there, v.integer(0), v.integer(lanes)), 0)
                v.store_some(line, where, some)
            else:
                v.store(line, where)

    return intrinsic(lanes, emit)
