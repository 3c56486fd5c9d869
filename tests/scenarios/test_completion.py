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


OLD_CLASS = "class Old:\n    def __init__(self, bridge=None): ...\n    def run(self): ...\n    def forget(self): ...\n"
NEW_CLASS = "class New:\n    def __init__(self): ...\n    def run(self): ...\n"


async def test_a_module_is_not_retired_while_a_caller_of_the_old_constructor_is_left(
    tmp_path: Path,
) -> None:
    plan = RETIRING.replace('["**"]', '["tests/**"]')
    files = {**FILES, "shop/old.py": OLD_CLASS, "shop/new.py": NEW_CLASS, ".github/migrations/old.yml": plan}
    caller = "from shop.old import Old\n\nold = Old(bridge=1)\nold.forget()\n"
    async with world(tmp_path, {**files, "scripts/nightly.py": caller}) as here:
        await here.start_bot()
        await here.open_issue()
        await here.label("migration")
        await phase(here, 1)
        await phase(here, 2)
        problem = (
            "shop.old can't be retired yet: 2 uses would break (scripts/nightly.py:3: the new one has no argument "
            "bridge; scripts/nightly.py:4: forget of New doesn't exist)"
        )
        await here.label("migration:phase-3")
        await here.until(lambda: bool(here.answers()), "it is answered")
        assert f"**Can't start phase 3.** {problem[0].upper()}{problem[1:]}." in here.answers()[0]
        assert here.pulls("drover/1/phase-3") == []

        await here.comment("/migrate start 3 --force", by="boss")
        await here.until(lambda: bool(here.pulls("drover/1/phase-3", "open")), "it is forced")
        await here.settled()
        pull = here.pulls("drover/1/phase-3", "open")[0]
        assert "**Merging this breaks 2 uses:**" in (pull.body or "")
        assert "scripts/nightly.py:3`](" in (pull.body or "")
        assert "⚠️ Don't merge phase 3 yet: 2 uses would break" in here.status()
        head = pull.pull.head_sha  # type: ignore[union-attr]

        await here.push({"scripts/nightly.py": None}, "Nobody reads it")
        await here.until(lambda: "Merging this breaks" not in (pull.body or ""), "it breaks nothing any more")
        await here.settled()
        assert "Nothing in this repository uses it any more" in (pull.body or "")
        assert "Don't merge" not in here.status()
        assert pull.pull.head_sha == head, "approvals stay"  # type: ignore[union-attr]


async def test_an_issue_that_a_person_closed_stays_closed(here: World) -> None:
    await here.settled()
    await here.forge.issues.close("acme/shop", here.issue, by="maya")
    await here.push({"shop/late.py": "from shop.old import Old\n\nlate = Old\n"}, "By the back door")
    await here.settled()
    assert here.thread().state == "closed"
    assert "**The issue is closed**" in here.status()
