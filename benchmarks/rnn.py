"""The recurrent kernel: against its peers, and its solved tile against every legal one.

    python benchmarks/rnn.py                      both tables
    python benchmarks/rnn.py --peers              ours, eager loop, nn.LSTM, predicted
    python benchmarks/rnn.py --sweep              the solver's tile in an exhaustive sweep
    python benchmarks/rnn.py --cells gru,slstm --shapes 64x1 --batches 1,16 --json out.jsonl

Shapes are units x heads. One thread; milliseconds are medians of alternating rounds in time of
the thread, so a busy neighbour on the core does not count, though its use of caches does.

The sweep takes the tiles that the machine can run (the spec without its rules of thumb). Those that
the model expects to take more than 1.5 times as long as its best are left out. Of the others at
most `--most` kinds are drawn (kinds are compiled each: rows, vectors, unroll), and up to four sizes
of blocks and groups of each. All of them alternate; then the best few, the solver's tile and that
tile once more do, in more rounds, and the least of the rounds decides, because neighbours only add.
The noise is the solver's tile against itself. `--drawn N --seed S` draws layers by chance.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import archwright
from archwright.kernels import timing
from archwright.kernels.cells.standard import CELLS
from archwright.kernels.outcome import OURS
from archwright.kernels.recurrent.peers import EAGER
from archwright.kernels.recurrent.plan import Plan
from archwright.kernels.recurrent.reference import example
from archwright.kernels.recurrent.run import RecurrentRun
from archwright.kernels.recurrent.tile import Tile

SPEC = Path(__file__).parents[1] / "gallery" / "flashrnn" / "here.arch"
SHAPES = ((64, 1), (64, 12), (256, 1))
BATCHES = (1, 16)
ROUNDS = 7
FINALISTS = 5
MOST_WORK = 3_000_000  # products of a gate and a step, of layers by chance
RULES = ("turn", "l2_share", "ahead", "latency_hidden")  # of thumb: tiles without them run, too
WORTH_TIMING = 1.5  # times what the best is expected to take
OF_A_KIND = 4  # tiles that are timed of those that differ in blocks and groups alone


def layers(options: argparse.Namespace) -> Iterator[tuple[str, int, int, int, Any]]:
    """Every layer to measure, with its bound spec."""
    spec = archwright.load(SPEC)
    every = [
        (cell, units, heads, batch)
        for cell in options.cells
        for units, heads in options.shapes
        for batch in options.batches
    ]
    for cell, units, heads, batch in drawn(options.drawn, options.seed) or every:
        sizes = {"batch": batch, "steps": options.steps, "heads": heads, "head": units}
        yield cell, units, heads, batch, spec.bind(cell=cell, bf16=options.bf16, **sizes)


def drawn(count: int, seed: int) -> list[tuple[str, int, int, int]]:
    """Layers by chance, every other one an LSTM: cell, units, heads, batch."""
    chance, found = random.Random(seed), []
    while len(found) < count:
        cell = chance.choice(["lstm", "lstm", "lstm", "gru", "slstm", "elman"])
        units, heads = chance.randrange(24, 400, 8), chance.choice([1, 1, 2, 3, 4, 6, 8])
        batch = chance.randrange(2, 33)
        if batch * heads * units**2 < MOST_WORK:
            found.append((cell, units, heads, batch))
    return found


def peers(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row per layer: times, ratios, prediction."""
    print("| cell | units x heads | B | ours ms | eager loop | torch's layer | predicted ms "
          "| max error | tile | faster |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|")
    for cell, units, heads, batch, bound in layers(options):
        answer = bound.solve(progress=False)
        outcome = archwright.run(answer.architecture, repeats=options.rounds)
        assert isinstance(outcome, RecurrentRun)
        theirs = [time for name, time in outcome.ratios.items() if name != EAGER]
        ratio = [f"{outcome.ratios.get(EAGER, float('nan')):.2f}x"]
        ratio += [f"{time:.2f}x" for time in theirs] or ["none"]
        predicted = outcome.predicted_ms or float("nan")
        print(
            f"| {cell} | {units}x{heads} | {batch} | {outcome.times_ms[OURS]:.3f} "
            f"| {' | '.join(ratio)} | {predicted:.3f} | {outcome.max_error:.1e} "
            f"| {short(outcome.tile)} | {outcome.picked.split()[0]} |",
            flush=True,
        )
        yield {"table": "peers", "units": units, "heads": heads, "batch": batch,
               "steps": options.steps, **outcome.to_json()}  # fmt: skip


def sweep(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row per layer: the solver's tile among all legal ones."""
    print("| cell | units x heads | B | tiles | timed | best ms | predicted ms | median/best "
          "| worst/best | solver/best | noise | solver's tile | best tile |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for cell, units, heads, batch, bound in layers(options):
        answer = bound.solve(progress=False)
        solved = Tile.from_arguments(leaf(answer))
        tiles, drawn = sample(bound, solved, options.most)
        sizes = batch, options.steps, heads, units
        calls = {tile: call(cell, tile, *sizes) for tile in drawn}
        rounds = timing.alternating({str(t): work for t, work in calls.items()}, options.rounds)
        shortly = {tile: min(rounds[str(tile)]) for tile in drawn}
        order = sorted(shortly, key=shortly.__getitem__)
        finalists = list(dict.fromkeys([solved, *order[:FINALISTS]]))
        contestants = {str(tile): calls[tile] for tile in finalists}
        contestants["again"] = calls[solved]
        samples = timing.alternating(contestants, 3 * options.rounds)
        final = {name: min(times) * 1e3 for name, times in samples.items()}
        again = final.pop("again")
        best = min(finalists, key=lambda tile: final[str(tile)])
        row = {
            "table": "sweep", "cell": cell, "units": units, "heads": heads, "batch": batch,
            "steps": options.steps, "tiles": tiles, "timed": len(drawn),
            "best_ms": final[str(best)], "solver_ms": final[str(solved)],
            "predicted_ms": float(answer.goals["time"].value) * 1e3,
            "median": statistics.median(shortly.values()) / shortly[order[0]],
            "worst": shortly[order[-1]] / shortly[order[0]],
            "solver": final[str(solved)] / final[str(best)],
            "noise": abs(again / final[str(solved)] - 1),
            "tile": solved.to_json(), "best": best.to_json(),
            "all": [{"tile": tile.to_json(), "ms": ms * 1e3} for tile, ms in shortly.items()],
        }  # fmt: skip
        print(
            f"| {cell} | {units}x{heads} | {batch} | {tiles} | {len(drawn)} "
            f"| {row['best_ms']:.3f} | {row['predicted_ms']:.3f} "
            f"| {row['median']:.2f} | {row['worst']:.2f} | {row['solver']:.3f} "
            f"| {row['noise']:.1%} | {short(row['tile'])} | {short(row['best'])} |",
            flush=True,
        )
        yield row


def sample(bound: Any, solved: Tile, most: int) -> tuple[int, list[Tile]]:
    """How many tiles the machine can run for a layer, and those of them that are timed."""
    expected = {}
    alike = {"prefetch": 0, "narrow": solved.narrow, "streaming": solved.streaming}
    every = bound.all(alike, without=RULES, progress=False)
    for choices in every:
        tile = Tile.from_arguments({**choices, "lanes": solved.lanes})
        answer = bound.solve(dict(choices), without=RULES, progress=False)
        expected[tile] = float(answer.goals["time"].value)
    near = [t for t, time in expected.items() if time <= WORTH_TIMING * min(expected.values())]
    kinds: dict[object, list[Tile]] = {}
    for tile in near:
        kinds.setdefault((tile.rows, tile.vectors, tile.unroll), []).append(tile)
    chance = random.Random(0)
    drawn = [solved]
    for kind in chance.sample(sorted(kinds), min(most, len(kinds))):
        drawn += chance.sample(kinds[kind], min(OF_A_KIND, len(kinds[kind])))
    return every.total, list(dict.fromkeys(drawn))


def leaf(answer: Any) -> Any:
    """Arguments of the only leaf of an answer's network."""
    (network,) = answer.architecture.networks.values()
    return network.leaves[0].arguments


def call(
    cell: str, tile: Tile, batch: int, steps: int, heads: int, units: int
) -> Callable[[], object]:
    """A planned layer as a call without arguments; all tiles get the same numbers."""
    Wx, R, b, s0 = numbers(cell, batch, steps, heads, units)
    plan = Plan(R, b, batch, steps, tile, cell)
    return lambda: plan.run(Wx, s0)


_numbers: dict[object, Any] = {}


def numbers(cell: str, *shape: int) -> Any:
    """Inputs of the layer measured last, made once."""
    key = (cell, *shape)
    if key not in _numbers:
        _numbers.clear()
        _numbers[key] = example(CELLS[cell], *shape)
    return _numbers[key]


def short(tile: dict[str, int | bool]) -> str:
    """A tile in a few characters: rows x vectors x lanes, then what is not usual."""
    text = f"{tile['rows']}x{tile['vectors']}x{tile['lanes']} block {tile['block']}"
    text += f" heads {tile['together']} unroll {tile['unroll']}"
    text += f" prefetch {tile['prefetch']}" if tile["prefetch"] else ""
    text += " streaming" if tile["streaming"] else ""
    return text + (" bf16" if tile["narrow"] else "")


def shape(text: str) -> tuple[int, int]:
    units, heads = text.split("x")
    return int(units), int(heads)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--cells", type=lambda t: t.split(","), default=["lstm"])
    parser.add_argument("--bf16", action="store_true", help="weights may be kept in bfloat16")
    parser.add_argument("--most", type=int, default=24, help="kinds of tiles of a sweep")
    parser.add_argument("--drawn", type=int, default=0, help="layers by chance, instead of others")
    parser.add_argument("--seed", type=int, default=0, help="of layers by chance")
    parser.add_argument("--shapes", type=lambda t: [shape(s) for s in t.split(",")], default=SHAPES)
    parser.add_argument("--batches", type=lambda t: list(map(int, t.split(","))), default=BATCHES)
    parser.add_argument("--steps", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", type=Path, help="append one object per row to this file")
    options = parser.parse_args()
    both = options.peers == options.sweep
    for wanted, table in ((options.peers or both, peers), (options.sweep or both, sweep)):
        if not wanted:
            continue
        for row in table(options):
            if options.json:
                with options.json.open("a") as file:
                    file.write(json.dumps(row) + "\n")
        print()


if __name__ == "__main__":
    main()
