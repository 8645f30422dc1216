"""Branch and bound in a nest: the best solution, or the whole front of several goals.

Goals are costs here, less being better. After each value the costs are bounded below; a value whose
bounds some point found before already reaches is given up, and with it all larger ones where the
costs only rise. Solutions come in lexicographic order, so of equal ones the first is kept.
"""

from __future__ import annotations

from ..compiled import Memory, Words, entry, inlined, kernel, pointer
from . import layout
from .walk import DOWN, FAIL, LAST, ON, PASS, execute


@kernel
def beaten(code: Memory, m: Memory, goals: int, found: Memory) -> bool:
    """Whether a point costs no more than the bounds in some registers.

    Points lie in rising order of their first cost; of two costs the second falls then.
    """
    n, width, points = m[layout.COSTS], m[layout.WIDTH_FOUND], m[layout.FOUND]
    if m[layout.RANKED]:
        if points == 0:
            return False
        for i in range(n):
            bound = m[code[goals + i]]
            if found[i] != bound:
                return found[i] < bound
        return True
    few = cheaper(found, width, points, m[code[goals]])
    if n <= 2:
        return few > 0 and (n == 1 or found[(few - 1) * width + 1] <= m[code[goals + 1]])
    for point in range(few - 1, -1, -1):
        good = True
        for i in range(1, n):
            if found[point * width + i] > m[code[goals + i]]:
                good = False
                break
        if good:
            return True
    return False


@inlined
def cheaper(found: Memory, width: int, points: int, cost: int) -> int:
    """How many points have no higher first cost."""
    lo, hi = 0, points
    while lo < hi:
        mid = (lo + hi) >> 1
        if found[mid * width] <= cost:
            lo = mid + 1
        else:
            hi = mid
    return lo


@kernel
def enter_point(code: Memory, m: Memory, goals: int, found: Memory) -> None:
    """Add the solution in the registers, which nothing beats, and drop what it beats."""
    n, width, points = m[layout.COSTS], m[layout.WIDTH_FOUND], m[layout.FOUND]
    kept = 0
    place = 0
    for point in range(points):
        worse = True
        for i in range(n):
            if m[layout.RANKED] == 0 and found[point * width + i] < m[code[goals + i]]:
                worse = False
                break
        if worse:
            continue
        if found[point * width] <= m[code[goals]]:
            place = kept + 1
        if kept < point:
            for i in range(width):
                found[kept * width + i] = found[point * width + i]
        kept += 1
    for i in range(kept * width - 1, place * width - 1, -1):
        found[i + width] = found[i]
    for i in range(n):
        found[place * width + i] = m[code[goals + i]]
    for i in range(width - n):
        found[place * width + n + i] = m[code[m[layout.VARIABLES] + i]]
    m[layout.FOUND] = kept + 1


@entry
def hunt(program: Words, memory: Words, found_words: Words) -> int:
    """Go on until all is searched (DONE), BUDGET values are tried or the points fill up."""
    code, m, found = pointer(program), pointer(memory), pointer(found_words)
    n = m[layout.LEVELS]
    depth, mode = m[layout.DEPTH], m[layout.MODE]
    while True:
        level = m[layout.CODE_LEVELS] + depth * layout.LEVEL
        frame = m[layout.FRAMES] + depth * layout.FRAME
        if mode == DOWN:
            m[frame + layout.CURSOR] = 0
            mode = ON
        i = m[frame + layout.CURSOR]
        count = code[level + layout.COUNT]
        if i == count:
            if depth == 0:
                return layout.DONE
            depth -= 1
            continue
        if m[layout.BUDGET] <= 0 or m[layout.FOUND] == m[layout.FOUND_SIZE]:
            m[layout.DEPTH], m[layout.MODE] = depth, mode
            return layout.PAUSED if m[layout.BUDGET] <= 0 else layout.GROW
        m[layout.BUDGET] -= 1
        m[frame + layout.CURSOR] = i + 1
        if code[level + layout.FALLING]:
            i = count - 1 - i
        step = code[level + layout.STEP]
        start = code[level + layout.VALUES]
        m[code[level + layout.REGISTER]] = start + i * step if step else code[start + i]
        verdict = execute(code, m, code[level + layout.BODY], code[level + layout.BODY + 1])
        goals = code[level + layout.GOALS]
        if verdict == LAST and code[level + layout.FALLING]:
            verdict = FAIL  # the larger ones came before
        elif verdict == PASS and beaten(code, m, goals, found):
            ranked = code[level + layout.FALLING] and m[layout.RANKED]
            verdict = LAST if code[level + layout.RISING] or ranked else FAIL
        if verdict != PASS:
            if verdict == LAST:
                m[frame + layout.CURSOR] = count
        elif depth + 1 == n:
            enter_point(code, m, goals, found)
        else:
            depth += 1
            mode = DOWN
