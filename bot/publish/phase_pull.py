"""The pull request of a phase's branch, its verification, and the notice to its reviewers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.checks import PROOF
from bot.decide.phase_result import PhaseResult
from bot.git.mirror import Mirror
from bot.github import Action, Annotation, Conclusion, Output, PullRequest, Refusal
from bot.github.pulls import mark_title_as_draft
from bot.markers.hidden import Notice, has_preparation, with_preparation
from bot.migration.branch_origin import BranchOrigin
from bot.migration.comments import say_once
from bot.migration.context import TurnContext
from bot.publish.replay import looks_different
from bot.report.phase_comments import regenerated_text
from bot.report.proof_check import BUTTONS, VerificationReport, differing_branch, proof_check
from bot.report.pull_request import phase_body, phase_title


async def phase_pull(context: TurnContext, made: PhaseResult, branch: str, draft: bool) -> PullRequest:
    issue = f"#{context.migration.issue}"
    title, body = phase_title(made), phase_body(made, issue=issue, repo_url=context.info.html_url)
    known = await context.repo.pulls.find(head=branch, state="open")
    if not known:
        draft = draft and "graphql" not in context.missing_features()  # else nothing could mark it ready
        return await context.repo.pulls.create(title, branch, context.info.default_branch, body, draft)
    pull = known[0]
    body = with_preparation(body) if has_preparation(pull.body) else body
    onto = context.info.default_branch
    if (pull.title, pull.body.strip(), pull.base_ref) != (title, body.strip(), onto):
        base = onto if pull.base_ref != onto else None
        shown = mark_title_as_draft(title) if pull.marked_title else title
        pull = await context.repo.pulls.update(pull.number, title=shown, body=body, base=base)
    return pull


async def report_proof(context: TurnContext, made: PhaseResult, head: str) -> None:
    """The check run `drover / proof`, once for a head."""
    if await context.repo.check_runs.of(head, name=PROOF, app_id=context.app_id):
        return
    await _report(context, head, "success", proof_check(made, context.info.html_url))


async def report_verification(
    context: TurnContext, head: str, report: VerificationReport, conclusion: Conclusion = "success"
) -> None:
    """Of another pull request of ours, once for a head."""
    if await context.repo.check_runs.of(head, name=PROOF, app_id=context.app_id):
        return
    await _report(context, head, conclusion, report, buttons=())


async def report_proof_again(context: TurnContext, made: PhaseResult | None, head: str) -> None:
    """In the place of the one that is there. None: what was built is not what the branch has."""
    if made is None:
        await _report(context, head, "neutral", differing_branch())
    else:
        await _report(context, head, "success", proof_check(made, context.info.html_url))


async def _report(
    context: TurnContext,
    head: str,
    conclusion: Conclusion,
    proof: VerificationReport,
    buttons: Sequence[tuple[str, str, str]] = BUTTONS,
) -> None:
    notes = tuple(Annotation(one.path, one.line, one.line, "notice", one.text) for one in proof.notes)
    try:
        run = await context.repo.check_runs.create(
            PROOF,
            head,
            conclusion=conclusion,
            output=Output(proof.title, proof.summary, None, notes),
            actions=[Action(*button) for button in buttons],
        )
    except Refusal:
        context.shared.cache.unreported_proofs[context.info.id, head] = True
        raise
    context.keep_proof_check(run)


async def tell_reviewers(
    context: TurnContext, pull: PullRequest, before: BranchOrigin, after: tuple[str, str]
) -> None:
    """Only if somebody has reviewed it and would now see something else."""
    reviews = await context.repo.pulls.reviews(pull.number)
    comments = await context.repo.comments.of(pull.number)
    authors = {review.author.login for review in reviews} | {comment.author.login for comment in comments}
    if not authors - {context.login}:
        return

    def different(mirror: Mirror) -> tuple[str, ...]:
        mirror.remote.ensure(before.base, before.last_own_commit, *after)
        return looks_different(mirror, (before.base, before.last_own_commit), after)

    files = await context.with_mirror(different)
    if files:
        await say_once(context, pull.number, Notice("anew", after[1]), regenerated_text(files))
