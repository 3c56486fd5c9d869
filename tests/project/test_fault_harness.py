"""What the fault harness (`python -m tests.faults`) counts by."""

from __future__ import annotations

from collections import Counter

from sandbox.controls.faults import Faults
from tests.faults.every_nth import EveryNth
from tests.faults.outcome import Outcome


async def test_all_offsets_together_strike_at_every_request() -> None:
    struck_at: Counter[int] = Counter()
    for offset in range(7):
        faults, at = Faults(), [0]

        async def strike(at: list[int] = at) -> None:
            struck_at[at[0]] += 1

        every = EveryNth(7, offset, strike, lambda: "first")
        every.watch(faults)
        for at[0] in range(1, 51):
            await faults.next_fault("GET", f"/any/{at[0]}")
        assert every.kinds == {"first: GET /any/…"}
    assert struck_at == Counter(range(1, 51))


def test_what_is_lost_and_what_is_doubled_is_told_apart() -> None:
    wanted = Counter({"comment a": 1, "comment b": 1})
    outcome = Outcome("killed", 100, {"0 of 0: GET /a", "0 of 0: GET /b"})
    outcome.add(0, journey(10, "0 of 0: GET /b", "1 of 1: GET /b"), 120, wanted, wanted)
    assert (outcome.tried, outcome.survived, outcome.ratio) == (10, 10, 1.2)
    assert outcome.reached == "1 of 2"
    outcome.add(3, journey(5), 100, Counter({"comment a": 2}), wanted)
    assert (outcome.tried, outcome.survived) == (15, 10)
    assert [*outcome.details()] == [
        "lost 1: comment b",
        "doubled 1: comment a",
        "ended otherwise from request 3 on",
    ]


def journey(struck: int, *kinds: str) -> EveryNth:
    async def nothing() -> None: ...

    return EveryNth(7, 0, nothing, struck=struck, kinds={*kinds})
