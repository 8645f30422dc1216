"""Work beside the kernel: the newest request wins, what raises is told, nothing is to be closed."""

from __future__ import annotations

import threading

from archwright.notebooks.live.background import Background


def test_the_newest_request_cancels_what_runs() -> None:
    done: list[str] = []
    background = Background(lambda error: done.append(str(error)))
    began = threading.Event()

    def slow(stop: threading.Event) -> None:
        began.set()
        done.append("cancelled" if stop.wait(10) else "left alone")

    background.ask(slow)
    assert began.wait(10)
    waiting = background.ask(lambda stop: done.append("never"))
    background.ask(lambda stop: done.append("newest"))
    assert background.wait(10)
    assert done == ["cancelled", "newest"] and waiting.is_set()


def test_what_raises_is_told_and_the_next_work_is_done() -> None:
    told: list[str] = []
    background = Background(lambda error: told.append(str(error)))

    def broken(stop: threading.Event) -> None:
        raise ValueError("no")

    background.ask(broken)
    assert background.wait(10)
    background.ask(lambda stop: told.append("yes"))
    assert background.wait(10)
    assert told == ["no", "yes"]


def test_cancel_ends_what_runs_and_forgets_what_waits() -> None:
    seen: list[bool] = []
    background = Background(lambda error: None)
    began = threading.Event()

    def slow(stop: threading.Event) -> None:
        began.set()
        seen.append(stop.wait(10))

    background.ask(slow)
    assert began.wait(10)
    background.ask(lambda stop: seen.append(False))
    background.cancel()
    assert background.wait(10)
    assert seen == [True]
