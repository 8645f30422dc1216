"""The layout of a nest's arrays: instructions, levels, and what a walk keeps."""

# Instructions are six words: kind, target, a, b, c, d. A test has 1 as its target where a larger
# value of the level's variable would fail as well.
WIDTH = 6
ADD = 0  # target = c * [a] + d * [b]
LINE = 1  # target = c * [a] + d
MULTIPLY = 2
QUOTIENT = 3
REMAINDER = 4
MINIMUM = 5
MAXIMUM = 6
ABSOLUTE = 7
CHOOSE = 8  # target = [b] if [a] else [c]
AT_MOST = 9  # target = [a] <= c
EQUALS = 10  # target = [a] == c
AMONG = 11  # target = [a] is in the sorted list of d words at c
DIVIDES = 12  # target = [a] divides [b]
DIFFERS = 13  # target = [a] != [b]
PLACE = 14  # target = [a] * d + [b] - c if that is a place below d, else -1; -1 stays -1
FIND = 15  # target = word [a] of the list of d words at c, its last one for -1
SOLVE = 16  # target = -[a] / [b]; the value is rejected if that is not whole
TESTS = 17  # from here on nothing is computed, but the value may be rejected
TEST_AT_MOST = 17  # [a] <= c
TEST_AT_LEAST = 18  # [a] >= c
TEST_EQUALS = 19  # [a] == c
TEST_TRUE = 20  # [a] is not 0
TEST_DIVIDES = 21  # [a] divides [b]
TEST_DIFFERS = 22  # [a] != [b]

# A level of the nest: one variable.
REGISTER = 0  # of its variable
BODY = 1  # instructions after each value: start and end
VALUES = 3  # where the list is, or the first value
STEP = 4  # 0: listed
COUNT = 5
SLOTS = 6  # registers that decide what may follow: start and number; -1: not remembered
SLOT_COUNT = 7
GOALS = 8  # where the registers with bounds of the costs are
RISING = 9  # whether no cost falls as the variable grows
FALLING = 10  # whether the first cost falls with this variable alone: large values come first
LEVEL = 11  # words of a level

# The head of a walk's memory; registers follow, then a frame for each level.
LEVELS = 0  # number of levels
CODE_LEVELS = 1  # where they are in the code
DEPTH = 2
MODE = 3
BUDGET = 4  # values that may still be tried in this slice
PENDING = 5  # used words of each growing array, then their sizes
EDGES = 6
NODES = 7
KEYS = 8
SIZES = 9
BUCKETS = 13  # a power of two
FRAMES = 14  # where the frames are
ROOT = 15  # the first node when all is done, -1 if there is no solution
LONGEST = 16  # most slots of a level
CHAINED = 17  # 0: the buckets are new
COSTS = 18  # number of goals
RANKED = 19  # whether goals are lexicographic; else they span a front
VARIABLES = 20  # where the registers of all variables are
WIDTH_FOUND = 21  # words of a point: costs and values
FOUND = 22  # number of points
FOUND_SIZE = 23  # points for which there is room
HEAD = 24

CURSOR = 0  # next value
FIRST = 1  # where this level's edges begin in `pending`
KEY = 2  # where the node is remembered, -1: nowhere
HITS = 3  # how often a node of this level was found again
MISSES = 4
FRAME = 5

# A remembered node: its words before the slots.
NEXT, HASH, AT, NODE = 0, 1, 2, 3
ENTRY = 4

# What a walk returns.
DONE, PAUSED, GROW = 0, 1, 2
