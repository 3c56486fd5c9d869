"""Webhook events, and the permission that each needs."""

from __future__ import annotations

EVENT_NEEDS = {
    "check_run": "checks:read",
    "check_suite": "checks:read",
    "create": "contents:read",
    "delete": "contents:read",
    "push": "contents:read",
    "issues": "issues:read",
    "issue_comment": "issues|pull_requests:read",
    "label": "metadata:read",
    "merge_group": "merge_queues:read",
    "pull_request": "pull_requests:read",
    "pull_request_review": "pull_requests:read",
    "repository": "metadata:read",
    "status": "statuses:read",
    "workflow_run": "actions:read",
    "member": "members|metadata:read",
}
"""The permission that an App needs to receive an event."""
