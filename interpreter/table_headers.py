"""Names of columns in data, and the units that they state: `time [us]`, `size (KiB)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archwright.dsl import nodes
from archwright.dsl.diagnostics import ArchError, Diagnostic

from .table_cells import Form
from .tables import in_unit, missing_column, source_span

_WITH_UNIT = re.compile(r"(?P<name>.*?\S)\s*(?:\[(?P<square>[^\]]*)\]|\((?P<round>[^)]*)\))")


class Header:
    """The columns that some data have.

    Parameters
    ----------
    names : sequence of str
        As written; a column is also found by what stands before a unit in brackets.
    units : mapping
        Units that are stated elsewhere, such as an attribute `units`, by column as written.
    """

    def __init__(
        self,
        table: nodes.Table,
        names: Sequence[str],
        where: str,
        units: Mapping[str, object] | None = None,
    ) -> None:
        self.table, self.where = table, where
        self.names = [name.strip() for name in names]
        self.units = units or {}
        self._short: dict[int, tuple[str, str]] = {}
        for place, name in enumerate(self.names):
            found = _WITH_UNIT.fullmatch(name)
            if found is not None:
                unit = found["round"] if found["square"] is None else found["square"]
                self._short[place] = found["name"], unit.strip()

    def match(self, forms: Sequence[Form]) -> tuple[list[Form], list[int]]:
        """The forms in the units of the data, and the place of each column.

        Raises
        ------
        ArchError
            `missing-column`, `unit-mismatch`, or `not-a-table` where two have one name.
        """
        matched, places = [], []
        for form in forms:
            place = self._place(form.name)
            stated = self.units.get(self.names[place])
            if self.names[place] != form.name:
                stated = self._short[place][1]
            if isinstance(stated, str):
                form = in_unit(self.table, form, stated, self.where)
            matched.append(form)
            places.append(place)
        return matched, places

    def _place(self, name: str) -> int:
        exact = [i for i, there in enumerate(self.names) if there == name]
        found = exact or [i for i, (short, _) in self._short.items() if short == name]
        if not found:
            raise ArchError(missing_column(self.table, name, self.names, self.where))
        if len(found) > 1:
            raise ArchError(
                Diagnostic(
                    "not-a-table",
                    f"{self.where} has {len(found)} columns called `{name}`",
                    source_span(self.table),
                )
            )
        return found[0]
