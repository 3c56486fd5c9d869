"""What the check says: always what to do, never too long, and nothing in a name breaks out of its place."""

from __future__ import annotations

from dataclasses import replace

from bot.decide.ratchet import DeprecatedUse, RatchetFindings, WatchedMigration
from bot.markers.hidden import RatchetMark, ratchet_in, ratchet_marker
from bot.plan.plan import Phase, Plan
from bot.report.ratchet import RatchetFix, RatchetReport, excuse_report, ratchet_report
from codemods.model.rules import Replacement, Symbol

GITHUBS_LIMIT = 65_535
PLAN = Plan(
    "Old becomes New",
    "old",
    (Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New")),),
    (Phase(1, "all", ("**",)),),
)
USE = DeprecatedUse("shop/d.py", 3, "use", "shop.old:Old", "d = Old()")


def say(found: RatchetFindings, fix: RatchetFix = RatchetFix(), button: bool = False) -> RatchetReport:  # noqa: B008
    return ratchet_report([found], fix, "abc123", repo_url="https://x/o/r", head="f" * 40, button=button)


def guard(plan: Plan = PLAN) -> WatchedMigration:
    return WatchedMigration(1, plan, ("d",))


def test_without_new_uses_the_report_is_one_line() -> None:
    said = say(RatchetFindings(guard()))
    assert said.title == "No new uses"
    assert "**Old becomes New** (#1): no new uses." in said.summary
    assert (said.text, said.notes) == (None, ())


def test_a_new_use_names_the_place_and_the_replacement() -> None:
    said = say(RatchetFindings(guard(), (USE,)), RatchetFix(("shop/d.py",), "--- a\n+++ b\n"), button=True)
    assert f"[`shop/d.py:3`](https://x/o/r/blob/{'f' * 40}/shop/d.py#L3)" in said.summary
    assert "`shop.old:Old` → `shop.new:New`" in said.summary
    assert "press **Fix it** above" in said.summary
    (note,) = said.notes
    assert (note.path, note.line, note.title) == ("shop/d.py", 3, "New use of shop.old:Old")
    assert "The patch in this check fixes it." in note.text


def test_annotations_are_plain_text() -> None:
    use = replace(USE, symbol="shop.execution_engine:Old_Engine", path="shop/execution_engine.py")
    (note,) = say(RatchetFindings(guard(), (use,))).notes
    assert note.title == "New use of shop.execution_engine:Old_Engine"
    assert note.text.startswith("shop.execution_engine:Old_Engine is deprecated")
    assert "\\" not in note.text + note.title + note.path


def test_without_a_button_the_patch_is_named_and_without_a_patch_the_files() -> None:
    said = say(RatchetFindings(guard(), (USE,)), RatchetFix(("shop/d.py",), "--- a\n"))
    assert "apply the patch below" in said.summary
    assert "Fix it" not in said.summary
    assert "Needs manual work: `shop/d.py`." in say(RatchetFindings(guard(), (USE,))).summary


def test_a_missing_reason_is_asked_for() -> None:
    said = say(RatchetFindings(guard(), (replace(USE, text="d = Old()  # migration: allow"),)))
    assert "lacks the reason" in said.notes[0].text


def test_the_marker_of_a_report_can_be_read_back() -> None:
    said = say(RatchetFindings(guard(), (USE, replace(USE, line=9))))
    assert ratchet_in(said.summary) == RatchetMark("abc123", 2)
    assert ratchet_in(excuse_report("paused", "0f").summary) == RatchetMark("0f", 0)
    assert ratchet_in("somebody else's") is None


def test_ten_thousand_uses_in_long_paths_still_fit() -> None:
    uses = tuple(replace(USE, path=f"{'deep/' * 200}m{i}.py", line=i + 1) for i in range(10_000))
    allowed = tuple(replace(one, text="x # migration: allow " + "why " * 500) for one in uses)
    files = tuple(one.path for one in uses)
    said = say(RatchetFindings(guard(), uses, allowed), RatchetFix(files, "+x\n" * 100_000), button=True)
    assert len(said.summary) < GITHUBS_LIMIT
    assert len(said.text or "") < GITHUBS_LIMIT
    assert ratchet_in(said.summary) == RatchetMark("abc123", len(said.notes))
    assert len(said.notes) == 200
    assert said.summary.startswith("Next: press **Fix it**")
    assert all(len(note.text.encode()) < 64 * 1024 and len(note.title) <= 255 for note in said.notes)


def test_a_patch_that_shows_fences_stays_in_its_own() -> None:
    said = say(RatchetFindings(guard(), (USE,)), RatchetFix(("README.md",), "+````\n+```diff\n"))
    assert "\n`````diff\n+````\n+```diff\n`````" in (said.text or "")


def test_names_and_reasons_can_not_mark_up_or_mention() -> None:
    use = replace(USE, path="a`b|@maya<!-- -->.py", text="# migration: allow @boss **now** <img>")
    plan = replace(PLAN, title="@everyone [x](y)")
    said = say(RatchetFindings(guard(plan), (use,), (use,), {"`x`.py": "@boss"}))
    whole = said.summary + (said.text or "")
    assert "@everyone" not in whole.replace("@\u200b", "")
    assert "@boss" not in whole.replace("@\u200b", "")
    assert "**now**" not in whole
    assert "``a`b¦@\u200bmaya" in whole


def test_the_marker_survives_anything_before_it() -> None:
    assert ratchet_in("x" * 50_000 + ratchet_marker(RatchetMark("ff", 3))) == RatchetMark("ff", 3)
