"""One count everywhere: audit, status, pull request and check say the same of the sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.audit.audit import Audit, audit, plan_rules
from bot.decide.facts import Facts, PhaseFacts
from bot.decide.history import StatusHistory
from bot.decide.status import status
from bot.git.author import NAMELESS
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.migration.count import MigrationCount, count_references
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.publish.phase_commits import BuiltPhase, PhaseRequest, build_phase
from bot.report.proof_check import proof_check
from bot.report.pull_request import phase_body
from bot.report.status.comment import status_comment
from sandbox.sample.documents import PLAN, PLAN_PATH
from sandbox.sample.history import sample_files
from tests.checkouts import checkout
from tests.decide.test_decide_status import facts

SETTLED = PLAN.replace("  - name: Retire\n", "  - name: Settle\n    settle: true\n  - name: Retire\n")
NARROW = PLAN.replace('  - name: Unit tests and documents\n    paths: ["**"]\n    batch: 5\n', "")


@dataclass(frozen=True)
class CountsCompared:
    plan: Plan
    repository: Repository
    head: str
    audit: Audit
    counted: MigrationCount

    @property
    def facts(self) -> Facts:
        phases = tuple(PhaseFacts(one, self.counted.phases[one.number]) for one in self.plan.phases)
        many = sum(self.counted.unmatched_files.values())
        return facts(
            *phases,
            plan=self.plan,
            unmatched_files=tuple(self.counted.unmatched_files),
            unmatched_references=many,
        )

    def built(self, number: int) -> BuiltPhase:
        phase = self.plan.phases[number - 1]
        return build_phase(self.repository, PhaseRequest(self.plan, phase, self.head, "o/r/1", NAMELESS))


def counts(folder: Path, text: str) -> CountsCompared:
    files: Mapping[str, str | None] = sample_files()
    repository = Repository(
        checkout(folder, {path: text for path, text in files.items() if text is not None}) / ".git"
    )
    head = repository.resolve("main")
    assert head is not None
    plan = read_plan(text, PLAN_PATH, slug="sample")
    assert isinstance(plan, Plan), plan
    found = audit(CommitTree(repository, head), plan_rules(plan), plan, commit=head)
    return CountsCompared(plan, repository, head, found, count_references(repository, plan, head))


@pytest.fixture
def sample(tmp_path: Path) -> CountsCompared:
    return counts(tmp_path, PLAN)


@pytest.mark.parametrize("text", [PLAN, SETTLED, NARROW])
def test_the_audit_and_the_status_count_the_same_references(tmp_path: Path, text: str) -> None:
    sample = counts(tmp_path, text)
    assert sample.facts.references == sample.audit.sites == 60
    assert set(sample.counted.unmatched_files) == set(sample.audit.unmatched)
    for phase in sample.audit.phases:
        left = sample.counted.phases[phase.number]
        assert (left.references, len(left.manual)) == (phase.sites, phase.manual), phase.name


def test_the_status_says_what_the_audit_says(sample: CountsCompared) -> None:
    text = status_comment(sample.facts, status(sample.facts), StatusHistory())
    assert "60 of 60 references" in text


def test_the_phases_and_the_unmatched_files_add_up_to_the_audit(tmp_path: Path) -> None:
    sample = counts(tmp_path, NARROW)
    assert sample.audit.unmatched
    outside = sum(len(file.sites) for file in sample.audit.files if file.path in sample.audit.unmatched)
    assert sum(phase.sites for phase in sample.audit.phases) + outside == sample.audit.sites


def test_a_pull_request_migrates_and_lists_what_the_audit_counts_for_its_phase(
    sample: CountsCompared,
) -> None:
    for phase in sample.audit.phases[:4]:
        made = sample.built(phase.number).made
        assert made.references + len(made.manual) == phase.sites
        assert f"{phase.sites - phase.manual} references" in phase_body(made, issue="#1")
        assert f"{phase.sites - phase.manual} references" in proof_check(made).summary


def test_a_phase_that_retires_a_module_says_so_and_counts_no_reference(sample: CountsCompared) -> None:
    made = sample.built(5).made
    assert (made.files, made.references) == (1, 0)
    assert "Retires `shop.agents.execution_engine` in 1 file" in phase_body(made, issue="#1")


def test_each_reference_that_needs_manual_work_is_listed_once(sample: CountsCompared) -> None:
    made = sample.built(2).made
    body = phase_body(made, issue="#1", repo_url="https://x/o/r")
    places = re.findall(r"^- \[`([^`]+)`\]", body, re.MULTILINE)
    assert places == ["shop/admin/plugins.py:11", "shop/admin/replay.py:11"]
    assert [(note.path, note.line) for note in proof_check(made).notes] == [
        ("shop/admin/plugins.py", 11),
        ("shop/admin/replay.py", 11),
    ]
