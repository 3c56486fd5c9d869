"""Boxes ticked in the status comment whose delivery, which alone says who ticked them, has not come yet."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.decide.requests import ticked_boxes
from bot.github import Comment
from bot.migration.context import TurnContext
from bot.store import Migration


@dataclass(frozen=True)
class LateTicks:
    boxes: tuple[str, ...] = ()
    at: float = 0.0
    """When the comment was edited last."""
    editor: str = "everybody"


async def late_ticks(context: TurnContext, migration: Migration, comment: Comment | None) -> LateTicks:
    """A reaction moves `updated_at` as well: when the boxes were ticked, only the comment's edits say."""
    if comment is None:
        return LateTicks()
    late = LateTicks(tuple(sorted(ticked_boxes(comment.body))), comment.updated_at.timestamp())
    late = await _without_known(context, migration, comment, late)
    if not late.boxes:
        return late
    edits = await context.repo.comments.edits(comment)
    if edits:
        late = replace(late, at=edits[-1].edited_at.timestamp(), editor=edits[-1].editor.login)
    return await _without_known(context, migration, comment, late)


async def _without_known(
    context: TurnContext, migration: Migration, comment: Comment, late: LateTicks
) -> LateTicks:
    if not late.boxes:
        return late
    ticked_boxes = context.store.requests.ticked_boxes
    known = await asyncio.to_thread(ticked_boxes, migration, comment.id, late.at - 5)
    return replace(late, boxes=tuple(box for box in late.boxes if box not in known))
