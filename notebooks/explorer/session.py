"""The state behind an explorer: what a user does, and what is shown of it.

Every method may be called from any thread. A click is answered by propagation within the call;
everything slow is asked beside the kernel, and listeners are told as it comes in.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from archwright.dsl.diagnostics import ArchError
from archwright.dsl.types import Num
from archwright.interpreter.answers import Shown, shown
from archwright.interpreter.bound import Bound, Deferred
from archwright.interpreter.choosing import read_choices
from archwright.interpreter.values import Value
from archwright.notebooks.live.background import Background
from archwright.solvers.control import Cancellable, Stopped

from . import reasons
from .code import code
from .controls import Layout, layout
from .inquiry import Asked, Inquiry
from .reasons import Action, Why
from .snapshot import Refused, Snapshot, taken
from .state import History, State
from .tables import data as table_data
from .tables import edited, tables

KEPT = 32  # states of which everything that was found out is kept
REASONS = 512
SECONDS = 5.0  # for the reason of one value
Listener: TypeAlias = Callable[[Snapshot], None]
Key: TypeAlias = tuple[object, ...]


class Session:
    """One explorer's state over a bound spec.

    Parameters
    ----------
    asked : Bound
        With nothing fixed.
    choices : mapping, optional
        Choices that are fixed at the start.
    without : collection of str
        Named constraints that are off at the start.
    """

    def __init__(
        self,
        asked: Asked,
        choices: Mapping[str, object] | None = None,
        without: Collection[str] = (),
    ) -> None:
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._background = Background(self._failed)
        self._asking = Background(self._failed)
        self._bound: OrderedDict[Key, Asked] = OrderedDict({(): asked})
        self._layouts: dict[Key, Layout] = {(): layout(asked.model.lowered)}
        self._inquiries: OrderedDict[Key, Inquiry] = OrderedDict()
        self._whys: OrderedDict[Key, Why] = OrderedDict()
        self._version = 0
        self._busy = ""
        self._refused: Refused | None = None
        asked.model.groups(list(without))  # raises for a name that there is not
        self._start = State(off=frozenset(without)).with_fixed(self._read(asked, choices or {}))
        self._history = History(replace(self._start, touched=()))
        self._inquiry = self._inquire(self._history.now)
        self._snapshot = self._taken()
        self._background.ask(self._run)

    def _read(self, asked: Asked, choices: Mapping[str, object]) -> dict[str, Shown]:
        """Fixed choices by the name of each member; of a family whose members may be inactive by
        the family's name."""
        found: dict[str, Shown] = {}
        lowered = asked.model.lowered
        for name, indices, value in read_choices(lowered, choices):
            members = [c for c in lowered.choices if c.name == name]
            if indices:
                members = [c for c in members if c.indices == indices]
            if not indices and any(c.active.constant != 1 for c in members):
                found[name] = shown(value, members[0].dimension)
            else:
                found.update({c.key: shown(value, c.dimension) for c in members})
        return found

    # -------------------------------------------------------------------------- what is known

    @property
    def snapshot(self) -> Snapshot:
        """What is known now."""
        return self._snapshot

    @property
    def bound(self) -> Any:
        """The spec bound to these parameters, with these choices fixed and constraints left out."""
        with self._lock:
            handle: Any = self._handle(self._history.now)
            return handle.fixed(dict(self._history.now.fixed)).without(*self.off)

    @property
    def off(self) -> tuple[str, ...]:
        """Named constraints that are switched off."""
        return tuple(sorted(self._history.now.off))

    @property
    def code(self) -> str:
        """Python that recreates the state."""
        now = self._snapshot
        return code(now.state, now.layout)

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call a function with every new snapshot, on any thread; gives back what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is being worked out; whether that came in time."""
        end = None if seconds is None else time.monotonic() + seconds
        done = self._background.wait(seconds)
        rest = None if end is None else max(0.0, end - time.monotonic())
        return self._asking.wait(rest) and done

    # ------------------------------------------------------------------------- what users do

    def fix(self, name: str, value: object) -> Snapshot:
        """Fix a choice; `value` may be a text as the spec would write it."""
        with self._lock:
            try:
                choices = self._read(self._inquiry.asked, {name: value})
            except ArchError as error:
                return self._refuse(name, value, error)
            return self._go(self._history.now.with_fixed(choices))

    def place(self, name: str, text: str) -> int | None:
        """Where a text that was typed stands in a choice's domain; refused where it does not."""
        with self._lock:
            control = self._snapshot.layout.choices[self._snapshot.layout.places[name]]
            try:
                ((_, _, value),) = read_choices(self._inquiry.model.lowered, {name: text})
            except ArchError as error:
                self._refuse(name, text, error)
                return None
            return control.place(value)

    def excluded(self, name: str, place: int) -> bool:
        """Whether the value at a place of a choice's domain is proved impossible now."""
        inquiry = self._inquiry
        where = inquiry.layout.places[name]
        return inquiry.layout.choices[where].numbers[place] not in inquiry.left[where]

    def release(self, *names: str) -> Snapshot:
        """Release choices; a member of a family that was fixed as a whole releases it all."""
        with self._lock:
            now = self._history.now
            wanted = {n if n in now.fixed else n.partition("[")[0] for n in names}
            return self._go(now.without(*wanted, *names))

    def set(self, name: str, value: object) -> Snapshot:
        """Change a parameter; one that is refused leaves everything as it was."""
        with self._lock:
            try:
                return self._go(self._with_parameter(self._history.now, name, value))
            except ArchError as error:
                return self._refuse(name, value, error)

    def edit(self, table: str, row: int, column: int, value: object) -> Snapshot:
        """Change one cell of a given table; one that is refused leaves everything as it was."""
        with self._lock:
            now = self._history.now
            told = {t.name: t for t in self._layouts[()].tables}[table]
            rows = now.tables.get(table, told.rows)
            try:
                handle = self._handle(now).changed(
                    tables={table: edited(told, rows, row, column, value)}
                )
            except ArchError as error:
                return self._refuse(table, value, error)
            made = {t.name: t for t in tables(handle.model.bound)}[table].rows
            changed = {name: rows for name, rows in now.tables.items() if name != table}
            if made != told.rows:
                changed[table] = made
            state = replace(now, tables=changed)
            self._bound.setdefault(state.inputs, handle)
            return self._go(state)

    def toggle(self, name: str) -> Snapshot:
        """Switch a named constraint off, or on again."""
        with self._lock:
            try:
                self._inquiry.model.groups([name])
            except ArchError as error:
                return self._refuse(name, "off", error)
            return self._go(self._history.now.toggled(name))

    def undo(self) -> Snapshot:
        """One step back."""
        with self._lock:
            return self._enter() if self._history.undo() else self._snapshot

    def redo(self) -> Snapshot:
        """One step forth."""
        with self._lock:
            return self._enter() if self._history.redo() else self._snapshot

    def reset(self) -> Snapshot:
        """Back to the start, as one step that can be undone."""
        with self._lock:
            return self._go(replace(self._start, touched=()))

    def complete(self, seconds: float | None = None) -> Snapshot:
        """Fix everything to the best completion that is known; asked for first if none is.

        The step can be undone. With `seconds` it waits that long for a completion; without, what
        is not known yet is fixed once it is found.
        """
        with self._lock:
            inquiry = self._inquiry
            if inquiry.best is not None or inquiry.infeasible:
                return self._completed(inquiry)

            def work(stop: threading.Event) -> None:
                self._tell(inquiry, "looking for the best")
                if not inquiry.propagated:
                    inquiry.propagate(Cancellable(event=stop))
                inquiry.find_best(stop)
                with self._lock:
                    if self._inquiry is inquiry and inquiry.best is not None:
                        self._completed(inquiry)
                    else:
                        self._tell(inquiry, "")

            self._background.ask(work)
        if seconds is not None:
            self._background.wait(seconds)
        return self._snapshot

    def cancel(self) -> Snapshot:
        """Stop what is being worked out; everything known stays."""
        self._background.cancel()
        self._asking.cancel()
        with self._lock:
            self._busy = ""
            return self._publish()

    def apply(
        self, action: Action | Mapping[str, str], wanted: Mapping[str, object] | None = None
    ) -> Snapshot:
        """Do what a repair's button says, and fix what it was asked for, as one step."""
        data = action if isinstance(action, Mapping) else vars(action)
        act, name, value = data["act"], data["name"], data.get("value", "")
        with self._lock:
            try:
                state = self._history.now
                if act == "toggle":
                    self._inquiry.model.groups([name])
                    state = state.toggled(name)
                elif act == "set":
                    state = self._with_parameter(state, name, value)
                elif act == "fix":
                    state = state.with_fixed(self._read(self._inquiry.asked, {name: value}))
                else:
                    state = state.without(name)
                if wanted:
                    state = state.with_fixed(self._read(self._inquiry.asked, wanted))
            except ArchError as error:
                return self._refuse(name, value, error)
            return self._go(state)

    # ---------------------------------------------------------------------------------- reasons

    def explain(self, name: str, value: object, repairs: bool = True) -> Why:
        """Why a choice cannot have a value, with what else is fixed; worked out now."""
        inquiry = self._inquiry
        return self._explain(inquiry, name, value, repairs, threading.Event())

    def ask_why(self, name: str, value: object, repairs: bool, told: Callable[[Why], None]) -> None:
        """The same beside the kernel; a newer request ends this one."""
        inquiry = self._inquiry
        for full in (True, repairs):
            known = self._whys.get((id(inquiry), name, str(value), full))
            if known is not None:
                told(known)
                return

        def work(stop: threading.Event) -> None:
            quick = self._explain(inquiry, name, value, False, stop)
            if not stop.is_set():
                told(quick)
            if repairs and not stop.is_set():
                full = self._explain(inquiry, name, value, True, stop)
                if not stop.is_set():
                    told(full)

        self._asking.ask(work)

    def _explain(
        self, inquiry: Inquiry, name: str, value: object, repairs: bool, stop: threading.Event
    ) -> Why:
        key = (id(inquiry), name, str(value), repairs)
        if key in self._whys:
            return self._whys[key]
        subject = f"{name} = {_text(value)}"
        families = {n for n in inquiry.families if n == name.partition("[")[0]}
        others = {n: v for n, v in inquiry.choices.items() if n != name and n not in families}
        try:
            report = inquiry.asked.explain(
                {**others, name: value},
                without=sorted(inquiry.state.off),
                time_limit=SECONDS,
                cancel=stop,
                progress=False,
            )
            found = reasons.why(report, subject, inquiry.layout, inquiry.state.fixed, repairs)
        except Stopped:
            return Why(subject, f"{subject}: not explained within {SECONDS:.0f} s", (), ())
        except ArchError as error:
            return Why(subject, error.diagnostics[0].message, (), ())
        if not stop.is_set():
            self._whys[key] = found
            while len(self._whys) > REASONS:
                self._whys.popitem(last=False)
        return found

    # ------------------------------------------------------------------------------- the machine

    def _with_parameter(self, state: State, name: str, value: object) -> State:
        """A state with a parameter changed, and the spec bound for it; not lowered yet."""
        one: dict[str, Any] = {name: value}
        handle: Asked = self._handle(state).changed(**one)
        canonical = parameter(handle.model.bound, name)
        changed = {n: v for n, v in state.parameters.items() if n != name}
        if canonical != parameter(self._bound[()].model.bound, name):
            changed[name] = canonical
        state = replace(state, parameters=changed)
        self._bound.setdefault(state.inputs, handle)
        return state

    def _handle(self, state: State) -> Asked:
        key = state.inputs
        if key not in self._bound:
            told = {t.name: t for t in self._layouts[()].tables}
            data = {name: table_data(told[name], rows) for name, rows in state.tables.items()}
            parameters: dict[str, Any] = dict(state.parameters)
            self._bound[key] = self._bound[()].changed(tables=data, **parameters)
        return self._bound[key]

    def _inquire(self, state: State) -> Inquiry:
        key = (state.inputs, _key(state.fixed), state.off)
        known = self._inquiries.get(key)
        if known is None:
            before = getattr(self, "_inquiry", None)
            handle = self._handle(state)
            known = Inquiry(handle, self._layouts[state.inputs], state, before)
            self._inquiries[key] = known
            while len(self._inquiries) > KEPT:
                self._inquiries.popitem(last=False)
        self._inquiries.move_to_end(key)
        known.state = state  # the same but for what was touched last
        known.at_once()
        return known

    def _go(self, state: State) -> Snapshot:
        self._refused = None
        return self._enter() if self._history.go(state) else self._publish()

    def _enter(self) -> Snapshot:
        """Show the state that history is at; called with the lock held."""
        self._background.cancel()
        self._version += 1
        self._refused = None
        self._busy = "finding what is possible"
        state = self._history.now
        key = state.inputs
        if key not in self._layouts:
            self._background.ask(lambda stop: self._lower(key, stop))
            self._snapshot = replace(
                self._snapshot,
                version=self._version,
                stale=True,
                busy="working out the parameters",
                refused=None,
                can_undo=bool(self._history.past),
                can_redo=bool(self._history.future),
            )
            self._tell_all()
            return self._snapshot
        self._inquiry = self._inquire(state)
        self._busy = "" if self._inquiry.done else self._busy
        snapshot = self._publish()
        if not self._inquiry.done:
            self._background.ask(self._run)
        else:
            self._background.cancel()
        return snapshot

    def _lower(self, key: Key, stop: threading.Event) -> None:
        """Lower a spec whose parameters changed; what cannot be is taken back."""
        with self._lock:
            version, handle = self._version, self._bound[key]
        try:
            made = layout(handle.model.lowered)
        except ArchError as error:
            with self._lock:
                if version == self._version:
                    last = self._history.now.parameters
                    self._history.undo()
                    self._history.future.pop()
                    before = self._history.now.parameters
                    name = next((n for n in last if last[n] != before.get(n)), "")
                    self._enter()
                    self._refuse(name, last.get(name, ""), error)
            return
        with self._lock:
            self._layouts[key] = made
            while len(self._layouts) > KEPT:
                self._layouts.pop(next(k for k in self._layouts if k and k != key))
            if version == self._version:
                self._enter()

    def _run(self, stop: threading.Event) -> None:
        inquiry = self._inquiry
        inquiry.run(stop, lambda doing: None if stop.is_set() else self._tell(inquiry, doing))

    def _tell(self, inquiry: Inquiry, doing: str) -> None:
        with self._lock:
            if inquiry is self._inquiry:
                self._busy = doing
                self._publish()

    def _completed(self, inquiry: Inquiry) -> Snapshot:
        if inquiry.best is None:
            return self._snapshot
        touched = self._history.now.touched
        state = self._history.now.with_fixed(dict(inquiry.best.choices))
        return self._go(replace(state, touched=touched))

    def _refuse(self, name: str, value: object, error: ArchError) -> Snapshot:
        self._refused = Refused(name, str(value), error.diagnostics[0].message)
        return self._publish()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Stopped):
            return
        with self._lock:
            self._busy = ""
            told = error.diagnostics[0].message if isinstance(error, ArchError) else repr(error)
            self._refused = Refused("", "", told)
            self._publish()

    def _taken(self) -> Snapshot:
        inquiry = self._inquiry
        return replace(
            taken(
                inquiry,
                version=self._version,
                busy=self._busy,
                refused=self._refused,
                why=inquiry.why,
                can_undo=bool(self._history.past),
                can_redo=bool(self._history.future),
            ),
            changed_on_disk=self._changed_on_disk(),
        )

    def _publish(self) -> Snapshot:
        self._snapshot = self._taken()
        self._tell_all()
        return self._snapshot

    def _tell_all(self) -> None:
        for listener in list(self._listeners):
            listener(self._snapshot)

    def _changed_on_disk(self) -> bool:
        """Whether the spec's file says something else by now; the explorer keeps its text."""
        source = self._inquiry.model.bound.spec.source
        path = Path(source.name)
        try:
            if path.suffix != ".arch" or not path.is_file():
                return False
            stamp = path.stat().st_mtime_ns
        except OSError:
            return False
        seen = getattr(self, "_stamp", None)
        if seen is None or seen[0] != stamp:
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
            self._stamp = (stamp, text != source.text)
        return self._stamp[1]


def parameter(bound: Bound, name: str) -> Shown:
    """The value of a parameter, `t.name` for one of an import."""
    for prefix, inner in bound.walk():
        short = name.removeprefix(prefix)
        if name.startswith(prefix) and short in inner.parameters:
            value: Value | Deferred = inner.parameters[short]
            if not isinstance(value, Deferred):
                type_ = inner.spec.types[inner.spec.names[short]]
                return shown(value, type_.dimension if isinstance(type_, Num) else None)
    raise KeyError(name)


def _key(values: Mapping[str, Shown]) -> Key:
    return tuple(sorted((name, str(value)) for name, value in values.items()))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
