"""Act: one function an action. Each can be repeated: what it finds done it leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from bot.act.audit_issue import Audited, NothingNamed, audit_issue
from bot.act.progress_comment import told
from bot.act.propose_plan import Proposed, propose_plan
from bot.act.remedies import remedy
from bot.decide.actions import (
    Action,
    Answer,
    Audit,
    DropBranch,
    EnsureLabels,
    Finish,
    Propose,
    Publish,
    PutLabel,
    Reopen,
    TakeLabel,
    TellNew,
    Undo,
    Withdraw,
)
from bot.decide.facts import PhaseFacts
from bot.decide.forcing import Forced, said_of
from bot.decide.ratchet import Guard
from bot.decide.remedies import AutoMerge, CloseRevert, Ready, Rerun, RunCommands, TakeBack
from bot.decide.requests import Intent
from bot.decide.status import label_of
from bot.github import Comment
from bot.look.facts import Sight
from bot.migration.branches import drop
from bot.migration.comments import say, say_once
from bot.migration.context import Desk
from bot.migration.plan_source import Planned
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Plan
from bot.publish.open_pull import NotOpened
from bot.publish.phase import Published, Trouble, publish
from bot.ratchet.regressions import came_in
from bot.report import answers as messages
from bot.report.labels import look_of
from bot.report.status.forcing import forcing
from bot.revert.revert_pull import undo


async def act(desk: Desk, sight: Sight, action: Action) -> str:
    """Does it, and says in a few words what was done."""
    planned = sight.planned
    match action:
        case EnsureLabels():
            return await _ensure_labels(desk, action)
        case PutLabel():
            await desk.repo.issues.add_labels(desk.migration.issue, action.name)
            return f"put {action.name} on"
        case TakeLabel():
            await desk.repo.issues.remove_label(desk.migration.issue, action.name)
            return f"took {action.name} off"
        case Answer():
            return await answer(desk, action)
        case Publish():
            return await _publish(desk, sight, planned, action)
        case Withdraw():
            return await _withdraw(desk, sight, action)
        case DropBranch():
            return f"deleted the branch {action.name}" if await drop(desk, action.name) else ""
        case Undo():
            return await _undo(desk, sight, action)
        case Propose():
            return await _propose(desk, action)
        case TellNew():
            return await _tell_new(desk, sight, action)
        case Reopen():
            return await _reopen(desk, sight)
        case Finish():
            return await _finish(desk, sight)
        case Audit():
            return await _audit(desk, sight, planned, action)
        case Forced():
            return await _tell_forced(desk, action)
        case Rerun() | TakeBack() | AutoMerge() | Ready() | RunCommands() | CloseRevert():
            return await remedy(desk, sight.facts, action)


async def _ensure_labels(desk: Desk, action: EnsureLabels) -> str:
    there = {label.name for label in await desk.repo.labels.all()}
    for name in action.names:
        if name not in there:
            await desk.repo.labels.create(name, *look_of(name))
    return "made the labels"


async def answer(desk: Desk, action: Answer, into: Comment | None = None) -> str:
    """A reply where the person will see it, with a marker that keeps it from being said twice, and a reaction."""
    intent = action.intent
    said = f"<!-- drover:answer {intent.id} -->\n{messages.answer(action, repo=desk.info.full_name)}"
    kept = await desk.repo.comments.update(into.id, said) if into else None
    if kept is None and (intent.source in ("comment", "label") or action.ending != "done"):
        await desk.repo.comments.create(intent.where, said)
    if intent.source == "comment" and intent.ref:
        await desk.repo.reactions.to_comment(intent.ref, "hooray" if action.ending == "done" else "confused")
    await asyncio.to_thread(desk.store.answer_intent, intent.id, action.ending)
    return f"answered {intent.verb} by {intent.by}: {action.ending}"


async def _publish(desk: Desk, sight: Sight, planned: Planned, action: Publish) -> str:
    """Each of its slices, and one answer for all of them."""
    if not isinstance(planned.plan, Plan):
        return "no plan"
    parts = [part for part in sight.facts.parts if part.phase.number == action.phase]
    wanted = [part for part in parts if part.slice in action.slices]
    results = [await _publish_part(desk, sight, planned, planned.plan, part, action) for part in wanted]
    ended = [one for one in results if not (isinstance(one, Trouble) and one.passing)]
    if action.intent and ended and len(ended) == len(results):
        await answer(desk, _made(action.intent, ended))
    return "; ".join(_published(part, result) for part, result in zip(wanted, results, strict=True))


async def _publish_part(
    desk: Desk, sight: Sight, planned: Planned, plan: Plan, part: PhaseFacts, action: Publish
) -> Published | Trouble:
    asked = action.intent is not None
    result = await publish(desk, planned, plan, part, discard=action.discard, anew=asked)
    where = (desk.info.id, desk.migration.issue, action.phase, part.slice.key)
    if isinstance(result, Published):
        await asyncio.to_thread(desk.store.clear_trouble, *where)
    elif result.hopeless and part.pull is not None and part.pull.state == "open":
        await _give_up(desk, part, part.pull.number, result.text)
    elif not result.passing:
        over = desk.over(planned.digest, sight.facts.gestures.get(label_of(action.phase)))
        await asyncio.to_thread(desk.store.set_trouble, *where, over, result.text, time.time())
        await _say_stuck(desk, part, result.text)
    return result


async def _give_up(desk: Desk, part: PhaseFacts, number: int, why: str) -> None:
    """1. said on the issue  2. said on the pull request  3. closed. Its label goes by itself, since it has ended."""
    await say_once(desk, desk.migration.issue, f"given-up {number}", messages.given_up(part, number, why))
    await say_once(desk, number, f"given-up {number}", f"Closed. {why}")
    await desk.repo.pulls.update(number, state="closed")
    branch = phase_branch(desk.migration.issue, part.phase.number, part.slice.key)
    await desk.repo.refs.delete(f"refs/heads/{branch}")


def _made(intent: Intent, results: Sequence[Published | Trouble]) -> Answer:
    troubles = [one for one in results if isinstance(one, Trouble)]
    if troubles:
        return Answer(intent, "failed", "trouble", " ".join(dict.fromkeys(one.text for one in troubles)))
    made = [one for one in results if isinstance(one, Published)]
    why = _WHY[intent.verb == "regenerate", any(one.changed for one in made)]
    return Answer(intent, "done", why, ", ".join(f"#{one.number}" for one in made[1:]), made[0].number)


async def _say_stuck(desk: Desk, facts: PhaseFacts, trouble: str) -> None:
    """On the pull request too, where there is one: whose commit, and which file."""
    pull = facts.pull
    if pull is None or pull.state != "open":
        return
    marker = f"<!-- drover:stuck {pull.head} -->"
    said = await desk.repo.comments.of(pull.number)
    if not any(marker in one.body for one in said if desk.is_ours(one)):
        await desk.repo.comments.create(pull.number, f"{marker}\n{messages.stuck(trouble)}")


_WHY = {
    (True, True): "regenerated",
    (True, False): "unchanged",
    (False, True): "opened",
    (False, False): "open",
}


def _published(part: PhaseFacts, result: Published | Trouble) -> str:
    name = f"phase {part.phase.number}" + (f" ({part.slice.key})" if part.slice.key else "")
    if isinstance(result, Trouble):
        return f"{name}: {result.text}" if result.passing else f"{name} could not be made"
    what = "made" if result.changed else "found"
    return f"{what} {name} at {result.head[:10]}, #{result.number}"


async def _withdraw(desk: Desk, sight: Sight, action: Withdraw) -> str:
    parts = (*sight.facts.parts, *sight.facts.orphans)
    for part in parts:
        if part.phase.number == action.phase and part.slice in action.slices:
            await _withdraw_part(desk, part, action)
    return f"withdrew phase {action.phase}"


async def _withdraw_part(desk: Desk, part: PhaseFacts, action: Withdraw) -> None:
    pull = part.pull
    if pull is not None and pull.state == "open":
        marker = f"<!-- drover:withdrawn {pull.head} -->"
        said = await desk.repo.comments.of(pull.number)
        if not any(marker in one.body for one in said if desk.is_ours(one)):
            text = messages.phase_withdrawn(action.why, "" if part.stray else label_of(action.phase))
            await desk.repo.comments.create(pull.number, f"{marker}\n{text}")
        await desk.repo.pulls.update(pull.number, state="closed")
    branch = phase_branch(desk.migration.issue, action.phase, part.slice.key)
    await drop(desk, branch)


async def _undo(desk: Desk, sight: Sight, action: Undo) -> str:
    result = await undo(desk, sight.facts, action)
    if action.intent is not None:
        way = "reverting" if action.of is None else "putting back"
        await answer(desk, _undone(action.intent, result.number, result.about, way))
    return f"#{result.number} takes it back"


def _undone(intent: Intent, number: int | None, about: str, way: str) -> Answer:
    if number is None:
        return Answer(intent, "failed", "trouble", about)
    return Answer(intent, "done", "conflicts" if about else way, about, number)


async def _finish(desk: Desk, sight: Sight) -> str:
    marker = f"<!-- drover:finished {sight.facts.head} -->"
    said = await desk.repo.comments.of(desk.migration.issue)
    if not any(marker in one.body for one in said if desk.is_ours(one)):
        await desk.repo.comments.create(desk.migration.issue, f"{marker}\n{messages.finished(sight.facts)}")
    await desk.repo.issues.close(desk.migration.issue)
    return "finished, and closed the issue"


async def _propose(desk: Desk, action: Propose) -> str:
    issue = await desk.repo.issues.get(desk.migration.issue)
    match await propose_plan(desk, issue.body):
        case Proposed(number):
            return await answer(desk, Answer(action.intent, "done", "proposed", number=number))
        case NotOpened(why):
            return await answer(desk, Answer(action.intent, "failed", "not proposed", why))
    return await answer(desk, Answer(action.intent, "refused", "nothing named"))


async def _tell_new(desk: Desk, sight: Sight, action: TellNew) -> str:
    """Empty where nothing new came in: then nothing was done."""
    plan, head = sight.planned.plan, desk.head
    desk.shop.told_new[action.since, head] = True
    if not isinstance(plan, Plan):
        return ""
    guard = Guard(desk.migration.issue, plan, sight.planned.digests)
    found = await desk.with_mirror(lambda mirror: came_in(mirror, guard, action.since, head, desk.shop.index))
    if not found:
        return ""
    text = messages.came_in(found, desk.info.html_url, head)
    await desk.repo.comments.create(desk.migration.issue, f"<!-- drover:came-in {head} -->\n{text}")
    return f"named {len(found)} new uses"


async def _reopen(desk: Desk, sight: Sight) -> str:
    marker = f"<!-- drover:reopened {sight.facts.closed_by_us} -->"
    said = await desk.repo.comments.of(desk.migration.issue)
    if not any(marker in one.body for one in said if desk.is_ours(one)):
        await desk.repo.comments.create(desk.migration.issue, f"{marker}\n{messages.reopened(sight.facts)}")
    await desk.repo.issues.reopen(desk.migration.issue)
    return "opened the issue again"


async def _tell_forced(desk: Desk, action: Forced) -> str:
    said = said_of(replace(action, at=time.time()))
    await say(desk, f"force-{action.phase}", said, forcing(action))
    return f"phase {action.phase} starts past its gate"


async def _audit(desk: Desk, sight: Sight, planned: Planned, action: Audit) -> str:
    issue = await desk.repo.issues.get(desk.migration.issue)
    found, comment = await told(
        desk, action.intent, lambda progress: audit_issue(desk, planned, issue.body, progress)
    )
    match found:
        case Audited(text):
            return await answer(desk, Answer(action.intent, "done", "audited", text), comment)
        case NothingNamed():
            return await answer(desk, Answer(action.intent, "refused", "nothing named"), comment)
        case problem:
            return await answer(desk, Answer(action.intent, "refused", "plan wrong", problem.text), comment)
