"""Every slug a diagnostic of the language may carry, with its meaning in one line."""

from __future__ import annotations

from .syntax_slugs import SYNTAX_SLUGS

# Found by the loader and the checker.
CHECKED = {
    "ambiguous-name": "a bare name that two enums share, or an enumerator and a value",
    "bad-exponent": "an exponent that is no whole number",
    "bad-hole": "braces in a reason that hold no expression",
    "bad-step": "a step that is not greater than 0",
    "bad-weight": "a weight that is not greater than 0",
    "bound-parameter": "a claim fixes a parameter that the import binds already",
    "bracket-remainder": "`%` beside `*`, `/` or `%` without brackets",
    "built-in-body": "a `builtin` op with statements",
    "built-in-name": "a function or op called like a built-in function",
    "duplicate-argument": "the same argument, or the same choice of a claim, given twice",
    "duplicate-key": "two rows of a table with one key",
    "duplicate-label": "two calls of a network under one label",
    "duplicate-name": "a name declared twice in its namespace",
    "empty-domain": "a range that holds nothing",
    "empty-extremum": "`max` or `min` over a set that may be empty, without `else`",
    "given-without-schema": "`given` on a record that does not say which fields it has",
    "hidden-name": "a binder that hides a choice, a parameter or another binder (warning)",
    "import-cycle": "a file that imports itself by way of others",
    "kind-mismatch": "an expression of another kind than its place needs",
    "label-without-call": "a label on a statement that calls nothing",
    "misplaced-return": "`return` inside a condition or loop, or before other statements",
    "missing-argument": "a call that leaves out an argument without default",
    "missing-field": "a field of a record that is neither set nor derived, where it is read",
    "missing-index": "a family used where one of its members is needed",
    "missing-result": "an op that does not say what comes out",
    "missing-return": "a network, or an op with statements, without `return`",
    "missing-step": "a choice or binder over a range with a unit, without a step",
    "not-a-domain": "something that is no set of values in the place of one",
    "not-a-fold": "`for` in a call of something that takes none",
    "not-a-function": "a call of something that cannot be called",
    "not-a-record": "a field of something that has none",
    "not-constant": "a choice in a place where only constants may stand",
    "not-exported": "an import of an imported file",
    "not-indexable": "an index on something that has no members",
    "not-static": "a range that depends on a choice or on a dimension",
    "op-outside-network": "a call of an op outside the statements of a network",
    "open-network": "the layers of a network that only a caller makes whole",
    "out-of-family": "an index outside the range of its family",
    "out-of-domain": "a constant outside the domain of what it is given to",
    "path-outside": "a path that leaves the folder of the spec",
    "ragged-row": "a row of a table with too few or too many cells",
    "rank-mismatch": "a tensor with another number of dimensions than its place needs",
    "recursive-definition": "a declaration defined by way of itself",
    "reserved-cost": "a cost called `live`, which follows from the schedule",
    "stray-text": "a text in the place of a value",
    "too-many-arguments": "a call with more arguments than it takes",
    "too-many-imports": "more files, or a longer chain of imports, than a spec may have",
    "two-goals": "more than one goal outside of `optimize lex` and `optimize pareto`",
    "unexpected-else": "`else` in a fold that has a value over nothing",
    "unit-mismatch": "numbers of different units where they must agree",
    "unit-power": "a number with a unit raised to a power that the text does not state",
    "unknown-argument": "an argument by a name that the function does not know",
    "unknown-choice": "a claim about a choice or parameter that does not exist",
    "unknown-column": "a column that the table does not have",
    "unknown-constraint": "`by` or `without` a require that does not exist",
    "unknown-field": "a field that the record, schema or layer does not have",
    "unknown-goal": "a claim about a goal that does not exist",
    "unknown-module": "an import of a module that the standard library does not have",
    "unknown-name": "a name that nothing in scope declares",
    "unknown-parameter": "an import that binds a parameter the file does not have",
    "unused-parameter": "a parameter that nothing reads (warning)",
    "wrong-index-count": "too few or too many indices",
}

# Found when a spec meets its inputs; several of the above are told here, too.
BOUND = {
    "bad-cell": "a cell of a table that does not hold what its column declares",
    "bad-value": "a value from Python of another kind than a parameter or record takes",
    "missing-column": "data without a column that the table declares",
    "missing-hardware": "a `given` record that nothing was given for",
    "missing-parameter": "a parameter without default that is not bound",
    "missing-row": "a look-up in a table that has no such row",
    "missing-table": "a `given` table that nothing was given for",
    "not-a-table": "data given for a table that has another form",
    "too-many-rows": "a table beyond the limit of rows",
    "uneven-division": "an `exact` of constants that is not whole",
    "unknown-record": "a record that the spec does not have, or not of that kind",
    "unknown-table": "data for a table that the spec does not have",
}

# Found while a bound spec is lowered to integers; several of the above are told here, too.
LOWERED = {
    "always-false": "a constraint that holds under no choices (warning)",
    "many-denominators": "fractions with different symbolic denominators in one sum",
    "maybe-no-logarithm": "a logarithm of a number that may not be positive",
    "maybe-zero-divisor": "a divisor that is not proved positive",
    "out-of-family": "an index beyond the members of a family",
    "rational-goal": "a goal that is a fraction without a common denominator",
    "shape-mismatch": "a tensor with another size than its place needs",
    "too-large-domain": "a choice with more values than can be listed",
    "too-large-unrolling": "loops that unroll to too many terms",
    "too-many-values": "a logarithm of an expression with too many values",
    "too-wide": "a product or sum that does not fit the words of the solver",
    "unbound-tensor": "a tensor that is not bound on every way to where it is read",
    "unguarded-read": "a choice or `let` that may be inactive where it is read",
}

# Found when something is asked, built or run.
RUN = {
    "bad-tile": "a tile of a recurrent layer that cannot run on this machine",
    "file-unwritable": "the system does not let the file be written",
    "needs-torch": "a network that needs torch, which is not installed",
    "no-builder": "a layer that states costs but that nothing can build",
    "no-goal": "a front of a spec that has no goal",
    "no-network": "a network that the spec does not have, or one of several without a name",
    "no-room": "a network with more parameters than this machine has memory",
    "no-slack": "the tightness of a constraint that is no comparison of two sides",
    "wrong-length": "a list without one value for each member of its family",
}

SLUGS = CHECKED | BOUND | LOWERED | RUN | SYNTAX_SLUGS
