"""git's `update` hook, which refuses forced pushes, changes of workflows, and what rule sets don't allow."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.git.objects import ZERO


def write_hook(home: Path) -> Path:
    folder = home / "hooks"
    folder.mkdir(exist_ok=True)
    hook = folder / "update"
    hook.write_text(_HOOK, "utf-8")
    os.chmod(hook, 0o755)
    return folder


_HOOK = f"""#!/bin/sh
ref=$1 old=$2 new=$3 zero={ZERO}
refuse() {{
    echo "error: GH006: Protected branch update failed for $ref." >&2
    echo "error: $1" >&2
    exit 1
}}
reason=$(printf '%s\\n' "$FORGE_REFUSED" | while IFS= read -r line; do
    case "$line" in "$ref "*) printf '%s' "${{line#"$ref "}}"; break;; esac
done)
[ -n "$reason" ] && refuse "$reason"
violates() {{
    echo "error: GH013: Repository rule violations found for $ref." >&2
    echo "error: $1" >&2
    exit 1
}}
reason=$(printf '%s\\n' "$FORGE_VIOLATIONS" | while IFS= read -r line; do
    case "$line" in "$ref "*) printf '%s' "${{line#"$ref "}}"; break;; esac
done)
[ -n "$reason" ] && violates "$reason"
[ "$new" = "$zero" ] && exit 0
if [ "$old" != "$zero" ] && printf '%s\\n' "$FORGE_RULED_NO_FORCE" | grep -qxF -- "$ref"; then
    git merge-base --is-ancestor "$old" "$new" || violates "Cannot force-push to this branch"
fi
since=$old
[ "$since" = "$zero" ] && since=$(git rev-parse --verify --quiet "$FORGE_DEFAULT")
if [ -n "$since" ] && [ -n "$FORGE_PATHS" ]; then
    common=$(git merge-base "$since" "$new") || common=$since
    path=$(printf '%s\\n' "$FORGE_PATHS" | while IFS= read -r pattern; do
        git diff-tree -r --name-only "$common" "$new" -- "$pattern" | head -n 1
    done | head -n 1)
    [ -n "$path" ] && violates "File path is restricted: $path"
fi
if [ -n "$since" ] && [ "$FORGE_LARGEST" != 0 ]; then
    common=$(git merge-base "$since" "$new") || common=$since
    path=$(git diff-tree -r --diff-filter=AM "$common" "$new" | while read -r _ _ _ blob _ name; do
        [ "$(git cat-file -s "$blob")" -gt "$FORGE_LARGEST" ] && printf '%s' "$name" && break
    done)
    [ -n "$path" ] && violates "File size limit exceeded: $path"
fi
if [ "$old" != "$zero" ] && printf '%s\\n' "$FORGE_NO_FORCE" | grep -qxF -- "$ref"; then
    git merge-base --is-ancestor "$old" "$new" || refuse "Cannot force-push to this branch"
fi
case "$ref" in refs/heads/*) ;; *) exit 0;; esac
[ "$FORGE_WORKFLOWS" = no ] || exit 0
known=$old
[ "$known" = "$zero" ] && known=$(git rev-parse --verify --quiet "$FORGE_DEFAULT")
[ -n "$known" ] || exit 0
base=$(git merge-base "$known" "$new") || base=$known
touched=$(git diff-tree -r --name-only "$base" "$new" -- .github/workflows | head -n 1)
[ -z "$touched" ] && exit 0
echo "refusing to allow a GitHub App to create or update workflow \\`$touched\\` without \\`workflows\\` permission" >&2
exit 1
"""
