"""The sample's plan, applied phase by phase while its own tests keep passing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.audit.breaking_uses import retirement_uses
from bot.plan.phase_files import assign_phases
from bot.plan.plan import Phase, Plan
from bot.plan.read import plan_block, read_plan
from bot.rewrite.rewrite import FileResult, folder_tree, rewrite
from bot.rewrite.scan import scan
from sandbox.sample import history
from sandbox.sample.documents import PLAN, PLAN_PATH
from sandbox.sample.history import loose_ends, sample_files
from tests.sandbox.test_sample import run_tests, write


@pytest.fixture
def plan() -> Plan:
    read = read_plan(PLAN, PLAN_PATH, slug="execution-engine")
    assert isinstance(read, Plan), read
    return read


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, sample_files())
    return tmp_path


def carry_out(plan: Plan, phase: Phase, shop: Path) -> list[str]:
    """Apply a phase and write the changed files."""
    tree = folder_tree(shop)
    theirs = assign_phases(plan, [entry.path for entry in tree.entries()])
    paths = None if phase.retire else [path for path, number in theirs.items() if number == phase.number]
    changed = []
    for result in rewrite(tree, plan.rules(phase), paths):
        if result.status == "changed":
            write(shop, {result.path: new_text(result)})
            changed.append(result.path)
    return changed


def new_text(result: FileResult) -> str | None:
    """None where the file was deleted."""
    if result.deleted:
        return None
    assert result.content is not None
    return result.content.decode()


def test_the_tests_pass_after_every_phase(plan: Plan, shop: Path) -> None:
    write(shop, loose_ends().commit.files)
    for phase in plan.phases:
        assert carry_out(plan, phase, shop), f"phase {phase.number} changed nothing"
        run_tests(shop)


def test_the_plan_file_itself_is_not_rewritten(plan: Plan, shop: Path) -> None:
    for phase in plan.phases:
        carry_out(plan, phase, shop)
    assert (shop / PLAN_PATH).read_text() == PLAN


def test_retiring_breaks_the_callers_that_are_left_and_none_after_the_manual_work(
    plan: Plan, shop: Path
) -> None:
    for phase in plan.phases[:-1]:
        carry_out(plan, phase, shop)
    uses = retirement_uses(folder_tree(shop), plan, plan.phases[-1])
    assert [(use.path, use.line, use.problem) for use in uses.breaking] == [
        (
            "scripts/old_report.py",
            4,
            "it passes arguments by position that the new one takes in another order",
        ),
        ("shop/admin/replay.py", 11, "its * or ** arguments may not fit the new one"),
        ("shop/admin/replay.py", 12, "forget_everyone of UserExecutionEngine doesn't exist"),
    ]
    write(shop, loose_ends().commit.files)
    for phase in plan.phases[:-1]:
        carry_out(plan, phase, shop)
    assert retirement_uses(folder_tree(shop), plan, plan.phases[-1]).breaking == ()


def test_no_deprecated_references_are_left_at_the_end(plan: Plan, shop: Path) -> None:
    write(shop, loose_ends().commit.files)
    for phase in plan.phases:
        carry_out(plan, phase, shop)
    assert not scan(folder_tree(shop), plan.rules(plan.phases[-1]))
    files = [path for path in shop.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    left = [path for path in files if re.search(r"agents\.execution_engine\b", path.read_text())]
    assert {str(path.relative_to(shop)) for path in left} == {
        PLAN_PATH,
        "shop/agents/execution_engine.py",  # the redirect, in its warning
        "scripts/load.py",  # a star: what else it brings nobody can know
    }


def test_calls_of_star_imported_names_are_adapted(plan: Plan, shop: Path) -> None:
    for phase in plan.phases:
        carry_out(plan, phase, shop)
    ran = subprocess.run(
        [sys.executable, "-m", "scripts.load"],
        cwd=shop,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_redirect_module_still_exports_every_migrated_name(plan: Plan, shop: Path) -> None:
    for phase in plan.phases:
        carry_out(plan, phase, shop)
    asked = "from shop.agents.execution_engine import ExecutionEngine, RunResult"
    ran = subprocess.run(
        [sys.executable, "-c", asked], cwd=shop, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_an_async_factory_and_a_renamed_method_in_one_phase(shop: Path) -> None:
    block = plan_block(history.mail_issue().body)
    assert block is not None
    read = read_plan(block[0], "the issue's text", slug="mail", first_line=block[1])
    assert isinstance(read, Plan), read

    assert carry_out(read, read.phases[0], shop) == ["shop/mail/reminders.py"]

    reminders = (shop / "shop/mail/reminders.py").read_text()
    assert 'outbox = await Postbox.open("billing", size=len(users))' in reminders
    assert 'return (await Postbox.open("billing")).post(user, "Thank you!")' in reminders
    run_tests(shop)
    left = scan(folder_tree(shop), read.rules(read.phases[0]))["shop/mail/nightly.py"].sites
    assert [(site.line, site.note.partition(",")[0]) for site in left] == [
        (9, "Postbox.open is async"),
        (11, "line 9 still has to be migrated to shop.mail.outbox:Outbox's replacement"),
        (16, "its type isn't known"),
    ]
