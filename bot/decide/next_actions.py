"""Status → what to do next: a list of actions, each safe to repeat. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from bot.decide.actions import (
    Action,
    Answer,
    AnswerComment,
    DeleteBranch,
    EnsureLabels,
    FinishMigration,
    ReopenIssue,
    ReportNewUses,
)
from bot.decide.facts import Facts
from bot.decide.label_actions import contested_closings, contested_labels, label_actions
from bot.decide.phase_actions import advance, orphan_actions, phase_actions
from bot.decide.request_actions import request_actions
from bot.decide.status import (
    ADOPT,
    AUDIT,
    PAUSED,
    Overall,
    Status,
    label_of,
    references_returned,
    was_migrated,
)


def next_actions(facts: Facts, status: Status) -> tuple[Action, ...]:
    """In the order of `STEPS`, each action once."""
    if status.overall is Overall.ARCHIVED:
        return ()
    if not facts.adopted:
        return tuple(contested_labels(facts, status))
    actions = (action for step in STEPS for action in step(facts, status))
    return _join_answers(dict.fromkeys(action for action in actions if not _deletes_work(facts, action)))


def _deletes_work(facts: Facts, action: Action) -> bool:
    """Whether it would delete people's commits that are nowhere else."""
    return isinstance(action, DeleteBranch) and action.name in facts.branches_to_keep


def _join_answers(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Joins successive answers to one comment into one."""
    found: list[Action] = []
    for comment, group in groupby(actions, _answered_comment):
        several = tuple(group)
        answers = tuple(one for one in several if isinstance(one, Answer))
        found += [AnswerComment(answers)] if comment is not None and len(answers) > 1 else several
    return tuple(found)


def _answered_comment(action: Action) -> int | None:
    return action.request.comment if isinstance(action, Answer) else None


def _missing_labels(facts: Facts, status: Status) -> Iterator[Action]:
    wanted = (ADOPT, AUDIT, PAUSED, *(label_of(phase.number) for phase in status.phases))
    if not facts.missing_labels.isdisjoint(wanted):
        yield EnsureLabels(wanted)


def _requests(facts: Facts, status: Status) -> Iterator[Action]:
    for pending in facts.pending_requests:
        yield from request_actions(facts, status, pending)


def _phases(facts: Facts, status: Status) -> Iterator[Action]:
    if status.overall is Overall.PAUSED or not facts.open:
        return
    for phase in status.phases:
        yield from phase_actions(facts, phase)
    yield from orphan_actions(facts)
    yield from advance(facts, status)


def _new_uses(facts: Facts, status: Status) -> Iterator[Action]:
    if facts.last_counted_commit and not facts.new_uses_reported and status.overall is not Overall.PAUSED:
        yield ReportNewUses(facts.last_counted_commit)


def _end(facts: Facts, status: Status) -> Iterator[Action]:
    if status.overall is Overall.FINISHED and facts.open and was_migrated(facts):
        yield FinishMigration()
    if references_returned(facts):
        yield ReopenIssue()


STEPS: tuple[Callable[[Facts, Status], Iterator[Action]], ...] = (
    contested_labels,
    contested_closings,
    _missing_labels,
    label_actions,
    _requests,
    _phases,
    _new_uses,
    _end,
)
