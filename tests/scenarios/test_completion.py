"""The end: with nothing left and all checks passed the issue is closed; a reference that comes back reopens it."""

from __future__ import annotations

from pathlib import Path

from tests.world import FILES, PLAN, World, world

RETIRING = PLAN.replace(
    "checks:\n  wait: 60\n",
    "  - name: Retire\n    retire:\n      - module: shop.old\n        to: redirect\nchecks:\n  required: []\n",
)


async def phase(here: World, number: int, method: str = "merge") -> None:
    branch = f"drover/1/phase-{number}"
    await here.label(f"migration:phase-{number}")
    await here.until(lambda: bool(here.pulls(branch, "open")), f"phase {number} is open")
    await here.settled()
    await here.merge(here.pulls(branch, "open")[0].number, method)
    await here.settled()


async def test_every_phase_merged_and_nothing_left_closes_the_issue(tmp_path: Path) -> None:
    files = {**FILES, ".github/migrations/old.yml": RETIRING, "shop/fake.py": "class Old:\n    pass\n"}
    async with world(tmp_path, files) as here:
        await here.start_bot()
        await here.open_issue()
        await here.label("migration")
        for number, method in ((1, "merge"), (2, "squash"), (3, "rebase")):
            await phase(here, number, method)
        assert "**Every reference is migrated, but there are loose ends.**" in here.status()
        assert "- [`shop/fake.py:1`](" in here.status()
        assert "⬜ no second definition of a deprecated name (1 below)" in here.status()
        await here.push({"shop/fake.py": None}, "The fake goes")
        await here.until(lambda: here.thread().state == "closed", "the issue is closed")
        await here.settled()
        report = next(text for text in here.comments() if "drover:finished" in text)
        assert "Nothing uses what was deprecated any more" in report
        assert report.count("- ✅ ") == 8
        assert "⬜" not in report
        assert "**Finished.**" in here.status()
        assert "DeprecationWarning" in await here.read("shop/old.py")
        assert await here.read("shop/a.py") == (
            "from shop.new import New as Old  # the engine\n\n\ndef a() -> Old:\n    return Old()\n"
        )

        await here.push({"shop/late.py": "from shop.old import Old\n\nlate = Old\n"}, "By the back door")
        await here.until(lambda: here.thread().state == "open", "the issue is open again")
        await here.settled()
        assert any("Reopened" in text for text in here.comments())
        assert "**1 of" in here.status()


async def test_an_issue_that_a_person_closed_stays_closed(here: World) -> None:
    await here.settled()
    await here.forge.issues.close("acme/shop", here.issue, by="maya")
    await here.push({"shop/late.py": "from shop.old import Old\n\nlate = Old\n"}, "By the back door")
    await here.settled()
    assert here.thread().state == "closed"
    assert "**The issue is closed**" in here.status()
