"""A method gets another name: counted while the issue says so, migrated by a phase, and nobody adds new uses unseen."""

from __future__ import annotations

import pytest

from bot.decide.checks import PROOF
from bot.decide.ratchet import RATCHET
from bot.turn import count_notice
from sandbox.model.checks import CheckRun
from tests.world import REPO, World

BRANCH = "drover/1/phase-1"
ORDERS = """\
class Order:
    def total_price(self) -> int:
        return self.total()

    def total(self) -> int:
        return 1


def make() -> Order:
    return Order()
"""
USE = "from shop.orders import Order, make\n\n\ndef price(order: Order, other) -> int:\n    return {}\n"
FILES = {
    ".github/migrations/old.yml": "title: Members\nreplace:\n  - old: shop.orders:Order.total_price\n"
    "    new: shop.orders:Order.total\nphases:\n  - {name: All, paths: ['**']}\n",
    "shop/orders.py": ORDERS,
    "shop/prices.py": USE.format("order.total_price() + make().total_price() + other.total_price()"),
}


async def test_a_method_with_another_name_from_the_count_to_the_ratchet(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(count_notice, "UPDATE_INTERVAL", 0)
    monkeypatch.setattr(count_notice, "LOOK_EVERY", 0.001)
    await place.push(FILES, "Members")
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "**3 of 3 references left**" in place.status(), "the members are counted")
    comment = place.status_comment()
    assert comment is not None
    assert [edit.body.splitlines()[4] for edit in comment.edits if "Counting what is left" in edit.body] != []
    assert "other.total_price" not in place.status()
    assert "its type isn't known, so it can't be told" in place.status()
    assert "Give it a type" in place.status()

    await place.label("migration:phase-1")
    await place.until(lambda: bool(place.pulls(BRANCH)), "the phase has its pull request")
    await place.settled()
    (pull,) = place.pulls(BRANCH)
    migrated = USE.format("order.total() + make().total() + other.total_price()")
    assert await place.read("shop/prices.py", BRANCH) == migrated
    assert await place.read("shop/orders.py", BRANCH) == ORDERS
    assert "members: the type checker finds nothing new" in (pull.body or "")

    added = "sum(x.total_price() for x in orders) + one.total_price()"
    more = f"{migrated}\n\ndef more(one, orders: list[Order]) -> int:\n    return {added}\n"
    head = await place.push({"shop/prices.py": more}, "More", branch=BRANCH)
    await place.until(lambda: bool(runs(place, head)), "the ratchet looks at a person's commit in the phase")
    await place.settled()
    (note,) = runs(place, head)[0].annotations
    assert (note.path, note.start_line) == ("shop/prices.py", 9)
    assert note.title == "New use of shop.orders:Order.total_price"
    assert "Use shop.orders:Order.total instead.\n" in note.message

    (proof,) = runs(place, head, PROOF)
    assert (proof.conclusion, proof.title) == ("success", "1 pushed file verified")
    head = await place.push({"shop/late.py": "from shop.orders import Nothing\n"}, "Late", branch=BRANCH)
    await place.until(lambda: bool(runs(place, head, PROOF)), "a person's commit is verified")
    (proof,) = runs(place, head, PROOF)
    assert (proof.conclusion, proof.title) == ("failure", "2 pushed files verified, 1 has a problem")
    assert "line 1: shop.orders doesn't define Nothing" in proof.annotations[0].message
    await place.settled()


def runs(place: World, head: str, name: str = RATCHET) -> list[CheckRun]:
    return [one for one in place.forge.checks.runs_on(place.forge.repo(REPO), head) if one.name == name]
