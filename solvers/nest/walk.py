"""The compiled nest: runs a program's levels one inside the other and keeps a decision diagram.

At each level the variable takes its values in rising order, instructions compute what the values so
far decide, and tests reject. What is left below depends on a few registers only; where those were
met before, the node found then is used again, so the walk builds a diagram with one node for each
different state (top-down compilation: Bergman, Ciré, van Hoeve and Hooker, "Decision Diagrams for
Optimization", 2016), without its dead ends.
"""

from __future__ import annotations

from ..compiled import Memory, Words, entry, inlined, kernel, pointer
from ..domains import first_from
from . import layout

FAIL, PASS, LAST = 0, 1, 2  # a value is rejected, kept, rejected with all larger ones
DOWN, ON, UP = 0, 1, 2  # enter a level, take its next value, leave it
PATIENCE = 4096  # nodes of a level that are remembered before it is asked whether that pays


@kernel
def execute(code: Memory, m: Memory, at: int, stop: int) -> int:
    """Run instructions; tells whether the level's value may stay."""
    while at < stop:
        kind = code[at]
        target = code[at + 1]
        a = m[code[at + 2]]
        c = code[at + 4]
        if kind >= layout.TESTS:
            good = True
            if kind == layout.TEST_AT_MOST:
                good = a <= c
            elif kind == layout.TEST_AT_LEAST:
                good = a >= c
            elif kind == layout.TEST_EQUALS:
                good = a == c
            elif kind == layout.TEST_TRUE:
                good = a != 0
            elif kind == layout.TEST_DIVIDES:
                good = divides(a, m[code[at + 3]])
            else:
                good = a != m[code[at + 3]]
            if not good:
                return LAST if target else FAIL
        elif kind == layout.ADD:
            m[target] = c * a + code[at + 5] * m[code[at + 3]]
        elif kind == layout.LINE:
            m[target] = c * a + code[at + 5]
        elif kind == layout.MULTIPLY:
            m[target] = a * m[code[at + 3]]
        elif kind == layout.QUOTIENT:
            m[target] = a // m[code[at + 3]]
        elif kind == layout.REMAINDER:
            m[target] = a % m[code[at + 3]]
        elif kind == layout.MINIMUM:
            m[target] = min(a, m[code[at + 3]])
        elif kind == layout.MAXIMUM:
            m[target] = max(a, m[code[at + 3]])
        elif kind == layout.ABSOLUTE:
            m[target] = abs(a)
        elif kind == layout.CHOOSE:
            m[target] = m[code[at + 3]] if a else m[c]
        elif kind == layout.AT_MOST:
            m[target] = 1 if a <= c else 0
        elif kind == layout.EQUALS:
            m[target] = 1 if a == c else 0
        elif kind == layout.AMONG:
            m[target] = 1 if position(code, c, code[at + 5], a) >= 0 else 0
        elif kind == layout.DIVIDES:
            m[target] = 1 if divides(a, m[code[at + 3]]) else 0
        elif kind == layout.DIFFERS:
            m[target] = 1 if a != m[code[at + 3]] else 0
        elif kind == layout.PLACE:
            digit = m[code[at + 3]] - c
            size = code[at + 5]
            m[target] = a * size + digit if a >= 0 and digit >= 0 and digit < size else -1
        elif kind == layout.FIND:
            m[target] = code[c + (a if a >= 0 else code[at + 5] - 1)]
        elif kind == layout.SOLVE:
            b = m[code[at + 3]]
            if a % b != 0:
                return FAIL
            m[target] = -(a // b)
        at += layout.WIDTH
    return PASS


@inlined
def divides(a: int, b: int) -> bool:
    """Some whole q has b == a * q."""
    return b == 0 if a == 0 else b % a == 0


@kernel
def position(code: Memory, values: int, n: int, v: int) -> int:
    """The index of v in a sorted list, -1 if it is not there."""
    i = first_from(code, values, n, v)
    return i if i < n and code[values + i] == v else -1


@kernel
def remembered(code: Memory, m: Memory, level: int, keys: Memory, buckets: Memory) -> int:
    """The entry of the state after a level; a new one says -2 for its node.

    A new entry begins at the last used word of `keys`.
    """
    slots, n = code[level + layout.SLOTS], code[level + layout.SLOT_COUNT]
    hashed = level
    for i in range(slots, slots + n):
        hashed = (hashed ^ m[code[i]]) * -7046029254386353131
        hashed ^= (hashed >> 29) & 0x7FFFFFFFF
    bucket = hashed & (m[layout.BUCKETS] - 1)
    entry = buckets[bucket] - 1
    while entry >= 0:
        if keys[entry + layout.HASH] == hashed and keys[entry + layout.AT] == level:
            same = True
            for i in range(n):
                if keys[entry + layout.ENTRY + i] != m[code[slots + i]]:
                    same = False
                    break
            if same:
                return entry
        entry = keys[entry + layout.NEXT]
    entry = m[layout.KEYS]
    m[layout.KEYS] = entry + layout.ENTRY + n
    keys[entry + layout.NEXT] = buckets[bucket] - 1
    keys[entry + layout.HASH] = hashed
    keys[entry + layout.AT] = level
    keys[entry + layout.NODE] = -2
    for i in range(n):
        keys[entry + layout.ENTRY + i] = m[code[slots + i]]
    buckets[bucket] = entry + 1
    return entry


@inlined
def chain(code: Memory, m: Memory, keys: Memory, buckets: Memory) -> None:
    """Fill new buckets with all entries."""
    entry = 0
    while entry < m[layout.KEYS]:
        bucket = keys[entry + layout.HASH] & (m[layout.BUCKETS] - 1)
        keys[entry + layout.NEXT] = buckets[bucket] - 1
        buckets[bucket] = entry + 1
        entry += layout.ENTRY + code[keys[entry + layout.AT] + layout.SLOT_COUNT]


@inlined
def close(m: Memory, frame: int, pending: Memory, edges: Memory, nodes: Memory) -> int:
    """Make a node of a level's edges; -1 if there are none."""
    first, last = m[frame + layout.FIRST], m[layout.PENDING]
    if first == last:
        return -1
    start = m[layout.EDGES]
    for i in range(first, last):
        edges[start + i - first] = pending[i]
    m[layout.EDGES] = start + last - first
    m[layout.PENDING] = first
    node = m[layout.NODES]
    nodes[node] = start
    nodes[node + 1] = m[layout.EDGES]
    m[layout.NODES] = node + 2
    return node >> 1


@inlined
def has_room(m: Memory) -> bool:
    """Whether every growing array can take what one value adds, and leaving all levels after it."""
    more = 2 + 2 * m[layout.LEVELS]
    return (
        m[layout.PENDING] + 2 <= m[layout.SIZES]
        and m[layout.EDGES] + m[layout.PENDING] + more <= m[layout.SIZES + 1]
        and m[layout.NODES] + more <= m[layout.SIZES + 2]
        and m[layout.KEYS] + layout.ENTRY + m[layout.LONGEST] <= m[layout.SIZES + 3]
    )


@entry
def walk(
    program: Words,
    memory: Words,
    pending_words: Words,
    edge_words: Words,
    node_words: Words,
    key_words: Words,
    bucket_words: Words,
) -> int:
    """Go on with a walk until it is DONE, has tried BUDGET values (PAUSED), or an array is full.

    After GROW some arrays are to be longer; with new buckets these are to be empty.
    """
    code, m = pointer(program), pointer(memory)
    pending, edges, nodes = pointer(pending_words), pointer(edge_words), pointer(node_words)
    keys, buckets = pointer(key_words), pointer(bucket_words)
    n = m[layout.LEVELS]
    depth, mode = m[layout.DEPTH], m[layout.MODE]
    if m[layout.KEYS] and not m[layout.CHAINED]:
        chain(code, m, keys, buckets)
    m[layout.CHAINED] = 1
    while True:
        level = m[layout.CODE_LEVELS] + depth * layout.LEVEL
        frame = m[layout.FRAMES] + depth * layout.FRAME
        if mode == UP:
            node = close(m, frame, pending, edges, nodes)
            if m[frame + layout.KEY] >= 0:
                keys[m[frame + layout.KEY] + layout.NODE] = node
            if depth == 0:
                m[layout.ROOT] = node
                return layout.DONE
            depth -= 1
            mode = ON
            if node >= 0:
                level -= layout.LEVEL
                pending[m[layout.PENDING]] = m[code[level + layout.REGISTER]]
                pending[m[layout.PENDING] + 1] = node
                m[layout.PENDING] += 2
            continue
        if m[layout.BUDGET] <= 0 or not has_room(m):
            m[layout.DEPTH], m[layout.MODE] = depth, mode
            return layout.PAUSED if m[layout.BUDGET] <= 0 else layout.GROW
        if mode == DOWN:
            m[frame + layout.FIRST] = m[layout.PENDING]
            m[frame + layout.CURSOR] = 0
            mode = ON
        i = m[frame + layout.CURSOR]
        if i == code[level + layout.COUNT]:
            mode = UP
            continue
        m[frame + layout.CURSOR] = i + 1
        m[layout.BUDGET] -= 1
        step = code[level + layout.STEP]
        start = code[level + layout.VALUES]
        m[code[level + layout.REGISTER]] = start + i * step if step else code[start + i]
        verdict = execute(code, m, code[level + layout.BODY], code[level + layout.BODY + 1])
        if verdict != PASS:
            if verdict == LAST:
                m[frame + layout.CURSOR] = code[level + layout.COUNT]
            continue
        found = -2
        if depth + 1 == n:
            found = 0
        else:
            below = frame + layout.FRAME
            m[below + layout.KEY] = -1
            if code[level + layout.SLOT_COUNT] >= 0 and (
                m[below + layout.MISSES] < PATIENCE
                or m[below + layout.HITS] * 8 > m[below + layout.MISSES]
            ):
                known = m[layout.KEYS]
                entry = remembered(code, m, level, keys, buckets)
                if entry < known:
                    m[below + layout.HITS] += 1
                    found = keys[entry + layout.NODE]
                else:
                    m[below + layout.MISSES] += 1
                    m[below + layout.KEY] = entry
        if found == -2:
            depth += 1
            mode = DOWN
        elif found >= 0:
            pending[m[layout.PENDING]] = m[code[level + layout.REGISTER]]
            pending[m[layout.PENDING] + 1] = found
            m[layout.PENDING] += 2
