"""The layout of the engine's memory: one int64 array that holds everything.

Variables and propagators are the addresses of their records. A *cell* is a pair of words, the value
and the stamp of the search node that last saved it, so that any cell can be put back by the trail.
Compiled once, the kernels run on the memory of every problem.
"""

# The header: one word each.
STAMP = 0  # number of the current search node; never used twice
TRAIL = 1  # where the trail begins
TOP = 2  # where its next entry goes
TRAIL_END = 3
CELLS = 4  # number of cells: what one node can save at most
FRAMES = 5  # the stack of decisions
FRAMES_END = 6
DEPTH = 7  # where the next frame goes
RINGS = 8  # three rings of scheduled propagators, cheap ones first
RING_SIZE = 9
HEADS = 10  # three words
TAILS = 13  # three words
PROPAGATORS = 16  # addresses of all propagators
PROPAGATOR_COUNT = 17
DECISIONS = 18  # addresses of the variables to branch on
DECISION_COUNT = 19
DEFINED = 20  # addresses of the variables that a solution must fix
DEFINED_COUNT = 21
TASK = 22  # what `run` is to do
RESUME = 23  # where an interrupted run goes on
BUDGET = 24  # how many propagations and nodes remain in this slice
NODES = 25
FAILURES = 26
FAILED = 27  # the propagator that failed last, 0 for none
GOAL = 28  # the variable to make small or large, 0 for none
SENSE = 29  # 1: small, -1: large
LIMIT = 30  # what the goal may reach at most (at least, where it is made large)
INCUMBENT = 31  # values of the decisions in the best solution so far
FOUND = 32  # number of solutions so far
ORDER = 33  # 0: weighted degrees, 1: the decisions as listed
LAST = 34  # the decision whose refutation failed last, 0 for none
RESTART = 35  # failures until the next restart; 0: never
RESTART_LENGTH = 36
PREFIX = 37  # that many decisions come first, as listed
CAP = 38  # failures at which a task gives up; 0: never
SETTLED = 39  # 1: at the root nothing is left to propagate
HEADER = 40

# A variable: two cells and what does not change.
LO = 0
HI = 2
WORDS = 4  # address of the cells of the bit set over its list; 0: an interval
COUNT = 5  # length of the list
FIRST = 6  # the list's first value
STEP = 7  # the list's step; 0: the values are listed at VALUES
VALUES = 8
WATCH = 9  # address of pairs (propagator, events)
WATCHES = 10
WEIGHT = 11  # failures in which the variable took part (decisions only)
DIRECTION = 12  # 1: try small values first, -1: large ones, 0: small ones
PHASE = 13  # value to try first, if HAS_PHASE
HAS_PHASE = 14  # HINTED: also where the value lies inside an interval
VARIABLE = 15  # size of the record
HINTED = 2

# Events of a variable.
LOWER = 1  # the lower bound rose
UPPER = 2  # the upper bound fell
FIXED = 4
HOLE = 8  # a value inside was removed
BOUNDS = LOWER | UPPER
ANY = LOWER | UPPER | HOLE

# A propagator: a cell for its state, and the arguments of its kind.
STATE = 0
KIND = 2
PRIORITY = 3
SCOPE = 4  # address of the decisions below it
SCOPE_COUNT = 5
FAILS = 6  # how often it failed
ARGUMENTS = 7

IDLE = 0
QUEUED = 1
ASLEEP = 2  # always true from here on, or not part of the question

# A frame of the stack of decisions.
FRAME_TOP = 0  # the trail when the decision was made
FRAME_VARIABLE = 1
FRAME_VALUE = 2
FRAME_KIND = 3
FRAME = 4
EQUAL = 0  # kinds of decision
AT_MOST = 1
AT_LEAST = 2

# Kinds of propagator, by file name.
LINEAR_AT_MOST = 0
LINEAR_EQUAL = 1
PRODUCT = 2
SIGNED_PRODUCT = 3
POWER = 4
QUOTIENT = 5
REMAINDER = 6
DIVIDES = 7
EXTREMUM = 8
ABSOLUTE = 9
CHOOSE = 10
TABLE = 11
ELEMENT = 12
COMPARISON = 13
EQUALITY = 14
AMONG = 15
DISJUNCTION = 16
ALL_DIFFERENT = 17
LINEAR_WIDE = 18
WIDE = 19

# What `run` is asked and what it answers.
CHECK = 0  # propagate from the root, put everything back
ROOT = 1  # propagate and keep
BEST = 2  # look for one solution, or the best one
ALL = 3  # list every solution
RESET = 4  # back to the root

DONE = 0  # propagated to the end; or searched to the end
REFUTED = 1
PAUSED = 2  # the budget is used up
SOLVED = 3  # a solution lies in INCUMBENT, or the list is full
GROW = 4  # the trail may overflow: copy into a larger memory and go on
GAVE_UP = 5  # as many failures as allowed
BROKEN = 6  # a defined variable is not fixed in a solution: an error of the engine

LIMIT_BITS = 62
LARGEST = 1 << LIMIT_BITS  # what saturated arithmetic gives instead of anything larger
WIDEST_BITS = (
    480  # of expressions: what numbers of several words surely hold, steps between included
)
TOP_VALUE = LARGEST - 1  # stands for itself and anything larger, in products that may be so large
