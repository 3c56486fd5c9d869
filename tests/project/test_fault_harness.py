"""What the fault harness (`python -m tests.faults`) counts by."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
import pytest

from sandbox.controls.faults import FaultKind, Faults
from tests.faults.database_writes import METHOD, kind_of_write, told_of_writes
from tests.faults.outcome import Outcome
from tests.faults.strikes import EachKind, EveryNth, Strikes


async def test_all_offsets_together_strike_at_every_request() -> None:
    struck_at: Counter[int] = Counter()
    for offset in range(7):
        faults, at = Faults(), [0]

        async def strike(at: list[int] = at) -> None:
            struck_at[at[0]] += 1

        every = Strikes(EveryNth(7, offset), strike, lambda: "first")
        every.watch(faults)
        for at[0] in range(1, 51):
            await faults.next_fault("GET", f"/any/{at[0]}")
        assert every.kinds == every.struck_kinds == {"first: GET /any/…"}
    assert struck_at == Counter(range(1, 51))


async def test_each_kind_of_request_is_struck_once_and_some_are_left_alone_in_between() -> None:
    struck, known = [], set[str]()
    for _ in range(2):
        faults = Faults()

        async def strike(faults: Faults = faults) -> None:
            struck.append(faults.request)

        each = Strikes(EachKind(2, known), strike, lambda: "first", struck_kinds=known)
        each.watch(faults)
        for path in ("/a/1", "/b", "/a/2", "/c", "/c", "/d"):
            await faults.next_fault("GET", path)
    assert struck == ["GET /a/1", "GET /c", "GET /d", "GET /b"]
    assert known == each.kinds == {f"first: GET {path}" for path in ("/a/…", "/b", "/c", "/d")}


@pytest.mark.parametrize("trouble", ["500", "502-done"])
async def test_a_fault_that_is_ordered_for_a_request_is_that_requests(trouble: FaultKind) -> None:
    faults = Faults()

    async def strike() -> None:
        faults.answer(trouble)

    faults.before(strike, path="/b$")
    answers = [await faults.next_fault("GET", path) for path in ("/a", "/b", "/c")]
    assert [one and one.trouble for one in answers] == [None, trouble, None]


async def test_a_strike_that_did_not_take_place_is_not_counted() -> None:
    async def strike() -> bool:
        return False

    each, faults = Strikes(EachKind(1, set()), strike), Faults()
    each.watch(faults)
    await faults.next_fault("GET", "/a")
    assert (each.struck, each.struck_kinds, each.seen) == (0, set(), 1)


def test_a_write_is_known_by_its_table_and_by_the_step_that_ends_with_it() -> None:
    step = kind_of_write("INSERT INTO main.operation_outputs (output) VALUES (?)", {"function_name": "turn"})
    looks = kind_of_write('UPDATE "drover_migrations" SET queued=?', {"queued": 3})
    assert (step, looks) == ("insert operation_outputs turn", "update drover_migrations")
    assert kind_of_write("SELECT 1 FROM drover_migrations", {}) is None


async def test_what_is_told_of_a_write_can_be_struck_before_it_happens() -> None:
    faults = Faults()
    each = Strikes(EachKind(1, set()), lambda: asyncio.sleep(0))
    each.watch(faults, f"^{METHOD} ")
    await faults.next_fault("GET", "/a")
    async with (
        told_of_writes(faults) as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/update drover_migrations"),
    ):
        pass
    assert (each.seen, each.struck_kinds) == (1, {f": {METHOD} update drover_migrations"})


def test_what_is_lost_and_what_is_doubled_is_told_apart() -> None:
    wanted = Counter({"comment a": 1, "comment b": 1})
    outcome = Outcome("killed", 100, {"0 of 0: GET /a", "0 of 0: GET /b"})
    outcome.kinds |= {"0 of 0: GET /b", "1 of 1: GET /b"}
    outcome.add(0, strikes(10, 120), wanted, wanted)
    assert (outcome.tried, outcome.survived, outcome.ratio) == (10, 10, 1.2)
    assert outcome.reached == "1 of 2"
    outcome.add(3, strikes(5, 100), Counter({"comment a": 2}), wanted)
    assert (outcome.tried, outcome.survived) == (15, 10)
    assert [*outcome.details()] == [
        "lost 1: comment b",
        "doubled 1: comment a",
        "journey 3 ended otherwise",
        "never struck: 0 of 0: GET /a",
    ]


def strikes(struck: int, seen: int) -> Strikes:
    async def nothing() -> None: ...

    return Strikes(EveryNth(7, 0), nothing, struck=struck, seen=seen)
