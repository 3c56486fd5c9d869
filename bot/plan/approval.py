"""A plan in an issue's body: who wrote or approved it, and how the one in use is kept. Pure."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from bot.markers.hidden import PlanApproval
from bot.plan.plan import Plan, PlanChecks
from bot.plan.read import plan_block

MOST_KEPT = 16_000
"""Characters of a compressed plan that the status comment keeps."""
LARGEST_KEPT = 1_000_000
DIGEST, OLD_DIGEST = 40, 12
"""Characters of a digest, now and in older versions."""


def text_digest(text: str) -> str:
    """Of exactly this text; empty for no text. So long that nobody can write two plans with one digest."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:DIGEST] if text else ""


def approves(approval: PlanApproval, text: str) -> bool:
    """Older versions wrote the first twelve characters of a digest."""
    digest = text_digest(text)
    return digest == approval.digest or (
        len(approval.digest) == OLD_DIGEST and digest.startswith(approval.digest)
    )


@dataclass(frozen=True)
class PlanVersion:
    """The plan of one version of an issue's body."""

    text: str
    """Empty if the body has no plan."""
    first_line: int
    by: str
    """Who wrote that version of the body."""
    at: float

    @property
    def digest(self) -> str:
        return text_digest(self.text)

    @property
    def own_approval(self) -> PlanApproval:
        """Somebody who can write approves what they write."""
        return PlanApproval(self.digest, self.by, self.at)


def plan_version(body: str, by: str, at: float) -> PlanVersion:
    text, first_line = plan_block(body) or ("", 1)
    return PlanVersion(text, first_line, by, at)


@dataclass(frozen=True)
class KeptPlan:
    """The plan that was used last, as the status comment keeps it: a file's path, or an approved block."""

    file: str = ""
    approval: PlanApproval | None = None
    text: str = ""
    """Of the block; empty if it was too long to keep."""
    first_line: int = 1

    def as_json(self) -> dict[str, Any]:
        if self.file:
            return {"file": self.file}
        if self.approval is None:
            return {}
        digest, by, at = self.approval.digest, self.approval.by, self.approval.at
        kept = {"block": digest, "by": by, "at": at, "line": self.first_line}
        text = compress(self.text)
        return {**kept, "text": text} if len(text) <= MOST_KEPT else kept

    @staticmethod
    def from_json(data: object) -> KeptPlan:
        if not isinstance(data, Mapping):
            return KeptPlan()
        if isinstance(data.get("file"), str):
            return KeptPlan(file=data["file"])
        try:
            approval = PlanApproval(str(data["block"]), str(data["by"]), float(data["at"]))
            text, first_line = decompress(str(data.get("text", ""))), int(data.get("line", 1))
        except (KeyError, TypeError, ValueError):
            return KeptPlan()
        return KeptPlan("", approval, text if text and approves(approval, text) else "", first_line)


def compress(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(errors="surrogatepass"), 9)).decode()


def decompress(text: str) -> str:
    """Raises ValueError where it is none, or says more than any plan."""
    try:
        reader = zlib.decompressobj()
        plain = reader.decompress(base64.b64decode(text, validate=True), LARGEST_KEPT)
    except (zlib.error, binascii.Error) as error:
        raise ValueError(str(error)) from None
    return plain.decode(errors="surrogatepass")


def without_file_keys(plan: Plan) -> tuple[Plan, tuple[str, ...]]:
    """A block's plan with the defaults of those keys that count from files only, and the keys it had."""
    unset = Plan(plan.title, plan.slug, (), ())
    had = {
        "checks.commands": bool(plan.checks.commands),
        "merge": plan.merge != unset.merge,
        "advance": plan.advance != unset.advance,
        "on_failure": plan.on_failure != unset.on_failure,
        "format": plan.format not in ("auto", "off"),
    }
    kept = replace(
        plan,
        checks=replace(plan.checks, commands=PlanChecks().commands),
        merge=unset.merge,
        advance=unset.advance,
        on_failure=unset.on_failure,
        format=unset.format if had["format"] else plan.format,
    )
    return kept, tuple(key for key, given in had.items() if given)
