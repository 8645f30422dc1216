"""What became of every block: fused or left to torch, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from .tile import Tile

FUSED, TORCH, OPTIMISED = "fused", "torch", "optimised"


@dataclass(frozen=True)
class Choice:
    """What runs a block on inputs of one shape.

    Parameters
    ----------
    runs : str
        `fused`, `torch`, or `optimised`: torch's layers traced, frozen and passed through
        `torch.jit.optimize_for_inference`.
    why : str
        One sentence.
    tile : Tile, optional
    threads : int
    expected_ms : float, optional
        By the model of the spec, one image on one thread.
    fused_ms, torch_ms, optimised_ms : float, optional
        Medians of alternating rounds, where they were measured.
    reason : str
        Why this tile, one line a step.
    """

    runs: str
    why: str
    tile: Tile | None = None
    threads: int = 1
    expected_ms: float | None = None
    fused_ms: float | None = None
    torch_ms: float | None = None
    optimised_ms: float | None = None
    reason: str = ""


@dataclass
class Entry:
    """One block.

    Parameters
    ----------
    name : str
        Of the module, dotted.
    what : str
        Channels, kernel and stride; empty where it cannot be fused at all.
    refusal : str
        Why it cannot be fused at all; empty where it can.
    choices : dict
        By the shape of the input, [batch, C, H, W].
    detours : dict
        Why calls were left to torch, and how many.
    """

    name: str
    what: str = ""
    refusal: str = ""
    choices: dict[tuple[int, ...], Choice] = field(default_factory=dict)
    detours: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The block as text."""
        if self.refusal:
            return [f"{self.name}: torch, {self.refusal}"]
        lines = [f"{self.name}: {self.what}"]
        for shape, choice in self.choices.items():
            lines.append(f"  {'x'.join(map(str, shape))}: {choice.runs}, {choice.why}")
        for why, calls in self.detours.items():
            lines.append(f"  {calls} call(s) by torch: {why}")
        return lines


@dataclass
class Report:
    """All inverted residuals of a network, in the order of its modules."""

    entries: list[Entry] = field(default_factory=list)

    @property
    def fused(self) -> list[Entry]:
        """Those that a kernel runs on some shape."""
        return [e for e in self.entries if any(c.runs == FUSED for c in e.choices.values())]

    def why(self, name: str) -> str:
        """Why the block of that name has its tiles.

        Raises
        ------
        KeyError
            Where no block has that name.
        """
        for entry in self.entries:
            if entry.name == name:
                parts = entry.lines()
                return "\n".join([*parts, *(c.reason for c in entry.choices.values() if c.reason)])
        raise KeyError(f"no block is named {name!r}")

    def __str__(self) -> str:
        count = f"{len(self.fused)} of {len(self.entries)} inverted residuals fused"
        return "\n".join([count, *(line for entry in self.entries for line in entry.lines())])
