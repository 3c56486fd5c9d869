"""The plan changes while a phase is open: what is open follows it, what is merged stays, and the issue says so."""

from __future__ import annotations

from tests.world import PLAN, World

PHASE_1, PHASE_2 = "migration:phase-1", "migration:phase-2"
FILE = ".github/migrations/old.yml"
AWAITS_NOTHING = PLAN + "  required: []\n"
OTHER = AWAITS_NOTHING.replace(
    '  - name: Tests\n    paths: ["**"]\n',
    '  - name: Tests\n    paths: ["tests/**"]\n  - name: Rest\n    paths: ["**"]\n',
)


async def test_open_phases_are_regenerated_and_merged_ones_are_left(here: World) -> None:
    await here.push({FILE: AWAITS_NOTHING, "tools/d.py": "from shop.old import Old\n\nd = Old\n"}, "More")
    await here.settled()
    await here.label(PHASE_1)
    await here.until(lambda: bool(here.pulls("drover/1/phase-1")), "phase 1 is open")
    await here.settled()
    await here.merge(here.pulls("drover/1/phase-1")[0].number, "squash")
    await here.until(lambda: "Phase 2 (Tests) is ready to start" in here.status(), "phase 2 can start")
    await here.label(PHASE_2)
    await here.until(lambda: "🔀 open" in here.status(), "phase 2 is open")
    await here.settled()
    (pull,) = here.pulls("drover/1/phase-2")
    assert "The plan changed" not in here.status()
    merged = await here.read("shop/a.py")
    await here.push({FILE: OTHER}, "The tools by themselves")
    await here.until(lambda: "**The plan changed**" in here.status(), "it is said")
    await here.settled()
    changed = (await here.git("diff", "--name-only", "main...drover/1/phase-2")).split()
    assert changed == ["tests/test_a.py"]
    assert f"- Phase 2 (Tests) is being regenerated: #{pull.number}." in here.status()
    assert "- 1 file moved from phase 2 to phase 3: `tools/d.py`" in here.status()
    assert "- Phase 3 (Rest) is new." in here.status()
    assert "Phase 1 (Application) is merged and stays" not in here.status(), "nothing of it is another"
    await here.push({FILE: OTHER.replace('["shop/**"]', '["shop/**", "tools/**"]')}, "The tools to the first")
    await here.until(lambda: "belongs to it now: `tools/d.py`" in here.status(), "it is said")
    await here.settled()
    assert "- Phase 1 (Application) is merged and stays as it is." in here.status()
    assert len(here.pulls("drover/1/phase-1")) == 1
    assert await here.read("shop/a.py") == merged
    await here.push(
        {FILE: AWAITS_NOTHING.partition("  - name: Tests")[0] + "checks: {required: []}\n"}, "Only one"
    )
    await here.until(lambda: not here.pulls(state="open"), "what the plan has no more is closed")
    await here.settled()
    assert "the plan no longer has a phase 2" in here.comments(pull.number)[-1]
    assert "- Phase 2 (Tests) was removed" in here.status()
    assert set(await here.branches()) == {"main"}
